#include "gradus/linalg/svd.h"

#include "gradus/ops/factorization.h"

namespace gradus::linalg {

Svd svd(const Tensor& a, SvdMode mode) {
  const auto parts = apply_all(kSvd, {a}, SvdAttributes{.full = mode == SvdMode::full});
  return {parts[0], parts[1], parts[2]};
}

Tensor svdvals(const Tensor& a) { return apply(kSvdvals, {a}); }

}  // namespace gradus::linalg
