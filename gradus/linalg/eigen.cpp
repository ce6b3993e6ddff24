#include "gradus/linalg/eigen.h"

#include "gradus/ops/arithmetic.h"
#include "gradus/ops/factorization.h"
#include "gradus/ops/reduce.h"

namespace gradus::linalg {

SymmetricEigen eigh(const Tensor& a) {
  const auto parts = apply_all(kEigh, {a});
  return {parts[0], parts[1]};
}

Tensor eigvalsh(const Tensor& a) { return apply(kEigvalsh, {a}); }

Eigen eig(const Tensor& a) {
  const auto parts = apply_all(kEig, {a});
  return {{parts[0], parts[1]}, {parts[2], parts[3]}};
}

ComplexParts eigvals(const Tensor& a) {
  const auto parts = apply_all(kEigvals, {a});
  return {parts[0], parts[1]};
}

Tensor spectral_radius(const Tensor& a) {
  const ComplexParts values = eigvals(a);
  const Tensor magnitudes = hypot(values.real, values.imaginary);
  return a.dim(-1) == 0 ? sum(magnitudes, {.axes = {-1}}) : max(magnitudes, {.axes = {-1}});
}

}  // namespace gradus::linalg
