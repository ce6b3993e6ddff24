#include "gradus/ops/one_minus_square.h"

#include "gradus/ops/arithmetic.h"
#include "gradus/ops/arithmetic_tiles.h"
#include "gradus/ops/elementwise.h"

namespace gradus {
namespace {

Inputs one_minus_square_vjp(const VjpContext& context) {
  return {context.gradient() * context.inputs[0] * -2};
}

constexpr ElementwiseDef kOneMinusSquareRow{
    arithmetic_tiles, static_cast<int>(ArithmeticRow::one_minus_square),
    [](const double* x, const Attributes&) { return (1 - x[0]) * (1 + x[0]); }};

std::vector<Sample> one_minus_square_samples() { return unary_samples(-3, 3); }

}  // namespace

const OpDef kOneMinusSquare{
    .name = "one_minus_square",
    .doc = "1 - x^2 without cancellation near 1. (...) -> (...)",
    .infer = infer_elementwise,
    .vjp = one_minus_square_vjp,
    .kernels = kElementwiseKernels,
    .samples = one_minus_square_samples,
    .elementwise = &kOneMinusSquareRow,
};

Tensor one_minus_square(const Tensor& x) { return apply_floating(kOneMinusSquare, x); }

}  // namespace gradus
