#include "gradus/nn/bayesian.h"

#include <cmath>
#include <unordered_set>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/ops/activation.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/reduce.h"
#include "gradus/stats/normal.h"

namespace gradus::nn {
namespace {

/// A draw of a Gaussian of this mean and rho.
Tensor draw_weight(const Tensor& mean, const Tensor& rho, const Key& key) {
  return mean + softplus(rho) * random_normal(key, mean.shape(), 0, 1, mean.dtype());
}

Tensor divergence_from_prior(const Tensor& mean, const Tensor& rho, double prior_deviation) {
  const stats::Normal prior(number_like(0, mean), number_like(prior_deviation, mean));
  return sum(stats::kl_divergence(stats::Normal(mean, softplus(rho)), prior));
}

/// Adds up the divergences of the layers it meets, each once.
class Divergences final : public Visitor {
 public:
  Tensor total;

  void take(Module& module) {
    if (!met_.insert(&module).second) return;
    const auto* const layer = dynamic_cast<const Layer*>(&module);
    const auto* const found =
        layer ? dynamic_cast<const BayesianLinear*>(&layer->inner()) : nullptr;
    if (found && taken_.insert(found).second) {
      const Tensor own = found->kl_divergence();
      total = total.defined() ? total + own : own;
    }
    module.visit(*this);
  }

 private:
  void on_parameter(std::string_view, Tensor&) override {}
  void on_buffer(std::string_view, Tensor&) override {}
  void on_module(Module& module) override { take(module); }

  std::unordered_set<const Module*> met_;
  std::unordered_set<const Layer*> taken_;
};

}  // namespace

void BayesianLinearOptions::fields(OptionVisitor& v) {
  v("in", in);
  v("out", out);
  v("bias", bias);
  v("prior_deviation", prior_deviation);
  v("deviation", deviation);
  v("initializer", weight_initializer.kind, initialization_names());
}

void BayesianLinearOptions::infer(const Shape& input) {
  if (in == 0 && input.rank() > 0) in = input.back();
}

BayesianLinear::BayesianLinear(const BayesianLinearOptions& chosen) : options(chosen) {
  if (options.in < 1 || options.out < 1) {
    throw Error(
        ErrorCode::invalid_argument, kKind,
        fmt::format("in and out must be 1 or more, not {} and {}", options.in, options.out));
  }
  if (!(options.prior_deviation > 0 && options.deviation > 0) ||
      !std::isfinite(options.prior_deviation) || !std::isfinite(options.deviation)) {
    throw Error(ErrorCode::invalid_argument, kKind,
                fmt::format("deviations must be positive and finite, not {} (prior) and {}",
                            options.prior_deviation, options.deviation));
  }
  initialize(starting_key(options.key, kKind, {options.out, options.in}));
}

void BayesianLinear::initialize(const Key& key) {
  const Shape shape{options.out, options.in};
  const double rho = std::log(std::expm1(static_cast<double>(options.deviation)));
  weight_mean = options.weight_initializer(key.fold_in("weight"), shape, options.dtype);
  weight_rho = full(shape, rho, options.dtype);
  if (options.bias) {
    bias_mean = zeros({options.out}, options.dtype);
    bias_rho = full({options.out}, rho, options.dtype);
  }
}

Tensor BayesianLinear::operator()(const Tensor& x, Context& context) const {
  if (!(context.training || context.sampling)) {
    return linear(x, weight_mean, bias_mean ? *bias_mean : Tensor());
  }
  const Key key = context.next_key(kKind);
  return linear(x, draw_weight(weight_mean, weight_rho, key.fold_in("weight")),
                bias_mean ? draw_weight(*bias_mean, *bias_rho, key.fold_in("bias")) : Tensor());
}

Tensor BayesianLinear::kl_divergence() const {
  const Tensor weights = divergence_from_prior(weight_mean, weight_rho, options.prior_deviation);
  if (!bias_mean) return weights;
  return weights + divergence_from_prior(*bias_mean, *bias_rho, options.prior_deviation);
}

void BayesianLinear::visit(Visitor& v) {
  v("weight_mean", weight_mean);
  v("weight_rho", weight_rho);
  v("bias_mean", bias_mean);
  v("bias_rho", bias_rho);
}

Tensor posterior_divergence(Module& module) {
  Divergences divergences;
  divergences.take(module);
  return divergences.total.defined() ? divergences.total : Tensor(0.0f);
}

}  // namespace gradus::nn
