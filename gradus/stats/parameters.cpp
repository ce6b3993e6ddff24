#include "gradus/stats/parameters.h"

#include <limits>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/comparison.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/require_finite.h"
#include "gradus/ops/rounding.h"
#include "gradus/ops/select.h"
#include "gradus/ops/special.h"

namespace gradus::stats {

Tensor floating_parameter(const char* distribution, const Tensor& x) {
  if (!x.defined()) {
    throw Error(ErrorCode::invalid_argument, distribution, "a parameter is an undefined tensor");
  }
  return cast(x, x.dtype() == DType::f64 ? DType::f64 : DType::f32);
}

TwoParameters floating_parameters(const char* distribution, const Tensor& a, const Tensor& b) {
  const Tensor first = floating_parameter(distribution, a);
  const Tensor second = floating_parameter(distribution, b);
  broadcast_shapes(distribution, first.shape(), second.shape());
  // A plain number, which is f32, does not make f64 of what stands beside it less exact; an f64
  // parameter makes both f64.
  const DType dtype = promote(first.dtype(), second.dtype());
  return {cast(first, dtype), cast(second, dtype)};
}

namespace {

Tensor require_parameter(const char* distribution, const char* parameter, const char* rule,
                         const Tensor& x, const Tensor& condition) {
  return require_that(x, condition, distribution, fmt::format("{} must be {}", parameter, rule));
}

}  // namespace

Tensor require_real(const char* distribution, const char* parameter, const Tensor& x) {
  return require_parameter(distribution, parameter, "finite", x, is_finite(x));
}

Tensor require_positive(const char* distribution, const char* parameter, const Tensor& x) {
  const Tensor zero = number_like(0, x);
  return require_parameter(distribution, parameter, "positive and finite", x,
                           logical_and(greater(x, zero), is_finite(x)));
}

Tensor require_probability(const char* distribution, const char* parameter, const Tensor& x) {
  const Tensor is_one =
      logical_and(greater_equal(x, number_like(0, x)), less_equal(x, number_like(1, x)));
  return require_parameter(distribution, parameter, "a probability", x, is_one);
}

Tensor require_count(const char* distribution, const char* parameter, const Tensor& x) {
  const Tensor is_one = logical_and(logical_and(greater_equal(x, number_like(0, x)), is_finite(x)),
                                    equal(x, floor(x)));
  return require_parameter(distribution, parameter, "an integer of at least 0", x, is_one);
}

double dtype_tolerance(DType dtype) { return dtype == DType::f64 ? 1e-9 : 1e-5; }

Tensor require_distribution(const char* distribution, const char* parameter, const Tensor& x) {
  if (x.rank() == 0 || x.shape().back() == 0) {
    throw Error(ErrorCode::shape, distribution,
                fmt::format("{} of shape {} have no classes", parameter, x.shape().to_string()),
                {x.shape()});
  }
  const Tensor each = require_probability(distribution, parameter, x);
  const double tolerance = dtype_tolerance(x.dtype());
  const Tensor total = sum(each, {.axes = {-1}, .keep_axes = true});
  const Tensor is_one = less_equal(absolute(total - 1), number_like(tolerance, total));
  const Tensor checked =
      require_that(total, is_one, distribution,
                   fmt::format("{} must add up to 1 (normalise them first)", parameter));
  return each + 0 * checked;
}

Tensor require_last_axis(const char* distribution, const Tensor& x, const Tensor& parameter) {
  if (x.rank() > 0 && x.shape().back() == parameter.shape().back()) return x;
  throw Error(ErrorCode::shape, distribution,
              fmt::format("values of shape {} do not end in the axis of {} classes",
                          x.shape().to_string(), parameter.shape().back()),
              {x.shape(), parameter.shape()});
}

Tensor unless(const Tensor& outside, const Tensor& value) {
  return where(outside, number_like(-std::numeric_limits<double>::infinity(), value), value);
}

Tensor inside(const Tensor& outside, const Tensor& x, double instead) {
  return where(outside, number_like(instead, x), x);
}

Tensor at_least(const Tensor& x, double low) {
  return inside(less(x, number_like(low, x)), x, low);
}

Tensor is_no_count(const Tensor& x, double low) {
  const Tensor fraction = absolute(x - round(x));
  return logical_or(logical_or(less(x, number_like(low, x)), greater(fraction, number_like(0, x))),
                    is_infinite(x));
}

Tensor for_probability(const Tensor& p, const Tensor& value) {
  const Tensor is_one =
      logical_and(greater_equal(p, number_like(0, p)), less_equal(p, number_like(1, p)));
  return where(is_one, value, number_like(std::numeric_limits<double>::quiet_NaN(), value));
}

Shape joined(const Shape& a, const Shape& b) {
  Dims dims = a.dims();
  for (const std::int64_t extent : b) dims.push_back(extent);
  return Shape(dims);
}

Shape leading_shape(const Shape& shape) { return Shape(Dims(shape.begin(), shape.end() - 1)); }

Tensor entropy_of_probabilities(const Tensor& probabilities) {
  return negative(sum(x_log_y(probabilities, probabilities), {.axes = {-1}}));
}

}  // namespace gradus::stats
