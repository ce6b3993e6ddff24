#pragma once

#include "gradus/base/pointer.h"
#include "gradus/optim/optimizer.h"

namespace gradus::optim {

struct RmsPropOptions {
  float learning_rate = 1e-2f;
  float alpha = 0.99f;  ///< decay of the mean of the squared gradient
  float epsilon = 1e-8f;
  float weight_decay = 0;  ///< of an L2 penalty: added to the gradient
  std::vector<ParameterGroup> groups = {};

  void fields(nn::OptionVisitor& v);
};

/// Divides each element's step by the root mean square of its recent gradients.
/// Source: Hinton, Srivastava and Swersky 2012, lecture 6e.
class RmsProp final : public Optimizer {
 public:
  static constexpr const char* kKind = "rmsprop";
  explicit RmsProp(const RmsPropOptions& options = {});

  const char* kind() const override { return kKind; }
  Owned<Optimizer> clone() const override;

 private:
  void update(Tensor& parameter, const Update& update) override;

  RmsPropOptions options_;
};

}  // namespace gradus::optim
