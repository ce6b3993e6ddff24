// Means, variances, covariances and correlations: of a table, of a sample, and by draws.
#include <cmath>

#include <fmt/format.h>

#include "gradus/ops/arithmetic.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/select.h"
#include "gradus/ops/transcendental.h"
#include "gradus/stats/information.h"
#include "gradus/stats/moments.h"
#include "gradus/stats/normal.h"
#include "lessons/lessons.h"
#include "lessons/pictures.h"
#include "lessons/tables.h"

namespace gradus::lessons {
namespace {

/// E[exp(x)] of a normal x is exp(1/2); draws come near it as 1 / sqrt(n).
report::Plot by_draws(Notebook& notebook) {
  const stats::Normal normal(Tensor::scalar(0, DType::f64), Tensor::scalar(1, DType::f64));
  const double truth = std::exp(0.5);
  report::PlotSeries found{.name = "distance from the truth",
                           .mark = report::Mark::line_and_points},
      expected{.name = "its standard error, estimated"};
  Table table({Align::right, Align::right, Align::right, Align::right});
  table.row({"draws", "mean of exp(x)", "standard error", "distance from exp(1/2)"});
  for (int k = 4; k <= 20; ++k) {
    const std::int64_t draws = std::int64_t{1} << k;
    const stats::MonteCarloMean mean =
        stats::expectation([](const Tensor& x) { return exp(x); }, normal, Key(k), draws);
    const double value = mean.value.item<double>(), error = mean.standard_error.item<double>();
    found.x.push_back(static_cast<double>(draws));
    found.y.push_back(std::abs(value - truth));
    expected.x.push_back(static_cast<double>(draws));
    expected.y.push_back(error);
    if (k % 4 == 0) {
      table.row({std::to_string(draws), fmt::format("{:.4f}", value), fmt::format("{:.4f}", error),
                 fmt::format("{:.4f}", std::abs(value - truth))});
    }
  }
  notebook.say(fmt::format("\nan expectation by draws: E[exp(x)] = exp(1/2) = {:.4f}", truth));
  notebook.show(table);
  return {.title = "E[exp(x)] by draws",
          .x = {.label = "draws", .scale = report::AxisScale::logarithmic},
          .y = {.label = "distance", .scale = report::AxisScale::logarithmic},
          .series = {found, expected}};
}

}  // namespace

void moments(Notebook& notebook) {
  const Tensor values = vector({1, 2, 3, 4, 5}), shares = vector({0.1, 0.2, 0.3, 0.2, 0.2});
  notebook.say(fmt::format("X = 1 to 5 with probabilities {}: mean {:.4g}, variance {:.4g}",
                           in_brackets(shares), stats::expectation(values, shares).item<double>(),
                           stats::variance(values, shares).item<double>()));

  const StandardTable patients = diabetes();
  const Tensor all = concatenate({patients.x, expand_dims(patients.y, 1)}, 1);
  const Tensor correlations = stats::correlation(all);
  std::vector<std::string> names = patients.short_names;
  names.push_back("y");
  Table table({Align::left, Align::right, Align::right});
  table.row({"442 patients", "correlation with the target", "slope of a line to it"});
  for (std::size_t i = 0; i < patients.names.size(); ++i) {
    const auto at = static_cast<std::int64_t>(i);
    const Tensor x = select(patients.x, 1, at);
    const double slope = (stats::covariance(x, patients.y) / var(x)).item<double>();
    table.row({patients.names[i],
               fmt::format("{:.4f}", stats::correlation(x, patients.y).item<double>()),
               fmt::format("{:.4f}", slope)});
  }
  notebook.say("\nof numbers with deviation 1, covariance, correlation and slope are one:");
  notebook.show(table);
  const report::Plot draws = by_draws(notebook);

  const Tensor bmi = select(patients.x, 1, 2), blood = select(patients.x, 1, 4),
               next = select(patients.x, 1, 5);
  const auto cloud = [](const std::string& title, const std::string& x_label,
                        const std::string& y_label, const Tensor& x, const Tensor& y) {
    return report::Plot{.title = fmt::format("{}: correlation {:.2f}", title,
                                             stats::correlation(x, y).item<double>()),
                        .x = {.label = x_label + " (standardised)"},
                        .y = {.label = y_label + " (standardised)"},
                        .series = {{.x = x.to_vector<double>(),
                                    .y = y.to_vector<double>(),
                                    .mark = report::Mark::points}}};
  };
  notebook.picture(
      "moments",
      {heat_map({.title = "Correlations of the diabetes data",
                 .values = correlations,
                 .rows = names,
                 .columns = names,
                 .digits = 1}),
       cloud("Two blood values", patients.names[4], patients.names[5], blood, next),
       cloud("Weight and progress", patients.names[2], "progression after a year", bmi, patients.y),
       draws},
      2);
}

}  // namespace gradus::lessons
