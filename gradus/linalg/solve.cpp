#include "gradus/linalg/solve.h"

#include "gradus/linalg/cholesky.h"
#include "gradus/linalg/right_side.h"
#include "gradus/ops/factorization.h"

namespace gradus::linalg {

Tensor solve(const Tensor& a, const Tensor& b) {
  const System system = make_system("solve", a, b);
  return system.in_form_of_b(apply(kSolve, {system.a, system.b}));
}

Tensor solve_triangular(const Tensor& a, const Tensor& b, const TriangularOptions& options) {
  const System system = make_system("solve_triangular", a, b);
  return system.in_form_of_b(triangular_solve(system.a, system.b,
                                              {.upper = options.triangle == Triangle::upper,
                                               .transposed = options.transposed,
                                               .unit_diagonal = options.unit_diagonal}));
}

Tensor solve_positive_definite(const Tensor& a, const Tensor& b) {
  make_system("solve_positive_definite", a, b);  // its errors speak of a, not of the factor
  return cholesky_solve(cholesky(a), b);
}

Tensor inverse(const Tensor& a) { return apply(kInverse, {a}); }

}  // namespace gradus::linalg
