#include <cmath>
#include <numbers>

#include "gradus/ops/arithmetic.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/special.h"
#include "gradus/ops/special_tiles.h"
#include "gradus/ops/transcendental.h"

namespace gradus {
namespace {

constexpr ElementwiseDef row(SpecialRow row, double (*real)(const double*, const Attributes&)) {
  return {special_tiles, static_cast<int>(row), real};
}

std::vector<Sample> any_values() { return unary_samples(-3, 3); }
std::vector<Sample> positive_values() { return unary_samples(0.2, 6); }

/// The derivative of erf: 2 / sqrt(pi) * exp(-x^2).
Tensor erf_slope(const Tensor& x) {
  return exp(negative(square(x))) * (2 * std::numbers::inv_sqrtpi);
}

}  // namespace

namespace {

Inputs erf_vjp(const VjpContext& context) {
  return {context.gradient() * erf_slope(context.inputs[0])};
}

constexpr ElementwiseDef kErfRow =
    row(SpecialRow::erf, [](const double* x, const Attributes&) { return std::erf(x[0]); });

}  // namespace

const OpDef kErf{
    .name = "erf",
    .doc = "The error function 2 / sqrt(pi) * integral of exp(-t^2) from 0 to x. (...) -> (...)",
    .infer = infer_elementwise,
    .vjp = erf_vjp,
    .kernels = kElementwiseKernels,
    .samples = any_values,
    .elementwise = &kErfRow,
    .onnx = "Erf",
};

Tensor erf(const Tensor& x) { return apply_floating(kErf, x); }

namespace {

Inputs erfc_vjp(const VjpContext& context) {
  return {negative(context.gradient() * erf_slope(context.inputs[0]))};
}

constexpr ElementwiseDef kErfcRow =
    row(SpecialRow::erfc, [](const double* x, const Attributes&) { return std::erfc(x[0]); });

}  // namespace

const OpDef kErfc{
    .name = "erfc",
    .doc = "1 - erf(x), right for large x. (...) -> (...)",
    .infer = infer_elementwise,
    .vjp = erfc_vjp,
    .kernels = kElementwiseKernels,
    .samples = any_values,
    .elementwise = &kErfcRow,
};

Tensor erfc(const Tensor& x) { return apply_floating(kErfc, x); }

namespace {

Inputs lgamma_vjp(const VjpContext& context) {
  return {context.gradient() * digamma(context.inputs[0])};
}

constexpr ElementwiseDef kLgammaRow =
    row(SpecialRow::lgamma, [](const double* x, const Attributes&) { return std::lgamma(x[0]); });

}  // namespace

const OpDef kLgamma{
    .name = "lgamma",
    .doc = "log |Gamma(x)|. (...) -> (...)",
    .infer = infer_elementwise,
    .vjp = lgamma_vjp,
    .kernels = kElementwiseKernels,
    .samples = positive_values,
    .elementwise = &kLgammaRow,
};

Tensor lgamma(const Tensor& x) { return apply_floating(kLgamma, x); }

namespace {

/// By the asymptotic series (Abramowitz and Stegun 1964, 6.3.18) after the recurrence to x >= 20.
double digamma_reference(double x) {
  if (x == 0) return std::copysign(HUGE_VAL, -x);
  if (x < 0) {
    if (x == std::floor(x)) return NAN;
    return digamma_reference(1 - x) - std::numbers::pi / std::tan(std::numbers::pi * x);
  }
  double shift = 0;
  for (; x < 20; ++x) shift += 1 / x;
  const double r = 1 / (x * x);
  return std::log(x) - 0.5 / x - r * (1.0 / 12 - r * (1.0 / 120 - r * (1.0 / 252 - r / 240))) -
         shift;
}

}  // namespace

namespace {

Inputs digamma_vjp(const VjpContext& context) {
  return {context.gradient() * polygamma(1, context.inputs[0])};
}

constexpr ElementwiseDef kDigammaRow =
    row(SpecialRow::digamma,
        [](const double* x, const Attributes&) { return digamma_reference(x[0]); });

}  // namespace

const OpDef kDigamma{
    .name = "digamma",
    .doc = "The derivative of lgamma. (...) -> (...)",
    .infer = infer_elementwise,
    .vjp = digamma_vjp,
    .kernels = kElementwiseKernels,
    .samples = positive_values,
    .elementwise = &kDigammaRow,
};

Tensor digamma(const Tensor& x) { return apply_floating(kDigamma, x); }

}  // namespace gradus
