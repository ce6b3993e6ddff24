#include <cmath>
#include <limits>

#include "gradus/ops/arithmetic.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/gamma_functions.h"
#include "gradus/ops/random.h"
#include "gradus/ops/random_element.h"
#include "gradus/ops/scalar_map.h"

namespace gradus {
namespace {

/// Marsaglia and Tsang 2000, "A simple method for generating gamma variables": of shape >= 1.
double log_of_large_gamma(RandomElement& random, double shape) {
  const double d = shape - 1.0 / 3;
  const double c = 1 / std::sqrt(9 * d);
  for (;;) {
    const double z = random.normal();
    const double root = 1 + c * z;
    if (root <= 0) continue;
    const double v = root * root * root;
    const double log_v = 3 * std::log1p(c * z);
    if (std::log(random.uniform()) < 0.5 * z * z + d - d * v + d * log_v) {
      return std::log(d) + log_v;
    }
  }
}

/// A smaller shape a: a number of shape a + 1 times a uniform one to the power 1 / a.
double log_of_gamma(RandomElement random, double shape) {
  if (!(shape > 0 && shape < HUGE_VAL)) return std::numeric_limits<double>::quiet_NaN();
  if (shape >= 1) return log_of_large_gamma(random, shape);
  const double power = std::log(random.uniform()) / shape;
  return log_of_large_gamma(random, shape + 1) + power;
}

std::vector<Sample> with_key(std::vector<Sample> samples) {
  for (Sample& sample : samples) {
    sample.inputs.insert(sample.inputs.begin(), Key(22).data());
    // A step of differences may cross from accepting a number to rejecting it; what the derivative
    // is is tested beside the distributions.
    sample.differentiable = false;
  }
  return samples;
}

}  // namespace

const OpDef kLogGammaSampleGradient{
    .name = "random_log_gamma_gradient",
    .doc = "d log x / d a at constant P(a, x), of a and log x. (...), (...) -> (broadcast ...)",
    .minimum_inputs = 2,
    .maximum_inputs = 2,
    .infer = [](const InferContext& context) { return infer_scalar_map(context); },
    .no_derivative = "the second derivative of samples in their shape is not provided",
    .kernels = {{"scalar", nullptr,
                 [](const KernelContext& context) {
                   run_scalar_map<2>(context, [](const std::array<double, 2>& v, std::int64_t) {
                     return gamma_log_slope(v[0], v[1]);
                   });
                 }}},
    .samples = [] { return binary_samples(0.3, 3); },
};

const OpDef kRandomLogGamma{
    .name = "random_log_gamma",
    .doc =
        "Logarithms of numbers of the gamma distribution with the given shapes and rate 1. i64 "
        "(2), (...) -> (...)",
    .minimum_inputs = 2,
    .maximum_inputs = 2,
    .infer =
        [](const InferContext& context) {
          check_key(context);
          return infer_scalar_map(context, 1);
        },
    // By the implicit function: Figurnov, Mohamed and Mnih 2018, "Implicit reparameterization
    // gradients", eq. 5.
    .vjp = [](const VjpContext& context) -> Inputs {
      return {Tensor(), context.gradient() *
                            apply(kLogGammaSampleGradient, {context.inputs[1], context.output()})};
    },
    .kernels = {{"rejection", nullptr,
                 [](const KernelContext& context) {
                   const RandomKey key = read_key(context.input(0));
                   run_scalar_map<1>(
                       context,
                       [key](const std::array<double, 1>& v, std::int64_t i) {
                         return log_of_gamma(RandomElement(key, i), v[0]);
                       },
                       1);
                 }}},
    .samples = [] { return with_key(unary_samples(0.2, 5)); },
};

Tensor random_log_gamma(const Key& key, const Tensor& shape) {
  return apply(kRandomLogGamma, {key.data(), shape});
}

}  // namespace gradus
