#include <cmath>
#include <limits>

#include "gradus/ops/arithmetic.h"
#include "gradus/ops/comparison.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/one_minus_square.h"
#include "gradus/ops/select.h"
#include "gradus/ops/transcendental.h"
#include "gradus/ops/trigonometric_tiles.h"

namespace gradus {
namespace {

constexpr ElementwiseDef row(TrigonometricRow row,
                             double (*real)(const double*, const Attributes&)) {
  return {trigonometric_tiles, static_cast<int>(row), real};
}

std::vector<Sample> any_values() { return unary_samples(-3, 3); }
std::vector<Sample> values_within_one() { return unary_samples(-0.9, 0.9); }

}  // namespace

namespace {

Inputs sin_vjp(const VjpContext& context) { return {context.gradient() * cos(context.inputs[0])}; }

constexpr ElementwiseDef kSinRow =
    row(TrigonometricRow::sin, [](const double* x, const Attributes&) { return std::sin(x[0]); });

}  // namespace

const OpDef kSin{
    .name = "sin",
    .doc = "The sine. (...) -> (...)",
    .infer = infer_elementwise,
    .vjp = sin_vjp,
    .kernels = kElementwiseKernels,
    .samples = any_values,
    .elementwise = &kSinRow,
    .onnx = "Sin",
};

Tensor sin(const Tensor& x) { return apply_floating(kSin, x); }

namespace {

Inputs cos_vjp(const VjpContext& context) {
  return {negative(context.gradient() * sin(context.inputs[0]))};
}

constexpr ElementwiseDef kCosRow =
    row(TrigonometricRow::cos, [](const double* x, const Attributes&) { return std::cos(x[0]); });

}  // namespace

const OpDef kCos{
    .name = "cos",
    .doc = "The cosine. (...) -> (...)",
    .infer = infer_elementwise,
    .vjp = cos_vjp,
    .kernels = kElementwiseKernels,
    .samples = any_values,
    .elementwise = &kCosRow,
    .onnx = "Cos",
};

Tensor cos(const Tensor& x) { return apply_floating(kCos, x); }

namespace {

Inputs tan_vjp(const VjpContext& context) {
  return {context.gradient() * (1 + square(context.output()))};
}

constexpr ElementwiseDef kTanRow =
    row(TrigonometricRow::tan, [](const double* x, const Attributes&) { return std::tan(x[0]); });

}  // namespace

const OpDef kTan{
    .name = "tan",
    .doc = "The tangent. (...) -> (...)",
    .infer = infer_elementwise,
    .vjp = tan_vjp,
    .kernels = kElementwiseKernels,
    .samples = [] { return unary_samples(-1.3, 1.3); },
    .elementwise = &kTanRow,
    .onnx = "Tan",
};

Tensor tan(const Tensor& x) { return apply_floating(kTan, x); }

namespace {

Inputs asin_vjp(const VjpContext& context) {
  return {context.gradient() * rsqrt(one_minus_square(context.inputs[0]))};
}

constexpr ElementwiseDef kAsinRow =
    row(TrigonometricRow::asin, [](const double* x, const Attributes&) { return std::asin(x[0]); });

}  // namespace

const OpDef kAsin{
    .name = "asin",
    .doc = "The angle in [-pi/2, pi/2] whose sine is x; NaN outside [-1, 1]. (...) -> (...)",
    .infer = infer_elementwise,
    .vjp = asin_vjp,
    .kernels = kElementwiseKernels,
    .samples = values_within_one,
    .elementwise = &kAsinRow,
    .onnx = "Asin",
};

Tensor asin(const Tensor& x) { return apply_floating(kAsin, x); }

namespace {

Inputs acos_vjp(const VjpContext& context) {
  return {negative(context.gradient() * rsqrt(one_minus_square(context.inputs[0])))};
}

constexpr ElementwiseDef kAcosRow =
    row(TrigonometricRow::acos, [](const double* x, const Attributes&) { return std::acos(x[0]); });

}  // namespace

const OpDef kAcos{
    .name = "acos",
    .doc = "The angle in [0, pi] whose cosine is x; NaN outside [-1, 1]. (...) -> (...)",
    .infer = infer_elementwise,
    .vjp = acos_vjp,
    .kernels = kElementwiseKernels,
    .samples = values_within_one,
    .elementwise = &kAcosRow,
    .onnx = "Acos",
};

Tensor acos(const Tensor& x) { return apply_floating(kAcos, x); }

namespace {

Inputs atan_vjp(const VjpContext& context) {
  return {context.gradient() / (1 + square(context.inputs[0]))};
}

constexpr ElementwiseDef kAtanRow =
    row(TrigonometricRow::atan, [](const double* x, const Attributes&) { return std::atan(x[0]); });

}  // namespace

const OpDef kAtan{
    .name = "atan",
    .doc = "The angle in [-pi/2, pi/2] whose tangent is x. (...) -> (...)",
    .infer = infer_elementwise,
    .vjp = atan_vjp,
    .kernels = kElementwiseKernels,
    .samples = any_values,
    .elementwise = &kAtanRow,
    .onnx = "Atan",
};

Tensor atan(const Tensor& x) { return apply_floating(kAtan, x); }

namespace {

Inputs atan2_vjp(const VjpContext& context) {
  const Tensor& g = context.gradient();
  const Tensor& a = context.inputs[0];
  const Tensor& b = context.inputs[1];
  const Tensor radius = hypot(a, b);  // twice a division by it: its square may overflow
  return operand_gradients(
      context, [&] { return g * (b / radius) / radius; },
      [&] { return negative(g * (a / radius) / radius); });
}

constexpr ElementwiseDef kAtan2Row =
    row(TrigonometricRow::atan2,
        [](const double* x, const Attributes&) { return std::atan2(x[0], x[1]); });

}  // namespace

const OpDef kAtan2{
    .name = "atan2",
    .doc =
        "The angle of the point (b, a), in radians, in [-pi, pi]. (...), (...) -> (broadcast ...)",
    .minimum_inputs = 2,
    .maximum_inputs = 2,
    .infer = infer_elementwise,
    .vjp = atan2_vjp,
    .kernels = kElementwiseKernels,
    .samples = [] { return binary_samples(0.3, 3); },
    .elementwise = &kAtan2Row,
};

Tensor atan2(const Tensor& a, const Tensor& b) { return apply_floating(kAtan2, a, b); }

namespace {

Inputs hypot_vjp(const VjpContext& context) {
  const Tensor& g = context.gradient();
  const Tensor& y = context.output();
  // At the origin, where the slope depends on the direction, 0, and so are the derivatives of it.
  const Tensor origin = equal(y, number_like(0, y));
  const Tensor radius = where(origin, number_like(std::numeric_limits<double>::infinity(), y), y);
  return operand_gradients(
      context, [&] { return g * (context.inputs[0] / radius); },
      [&] { return g * (context.inputs[1] / radius); });
}

constexpr ElementwiseDef kHypotRow =
    row(TrigonometricRow::hypot,
        [](const double* x, const Attributes&) { return std::hypot(x[0], x[1]); });

}  // namespace

const OpDef kHypot{
    .name = "hypot",
    .doc = "sqrt(a^2 + b^2) without overflow. (...), (...) -> (broadcast ...)",
    .minimum_inputs = 2,
    .maximum_inputs = 2,
    .infer = infer_elementwise,
    .vjp = hypot_vjp,
    .kernels = kElementwiseKernels,
    .samples = [] { return binary_samples(-3, 3); },
    .elementwise = &kHypotRow,
};

Tensor hypot(const Tensor& a, const Tensor& b) { return apply_floating(kHypot, a, b); }

}  // namespace gradus
