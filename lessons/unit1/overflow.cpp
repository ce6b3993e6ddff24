// Formulas that are right on paper and overflow in float, beside the forms that the library uses.
#include <cmath>

#include <fmt/format.h>

#include "gradus/ops/activation.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/softmax.h"
#include "gradus/ops/transcendental.h"
#include "lessons/lessons.h"
#include "lessons/tables.h"

namespace gradus::lessons {
namespace {

std::string written(double value) { return fmt::format("{:.6g}", value); }

/// log(exp(x) + exp(x)) = x + log 2, by the plain formula and by the shifted one.
void show_large_sums(Notebook& notebook) {
  Table table({Align::right, Align::right, Align::right, Align::right});
  table.row({"x", "log(sum(exp))", "log_sum_exp", "exact"});
  for (const float x : {1.0f, 88.0f, 89.0f, 1000.0f, -104.0f, -1000.0f}) {
    const Tensor pair{x, x};
    table.row({written(x), written(log(sum(exp(pair))).item<double>()),
               written(log_sum_exp(pair).item<double>()), written(x + std::log(2.0))});
  }
  notebook.say("log(exp(x) + exp(x)) in f32, whose largest number is exp(88.72)");
  notebook.show(table);
}

void show_softmax(Notebook& notebook) {
  const Tensor logits{1000, 1001, 1002};
  const Tensor plain = exp(logits) / sum(exp(logits));
  notebook.say("\nsoftmax of (1000, 1001, 1002)");
  notebook.say("plain:  " + plain.to_string());
  notebook.say("stable: " + softmax(logits).to_string());
}

/// Relative errors against double precision.
report::PlotSeries errors(const char* name, const std::vector<double>& x,
                          Tensor (*f)(const Tensor&), double (*exact)(double)) {
  report::PlotSeries series{.name = name, .x = x};
  const Tensor at = Tensor::from(std::vector<float>(x.begin(), x.end()));
  const auto found = f(at).to_vector<double>();
  const auto places = at.to_vector<double>();
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double truth = exact(places[i]);
    series.y.push_back(std::max(std::abs(found[i] / truth - 1), 1e-9));
  }
  return series;
}

report::Plot small_arguments() {
  std::vector<double> x;
  for (int k = 0; k <= 160; ++k) x.push_back(std::pow(10, -12 + 12.0 * k / 160));
  return {.title = "log(1 + x) in single precision",
          .x = {.label = "x", .scale = report::AxisScale::logarithmic},
          .y = {.label = "relative error", .scale = report::AxisScale::logarithmic},
          .series = {errors(
                         "log(1 + x)", x, [](const Tensor& v) { return log(v + 1.0); },
                         [](double v) { return std::log1p(v); }),
                     errors(
                         "log1p(x)", x, [](const Tensor& v) { return log1p(v); },
                         [](double v) { return std::log1p(v); })}};
}

report::Plot far_logarithms() {
  // log(sigmoid(x)) far to the left, where the sigmoid is 0 in f32.
  const std::vector<double> x = spaced(-120, 10, 261);
  const Tensor at = Tensor::from(std::vector<float>(x.begin(), x.end()));
  return {.title = "log(sigmoid(x)) in single precision",
          .x = {.label = "x"},
          .y = {.label = "value"},
          .series = {{.name = "log(sigmoid(x)), -infinity below -104",
                      .x = x,
                      .y = log(sigmoid(at)).to_vector<double>()},
                     {.name = "-softplus(-x)",
                      .x = x,
                      .y = (-softplus(-at)).to_vector<double>(),
                      .mark = report::Mark::dashed}}};
}

}  // namespace

void overflow(Notebook& notebook) {
  show_large_sums(notebook);
  show_softmax(notebook);
  const report::Plot small = small_arguments();
  double worst = 0, best = 0;
  for (std::size_t i = 0; i < small.series[0].y.size(); ++i) {
    worst = std::max(worst, small.series[0].y[i]);
    best = std::max(best, small.series[1].y[i]);
  }
  notebook.say(fmt::format(
      "\nlargest relative error for x from 1e-12 to 1: log(1 + x) {:.1g}, log1p(x) {:.1g}", worst,
      best));
  notebook.picture("overflow", {small, far_logarithms()}, 2);
}

}  // namespace gradus::lessons
