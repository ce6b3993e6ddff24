#pragma once

#include "gradus/core/op_def.h"

// Factorisations of matrices by LAPACK and what rests on them, as operations. The functions that
// users call are in gradus/linalg/.

namespace gradus {

extern const OpDef kCholesky, kLu, kQr, kEigh, kEigvalsh, kSvd, kSvdvals, kTriangularSolve, kSolve,
    kInverse, kDeterminant, kCofactor, kSlogdet, kLeastSquares, kPseudoInverse, kEig, kEigvals,
    kMatrixExp, kMatrixSqrt, kSolveLyapunov;

/// Which triangle of a matrix is read, and how it stands in the equation.
struct TriangularAttributes {
  bool upper = false;
  bool transposed = false;     ///< the equation is a^T x = b
  bool unit_diagonal = false;  ///< the diagonal counts as 1 and is not read
  void fields(FieldVisitor& v) const {
    v("upper", upper);
    v("transposed", transposed);
    v("unit_diagonal", unit_diagonal);
  }
};
/// (..., n, n), (..., n, k) -> (..., n, k); leading axes must be the same.
Tensor triangular_solve(const Tensor& a, const Tensor& b, const TriangularAttributes& attributes);

struct QrAttributes {
  bool complete = false;  ///< q is square
  bool pivoting = false;
  void fields(FieldVisitor& v) const {
    v("complete", complete);
    v("pivoting", pivoting);
  }
};

struct SvdAttributes {
  bool full = false;  ///< u and vh are square
  void fields(FieldVisitor& v) const { v("full", full); }
};

struct PseudoInverseAttributes {
  double cutoff = -1;  ///< of the largest singular value; negative: max(m, n) units of rounding
  void fields(FieldVisitor& v) const { v("cutoff", cutoff); }
};

}  // namespace gradus
