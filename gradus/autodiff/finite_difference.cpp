#include "gradus/autodiff/finite_difference.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/core/node.h"
#include "gradus/ops/rearrange.h"

namespace gradus {
namespace {

using Values = std::vector<double>;

constexpr const char* kOperation = "numerical_derivative";
// Ridders: each step is the last divided by this.
constexpr double kShrink = 1.4;
constexpr int kLevels = 10;

double resolution_of(DType type) {
  return type == DType::f32 ? double{std::numeric_limits<float>::epsilon()}
                            : std::numeric_limits<double>::epsilon();
}

/// The values of f around a place.
class Probe {
 public:
  Probe(const UnaryFunction& f, const Tensor& x) : f_(f), type_(x.dtype()), shape_(x.shape()) {
    at_ = x.to_vector<double>();
  }

  double x(std::size_t j) const { return at_[j]; }
  std::size_t size() const { return at_.size(); }
  const Shape& out_shape() const { return out_shape_; }

  /// f with element j at `value`, and the value after rounding to f's type.
  Values at(std::size_t j, double& value) {
    Values moved = at_;
    if (type_ == DType::f32) value = static_cast<float>(value);
    moved[j] = value;
    return evaluate(moved);
  }
  Values at_center() { return evaluate(at_); }

 private:
  Values evaluate(const Values& values) {
    const Tensor x = type_ == DType::f64
                         ? Tensor::from(values, shape_)
                         : Tensor::from(std::vector<float>(values.begin(), values.end()), shape_);
    const Tensor y = f_(x);
    if (!y.defined()) {
      throw Error(ErrorCode::invalid_argument, kOperation, "the function returned nothing");
    }
    out_shape_ = y.shape();
    return y.to_vector<double>();
  }

  const UnaryFunction& f_;
  DType type_;
  Shape shape_;
  Shape out_shape_;
  Values at_;
};

/// (a - b) / distance
Values quotient(Values a, const Values& b, double distance) {
  for (std::size_t i = 0; i < a.size(); ++i) a[i] = (a[i] - b[i]) / distance;
  return a;
}

Values central(Probe& probe, std::size_t j, double h) {
  double above = probe.x(j) + h;
  double below = probe.x(j) - h;
  const Values high = probe.at(j, above);
  const Values low = probe.at(j, below);
  return quotient(high, low, above - below);
}

struct Column {
  Values value;
  Values error;
};

/// The tableau of Neville's scheme in the square of the step. Of each output the entry is taken
/// that differs least from those it was made of.
Column richardson(Probe& probe, std::size_t j, double h) {
  std::vector<Values> row{central(probe, j, h)};
  const std::size_t outputs = row[0].size();
  Column best{row[0], Values(outputs, std::numeric_limits<double>::infinity())};
  for (int level = 1; level < kLevels; ++level) {
    h /= kShrink;
    std::vector<Values> next{central(probe, j, h)};
    bool improved = false;
    double factor = 1;
    for (int order = 1; order <= level; ++order) {
      factor *= kShrink * kShrink;
      const auto k = static_cast<std::size_t>(order);
      Values entry(outputs);
      for (std::size_t i = 0; i < outputs; ++i) {
        entry[i] = (next[k - 1][i] * factor - row[k - 1][i]) / (factor - 1);
        const double error =
            std::max(std::abs(entry[i] - next[k - 1][i]), std::abs(entry[i] - row[k - 1][i]));
        if (error <= best.error[i]) {
          best.error[i] = error;
          best.value[i] = entry[i];
          improved = true;
        }
      }
      next.push_back(std::move(entry));
    }
    const bool started = std::isfinite(*std::min_element(best.error.begin(), best.error.end()));
    if (started && !improved && level > 3) break;  // rounding has taken over
    row = std::move(next);
  }
  return best;
}

/// Columns (in) of outputs (out) as (out..., in...).
Tensor as_tensor(const std::vector<Values>& columns, const Shape& out, const Shape& in) {
  const auto outputs = static_cast<std::size_t>(out.size());
  Values rows(outputs * columns.size());
  for (std::size_t j = 0; j < columns.size(); ++j) {
    for (std::size_t i = 0; i < outputs; ++i) rows[i * columns.size() + j] = columns[j][i];
  }
  Dims dims = out.dims();
  dims.append(in.begin(), in.end());
  return Tensor::from(rows, Shape(std::move(dims)));
}

double default_step(Difference method, DType type) {
  switch (method) {
    case Difference::forward:
      return std::sqrt(resolution_of(type));
    case Difference::central:
      return std::cbrt(resolution_of(type));
    case Difference::richardson:
      break;
  }
  return 0.1;
}

}  // namespace

NumericalDerivative numerical_derivative(const UnaryFunction& f, const Tensor& x,
                                         const DifferenceOptions& options) {
  if (!x.defined() || (x.dtype() != DType::f32 && x.dtype() != DType::f64)) {
    throw Error(ErrorCode::dtype, kOperation,
                fmt::format("takes an f32 or f64 tensor, not {}",
                            x.defined() ? x.signature() : std::string("an undefined one")));
  }
  if (!(options.step >= 0) || !std::isfinite(options.step)) {
    throw Error(
        ErrorCode::invalid_argument, kOperation,
        fmt::format("the step is {}; it must be positive, or 0 for the usual one", options.step));
  }
  const double relative = options.step > 0 ? options.step : default_step(options.method, x.dtype());
  Probe probe(f, x);
  const Values center = probe.at_center();
  std::vector<Values> values, errors;
  for (std::size_t j = 0; j < probe.size(); ++j) {
    const double h = relative * std::max(1.0, std::abs(probe.x(j)));
    if (options.method == Difference::richardson && !center.empty()) {
      Column column = richardson(probe, j, h);
      values.push_back(std::move(column.value));
      errors.push_back(std::move(column.error));
    } else if (options.method == Difference::forward) {
      double above = probe.x(j) + h;
      const Values high = probe.at(j, above);
      values.push_back(quotient(high, center, above - probe.x(j)));
    } else {
      values.push_back(central(probe, j, h));
    }
  }
  NumericalDerivative result{as_tensor(values, probe.out_shape(), x.shape()), {}};
  if (!errors.empty()) result.error = as_tensor(errors, probe.out_shape(), x.shape());
  return result;
}

}  // namespace gradus
