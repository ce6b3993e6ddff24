#include <cmath>

#include "gradus/ops/arithmetic.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/hyperbolic_tiles.h"
#include "gradus/ops/one_minus_square.h"
#include "gradus/ops/transcendental.h"

namespace gradus {
namespace {

constexpr ElementwiseDef row(HyperbolicRow row, double (*real)(const double*, const Attributes&)) {
  return {hyperbolic_tiles, static_cast<int>(row), real};
}

std::vector<Sample> any_values() { return unary_samples(-3, 3); }
std::vector<Sample> values_within_one() { return unary_samples(-0.9, 0.9); }

}  // namespace

namespace {

Inputs sinh_vjp(const VjpContext& context) {
  return {context.gradient() * cosh(context.inputs[0])};
}

constexpr ElementwiseDef kSinhRow =
    row(HyperbolicRow::sinh, [](const double* x, const Attributes&) { return std::sinh(x[0]); });

}  // namespace

const OpDef kSinh{
    .name = "sinh",
    .doc = "The hyperbolic sine. (...) -> (...)",
    .infer = infer_elementwise,
    .vjp = sinh_vjp,
    .kernels = kElementwiseKernels,
    .samples = any_values,
    .elementwise = &kSinhRow,
    .onnx = "Sinh",
};

Tensor sinh(const Tensor& x) { return apply_floating(kSinh, x); }

namespace {

Inputs cosh_vjp(const VjpContext& context) {
  return {context.gradient() * sinh(context.inputs[0])};
}

constexpr ElementwiseDef kCoshRow =
    row(HyperbolicRow::cosh, [](const double* x, const Attributes&) { return std::cosh(x[0]); });

}  // namespace

const OpDef kCosh{
    .name = "cosh",
    .doc = "The hyperbolic cosine. (...) -> (...)",
    .infer = infer_elementwise,
    .vjp = cosh_vjp,
    .kernels = kElementwiseKernels,
    .samples = any_values,
    .elementwise = &kCoshRow,
    .onnx = "Cosh",
};

Tensor cosh(const Tensor& x) { return apply_floating(kCosh, x); }

namespace {

Inputs tanh_vjp(const VjpContext& context) {
  return {apply(kTanhGradient, {context.gradient(), context.output()})};
}

constexpr ElementwiseDef kTanhRow =
    row(HyperbolicRow::tanh, [](const double* x, const Attributes&) { return std::tanh(x[0]); });

}  // namespace

const OpDef kTanh{
    .name = "tanh",
    .doc = "The hyperbolic tangent. (...) -> (...)",
    .infer = infer_elementwise,
    .vjp = tanh_vjp,
    .kernels = kElementwiseKernels,
    .samples = any_values,
    .elementwise = &kTanhRow,
    .onnx = "Tanh",
};

Tensor tanh(const Tensor& x) { return apply_floating(kTanh, x); }

namespace {

Inputs tanh_gradient_vjp(const VjpContext& context) {
  const Tensor& g = context.gradient();
  const Tensor& y = context.inputs[1];
  return operand_gradients(
      context,
      [&] {
        return apply(kTanhGradient, {g, y});
      },
      [&] { return g * context.inputs[0] * y * -2; });
}

constexpr ElementwiseDef kTanhGradientRow =
    row(HyperbolicRow::tanh_gradient,
        [](const double* x, const Attributes&) { return x[0] * (1 - x[1] * x[1]); });

}  // namespace

const OpDef kTanhGradient{
    .name = "tanh_gradient",
    .doc = "g * (1 - y^2), the gradient of y = tanh(x). (...), (...) -> (broadcast ...)",
    .minimum_inputs = 2,
    .maximum_inputs = 2,
    .infer = infer_elementwise,
    .vjp = tanh_gradient_vjp,
    .kernels = kElementwiseKernels,
    .samples = [] { return binary_samples(-0.9, 0.9); },
    .elementwise = &kTanhGradientRow,
};

namespace {

Inputs asinh_vjp(const VjpContext& context) {
  return {context.gradient() / hypot(context.inputs[0], number_like(1, context.inputs[0]))};
}

constexpr ElementwiseDef kAsinhRow =
    row(HyperbolicRow::asinh, [](const double* x, const Attributes&) { return std::asinh(x[0]); });

}  // namespace

const OpDef kAsinh{
    .name = "asinh",
    .doc = "The inverse of the hyperbolic sine. (...) -> (...)",
    .infer = infer_elementwise,
    .vjp = asinh_vjp,
    .kernels = kElementwiseKernels,
    .samples = any_values,
    .elementwise = &kAsinhRow,
    .onnx = "Asinh",
};

Tensor asinh(const Tensor& x) { return apply_floating(kAsinh, x); }

namespace {

Inputs acosh_vjp(const VjpContext& context) {
  return {context.gradient() * rsqrt(0 - one_minus_square(context.inputs[0]))};
}

constexpr ElementwiseDef kAcoshRow =
    row(HyperbolicRow::acosh, [](const double* x, const Attributes&) { return std::acosh(x[0]); });

}  // namespace

const OpDef kAcosh{
    .name = "acosh",
    .doc = "The inverse of the hyperbolic cosine, at least 0; NaN below 1. (...) -> (...)",
    .infer = infer_elementwise,
    .vjp = acosh_vjp,
    .kernels = kElementwiseKernels,
    .samples = [] { return unary_samples(1.2, 4); },
    .elementwise = &kAcoshRow,
    .onnx = "Acosh",
};

Tensor acosh(const Tensor& x) { return apply_floating(kAcosh, x); }

namespace {

Inputs atanh_vjp(const VjpContext& context) {
  return {context.gradient() * reciprocal(one_minus_square(context.inputs[0]))};
}

constexpr ElementwiseDef kAtanhRow =
    row(HyperbolicRow::atanh, [](const double* x, const Attributes&) { return std::atanh(x[0]); });

}  // namespace

const OpDef kAtanh{
    .name = "atanh",
    .doc = "The inverse of the hyperbolic tangent; NaN outside [-1, 1]. (...) -> (...)",
    .infer = infer_elementwise,
    .vjp = atanh_vjp,
    .kernels = kElementwiseKernels,
    .samples = values_within_one,
    .elementwise = &kAtanhRow,
    .onnx = "Atanh",
};

Tensor atanh(const Tensor& x) { return apply_floating(kAtanh, x); }

}  // namespace gradus
