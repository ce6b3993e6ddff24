#pragma once

#include <random>
#include <vector>

#include "gradus/core/op_def.h"

// Ways to say one sample differently: other layouts, other element types, nearby points.

namespace gradus::testing {

/// The same values, laid out with gaps and the axes in reverse order of memory.
Tensor strided_copy(const Tensor& x);

/// The first slice along axis 0 repeated by a stride of 0.
Tensor repeated_first(const Tensor& x);

/// Every floating input converted to `dtype`.
Tensors floating_inputs_as(const Tensors& inputs, DType dtype);

/// A tensor of `shape`, normally distributed; f64.
Tensor random_direction(const Shape& shape, std::mt19937_64& random);

/// x + step * direction, computed in plain loops; f64.
Tensor moved(const Tensor& x, const Tensor& direction, double step);

/// The sum of products of two tensors' elements, in plain loops.
double inner_product(const Tensor& a, const Tensor& b);

/// The elements of an array in row-major order, widened to double.
std::vector<double> values_of(const Array& array);

/// "" if both hold the same values: bits for integers, within tolerance * (1 + |expected|) for
/// floating types, NaN equal to NaN; else where they differ first.
std::string difference(const Array& actual, const Array& expected, double tolerance);

}  // namespace gradus::testing
