#pragma once

#include <cstdint>

#include "gradus/base/function.h"
#include "gradus/core/tensor.h"
#include "gradus/linalg/eigen.h"

// Functions of square matrices (..., n, n), f32 or f64.

namespace gradus::linalg {

/// The exponential (Higham's scaling and squaring), computed in f64.
Tensor matrix_exp(const Tensor& a);

/// a^n by repeated squaring; negative powers are those of the inverse, and a^0 is the identity.
Tensor matrix_power(const Tensor& a, std::int64_t n);

/// v diag(f(w)) v^T of a symmetric matrix, f elementwise: the root, the logarithm, any power. Right
/// derivatives need distinct eigenvalues.
Tensor symmetric_function(const Tensor& a, const Function<Tensor(const Tensor&)>& f);

/// v f(diag(w)) v^-1 of any matrix with a basis of eigenvectors, f elementwise on complex numbers.
/// Evaluation throws Error for a defective matrix.
ComplexParts matrix_function(const Tensor& a, const Function<ComplexParts(const ComplexParts&)>& f);

/// The principal root of a symmetric matrix, whose derivative does not mind repeated eigenvalues.
/// Evaluation throws Error for a matrix that is not symmetric and for negative eigenvalues, that of
/// the derivative for a singular matrix.
Tensor matrix_sqrt(const Tensor& a);

/// x of a x + x a = b for symmetric a, which is the derivative of the root. Evaluation throws Error
/// if two eigenvalues, or one taken twice, add up to zero.
Tensor solve_lyapunov(const Tensor& a, const Tensor& b);

/// The logarithm of a symmetric positive definite matrix, by symmetric_function(); evaluation
/// throws Error for others.
Tensor matrix_log(const Tensor& a);

}  // namespace gradus::linalg
