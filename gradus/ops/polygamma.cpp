#include "gradus/ops/arithmetic.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/gamma_functions.h"
#include "gradus/ops/scalar_map.h"
#include "gradus/ops/special.h"

namespace gradus {
namespace {

struct PolygammaAttributes {
  int order = 1;
  void fields(FieldVisitor& v) const { v("order", order); }
};

Specs infer_polygamma(const InferContext& context) {
  const int order = context.attributes.as<PolygammaAttributes>().order;
  if (order < 0 || order > 100) {
    throw Error(ErrorCode::invalid_argument, "polygamma",
                fmt::format("order {} is not in [0, 100]", order));
  }
  return infer_scalar_map(context);
}

Inputs polygamma_vjp(const VjpContext& context) {
  const int order = context.attributes.as<PolygammaAttributes>().order;
  return {context.gradient() * polygamma(order + 1, context.inputs[0])};
}

void run_polygamma(const KernelContext& context) {
  const int order = context.attributes<PolygammaAttributes>().order;
  run_scalar_map<1>(context, [order](const std::array<double, 1>& x, std::int64_t) {
    return polygamma_of(order, x[0]);
  });
}

std::vector<Sample> polygamma_samples() {
  std::vector<Sample> samples;
  for (const int order : {0, 1, 2, 4}) {
    for (Sample& sample : unary_samples(0.7, 6, PolygammaAttributes{order})) {
      sample.name += " of order " + std::to_string(order);
      samples.push_back(std::move(sample));
    }
  }
  for (Sample& sample : unary_samples(-1.8, -1.2, PolygammaAttributes{2})) {
    sample.name += " of order 2 below 0";
    samples.push_back(std::move(sample));
  }
  return samples;
}

}  // namespace

const OpDef kPolygamma{
    .name = "polygamma",
    .doc = "The derivative of digamma of a given order. (...) -> (...)",
    .infer = infer_polygamma,
    .vjp = polygamma_vjp,
    .kernels = {{"scalar", nullptr, run_polygamma}},
    .samples = polygamma_samples,
};

Tensor polygamma(int order, const Tensor& x) {
  return apply_floating(kPolygamma, x, PolygammaAttributes{order});
}

}  // namespace gradus
