#include <cmath>
#include <limits>
#include <numbers>

#include "gradus/ops/arithmetic.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/monotone_root.h"
#include "gradus/ops/scalar_map.h"
#include "gradus/ops/special.h"
#include "gradus/ops/transcendental.h"

namespace gradus {
namespace {

constexpr double kNotANumber = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();
/// The slope of erf at 0.
constexpr double kSlope = 2 * std::numbers::inv_sqrtpi;

/// The z >= 0 with erfc(z) = tail, 0 < tail <= 1. The logarithm of erfc is concave, so Newton's
/// steps on it converge from anywhere.
double tail_point(double tail) {
  const auto distance = [tail](double z) -> ValueAndSlope {
    const double value = std::erfc(z);
    if (value == 0) return {kInfinity, 1};
    return {-std::log(value / tail), kSlope * std::exp(-z * z) / value};
  };
  return monotone_root(distance, std::sqrt(-std::log(tail)), 0, 28);
}

double erfinv_of(double x) {
  const double size = std::fabs(x);
  if (!(size <= 1)) return kNotANumber;
  if (size == 1) return std::copysign(kInfinity, x);
  if (size >= 0.5) return std::copysign(tail_point(1 - size), x);
  double z = x / kSlope * (1 + std::numbers::pi / 12 * x * x);
  for (int step = 0; step < 5; ++step) z -= (std::erf(z) - x) / (kSlope * std::exp(-z * z));
  return x == 0 ? x : z;
}

double erfcinv_of(double x) {
  if (!(x >= 0 && x <= 2)) return kNotANumber;
  if (x == 0) return kInfinity;
  if (x == 2) return -kInfinity;
  if (x < 0.5) return tail_point(x);
  return x > 1.5 ? -tail_point(2 - x) : erfinv_of(1 - x);
}

Specs infer_inverse(const InferContext& context) { return infer_scalar_map(context); }

/// 1 / (the slope of erf at z).
Tensor stretch(const Tensor& z) { return exp(square(z)) * (1 / kSlope); }

}  // namespace

const OpDef kErfinv{
    .name = "erfinv",
    .doc = "The inverse of erf. (...) -> (...)",
    .infer = infer_inverse,
    .vjp = [](const VjpContext& context) -> Inputs {
      return {context.gradient() * stretch(context.output())};
    },
    .kernels = {{"scalar", nullptr,
                 [](const KernelContext& context) {
                   run_scalar_map<1>(context, [](const std::array<double, 1>& x, std::int64_t) {
                     return erfinv_of(x[0]);
                   });
                 }}},
    .samples = [] { return unary_samples(-0.9, 0.9); },
};

Tensor erfinv(const Tensor& x) { return apply_floating(kErfinv, x); }

const OpDef kErfcinv{
    .name = "erfcinv",
    .doc = "The inverse of erfc, right for small x. (...) -> (...)",
    .infer = infer_inverse,
    .vjp = [](const VjpContext& context) -> Inputs {
      return {negative(context.gradient() * stretch(context.output()))};
    },
    .kernels = {{"scalar", nullptr,
                 [](const KernelContext& context) {
                   run_scalar_map<1>(context, [](const std::array<double, 1>& x, std::int64_t) {
                     return erfcinv_of(x[0]);
                   });
                 }}},
    .samples = [] { return unary_samples(0.2, 1.8); },
};

Tensor erfcinv(const Tensor& x) { return apply_floating(kErfcinv, x); }

}  // namespace gradus
