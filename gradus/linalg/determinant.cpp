#include "gradus/linalg/determinant.h"

#include "gradus/ops/factorization.h"

namespace gradus::linalg {

Tensor determinant(const Tensor& a) { return apply(kDeterminant, {a}); }

SignedLogDeterminant log_determinant(const Tensor& a) {
  const auto parts = apply_all(kSlogdet, {a});
  return {parts[0], parts[1]};
}

}  // namespace gradus::linalg
