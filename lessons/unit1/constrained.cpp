// What a constraint costs: multipliers in the plane, and weights of a regression inside a ball.
#include <cmath>
#include <numbers>

#include <fmt/format.h>

#include "gradus/ops/arithmetic.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/optimize/constrained.h"
#include "gradus/optimize/projected.h"
#include "gradus/optimize/projections.h"
#include "lessons/lessons.h"
#include "lessons/tables.h"

namespace gradus::lessons {
namespace {

using optimize::ConstrainedMinimum;
using optimize::Constraints;

/// (x - 2)^2 + 2 (y - 1)^2
Tensor bowl(const Tensor& v) {
  return square(select(v, 0, 0) - 2.0) + square(select(v, 0, 1) - 1.0) * 2.0;
}

report::Plot bowl_and_disc() {
  report::Contours contours{.x = spaced(-1.6, 3.4, 101), .y = spaced(-1.6, 2.8, 89)};
  for (const double y : contours.y) {
    for (const double x : contours.x) {
      contours.values.push_back(std::pow(x - 2, 2) + 2 * std::pow(y - 1, 2));
    }
  }
  for (const double level : {0.1, 0.5, 1.0, 2.0, 3.0, 5.0, 8.0, 12.0}) {
    contours.levels.push_back(level);
  }
  report::PlotSeries circle{.name = "x^2 + y^2 = 1", .color = 7};
  for (const double angle : spaced(0, 2 * std::numbers::pi, 120)) {
    circle.x.push_back(std::cos(angle));
    circle.y.push_back(std::sin(angle));
  }
  return {.title = "The lowest point of a disc",
          .x = {.label = "x", .low = -1.4, .high = 3.2},
          .y = {.label = "y", .low = -1.2, .high = 2},
          .contours = {contours},
          .series = {circle},
          .has_equal_scales = true};
}

/// The multiplier is what a wider disc gains, per unit.
void show_the_disc(Notebook& notebook, report::Plot& plot) {
  Constraints disc{.at_most_zero = [](const Tensor& v) { return sum(v * v) - 1.0; }};
  const Tensor start = Tensor::from(std::vector<double>{-1, -1});
  const ConstrainedMinimum found = minimize_constrained(
      bowl, disc, start, {.tolerance = 1e-8, .record = optimize::Record::path});
  const auto x = found.x.to_vector<double>();
  const double multiplier = found.inequality_multipliers.item<double>();
  notebook.say("minimise (x - 2)^2 + 2 (y - 1)^2 where x^2 + y^2 <= 1");
  notebook.say(found.report);
  notebook.say(fmt::format("x = {:.6f}, y = {:.6f}, value {:.6f}, multiplier {:.6f}", x[0], x[1],
                           found.value, multiplier));
  notebook.say(fmt::format(
      "KKT residuals: stationarity {:.1e}, constraint {:.1e}, "
      "complementarity {:.1e}",
      found.residuals.stationarity, found.residuals.inequality, found.residuals.complementarity));
  disc.at_most_zero = [](const Tensor& v) { return sum(v * v) - 1.01; };
  const double wider = minimize_constrained(bowl, disc, start, {.tolerance = 1e-8}).value;
  notebook.say(fmt::format("with 1.01 for 1 the value falls by {:.6f}, which is 0.01 times {:.3f}",
                           found.value - wider, (found.value - wider) / 0.01));

  report::PlotSeries path{
      .name = "corrections of the multiplier", .mark = report::Mark::line_and_points, .color = 1};
  for (const auto& point : found.path) {
    const auto place = point.arguments[0].to_vector<double>();
    path.x.push_back(place[0]);
    path.y.push_back(place[1]);
  }
  plot.series.push_back(path);
}

/// Weights of the regression as the ball that they must stay in grows.
report::Plot weights_in_a_ball(const StandardTable& patients, const char* title,
                               Tensor (*project)(const Tensor&, double)) {
  const UnaryFunction loss = [&](const Tensor& w) {
    return mean(square(matmul(patients.x, w) - patients.y));
  };
  report::Plot plot{.title = title, .x = {.label = "radius of the ball"}, .y = {.label = "weight"}};
  std::vector<report::PlotSeries> series(patients.names.size());
  Tensor w = zeros({patients.x.dim(1)}, DType::f64);
  for (const double radius : spaced(0, 1.4, 29)) {
    // From the last solution, which is near.
    w = optimize::minimize_projected(loss, [&](const Tensor& v) { return project(v, radius); }, w,
                                     {.tolerance = 1e-7})
            .x;
    const auto values = w.to_vector<double>();
    for (std::size_t i = 0; i < values.size(); ++i) {
      series[i].x.push_back(radius);
      series[i].y.push_back(values[i]);
    }
  }
  for (std::size_t i = 0; i < series.size(); ++i) {
    series[i].name = patients.names[i];
    series[i].color = static_cast<int>(i % 8);
    if (i >= 8) series[i].mark = report::Mark::dashed;
    plot.series.push_back(series[i]);
  }
  return plot;
}

}  // namespace

void constrained(Notebook& notebook) {
  report::Plot disc = bowl_and_disc();
  show_the_disc(notebook, disc);

  const StandardTable patients = diabetes();
  const report::Plot l1 = weights_in_a_ball(patients, "Diabetes: weights in an L1 ball",
                                            optimize::project_onto_l1_ball);
  const report::Plot l2 = weights_in_a_ball(patients, "Diabetes: weights in an L2 ball",
                                            optimize::project_onto_l2_ball);
  // Corners of the L1 ball lie on axes: weights are 0 there until their turn comes.
  Table table({Align::right, Align::right, Align::right});
  table.row({"radius", "weights that are 0 (L1)", "(L2)"});
  for (const std::size_t k : {2, 4, 8, 16, 24}) {
    const auto zeros_in = [&](const report::Plot& plot) {
      int count = 0;
      for (const auto& series : plot.series) count += std::abs(series.y[k]) < 1e-6;
      return std::to_string(count);
    };
    table.row({fmt::format("{:.2f}", l1.series[0].x[k]), zeros_in(l1), zeros_in(l2)});
  }
  notebook.say("\na linear fit to the diabetes data, its weights kept inside a ball");
  notebook.show(table);
  notebook.picture("constrained", {disc, l1, l2}, 3);
}

}  // namespace gradus::lessons
