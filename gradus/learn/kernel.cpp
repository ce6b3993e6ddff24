#include "gradus/learn/kernel.h"

#include <cmath>

#include "gradus/base/error.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/select.h"
#include "gradus/ops/transcendental.h"

namespace gradus::learn {

Tensor Kernel::operator()(const Tensor& a, const Tensor& b) const {
  switch (kind) {
    case KernelKind::linear:
      return Tensor(linear(a, b).eval());
    case KernelKind::polynomial:
      return Tensor(power(linear(a * gamma, b) + offset,
                          Tensor::scalar(static_cast<double>(degree), a.dtype()))
                        .eval());
    case KernelKind::sigmoid:
      return Tensor(tanh(linear(a * gamma, b) + offset).eval());
    case KernelKind::rbf:
      break;
  }
  // -gamma |a - b|^2 as one product; rounding may bring it above 0.
  const Tensor of_a = sum(square(a), {.axes = {1}, .keep_axes = true}) * -gamma;
  const Tensor of_b = sum(square(b), {.axes = {1}}) * -gamma;
  const Tensor exponent = linear(a * (2 * gamma), b, of_b) + of_a;
  return Tensor(exp(minimum(exponent, number_like(0, exponent))).eval());
}

double scaled_gamma(const Tensor& x) {
  const double spread = var(cast(x, DType::f64), {.correction = 0}).item<double>();
  if (!std::isfinite(spread)) {
    throw Error(ErrorCode::numeric, "scaled_gamma",
                "the variance of the features overflows: the examples are too large");
  }
  return spread > 0 ? 1 / (static_cast<double>(x.dim(1)) * spread) : 1;
}

}  // namespace gradus::learn
