// Methods of descent on Rosenbrock's valley, and on a regression with ten weights.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "gradus/ops/arithmetic.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/optimize/minimize.h"
#include "gradus/symbolic/evaluate.h"
#include "gradus/symbolic/parse.h"
#include "lessons/lessons.h"
#include "lessons/tables.h"

namespace gradus::lessons {
namespace {

using optimize::Method;
using optimize::MinimizeOptions;
using optimize::Minimum;

struct Descent {
  const char* name;
  MinimizeOptions options;
};

std::vector<Descent> descents(double learning_rate, std::int64_t iterations) {
  const auto by = [&](Method method) {
    return MinimizeOptions{
        .method = method, .iterations = iterations, .record = optimize::Record::path};
  };
  MinimizeOptions momentum = by(Method::gradient_descent);
  momentum.learning_rate = learning_rate;
  momentum.momentum = 0.9;
  return {{"gradient descent", by(Method::gradient_descent)},
          {"momentum", momentum},
          {"conjugate gradients", by(Method::conjugate_gradient)},
          {"L-BFGS", by(Method::lbfgs)},
          {"Newton", by(Method::newton)}};
}

report::Plot valley() {
  report::Contours contours{.x = spaced(-1.6, 1.6, 121), .y = spaced(-0.6, 1.6, 91)};
  for (const double y : contours.y) {
    for (const double x : contours.x) {
      contours.values.push_back(100 * std::pow(y - x * x, 2) + std::pow(1 - x, 2));
    }
  }
  for (int i = -2; i <= 9; ++i) contours.levels.push_back(std::pow(10, i / 3.0));
  return {.title = "Rosenbrock's valley: the first 30 steps from (-1.2, 1)",
          .x = {.label = "x"},
          .y = {.label = "y", .low = -0.6, .high = 1.6},
          .contours = {contours},
          .labels = {{1, 1.04, "minimum"}}};
}

/// The first steps of a path in the plane.
report::PlotSeries steps_of(const Descent& descent, const Minimum& found) {
  report::PlotSeries series{.name = descent.name, .mark = report::Mark::line_and_points};
  const std::size_t count = std::min<std::size_t>(found.path.size(), 31);
  for (std::size_t i = 0; i < count; ++i) {
    const auto place = found.path[i].arguments[0].to_vector<double>();
    series.x.push_back(place[0]);
    series.y.push_back(place[1]);
  }
  return series;
}

/// How far above the minimum each iteration is; on it, no logarithmic axis has a place.
report::PlotSeries heights_of(const Descent& descent, const Minimum& found, double lowest) {
  report::PlotSeries series{.name = descent.name, .x = counted(found.path.size())};
  for (const auto& point : found.path) series.y.push_back(std::max(point.value - lowest, 1e-14));
  return series;
}

Table heading() {
  Table table({Align::left, Align::right, Align::right, Align::right, Align::left});
  table.row({"method", "iterations", "evaluations", "value", "why it stopped"});
  return table;
}

void add_row(Table& table, const Descent& descent, const Minimum& found) {
  table.row({descent.name, std::to_string(found.iterations), std::to_string(found.evaluations),
             fmt::format("{:.3g}", found.value),
             found.converged() ? "converged" : "the limit of iterations"});
}

}  // namespace

void gradient_paths(Notebook& notebook) {
  // A curved valley: the gradient points across it, the minimum lies along it.
  const auto formula = symbolic::parse("100*(y - x^2)^2 + (1 - x)^2");
  const UnaryFunction rosenbrock = [&](const Tensor& v) {
    return symbolic::evaluate(formula, {{"x", select(v, 0, 0)}, {"y", select(v, 0, 1)}});
  };
  notebook.say("f(x, y) = " + formula.to_string());
  report::Plot paths = valley();
  report::Plot heights{.title = "How far above the minimum",
                       .x = {.label = "iteration", .high = 200},
                       .y = {.label = "f", .scale = report::AxisScale::logarithmic, .low = 1e-14}};
  Table table = heading();
  for (const Descent& descent : descents(5e-4, 5000)) {
    const Minimum found =
        optimize::minimize(rosenbrock, Tensor::from(std::vector<double>{-1.2, 1}), descent.options);
    add_row(table, descent, found);
    paths.series.push_back(steps_of(descent, found));
    heights.series.push_back(heights_of(descent, found, 0));
  }
  notebook.show(table);

  // Ten weights of a least squares fit: a bowl, but a long one.
  const StandardTable patients = diabetes();
  const UnaryFunction loss = [&](const Tensor& w) {
    return mean(square(matmul(patients.x, w) - patients.y));
  };
  const Tensor start = zeros({patients.x.dim(1)}, DType::f64);
  const double lowest = optimize::minimize(loss, start, {.gradient_tolerance = 1e-12}).value;
  notebook.say("\nmean squared error of a linear fit to the diabetes data (442 patients)");
  report::Plot fits{.title = "A linear fit to the diabetes data",
                    .x = {.label = "iteration", .high = 200},
                    .y = {.label = "mean squared error above the lowest",
                          .scale = report::AxisScale::logarithmic,
                          .low = 1e-14}};
  table = heading();
  for (const Descent& descent : descents(0.05, 5000)) {
    const Minimum found = optimize::minimize(loss, start, descent.options);
    add_row(table, descent, found);
    fits.series.push_back(heights_of(descent, found, lowest));
  }
  notebook.show(table);
  notebook.picture("gradient-paths", {paths, heights, fits}, 3);
}

}  // namespace gradus::lessons
