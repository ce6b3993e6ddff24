// One hidden layer of tanh, fitted to a curve that is made for it, by L-BFGS.
#include <cmath>

#include <fmt/format.h>

#include "gradus/ops/arithmetic.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/random.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/transcendental.h"
#include "gradus/optimize/minimize.h"
#include "lessons/lessons.h"
#include "lessons/tables.h"

namespace gradus::lessons {
namespace {

/// A wave with a kink and a jump, which no finite network meets exactly.
double target_curve(double x) { return std::sin(3 * x) + 0.5 * std::abs(x) + (x > 1 ? 0.8 : 0.0); }

/// x (n, 1) through weights (1, units), biases (units), weights (units) and a bias.
Tensor hidden_layer(const Tensors& w, const Tensor& x) {
  return matmul(tanh(matmul(x, w[0]) + w[1]), w[2]) + w[3];
}

}  // namespace

void universal_approximation(Notebook& notebook) {
  const std::vector<double> grid = spaced(-2, 2, 200);
  std::vector<double> heights;
  for (const double x : grid) heights.push_back(target_curve(x));
  const Tensor x = Tensor::from(grid, Shape{200, 1});
  const Tensor y = Tensor::from(heights);

  report::Plot curves{.title = "A made curve, and networks with one hidden layer",
                      .x = {.label = "x"},
                      .y = {.label = "y"},
                      .series = {{.name = "curve", .x = grid, .y = heights, .color = 8}}};
  report::PlotSeries errors{.name = "", .mark = report::Mark::line_and_points};
  Table table({Align::right, Align::right, Align::right, Align::right});
  table.row({"hidden units", "parameters", "root mean square error", "iterations"});
  int color = 0;
  for (const std::int64_t units : {1, 2, 4, 8, 16, 32}) {
    const Key key(static_cast<std::uint64_t>(units));
    const Tensors start{random_normal(key.fold_in(std::uint64_t{0}), {1, units}, 0, 2, DType::f64),
                        random_normal(key.fold_in(std::uint64_t{1}), {units}, 0, 2, DType::f64),
                        random_normal(key.fold_in(std::uint64_t{2}), {units}, 0, 0.3, DType::f64),
                        zeros({}, DType::f64)};
    const ScalarFunction loss = [&](const Tensors& w) {
      return mean(square(hidden_layer(w, x) - y));
    };
    const auto found = optimize::minimize(loss, start, {.iterations = 600, .memory = 20});
    errors.x.push_back(static_cast<double>(units));
    errors.y.push_back(std::sqrt(found.value));
    table.row({std::to_string(units), std::to_string(3 * units + 1),
               fmt::format("{:.4f}", errors.y.back()), std::to_string(found.iterations)});
    if (units == 2 || units == 8 || units == 32) {
      curves.series.push_back({.name = fmt::format("{} units", units),
                               .x = grid,
                               .y = hidden_layer(found.arguments, x).to_vector<double>(),
                               .color = color++});
    }
  }
  notebook.say("sin(3x) + |x|/2, with a jump at 1: a curve made for this");
  notebook.show(table);
  notebook.picture(
      "universal-approximation",
      {curves,
       {.title = "Error",
        .x = {.label = "hidden units", .scale = report::AxisScale::logarithmic},
        .y = {.label = "root mean square error", .scale = report::AxisScale::logarithmic},
        .series = {errors}}},
      2);
}

}  // namespace gradus::lessons
