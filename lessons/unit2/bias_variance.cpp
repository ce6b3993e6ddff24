// The error of polynomials in its parts: what they miss, and how they scatter.
#include <cmath>

#include <fmt/format.h>

#include "gradus/linalg/least_squares.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/random.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/transcendental.h"
#include "gradus/stats/bias_variance.h"
#include "lessons/lessons.h"
#include "lessons/tables.h"

namespace gradus::lessons {
namespace {

constexpr double kNoise = 0.3;
constexpr std::int64_t kPoints = 40;

/// The truth, known because it is made: data whose expectation is known are not found, but drawn.
Tensor wave(const Tensor& x) { return sin(x * 3.0); }

/// 1, x, x^2, ... as columns.
Tensor powers(const Tensor& x, int degree) {
  Tensors columns{x * 0.0 + 1.0};
  for (int k = 0; k < degree; ++k) columns.push_back(columns.back() * x);
  return stack(columns, 1);
}

}  // namespace

void bias_variance(Notebook& notebook) {
  const Tensor at = Tensor::from(spaced(-0.95, 0.95, 50));
  const auto source = [](const Key& key) {
    const Tensor x = random_uniform(key.fold_in(std::uint64_t{0}), {kPoints}, -1, 1, DType::f64);
    const Tensor noise =
        random_normal(key.fold_in(std::uint64_t{1}), {kPoints}, 0, kNoise, DType::f64);
    return stats::TrainingSet{x, wave(x) + noise};
  };
  report::PlotSeries bias{.name = "squared bias"}, variance{.name = "variance"},
      error{.name = "expected error"}, noise{.name = "noise", .mark = report::Mark::dashed};
  Table table({Align::right, Align::right, Align::right, Align::right, Align::right});
  table.row({"degree", "squared bias", "variance", "noise", "measured error"});
  for (int degree = 0; degree <= 9; ++degree) {
    const stats::Learner learner = [degree](const Tensor& x, const Tensor& y, const Tensor& where) {
      const Tensor w = linalg::least_squares(powers(x, degree), y).coefficients;
      return matmul(powers(where, degree), w);
    };
    const stats::BiasVariance parts =
        stats::bias_variance(learner, source, at, wave(at), kNoise * kNoise, Key(1), 200);
    for (auto* series : {&bias, &variance, &error, &noise}) series->x.push_back(degree);
    bias.y.push_back(parts.squared_bias);
    variance.y.push_back(parts.variance);
    error.y.push_back(parts.error);
    noise.y.push_back(parts.noise);
    table.row({std::to_string(degree), fmt::format("{:.4f}", parts.squared_bias),
               fmt::format("{:.4f}", parts.variance), fmt::format("{:.4f}", parts.noise),
               fmt::format("{:.4f}", parts.error)});
  }
  notebook.say(
      "sin(3x) with noise of deviation 0.3: 200 training sets of 40 points, drawn for this");
  notebook.show(table);
  notebook.say(
      "The mean of 200 fits scatters too: the squared bias found has variance / 200 in it.");
  notebook.picture("bias-variance", {{.title = "Bias falls, variance rises",
                                      .x = {.label = "degree of the polynomial"},
                                      .y = {.label = "squared error",
                                            .scale = report::AxisScale::logarithmic,
                                            .low = 1e-5,
                                            .high = 10},
                                      .series = {bias, variance, noise, error}}});
}

}  // namespace gradus::lessons
