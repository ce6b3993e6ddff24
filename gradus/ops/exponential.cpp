#include <cmath>
#include <numbers>

#include "gradus/ops/activation.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/comparison.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/exponential_tiles.h"
#include "gradus/ops/select.h"
#include "gradus/ops/transcendental.h"

namespace gradus {
namespace {

using std::int64_t;

constexpr ElementwiseDef row(ExponentialRow row, double (*real)(const double*, const Attributes&),
                             int64_t (*integer)(const int64_t*, const Attributes&) = nullptr) {
  return {exponential_tiles, static_cast<int>(row), real, integer};
}

std::vector<Sample> any_values() { return unary_samples(-3, 3); }
std::vector<Sample> positive_values() { return unary_samples(0.2, 5); }

}  // namespace

namespace {

Inputs exp_vjp(const VjpContext& context) { return {context.gradient() * context.output()}; }

constexpr ElementwiseDef kExpRow =
    row(ExponentialRow::exp, [](const double* x, const Attributes&) { return std::exp(x[0]); });

}  // namespace

const OpDef kExp{
    .name = "exp",
    .doc = "e to the power x. (...) -> (...)",
    .infer = infer_elementwise,
    .vjp = exp_vjp,
    .kernels = kElementwiseKernels,
    .samples = any_values,
    .elementwise = &kExpRow,
    .onnx = "Exp",
};

Tensor exp(const Tensor& x) { return apply_floating(kExp, x); }

namespace {

Inputs exp2_vjp(const VjpContext& context) {
  return {context.gradient() * context.output() * std::numbers::ln2};
}

constexpr ElementwiseDef kExp2Row =
    row(ExponentialRow::exp2, [](const double* x, const Attributes&) { return std::exp2(x[0]); });

}  // namespace

const OpDef kExp2{
    .name = "exp2",
    .doc = "2 to the power x. (...) -> (...)",
    .infer = infer_elementwise,
    .vjp = exp2_vjp,
    .kernels = kElementwiseKernels,
    .samples = any_values,
    .elementwise = &kExp2Row,
};

Tensor exp2(const Tensor& x) { return apply_floating(kExp2, x); }

namespace {

Inputs expm1_vjp(const VjpContext& context) {
  return {context.gradient() * (context.output() + 1)};
}

constexpr ElementwiseDef kExpm1Row =
    row(ExponentialRow::expm1, [](const double* x, const Attributes&) { return std::expm1(x[0]); });

}  // namespace

const OpDef kExpm1{
    .name = "expm1",
    .doc = "exp(x) - 1, right for small x. (...) -> (...)",
    .infer = infer_elementwise,
    .vjp = expm1_vjp,
    .kernels = kElementwiseKernels,
    .samples = any_values,
    .elementwise = &kExpm1Row,
};

Tensor expm1(const Tensor& x) { return apply_floating(kExpm1, x); }

namespace {

Inputs log_vjp(const VjpContext& context) { return {context.gradient() / context.inputs[0]}; }

constexpr ElementwiseDef kLogRow =
    row(ExponentialRow::log, [](const double* x, const Attributes&) { return std::log(x[0]); });

}  // namespace

const OpDef kLog{
    .name = "log",
    .doc = "The natural logarithm. (...) -> (...)",
    .infer = infer_elementwise,
    .vjp = log_vjp,
    .kernels = kElementwiseKernels,
    .samples = positive_values,
    .elementwise = &kLogRow,
    .onnx = "Log",
};

Tensor log(const Tensor& x) { return apply_floating(kLog, x); }

namespace {

Inputs log2_vjp(const VjpContext& context) {
  return {context.gradient() * std::numbers::log2e / context.inputs[0]};
}

constexpr ElementwiseDef kLog2Row =
    row(ExponentialRow::log2, [](const double* x, const Attributes&) { return std::log2(x[0]); });

}  // namespace

const OpDef kLog2{
    .name = "log2",
    .doc = "The logarithm to base 2. (...) -> (...)",
    .infer = infer_elementwise,
    .vjp = log2_vjp,
    .kernels = kElementwiseKernels,
    .samples = positive_values,
    .elementwise = &kLog2Row,
};

Tensor log2(const Tensor& x) { return apply_floating(kLog2, x); }

namespace {

Inputs log10_vjp(const VjpContext& context) {
  return {context.gradient() * std::numbers::log10e / context.inputs[0]};
}

constexpr ElementwiseDef kLog10Row =
    row(ExponentialRow::log10, [](const double* x, const Attributes&) { return std::log10(x[0]); });

}  // namespace

const OpDef kLog10{
    .name = "log10",
    .doc = "The logarithm to base 10. (...) -> (...)",
    .infer = infer_elementwise,
    .vjp = log10_vjp,
    .kernels = kElementwiseKernels,
    .samples = positive_values,
    .elementwise = &kLog10Row,
};

Tensor log10(const Tensor& x) { return apply_floating(kLog10, x); }

namespace {

Inputs log1p_vjp(const VjpContext& context) {
  return {context.gradient() / (context.inputs[0] + 1)};
}

constexpr ElementwiseDef kLog1pRow =
    row(ExponentialRow::log1p, [](const double* x, const Attributes&) { return std::log1p(x[0]); });

}  // namespace

const OpDef kLog1p{
    .name = "log1p",
    .doc = "log(1 + x), right for small x. (...) -> (...)",
    .infer = infer_elementwise,
    .vjp = log1p_vjp,
    .kernels = kElementwiseKernels,
    .samples = [] { return unary_samples(-0.7, 4); },
    .elementwise = &kLog1pRow,
};

Tensor log1p(const Tensor& x) { return apply_floating(kLog1p, x); }

namespace {

Inputs cbrt_vjp(const VjpContext& context) {
  return {context.gradient() / (square(context.output()) * 3)};
}

constexpr ElementwiseDef kCbrtRow =
    row(ExponentialRow::cbrt, [](const double* x, const Attributes&) { return std::cbrt(x[0]); });

}  // namespace

const OpDef kCbrt{
    .name = "cbrt",
    .doc = "The cube root. (...) -> (...)",
    .infer = infer_elementwise,
    .vjp = cbrt_vjp,
    .kernels = kElementwiseKernels,
    .samples = positive_values,
    .elementwise = &kCbrtRow,
};

Tensor cbrt(const Tensor& x) { return apply_floating(kCbrt, x); }

namespace {

/// b to the power n by squaring, modulo 2^64. Of negative powers the part before the point.
int64_t integer_power(int64_t base, int64_t exponent) {
  if (exponent < 0) return base == 1 ? 1 : base == -1 ? (exponent % 2 != 0 ? -1 : 1) : 0;
  std::uint64_t result = 1;
  for (auto square = static_cast<std::uint64_t>(base); exponent > 0; exponent /= 2) {
    if (exponent % 2 != 0) result *= square;
    square *= square;
  }
  return static_cast<int64_t>(result);
}

}  // namespace

namespace {

Inputs power_vjp(const VjpContext& context) {
  const Tensor& g = context.gradient();
  const Tensor& a = context.inputs[0];
  const Tensor& b = context.inputs[1];
  const Tensor zero = number_like(0, g);
  // 0 to a power is flat in the power, and a to the power 0 is flat in a; the products would be
  // 0 * infinity there.
  return operand_gradients(
      context, [&] { return where(equal(b, zero), zero, g * b * power(a, b - 1)); },
      [&] {
        const Tensor flat = logical_and(equal(a, zero), greater_equal(b, zero));
        return g * context.output() * log(where(flat, number_like(1, a), a));
      });
}

constexpr ElementwiseDef kPowerRow = row(
    ExponentialRow::power, [](const double* x, const Attributes&) { return std::pow(x[0], x[1]); },
    [](const int64_t* x, const Attributes&) { return integer_power(x[0], x[1]); });

}  // namespace

const OpDef kPower{
    .name = "power",
    .doc = "a to the power b. (...), (...) -> (broadcast ...)",
    .minimum_inputs = 2,
    .maximum_inputs = 2,
    .infer = infer_elementwise,
    .vjp = power_vjp,
    .kernels = kElementwiseKernels,
    .samples = [] { return binary_samples(0.5, 3); },
    .elementwise = &kPowerRow,
    .onnx = "Pow",
};

Tensor power(const Tensor& a, const Tensor& b) { return apply_promoted(kPower, a, b); }

namespace {

double log_of_sum(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return a + b;
  if (a == b) return a + std::numbers::ln2;  // also of infinities
  return std::fmax(a, b) + std::log1p(std::exp(-std::fabs(a - b)));
}

}  // namespace

namespace {

Inputs log_add_exp_vjp(const VjpContext& context) {
  const Tensor& g = context.gradient();
  const Tensor& a = context.inputs[0];
  const Tensor& b = context.inputs[1];
  // a - b, but 0 where both are one infinity: each has half of the gradient.
  const Tensor both = logical_and(equal(a, b), is_infinite(a));
  const Tensor difference = where(both, number_like(0, a), a - b);
  return operand_gradients(
      context, [&] { return g * sigmoid(difference); },
      [&] { return g * sigmoid(negative(difference)); });
}

constexpr ElementwiseDef kLogAddExpRow =
    row(ExponentialRow::log_add_exp,
        [](const double* x, const Attributes&) { return log_of_sum(x[0], x[1]); });

}  // namespace

const OpDef kLogAddExp{
    .name = "log_add_exp",
    .doc = "log(exp(a) + exp(b)) without overflow. (...), (...) -> (broadcast ...)",
    .minimum_inputs = 2,
    .maximum_inputs = 2,
    .infer = infer_elementwise,
    .vjp = log_add_exp_vjp,
    .kernels = kElementwiseKernels,
    .samples = [] { return binary_samples(-3, 3); },
    .elementwise = &kLogAddExpRow,
};

Tensor log_add_exp(const Tensor& a, const Tensor& b) { return apply_floating(kLogAddExp, a, b); }

}  // namespace gradus
