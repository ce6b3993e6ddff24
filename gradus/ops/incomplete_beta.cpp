#include <cmath>

#include "gradus/ops/arithmetic.h"
#include "gradus/ops/beta_functions.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/scalar_map.h"
#include "gradus/ops/select.h"
#include "gradus/ops/special.h"
#include "gradus/ops/transcendental.h"

namespace gradus {
namespace {

using Triple = std::array<double, 3>;

Specs infer_triple(const InferContext& context) { return infer_scalar_map(context); }

Tensor apply_triple(const OpDef& op, const Tensor& a, const Tensor& b, const Tensor& x) {
  if (!a.defined() || !b.defined() || !x.defined()) return apply(op, {a, b, x});
  const DType common = promote(promote(a.dtype(), b.dtype()), x.dtype());
  const DType dtype = is_floating(common) ? common : DType::f32;
  return apply(op, {cast(a, dtype), cast(b, dtype), cast(x, dtype)});
}

/// The density of the beta distribution.
Tensor beta_density(const Tensor& a, const Tensor& b, const Tensor& x) {
  return exp(x_log_y(a - 1, x) + x_log_y(b - 1, 1 - x) - log_beta(a, b));
}

/// The derivatives of I_x(a, b) in a and in b.
Tensor by_first(const Tensor& a, const Tensor& b, const Tensor& x) {
  return apply(kBetaincShapeGradient, {a, b, x});
}
Tensor by_second(const Tensor& a, const Tensor& b, const Tensor& x) {
  return negative(apply(kBetaincShapeGradient, {b, a, 1 - x}));
}

std::vector<Sample> points() {
  return {
      {.name = "vectors",
       .inputs = {Tensor{0.5f, 2, 3, 40}, Tensor{1.5f, 0.7f, 4, 30},
                  Tensor{0.3f, 0.6f, 0.8f, 0.5f}}},
      {.name = "broadcast",
       .inputs = {reshape(Tensor{2, 3}, Dims{2, 1}).eval(), Tensor(1.5f),
                  Tensor{0.2f, 0.5f, 0.9f}}},
      {.name = "one", .inputs = {Tensor(2.5f), Tensor(3.5f), Tensor(0.4f)}},
      {.name = "none", .inputs = {Tensor::from(std::vector<float>()), Tensor(1.f), Tensor(0.5f)}},
  };
}

}  // namespace

const OpDef kBetaincShapeGradient{
    .name = "betainc_shape_gradient",
    .doc = "The derivative of betainc in a. (...), (...), (...) -> (broadcast ...)",
    .minimum_inputs = 3,
    .maximum_inputs = 3,
    .infer = infer_triple,
    .no_derivative = "the second derivative of betainc in its shapes is not provided",
    .kernels = {{"scalar", nullptr,
                 [](const KernelContext& context) {
                   run_scalar_map<3>(context, [](const Triple& v, std::int64_t) {
                     return incomplete_beta_slope(v[0], v[1], v[2], 1 - v[2]);
                   });
                 }}},
    .samples = points,
};

const OpDef kBetainc{
    .name = "betainc",
    .doc =
        "The regularised incomplete beta function I_x(a, b). (...), (...), (...) -> (broadcast "
        "...)",
    .minimum_inputs = 3,
    .maximum_inputs = 3,
    .infer = infer_triple,
    .vjp = [](const VjpContext& context) -> Inputs {
      const Tensor& g = context.gradient();
      const Tensor& a = context.inputs[0];
      const Tensor& b = context.inputs[1];
      const Tensor& x = context.inputs[2];
      const auto needed = context.needed;
      return {needed[0] ? sum_to(g * by_first(a, b, x), a.shape()) : Tensor(),
              needed[1] ? sum_to(g * by_second(a, b, x), b.shape()) : Tensor(),
              needed[2] ? sum_to(g * beta_density(a, b, x), x.shape()) : Tensor()};
    },
    .kernels = {{"scalar", nullptr,
                 [](const KernelContext& context) {
                   run_scalar_map<3>(context, [](const Triple& v, std::int64_t) {
                     return incomplete_beta(v[0], v[1], v[2], 1 - v[2]).lower;
                   });
                 }}},
    .samples = points,
};

Tensor betainc(const Tensor& a, const Tensor& b, const Tensor& x) {
  return apply_triple(kBetainc, a, b, x);
}

const OpDef kBetaincinv{
    .name = "betaincinv",
    .doc = "The x with I_x(a, b) = p. (...), (...), (...) -> (broadcast ...)",
    .minimum_inputs = 3,
    .maximum_inputs = 3,
    .infer = infer_triple,
    .vjp = [](const VjpContext& context) -> Inputs {
      const Tensor& a = context.inputs[0];
      const Tensor& b = context.inputs[1];
      const Tensor& x = context.output();
      const Tensor g = context.gradient() / beta_density(a, b, x);
      const auto needed = context.needed;
      return {needed[0] ? sum_to(negative(g * by_first(a, b, x)), a.shape()) : Tensor(),
              needed[1] ? sum_to(negative(g * by_second(a, b, x)), b.shape()) : Tensor(),
              needed[2] ? sum_to(g, context.inputs[2].shape()) : Tensor()};
    },
    .kernels = {{"scalar", nullptr,
                 [](const KernelContext& context) {
                   run_scalar_map<3>(context, [](const Triple& v, std::int64_t) {
                     const double u = inverse_incomplete_beta_logit(v[0], v[1], v[2], 1 - v[2]);
                     return u < 0 ? std::exp(u) / (1 + std::exp(u)) : 1 / (1 + std::exp(-u));
                   });
                 }}},
    .samples = points,
};

Tensor betaincinv(const Tensor& a, const Tensor& b, const Tensor& p) {
  return apply_triple(kBetaincinv, a, b, p);
}

Tensor log_beta(const Tensor& a, const Tensor& b) { return lgamma(a) + lgamma(b) - lgamma(a + b); }

}  // namespace gradus
