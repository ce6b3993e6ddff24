#pragma once

#include "gradus/base/pointer.h"
#include "gradus/optim/optimizer.h"

namespace gradus::optim {

struct AdaGradOptions {
  float learning_rate = 1e-2f;
  float epsilon = 1e-10f;
  float weight_decay = 0;  ///< of an L2 penalty: added to the gradient
  std::vector<ParameterGroup> groups = {};

  void fields(nn::OptionVisitor& v);
};

/// Divides each element's step by the root of the sum of its squared gradients so far.
/// Source: Duchi, Hazan and Singer 2011.
class AdaGrad final : public Optimizer {
 public:
  static constexpr const char* kKind = "adagrad";
  explicit AdaGrad(const AdaGradOptions& options = {});

  const char* kind() const override { return kKind; }
  Owned<Optimizer> clone() const override;

 private:
  void update(Tensor& parameter, const Update& update) override;

  AdaGradOptions options_;
};

}  // namespace gradus::optim
