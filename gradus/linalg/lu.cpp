#include "gradus/linalg/lu.h"

#include <algorithm>

#include "gradus/ops/arithmetic.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/factorization.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/triangle.h"

namespace gradus::linalg {

Lu lu(const Tensor& a) {
  const auto parts = apply_all(kLu, {a});
  const Tensor& packed = parts[0];
  const std::int64_t m = packed.dim(-2), n = packed.dim(-1), k = std::min(m, n);
  const Tensor below = lower_triangle(slice(packed, -1, {0, k}), -1);
  return {below + eye(m, k, 0, packed.dtype()), upper_triangle(slice(packed, -2, {0, k})),
          parts[1]};
}

}  // namespace gradus::linalg
