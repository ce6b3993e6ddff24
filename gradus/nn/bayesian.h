#pragma once

#include <optional>

#include "gradus/nn/initializer.h"
#include "gradus/nn/layer.h"

namespace gradus::nn {

struct BayesianLinearOptions {
  std::int64_t in = 0;
  std::int64_t out = 0;
  bool bias = true;
  float prior_deviation = 1;            ///< of the weights' prior, a Gaussian around 0
  float deviation = 0.05f;              ///< of the weights' posterior at the start
  Initializer weight_initializer = {};  ///< of the means
  std::optional<Key> key = {};          ///< of the first values; see starting_key()
  DType dtype = DType::f32;

  void fields(OptionVisitor& v);
  /// Fills sizes that are left open (0) from the shape of the input, batch included.
  void infer(const Shape& input);
};

/// x weight^T + bias of weights that are Gaussian: drawn anew in every pass of training or
/// sampling, their means in evaluation. Deviations are softplus(rho). Add
/// posterior_divergence(model) to the loss. Source: Blundell, Cornebise, Kavukcuoglu and Wierstra
/// 2015, "Weight uncertainty in neural networks" (Bayes by backprop).
struct BayesianLinear : LayerOf<BayesianLinear> {
  static constexpr const char* kKind = "bayesian_linear";
  BayesianLinearOptions options;
  Tensor weight_mean, weight_rho;             // (out, in)
  std::optional<Tensor> bias_mean, bias_rho;  // (out)

  explicit BayesianLinear(const BayesianLinearOptions& chosen);
  Tensor operator()(const Tensor& x, Context& context) const;  // (..., in) -> (..., out)
  /// The divergence of the posterior of weights and biases from their prior, in nats; 0-d.
  Tensor kl_divergence() const;
  void visit(Visitor& v) override;
  void initialize(const Key& key) override;
};

/// The sum of the divergences of all Bayesian layers in a module, each once; 0-d, 0 if there are
/// none. The loss of a batch of mean log-likelihoods is -mean + posterior_divergence(model) /
/// (examples of the whole training set), inside value_and_grad(). monte_carlo() of nn/dropout.h
/// predicts.
Tensor posterior_divergence(Module& module);

}  // namespace gradus::nn
