#include "gradus/linalg/cholesky.h"

#include "gradus/linalg/right_side.h"
#include "gradus/ops/factorization.h"

namespace gradus::linalg {

Tensor cholesky(const Tensor& a) { return apply(kCholesky, {a}); }

Tensor cholesky_solve(const Tensor& l, const Tensor& b) {
  const System system = make_system("cholesky_solve", l, b);
  const Tensor half = triangular_solve(system.a, system.b, {});
  return system.in_form_of_b(triangular_solve(system.a, half, {.transposed = true}));
}

}  // namespace gradus::linalg
