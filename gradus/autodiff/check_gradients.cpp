#include "gradus/autodiff/check_gradients.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "gradus/base/error.h"
#include "gradus/core/node.h"
#include "gradus/ops/rearrange.h"

namespace gradus {
namespace {

constexpr std::size_t kFailuresShown = 10;

std::vector<std::int64_t> index_of(std::int64_t position, const Shape& shape) {
  std::vector<std::int64_t> index(static_cast<std::size_t>(shape.rank()));
  for (int axis = shape.rank() - 1; axis >= 0; --axis) {
    index[static_cast<std::size_t>(axis)] = position % shape[axis];
    position /= shape[axis];
  }
  return index;
}

/// For sorting: what is not a number is worst.
double badness(const CheckedElement& element) {
  const double error = element.error();
  return std::isnan(error) ? std::numeric_limits<double>::infinity() : error;
}

struct Tolerance {
  double relative;
  double absolute;

  bool allows(const CheckedElement& e) const {
    // False for NaN.
    return e.error() <= absolute + relative * std::max(std::abs(e.analytic), std::abs(e.numeric));
  }
};

Tolerance tolerance_of(const GradientCheckOptions& options, DType type, double value) {
  const bool single = type == DType::f32;
  const auto given_or = [](double given, double usual) { return given >= 0 ? given : usual; };
  return {
      given_or(options.relative_tolerance, single ? 1e-2 : 1e-6),
      given_or(options.absolute_tolerance, single ? 1e-3 : 1e-8) * std::max(1.0, std::abs(value))};
}

/// Numeric derivatives of f with respect to the elements `positions` of input i.
std::vector<double> measure(const ScalarFunction& f, const Tensors& inputs, std::size_t i,
                            const std::vector<std::int64_t>& positions,
                            const DifferenceOptions& options) {
  const std::vector<double> values = inputs[i].to_vector<double>();
  std::vector<double> result;
  for (const std::int64_t position : positions) {
    // f along one element; numerical_derivative() chooses the steps.
    const UnaryFunction along = [&](const Tensor& x) {
      std::vector<double> moved = values;
      moved[static_cast<std::size_t>(position)] = x.item<double>();
      Tensors all = inputs;
      all[i] =
          x.dtype() == DType::f64
              ? Tensor::from(moved, inputs[i].shape())
              : Tensor::from(std::vector<float>(moved.begin(), moved.end()), inputs[i].shape());
      return reshape(f(all), Dims{});
    };
    const Tensor x = Tensor::scalar(values[static_cast<std::size_t>(position)], inputs[i].dtype());
    result.push_back(numerical_derivative(along, x, options).value.item<double>());
  }
  return result;
}

}  // namespace

double CheckedElement::error() const { return std::abs(analytic - numeric); }

std::string CheckedElement::to_string() const {
  return fmt::format("element [{}] of input {}: analytic {:.9g}, numeric {:.9g}, error {:.2g}",
                     fmt::join(index, ", "), input, analytic, numeric, error());
}

std::string GradientCheck::report() const {
  if (checked == 0) return "there are no elements to check";
  if (passed()) {
    return fmt::format("all {} elements agree; the largest error is at {}", checked,
                       worst.to_string());
  }
  std::string text = fmt::format("{} of {} elements differ", failures.size(), checked);
  for (std::size_t i = 0; i < std::min(failures.size(), kFailuresShown); ++i) {
    text += "\n  " + failures[i].to_string();
  }
  if (failures.size() > kFailuresShown) {
    text += fmt::format("\n  and {} more", failures.size() - kFailuresShown);
  }
  return text;
}

GradientCheck check_gradients(const ScalarFunction& f, const Tensors& inputs,
                              const GradientCheckOptions& options) {
  if (options.elements_per_input < 1) {
    throw Error(
        ErrorCode::invalid_argument, "check_gradients",
        fmt::format("elements_per_input is {}; it must be at least 1", options.elements_per_input));
  }
  const ValueAndGrad analytic = value_and_grad(f)(inputs);
  const double value = analytic.value.item<double>();
  GradientCheck result;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const std::int64_t size = inputs[i].size();
    const std::int64_t count = std::min(size, options.elements_per_input);
    std::vector<std::int64_t> positions;
    for (std::int64_t k = 0; k < count; ++k) positions.push_back(k * size / count);
    const std::vector<double> numeric = measure(f, inputs, i, positions, options.difference);
    const std::vector<double> gradient = analytic.gradients[i].to_vector<double>();
    const Tolerance tolerance = tolerance_of(options, inputs[i].dtype(), value);
    for (std::size_t k = 0; k < positions.size(); ++k) {
      CheckedElement element{static_cast<std::int64_t>(i),
                             index_of(positions[k], inputs[i].shape()),
                             gradient[static_cast<std::size_t>(positions[k])], numeric[k]};
      if (result.checked++ == 0 || badness(element) > badness(result.worst)) {
        result.worst = element;
      }
      if (!tolerance.allows(element)) result.failures.push_back(std::move(element));
    }
  }
  std::stable_sort(result.failures.begin(), result.failures.end(),
                   [](const auto& a, const auto& b) { return badness(a) > badness(b); });
  return result;
}

GradientCheck check_gradients(const UnaryFunction& f, const Tensor& x,
                              const GradientCheckOptions& options) {
  return check_gradients(ScalarFunction([&f](const Tensors& inputs) { return f(inputs[0]); }), {x},
                         options);
}

}  // namespace gradus
