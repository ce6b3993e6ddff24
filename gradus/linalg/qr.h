#pragma once

#include "gradus/core/tensor.h"

namespace gradus::linalg {

struct Qr {
  Tensor q;  ///< (m, k), orthonormal columns
  Tensor r;  ///< (k, n), upper triangular
};

/// The reduced factorisation a = q r of a matrix (m, n), f32 or f64, by Householder reflections
/// (LAPACK's geqrf and orgqr); k is the smaller of m and n. Signs on r's diagonal are as they come.
/// Evaluates; has no derivative. Throws Error for another rank or type.
Qr qr(const Tensor& a);

}  // namespace gradus::linalg
