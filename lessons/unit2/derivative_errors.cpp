// Differences of values against the exact derivative, for every size of step.
#include <cmath>

#include <fmt/format.h>

#include "gradus/autodiff/finite_difference.h"
#include "gradus/symbolic/differentiate.h"
#include "gradus/symbolic/evaluate.h"
#include "gradus/symbolic/parse.h"
#include "lessons/lessons.h"
#include "lessons/tables.h"

namespace gradus::lessons {

void derivative_errors(Notebook& notebook) {
  // The function of Squire and Trapp 1998, at 1.5.
  const auto f = symbolic::parse("exp(x)/sqrt(sin(x)^3 + cos(x)^3)");
  const double at = 1.5;
  const auto derivative = symbolic::derivative(f, "x");
  const double exact = symbolic::evaluate_number(derivative, {{"x", at}});
  notebook.say("f  = " + f.to_string());
  notebook.say("f' = " + derivative.to_string());
  notebook.say(fmt::format("f'({}) = {:.15g}\n", at, exact));

  const UnaryFunction on_tensors = symbolic::as_function(f, std::string("x"));
  const Tensor x = Tensor::scalar(at, DType::f64);
  const auto error_of = [&](double value) {
    // What is exact to the last bit cannot be drawn on a logarithmic axis.
    return std::max(std::abs(value / exact - 1), 1e-17);
  };
  const auto difference = [&](Difference method, double step) {
    // The option is relative to max(1, |x|).
    const auto found = numerical_derivative(on_tensors, x, {.method = method, .step = step / at});
    return error_of(found.value.item<double>());
  };

  report::PlotSeries forward{.name = "forward"}, central{.name = "central"},
      complex{.name = "complex step"};
  Table table({Align::right, Align::right, Align::right, Align::right});
  table.row({"step", "forward", "central", "complex step"});
  for (int exponent = -4; exponent >= -60; --exponent) {
    const double step = std::pow(10, exponent / 4.0);
    const double errors[] = {difference(Difference::forward, step),
                             difference(Difference::central, step),
                             error_of(symbolic::complex_step(f, "x", {{"x", at}}, step))};
    for (auto* series : {&forward, &central, &complex}) series->x.push_back(step);
    forward.y.push_back(errors[0]);
    central.y.push_back(errors[1]);
    complex.y.push_back(errors[2]);
    if (exponent % 8 == 0) {
      table.row({fmt::format("{:.0e}", step), fmt::format("{:.1e}", errors[0]),
                 fmt::format("{:.1e}", errors[1]), fmt::format("{:.1e}", errors[2])});
    }
  }
  notebook.say("relative errors:");
  notebook.show(table);
  const auto richardson = numerical_derivative(on_tensors, x, {.method = Difference::richardson});
  notebook.say(fmt::format("Richardson's extrapolation: error {:.1e}, by its own estimate {:.1e}",
                           error_of(richardson.value.item<double>()),
                           richardson.error.item<double>() / std::abs(exact)));

  notebook.picture("derivative-errors",
                   {{.title = "Truncation to the right, rounding to the left",
                     .x = {.label = "step", .scale = report::AxisScale::logarithmic},
                     .y = {.label = "relative error", .scale = report::AxisScale::logarithmic},
                     .series = {forward, central, complex}}});
}

}  // namespace gradus::lessons
