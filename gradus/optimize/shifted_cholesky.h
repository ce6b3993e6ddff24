// Internal: solving with Hessians.
#pragma once

#include "gradus/optimize/vectors.h"

namespace gradus::optimize {

/// The solution of (A + shift I) x = b for a symmetric A, n x n row-major, with the least shift of
/// a growing sequence that makes A positive definite; 0 where it is. Source: Nocedal and Wright
/// 2006, algorithm 3.3.
Vector solve_shifted(const Vector& a, const Vector& b);

}  // namespace gradus::optimize
