// Options that are not learned: tried on folds, on a grid and at random.
#include <algorithm>
#include <cmath>
#include <variant>

#include <fmt/format.h>

#include "gradus/data/catalog.h"
#include "gradus/data/split.h"
#include "gradus/learn/folds.h"
#include "gradus/learn/pipeline.h"
#include "gradus/learn/scaler.h"
#include "gradus/learn/search.h"
#include "gradus/learn/support_vector_machine.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/indexing.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/select.h"
#include "lessons/lessons.h"
#include "lessons/pictures.h"
#include "lessons/tables.h"

namespace gradus::lessons {
namespace {

constexpr const char* kPenalty = "machine.penalty";
constexpr const char* kGamma = "machine.gamma";

double logarithm_of(const learn::NamedOptions& options, const char* name) {
  for (const auto& [option, value] : options) {
    if (option == name) return std::log10(std::get<double>(value));
  }
  return 0;
}

}  // namespace

void choosing_options(Notebook& notebook) {
  const data::LoadedDataSet tumours = data::load("breast-cancer");
  const Tensor all = cast(tumours.train.inputs(), DType::f64);
  const data::Split split =
      data::split_by_class(tumours.train.targets(), {.train = 0.7, .validation = 0, .test = 0.3});
  const Tensor train = Tensor::from(split.train), test = Tensor::from(split.test);
  const Tensor x = take(all, train).eval(), y = take(tumours.train.targets(), train).eval();
  const auto folds = learn::stratified_k_fold(y, {.folds = 5, .shuffle_seed = 1});

  learn::Pipeline model;
  model.add("scale", learn::StandardScaler{}).add("machine", learn::SupportVectorClassifier{});
  std::vector<learn::OptionValue> penalties, gammas;
  std::vector<std::string> penalty_names, gamma_names;
  for (int k = -2; k <= 3; ++k) {
    penalties.emplace_back(std::pow(10.0, k));
    penalty_names.push_back(fmt::format("{:g}", std::pow(10.0, k)));
  }
  for (int k = -4; k <= 1; ++k) {
    gammas.emplace_back(std::pow(10.0, k));
    gamma_names.push_back(fmt::format("{:g}", std::pow(10.0, k)));
  }
  const learn::SearchResult grid =
      learn::grid_search(model, {{kPenalty, penalties}, {kGamma, gammas}}, x, y, folds);
  const learn::SearchResult random = learn::random_search(
      model,
      {{.name = kPenalty,
        .low = 1e-2,
        .high = 1e3,
        .scale = learn::OptionRange::Scale::logarithmic},
       {.name = kGamma, .low = 1e-4, .high = 10, .scale = learn::OptionRange::Scale::logarithmic}},
      x, y, folds, {.candidates = 18, .seed = 2});

  const Tensor unseen = take(all, test).eval(), truth = take(tumours.train.targets(), test).eval();
  Table table({Align::left, Align::right, Align::right, Align::right, Align::right, Align::right});
  table.row({"search", "tried", "penalty", "gamma", "right on folds", "right on the test"});
  const auto add = [&](const char* name, const learn::SearchResult& result) {
    const learn::SearchCandidate& best = result.candidates[result.best];
    table.row({name, std::to_string(result.candidates.size()),
               fmt::format("{:.3g}", std::pow(10, logarithm_of(best.options, kPenalty))),
               fmt::format("{:.3g}", std::pow(10, logarithm_of(best.options, kGamma))),
               fmt::format("{:.2f} %", 100 * best.mean),
               fmt::format("{:.2f} %", 100 * result.estimator->score(unseen, truth))});
  };
  add("grid", grid);
  add("random", random);
  notebook.say(fmt::format(
      "569 tumours: {} in five folds to choose by, {} to judge by; support vectors, RBF kernel",
      split.train.size(), split.test.size()));
  notebook.show(table);

  std::vector<double> scores, deviations;
  for (const auto& candidate : grid.candidates) scores.push_back(100 * candidate.mean);
  report::PlotSeries good{
      .name = "tried, at least 97 % right", .mark = report::Mark::points, .color = 0},
      poor{.name = "less", .mark = report::Mark::points, .color = 1};
  for (const auto& candidate : random.candidates) {
    auto& series = candidate.mean >= 0.97 ? good : poor;
    series.x.push_back(logarithm_of(candidate.options, kGamma));
    series.y.push_back(logarithm_of(candidate.options, kPenalty));
  }
  notebook.picture("choosing-options",
                   {heat_map({.title = "Right on the folds, in %",
                              .values = flip(Tensor::from(scores, Shape{6, 6}), {0}),
                              .rows = {penalty_names.rbegin(), penalty_names.rend()},
                              .columns = gamma_names,
                              .x_label = "gamma of the kernel",
                              .y_label = "penalty of errors",
                              .digits = 1,
                              .white = 60}),
                    {.title = "Options at random",
                     .x = {.label = "gamma, as a power of 10", .low = -4.5, .high = 1.5},
                     .y = {.label = "penalty, as a power of 10", .low = -2.5, .high = 3.5},
                     .series = {good, poor}}},
                   2);
}

}  // namespace gradus::lessons
