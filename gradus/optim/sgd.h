#pragma once

#include "gradus/base/pointer.h"
#include "gradus/optim/optimizer.h"

namespace gradus::optim {

struct SgdOptions {
  float learning_rate = 1e-2f;
  float momentum = 0;
  float dampening = 0;  ///< share of the gradient that does not enter the velocity
  bool nesterov = false;
  float weight_decay = 0;  ///< of an L2 penalty: added to the gradient
  std::vector<ParameterGroup> groups = {};

  void fields(nn::OptionVisitor& v);
};

/// Stochastic gradient descent, p -= rate * (g + decay * p); with momentum, a velocity
/// v = momentum * v + (1 - dampening) * g takes the place of g (Polyak 1964; at first v = g), or
/// with Nesterov's variant g + momentum * v (Sutskever et al. 2013, as PyTorch writes it).
class Sgd final : public Optimizer {
 public:
  static constexpr const char* kKind = "sgd";
  explicit Sgd(const SgdOptions& options = {});

  const char* kind() const override { return kKind; }
  Owned<Optimizer> clone() const override;
  void visit(nn::Visitor& v) override;

 private:
  void update(Tensor& parameter, const Update& update) override;
  void end_step() override;

  SgdOptions options_;
  Tensor is_first_;  // bool, 0-d; only with dampening, which the first step leaves out
};

}  // namespace gradus::optim
