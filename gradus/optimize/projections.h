#pragma once

#include "gradus/core/tensor.h"

// The nearest point, in Euclidean distance, of a convex set; of x's shape and type. All elements of
// a tensor are one vector. No derivatives. Throw Error for NaN and for sets that are empty.

namespace gradus::optimize {

/// low <= element <= high
Tensor project_onto_box(const Tensor& x, double low, double high);
Tensor project_onto_nonnegative(const Tensor& x);
/// Euclidean length at most `radius`.
Tensor project_onto_l2_ball(const Tensor& x, double radius);
/// Sum of absolute elements at most `radius`. Source: Duchi et al. 2008, figure 1 and section 4.
Tensor project_onto_l1_ball(const Tensor& x, double radius);
/// Largest absolute element at most `radius`.
Tensor project_onto_linf_ball(const Tensor& x, double radius);
/// Elements at least 0 that add up to `total`.
Tensor project_onto_simplex(const Tensor& x, double total = 1);

}  // namespace gradus::optimize
