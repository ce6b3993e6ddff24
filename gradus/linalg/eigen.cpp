#include "gradus/linalg/eigen.h"

#include "gradus/ops/factorization.h"

namespace gradus::linalg {

SymmetricEigen eigh(const Tensor& a) {
  const auto parts = apply_all(kEigh, {a});
  return {parts[0], parts[1]};
}

Tensor eigvalsh(const Tensor& a) { return apply(kEigvalsh, {a}); }

}  // namespace gradus::linalg
