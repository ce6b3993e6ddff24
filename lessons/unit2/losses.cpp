// What a loss minds: its curve, its slope, and a line among measurements with mistakes.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "gradus/nn/loss.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/comparison.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/indexing.h"
#include "gradus/ops/random.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/select.h"
#include "gradus/ops/transcendental.h"
#include "gradus/optimize/minimize.h"
#include "lessons/lessons.h"
#include "lessons/tables.h"

namespace gradus::lessons {
namespace {

constexpr auto kEach = nn::Reduction::none;

/// Of an error of 0 to 4 on both sides.
report::Plot of_errors() {
  const std::vector<double> errors = spaced(-4, 4, 401);
  const Tensor e = Tensor::from(errors), zero = zeros_like(e);
  const auto curve = [&](const char* name, const Tensor& y) {
    return report::PlotSeries{.name = name, .x = errors, .y = y.to_vector<double>()};
  };
  return {.title = "Losses of a number",
          .x = {.label = "prediction - target"},
          .y = {.label = "loss", .low = 0, .high = 6},
          .series = {curve("squared", nn::mean_squared_error(e, zero, {.reduction = kEach})),
                     curve("absolute", nn::mean_absolute_error(e, zero, {.reduction = kEach})),
                     curve("Huber, delta 1", nn::huber(e, zero, {.reduction = kEach}))}};
}

/// Of the score of the right class, of two.
report::Plot of_margins() {
  const std::vector<double> scores = spaced(-4, 4, 401);
  const Tensor x = Tensor::from(scores), one = ones_like(x);
  const Tensor logits = stack({x, zeros_like(x)}, 1);
  const Tensor label = zeros(x.shape(), DType::i64);
  const auto curve = [&](const char* name, const Tensor& y, report::Mark mark) {
    return report::PlotSeries{.name = name, .x = scores, .y = y.to_vector<double>(), .mark = mark};
  };
  const auto line = report::Mark::line, dashed = report::Mark::dashed;
  return {.title = "Losses of a class, by its score",
          .x = {.label = "score of the right class, above the other's"},
          .y = {.label = "loss", .low = 0, .high = 4.5},
          .series = {
              curve("hinge", nn::hinge(x, one, {.reduction = kEach}), line),
              curve("binary cross-entropy",
                    nn::binary_cross_entropy_with_logits(x, one, {.reduction = kEach}), line),
              curve("cross-entropy of 2", nn::cross_entropy(logits, label, {.reduction = kEach}),
                    dashed),
              curve("smoothed by 0.2",
                    nn::cross_entropy(logits, label, {.label_smoothing = 0.2f, .reduction = kEach}),
                    line),
              curve("squared, of 1", nn::mean_squared_error(x, one, {.reduction = kEach}), line)}};
}

/// A line through tumours, some of which were written down wrongly.
report::Plot among_mistakes(Notebook& notebook) {
  const StandardTable tumours = tumour_areas();
  const Tensor x = select(tumours.x, 1, 0);
  const Tensor is_wrong = cast(
      less(random_uniform(Key(2), x.shape(), 0, 1, DType::f64), Tensor::scalar(0.05, DType::f64)),
      DType::f64);
  // In other units: ten times as large.
  const Tensor written =
      (tumours.y * (1.0 - is_wrong) + (tumours.y + 0.5) * is_wrong * 10.0).eval();
  report::Plot plot{.title = "A line among 569 tumours, 5 % written wrongly",
                    .x = {.label = "mean radius (standardised)"},
                    .y = {.label = "worst area (standardised)", .low = -4, .high = 12},
                    .series = {{.name = "tumours",
                                .x = x.to_vector<double>(),
                                .y = written.to_vector<double>(),
                                .mark = report::Mark::points,
                                .color = 8}}};
  struct NamedLoss {
    const char* name;
    nn::Loss loss;
  };
  const NamedLoss losses[] = {
      {"squared", [](const Tensor& p, const Tensor& t) { return nn::mean_squared_error(p, t); }},
      {"Huber", [](const Tensor& p, const Tensor& t) { return nn::huber(p, t, {.delta = 0.1f}); }},
      {"absolute", [](const Tensor& p, const Tensor& t) { return nn::mean_absolute_error(p, t); }}};
  const auto line_by = [&](const nn::Loss& loss, const Tensor& y) {
    const UnaryFunction of_line = [&](const Tensor& w) {
      return loss(x * select(w, 0, 0) + select(w, 0, 1), y);
    };
    return optimize::minimize(of_line, zeros({2}, DType::f64)).x().to_vector<double>();
  };
  Table table({Align::left, Align::right, Align::right, Align::right});
  table.row({"loss", "slope without mistakes", "with them", "intercept with them"});
  for (const auto& [name, loss] : losses) {
    const auto clean = line_by(loss, tumours.y), wrong = line_by(loss, written);
    table.row({name, fmt::format("{:.3f}", clean[0]), fmt::format("{:.3f}", wrong[0]),
               fmt::format("{:.3f}", wrong[1])});
    plot.series.push_back(
        {.name = name,
         .x = {-2, 4},
         .y = {wrong[1] - 2 * wrong[0], wrong[1] + 4 * wrong[0]},
         .mark = plot.series.size() == 3 ? report::Mark::dashed : report::Mark::line});
  }
  notebook.say("\na line among tumours, some of whose areas were written down ten times too large");
  notebook.show(table);
  return plot;
}

}  // namespace

void losses(Notebook& notebook) {
  const Tensor logits = matrix({{2, 1, 0.1}}), probabilities = matrix({{0.7, 0.2, 0.1}});
  const Tensor label = Tensor::from(std::vector<std::int64_t>{0});
  Table table({Align::left, Align::right});
  const auto add = [&](const char* name, const Tensor& loss) {
    table.row({name, fmt::format("{:.6f}", loss.item<double>())});
  };
  table.row({"logits [2, 1, 0.1], class 0", "loss in nats"});
  add("cross-entropy", nn::cross_entropy(logits, label));
  add("of target probabilities [0.7, 0.2, 0.1]", nn::cross_entropy(logits, probabilities));
  add("class 0, smoothed by 0.1", nn::cross_entropy(logits, label, {.label_smoothing = 0.1f}));
  add("hinge between classes", nn::multiclass_hinge(logits, label));
  const Tensor log_q = log(matrix({{0.5, 0.25, 0.25}}));
  add("KL of [0.7, 0.2, 0.1] from [0.5, 0.25, 0.25]", nn::kl_divergence(log_q, probabilities));
  add("negative log-likelihood of class 0 in the latter",
      nn::negative_log_likelihood(log_q, label));
  notebook.show(table);
  const report::Plot line = among_mistakes(notebook);
  notebook.picture("losses", {of_errors(), of_margins(), line}, 3);
}

}  // namespace gradus::lessons
