#pragma once

#include "gradus/core/tensor.h"

namespace gradus::linalg {

struct SymmetricEigen {
  Tensor values;   ///< (..., n), ascending
  Tensor vectors;  ///< (..., n, n), orthonormal, in columns
};

/// Eigenvalues and eigenvectors of symmetric matrices (..., n, n), f32 or f64 (LAPACK's syevd); of
/// a matrix that is not symmetric the symmetric part (a + a^T) / 2 is taken. In each vector the
/// element of largest magnitude is positive. Vectors of values that are equal up to rounding are
/// any basis of their space; derivatives do not turn them within it, which is right for functions
/// of the space. Evaluation throws Error if a is not finite.
SymmetricEigen eigh(const Tensor& a);

/// The eigenvalues alone, which is much faster. (..., n, n) -> (..., n)
Tensor eigvalsh(const Tensor& a);

/// Complex numbers as two tensors of one shape.
struct ComplexParts {
  Tensor real;
  Tensor imaginary;
};

struct Eigen {
  ComplexParts
      values;  ///< (..., n), descending real parts; of a pair, the positive imaginary part first
  ComplexParts
      vectors;  ///< (..., n, n), in columns, of length 1 with a real and positive largest element
};

/// Eigenvalues and eigenvectors of any square matrix (..., n, n), f32 or f64 (LAPACK's geevx):
/// a = v diag(w) v^-1. Evaluation throws Error if a is not finite, or defective to working
/// precision: then it has no basis of eigenvectors. Derivatives exist where the eigenvalues are
/// distinct.
Eigen eig(const Tensor& a);

/// The eigenvalues alone, of any square matrix. (..., n, n) -> (..., n)
ComplexParts eigvals(const Tensor& a);

/// The largest magnitude of an eigenvalue. (..., n, n) -> (...)
Tensor spectral_radius(const Tensor& a);

}  // namespace gradus::linalg
