#pragma once

#include "gradus/base/pointer.h"
#include "gradus/optim/optimizer.h"

namespace gradus::optim {

struct AdamOptions {
  float learning_rate = 1e-3f;
  float beta1 = 0.9f;    ///< decay of the mean of the gradient
  float beta2 = 0.999f;  ///< decay of the mean of its square
  float epsilon = 1e-8f;
  float weight_decay = 0;  ///< of an L2 penalty: added to the gradient
  std::vector<ParameterGroup> groups = {};

  void fields(nn::OptionVisitor& v);
};

/// Steps of the size of the learning rate along the mean gradient over its root mean square, both
/// corrected for their start at 0. Source: Kingma and Ba 2015, algorithm 1.
class Adam : public Optimizer {
 public:
  static constexpr const char* kKind = "adam";
  explicit Adam(const AdamOptions& options = {}) : Adam(kKind, options, Decay::penalty) {}

  const char* kind() const override { return kKind; }
  Owned<Optimizer> clone() const override;
  void visit(nn::Visitor& v) override;

 protected:
  /// Whether weight decay is added to the gradient or taken from the parameter itself.
  enum class Decay { penalty, decoupled };
  Adam(const char* kind, const AdamOptions& options, Decay decay);

 private:
  void update(Tensor& parameter, const Update& update) override;
  void begin_step() override;

  AdamOptions options_;
  Decay decay_;
  Tensor step_ = Tensor(0.0f);  // steps done, 0-d f32
};

struct AdamWOptions {
  float learning_rate = 1e-3f;
  float beta1 = 0.9f;
  float beta2 = 0.999f;
  float epsilon = 1e-8f;
  float weight_decay = 1e-2f;  ///< times the learning rate, taken from the parameter itself
  std::vector<ParameterGroup> groups = {};

  void fields(nn::OptionVisitor& v);
};

/// Adam with decoupled weight decay. Source: Loshchilov and Hutter 2019, algorithm 2.
class AdamW final : public Adam {
 public:
  static constexpr const char* kKind = "adamw";
  explicit AdamW(const AdamWOptions& options = {});

  const char* kind() const override { return kKind; }
  Owned<Optimizer> clone() const override;
};

}  // namespace gradus::optim
