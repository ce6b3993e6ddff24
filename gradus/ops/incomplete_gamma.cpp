#include <cmath>

#include "gradus/ops/arithmetic.h"
#include "gradus/ops/comparison.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/gamma_functions.h"
#include "gradus/ops/scalar_map.h"
#include "gradus/ops/select.h"
#include "gradus/ops/special.h"
#include "gradus/ops/transcendental.h"

namespace gradus {
namespace {

using Pair = std::array<double, 2>;

Specs infer_pair(const InferContext& context) { return infer_scalar_map(context); }

/// The density of the gamma distribution of shape a.
Tensor gamma_density(const Tensor& a, const Tensor& x) {
  return exp(x_log_y(a - 1, x) - x - lgamma(a));
}

/// The derivative of P(a, x) in a.
Tensor by_shape(const Tensor& a, const Tensor& x) { return apply(kGammaincShapeGradient, {a, x}); }

/// P(a, x), or 1 - P(a, x): what holds of one holds of the other, with the other sign.
enum class Tail { lower, upper };

template <Tail tail>
Inputs tail_vjp(const VjpContext& context) {
  const Tensor g = tail == Tail::lower ? context.gradient() : negative(context.gradient());
  const Tensor& a = context.inputs[0];
  const Tensor& x = context.inputs[1];
  return operand_gradients(
      context, [&] { return g * by_shape(a, x); }, [&] { return g * gamma_density(a, x); });
}

template <Tail tail>
void run_tail(const KernelContext& context) {
  run_scalar_map<2>(context, [](const Pair& v, std::int64_t) {
    const IncompleteGamma both = incomplete_gamma(v[0], v[1]);
    return tail == Tail::lower ? both.lower : both.upper;
  });
}

/// The x at which the tail is p: the derivative is that of the inverse function.
template <Tail tail>
Inputs inverse_tail_vjp(const VjpContext& context) {
  const Tensor& a = context.inputs[0];
  const Tensor& x = context.output();
  const Tensor g = context.gradient() / gamma_density(a, x);
  return operand_gradients(
      context, [&] { return negative(g * by_shape(a, x)); },
      [&] { return tail == Tail::lower ? g : negative(g); });
}

template <Tail tail>
void run_inverse_tail(const KernelContext& context) {
  run_scalar_map<2>(context, [](const Pair& v, std::int64_t) {
    const double lower = tail == Tail::lower ? v[1] : 1 - v[1];
    const double upper = tail == Tail::lower ? 1 - v[1] : v[1];
    return std::exp(inverse_incomplete_gamma_log(v[0], lower, upper));
  });
}

std::vector<Sample> shapes_and_points() {
  std::vector<Sample> samples = binary_samples(0.5, 4);
  samples.push_back({.name = "large", .inputs = {Tensor{40, 40, 40}, Tensor{30, 40, 55}}});
  return samples;
}

std::vector<Sample> shapes_and_probabilities() { return binary_samples(0.2, 0.9); }

}  // namespace

const OpDef kGammaincShapeGradient{
    .name = "gammainc_shape_gradient",
    .doc = "The derivative of gammainc in a. (...), (...) -> (broadcast ...)",
    .minimum_inputs = 2,
    .maximum_inputs = 2,
    .infer = infer_pair,
    .no_derivative = "the second derivative of gammainc in its shape is not provided",
    .kernels = {{"scalar", nullptr,
                 [](const KernelContext& context) {
                   run_scalar_map<2>(context, [](const Pair& v, std::int64_t) {
                     const auto [a, x] = v;
                     if (a > 0 && (x == 0 || x == HUGE_VAL)) return 0.0;
                     const double density = scaled_gamma_density(a, x);
                     return density == 0 ? 0.0 : -density * gamma_log_slope(a, std::log(x));
                   });
                 }}},
    .samples = shapes_and_points,
};

const OpDef kGammainc{
    .name = "gammainc",
    .doc =
        "The regularised lower incomplete gamma function P(a, x). (...), (...) -> (broadcast "
        "...)",
    .minimum_inputs = 2,
    .maximum_inputs = 2,
    .infer = infer_pair,
    .vjp = tail_vjp<Tail::lower>,
    .kernels = {{"scalar", nullptr, run_tail<Tail::lower>}},
    .samples = shapes_and_points,
};

Tensor gammainc(const Tensor& a, const Tensor& x) { return apply_floating(kGammainc, a, x); }

const OpDef kGammaincc{
    .name = "gammaincc",
    .doc =
        "The regularised upper incomplete gamma function 1 - P(a, x). (...), (...) -> "
        "(broadcast ...)",
    .minimum_inputs = 2,
    .maximum_inputs = 2,
    .infer = infer_pair,
    .vjp = tail_vjp<Tail::upper>,
    .kernels = {{"scalar", nullptr, run_tail<Tail::upper>}},
    .samples = shapes_and_points,
};

Tensor gammaincc(const Tensor& a, const Tensor& x) { return apply_floating(kGammaincc, a, x); }

const OpDef kGammaincinv{
    .name = "gammaincinv",
    .doc = "The x with P(a, x) = p. (...), (...) -> (broadcast ...)",
    .minimum_inputs = 2,
    .maximum_inputs = 2,
    .infer = infer_pair,
    .vjp = inverse_tail_vjp<Tail::lower>,
    .kernels = {{"scalar", nullptr, run_inverse_tail<Tail::lower>}},
    .samples = shapes_and_probabilities,
};

Tensor gammaincinv(const Tensor& a, const Tensor& p) { return apply_floating(kGammaincinv, a, p); }

const OpDef kGammainccinv{
    .name = "gammainccinv",
    .doc = "The x with 1 - P(a, x) = q. (...), (...) -> (broadcast ...)",
    .minimum_inputs = 2,
    .maximum_inputs = 2,
    .infer = infer_pair,
    .vjp = inverse_tail_vjp<Tail::upper>,
    .kernels = {{"scalar", nullptr, run_inverse_tail<Tail::upper>}},
    .samples = shapes_and_probabilities,
};

Tensor gammainccinv(const Tensor& a, const Tensor& q) {
  return apply_floating(kGammainccinv, a, q);
}

Tensor x_log_y(const Tensor& x, const Tensor& y) {
  const Tensor zero = number_like(0, y);
  const Tensor both = logical_and(equal(x, zero), equal(y, zero));
  return x * log(where(both, number_like(1, y), y));
}

}  // namespace gradus
