// Least squares by three methods: how many digits each keeps, and what the data say of the weights.
#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/linalg/least_squares.h"
#include "gradus/linalg/rank.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "lessons/lessons.h"
#include "lessons/tables.h"

namespace gradus::lessons {
namespace {

using Solver = linalg::LeastSquaresMethod;

struct NamedSolver {
  const char* name;
  Solver solver;
};
constexpr NamedSolver kSolvers[] = {{"QR, refined", Solver::qr},
                                    {"singular values", Solver::svd},
                                    {"normal equations", Solver::normal_equations}};

/// Correct digits of coefficients that should all be 1; none where the method gives up.
double correct_digits(const Tensor& a, const Tensor& y, Solver solver) {
  try {
    // Every direction counts, however short.
    const Tensor found = linalg::least_squares(a, y, {.method = solver, .cutoff = 0}).coefficients;
    const double error = max(absolute(found - 1.0)).item<double>();
    return std::clamp(-std::log10(error), 0.0, 16.0);
  } catch (const Error&) {
    return std::numeric_limits<double>::quiet_NaN();
  }
}

/// y = 1 + x + ... + x^k at 0, 1, ... 20: the sums are exact, so are the coefficients (Wampler
/// 1970).
report::Plot digits_by_degree(Notebook& notebook) {
  const Tensor x = arange(0, 21, 1, DType::f64);
  report::Plot plot{.title = "y = 1 + x + ... + x^k at 0 to 20",
                    .x = {.label = "degree k"},
                    .y = {.label = "correct digits", .low = 0, .high = 17}};
  for (const auto& [name, solver] : kSolvers) {
    plot.series.push_back({.name = name, .mark = report::Mark::line_and_points});
  }
  Table table({Align::right, Align::right, Align::right, Align::right, Align::right});
  table.row({"degree", "condition", kSolvers[0].name, kSolvers[1].name, kSolvers[2].name});
  Tensors columns{ones_like(x)};
  for (int degree = 1; degree <= 9; ++degree) {
    columns.push_back(columns.back() * x);
    const Tensor a = stack(columns, 1);
    const Tensor y = sum(a, {.axes = {1}});
    std::vector<std::string> cells{
        std::to_string(degree), fmt::format("{:.0e}", linalg::condition_number(a).item<double>())};
    for (std::size_t i = 0; i < 3; ++i) {
      const double digits = correct_digits(a, y, kSolvers[i].solver);
      plot.series[i].x.push_back(degree);
      plot.series[i].y.push_back(digits);
      cells.push_back(std::isnan(digits) ? "gives up" : fmt::format("{:.0f}", digits));
    }
    table.row(cells);
  }
  notebook.say("\ncorrect digits of the coefficients, all of which are 1");
  notebook.show(table);
  return plot;
}

/// Each weight, and two standard errors on both sides.
report::Plot weights_with_errors(Notebook& notebook, const StandardTable& patients) {
  const linalg::LeastSquares fit =
      linalg::least_squares(patients.x, patients.y, {.intercept = true});
  const auto weights = fit.coefficients.to_vector<double>();
  const auto errors = fit.standard_errors.to_vector<double>();
  report::PlotSeries found{.name = "weight", .mark = report::Mark::points},
      range{.name = "two standard errors", .mark = report::Mark::segments, .color = 8};
  Table table({Align::left, Align::right, Align::right, Align::right});
  table.row({"feature", "weight", "standard error", "t"});
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const auto at = static_cast<double>(i);
    found.x.push_back(at);
    found.y.push_back(weights[i]);
    range.x.insert(range.x.end(), {at, at});
    range.y.insert(range.y.end(), {weights[i] - 2 * errors[i], weights[i] + 2 * errors[i]});
    table.row({patients.names[i], fmt::format("{:.4f}", weights[i]),
               fmt::format("{:.4f}", errors[i]), fmt::format("{:.2f}", weights[i] / errors[i])});
  }
  const double r2 =
      1 - (fit.residual_sum_of_squares / sum(square(patients.y - mean(patients.y)))).item<double>();
  notebook.say(fmt::format("\n442 patients with diabetes, everything standardised: R2 {:.6f}", r2));
  notebook.show(table);
  return {.title = "Weights of the diabetes data",
          .x = {.label = "feature", .low = -0.5, .high = 9.5, .names = patients.short_names},
          .y = {.label = "weight"},
          .series = {range, found}};
}

report::Plot ridge_paths(const StandardTable& patients) {
  report::Plot plot{.title = "With a penalty on their squares (ridge)",
                    .x = {.label = "penalty", .scale = report::AxisScale::logarithmic},
                    .y = {.label = "weight"}};
  for (std::size_t i = 0; i < patients.names.size(); ++i) {
    plot.series.push_back({.name = patients.short_names[i],
                           .mark = i < 8 ? report::Mark::line : report::Mark::dashed,
                           .color = static_cast<int>(i % 8)});
  }
  for (const double exponent : spaced(-2, 4, 61)) {
    const double penalty = std::pow(10, exponent);
    const auto weights =
        linalg::least_squares(patients.x, patients.y, {.intercept = true, .ridge = penalty})
            .coefficients.to_vector<double>();
    for (std::size_t i = 0; i < weights.size(); ++i) {
      plot.series[i].x.push_back(penalty);
      plot.series[i].y.push_back(weights[i]);
    }
  }
  return plot;
}

}  // namespace

void regressions(Notebook& notebook) {
  const linalg::LeastSquares fit =
      linalg::least_squares(matrix({{1, 1}, {1, 2}, {2, 2}}), vector({6, 8, 9}));
  notebook.say(fmt::format(
      "X = [[1, 1], [1, 2], [2, 2]], y = [6, 8, 9]: weights {}, sum of squared residuals {}",
      in_brackets(fit.coefficients), in_brackets(fit.residual_sum_of_squares)));
  const report::Plot digits = digits_by_degree(notebook);
  const StandardTable patients = diabetes();
  const report::Plot weights = weights_with_errors(notebook, patients);
  notebook.picture("regressions", {digits, weights, ridge_paths(patients)}, 3);
}

}  // namespace gradus::lessons
