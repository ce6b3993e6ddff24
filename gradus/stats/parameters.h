// Internal: what distributions do with their parameters and arguments.
#pragma once

#include "gradus/core/tensor.h"

namespace gradus::stats {

/// Parameters cast to their common type, f32 or f64. Throws Error for undefined ones.
Tensor floating_parameter(const char* distribution, const Tensor& x);
struct TwoParameters {
  Tensor first, second;
};
TwoParameters floating_parameters(const char* distribution, const Tensor& a, const Tensor& b);

/// x itself; evaluating it throws Error unless its elements are finite, positive and finite, or in
/// [0, 1].
Tensor require_real(const char* distribution, const char* parameter, const Tensor& x);
Tensor require_positive(const char* distribution, const char* parameter, const Tensor& x);
Tensor require_probability(const char* distribution, const char* parameter, const Tensor& x);
/// ... unless they are integers of at least 0.
Tensor require_count(const char* distribution, const char* parameter, const Tensor& x);

/// How far from 1 a sum of probabilities may be that were rounded one by one, as three times 1 / 3.
double dtype_tolerance(DType dtype);
/// ... unless they are probabilities that add up to 1 along the last axis. Throws Error at once if
/// there is no such axis.
Tensor require_distribution(const char* distribution, const char* parameter, const Tensor& x);
/// x itself. Throws Error unless its last axis is that of `parameter`.
Tensor require_last_axis(const char* distribution, const Tensor& x, const Tensor& parameter);

/// -infinity where `outside`, else `value`.
Tensor unless(const Tensor& outside, const Tensor& value);
/// `x`, with a number from the support where `outside`: derivatives of what is computed from it
/// stay finite.
Tensor inside(const Tensor& outside, const Tensor& x, double instead);
/// x, or `low` where it is below: maximum(x, low) with all of the gradient at x = low.
Tensor at_least(const Tensor& x, double low);
/// True where x is no integer in [low, infinity); a NaN is not outside.
Tensor is_no_count(const Tensor& x, double low);
/// NaN where p is outside [0, 1], else `value`.
Tensor for_probability(const Tensor& p, const Tensor& value);

/// The extents of a, then those of b.
Shape joined(const Shape& a, const Shape& b);
/// Without the last extent.
Shape leading_shape(const Shape& shape);
/// -sum over the last axis of p log p.
Tensor entropy_of_probabilities(const Tensor& probabilities);

}  // namespace gradus::stats
