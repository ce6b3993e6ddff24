#pragma once

#include "gradus/core/tensor.h"

namespace gradus::linalg {

struct Qr {
  Tensor q;  ///< (..., m, k), orthonormal columns
  Tensor r;  ///< (..., k, n), upper triangular
};

enum class QrMode {
  reduced,   ///< k is the smaller of m and n
  complete,  ///< k is m: q is a square orthogonal matrix
};

/// The factorisation a = q r of matrices (..., m, n), f32 or f64, by Householder reflections
/// (LAPACK's geqrf and orgqr). Signs on r's diagonal are as they come. The complete q of a tall
/// matrix has no derivative. Throws Error for another rank or type; evaluation throws it if a is
/// not finite.
Qr qr(const Tensor& a, QrMode mode = QrMode::reduced);

struct PivotedQr {
  Tensor q;            ///< (..., m, k), orthonormal columns
  Tensor r;            ///< (..., k, n), upper triangular, its diagonal descending in magnitude
  Tensor permutation;  ///< i64 (..., n): column j of q r is column permutation[j] of a
};

/// qr() with the columns of a in an order in which each is the one with most left over outside the
/// span of those before it (LAPACK's geqp3).
PivotedQr pivoted_qr(const Tensor& a, QrMode mode = QrMode::reduced);

}  // namespace gradus::linalg
