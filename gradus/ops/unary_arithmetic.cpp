#include <cmath>

#include "gradus/ops/arithmetic.h"
#include "gradus/ops/arithmetic_tiles.h"
#include "gradus/ops/elementwise.h"

namespace gradus {
namespace {

using std::int64_t;

constexpr ElementwiseDef row(ArithmeticRow row, double (*real)(const double*, const Attributes&),
                             int64_t (*integer)(const int64_t*, const Attributes&) = nullptr) {
  return {arithmetic_tiles, static_cast<int>(row), real, integer};
}

/// -x modulo 2^64.
int64_t negated(int64_t x) { return static_cast<int64_t>(0 - static_cast<std::uint64_t>(x)); }

std::vector<Sample> any_values() { return unary_samples(-3, 3); }
std::vector<Sample> positive_values() { return unary_samples(0.3, 4); }

}  // namespace

namespace {

Inputs negative_vjp(const VjpContext& context) { return {negative(context.gradient())}; }

constexpr ElementwiseDef kNegativeRow = row(
    ArithmeticRow::negative, [](const double* x, const Attributes&) { return -x[0]; },
    [](const int64_t* x, const Attributes&) { return negated(x[0]); });

}  // namespace

const OpDef kNegative{
    .name = "negative",
    .doc = "-x. (...) -> (...)",
    .infer = infer_elementwise,
    .vjp = negative_vjp,
    .kernels = kElementwiseKernels,
    .samples = any_values,
    .elementwise = &kNegativeRow,
    .onnx = "Neg",
};

Tensor negative(const Tensor& x) { return apply(kNegative, {x}); }

namespace {

Inputs absolute_vjp(const VjpContext& context) {
  return {context.gradient() * sign(context.inputs[0])};
}

constexpr ElementwiseDef kAbsoluteRow = row(
    ArithmeticRow::absolute, [](const double* x, const Attributes&) { return std::fabs(x[0]); },
    [](const int64_t* x, const Attributes&) { return x[0] < 0 ? negated(x[0]) : x[0]; });

}  // namespace

const OpDef kAbsolute{
    .name = "absolute",
    .doc = "|x|. (...) -> (...)",
    .infer = infer_elementwise,
    .vjp = absolute_vjp,
    .kernels = kElementwiseKernels,
    .samples = any_values,
    .elementwise = &kAbsoluteRow,
    .onnx = "Abs",
};

Tensor absolute(const Tensor& x) { return apply(kAbsolute, {x}); }

namespace {

Inputs sign_vjp(const VjpContext& context) {
  (void)context;  // constant but for a jump at 0
  return {Tensor()};
}

constexpr ElementwiseDef kSignRow = row(
    ArithmeticRow::sign,
    [](const double* x, const Attributes&) { return x[0] > 0   ? 1
                                                    : x[0] < 0 ? -1
                                                               : x[0]; },
    [](const int64_t* x, const Attributes&) { return int64_t{x[0] > 0} - int64_t{x[0] < 0}; });

}  // namespace

const OpDef kSign{
    .name = "sign",
    .doc = "-1, 0 or 1 as x is negative, zero or positive; NaN stays NaN. (...) -> (...)",
    .infer = infer_elementwise,
    .vjp = sign_vjp,
    .kernels = kElementwiseKernels,
    .samples = any_values,
    .elementwise = &kSignRow,
    .onnx = "Sign",
};

Tensor sign(const Tensor& x) { return apply(kSign, {x}); }

namespace {

Inputs square_vjp(const VjpContext& context) {
  return {context.gradient() * context.inputs[0] * 2};
}

constexpr ElementwiseDef kSquareRow = row(
    ArithmeticRow::square, [](const double* x, const Attributes&) { return x[0] * x[0]; },
    [](const int64_t* x, const Attributes&) {
      const auto bits = static_cast<std::uint64_t>(x[0]);
      return static_cast<int64_t>(bits * bits);
    });

}  // namespace

const OpDef kSquare{
    .name = "square",
    .doc = "x * x. (...) -> (...)",
    .infer = infer_elementwise,
    .vjp = square_vjp,
    .kernels = kElementwiseKernels,
    .samples = any_values,
    .elementwise = &kSquareRow,
};

Tensor square(const Tensor& x) { return apply(kSquare, {x}); }

namespace {

Inputs reciprocal_vjp(const VjpContext& context) {
  return {negative(context.gradient() * square(context.output()))};
}

constexpr ElementwiseDef kReciprocalRow =
    row(ArithmeticRow::reciprocal, [](const double* x, const Attributes&) { return 1 / x[0]; });

}  // namespace

const OpDef kReciprocal{
    .name = "reciprocal",
    .doc = "1 / x. (...) -> (...)",
    .infer = infer_elementwise,
    .vjp = reciprocal_vjp,
    .kernels = kElementwiseKernels,
    .samples = positive_values,
    .elementwise = &kReciprocalRow,
    .onnx = "Reciprocal",
};

Tensor reciprocal(const Tensor& x) { return apply_floating(kReciprocal, x); }

namespace {

Inputs sqrt_vjp(const VjpContext& context) { return {context.gradient() * 0.5 / context.output()}; }

constexpr ElementwiseDef kSqrtRow =
    row(ArithmeticRow::sqrt, [](const double* x, const Attributes&) { return std::sqrt(x[0]); });

}  // namespace

const OpDef kSqrt{
    .name = "sqrt",
    .doc = "The square root. (...) -> (...)",
    .infer = infer_elementwise,
    .vjp = sqrt_vjp,
    .kernels = kElementwiseKernels,
    .samples = positive_values,
    .elementwise = &kSqrtRow,
    .onnx = "Sqrt",
};

Tensor sqrt(const Tensor& x) { return apply_floating(kSqrt, x); }

namespace {

Inputs rsqrt_vjp(const VjpContext& context) {
  const Tensor& y = context.output();
  return {context.gradient() * -0.5 * (y * square(y))};
}

constexpr ElementwiseDef kRsqrtRow = row(
    ArithmeticRow::rsqrt, [](const double* x, const Attributes&) { return 1 / std::sqrt(x[0]); });

}  // namespace

const OpDef kRsqrt{
    .name = "rsqrt",
    .doc = "1 / sqrt(x). (...) -> (...)",
    .infer = infer_elementwise,
    .vjp = rsqrt_vjp,
    .kernels = kElementwiseKernels,
    .samples = positive_values,
    .elementwise = &kRsqrtRow,
};

Tensor rsqrt(const Tensor& x) { return apply_floating(kRsqrt, x); }

}  // namespace gradus
