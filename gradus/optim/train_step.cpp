#include "gradus/optim/train_step.h"

#include <utility>

#include "gradus/core/node.h"
#include "gradus/nn/gradients.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/require_finite.h"
#include "gradus/optim/clip.h"

namespace gradus::optim {
namespace {

/// Gives a model's buffers (running statistics, which the forward pass replaces) their values back
/// on destruction, unless they were let go.
class KeptBuffers final : public nn::Visitor {
 public:
  explicit KeptBuffers(nn::Module& model) { model.visit(*this); }
  ~KeptBuffers() override {
    for (Kept& kept : kept_) *kept.buffer = std::move(kept.value);
  }
  KeptBuffers(const KeptBuffers&) = delete;
  KeptBuffers& operator=(const KeptBuffers&) = delete;

  void let_go() { kept_.clear(); }

 private:
  struct Kept {
    Tensor* buffer;
    Tensor value;
  };
  void on_parameter(std::string_view, Tensor&) override {}
  void on_buffer(std::string_view, Tensor& buffer) override { kept_.push_back({&buffer, buffer}); }

  SmallVector<Kept, 4> kept_;
};

}  // namespace

TrainStep::TrainStep(nn::Layer& model, Optimizer& optimizer, nn::Loss loss,
                     const TrainStepOptions& options)
    : model_(&model),
      optimizer_(&optimizer),
      loss_(std::move(loss)),
      options_(options),
      steps_(std::int64_t{0}) {
  optimizer.prepare(model);
}

Tensor TrainStep::operator()(const Tensor& inputs, const Tensor& targets) {
  return run(inputs, targets, options_.key.fold_in(steps_)).loss;
}

TrainStep::Result TrainStep::run(const Tensor& inputs, const Tensor& targets, const Key& key) {
  nn::Context context{.training = true, .key = key};
  Tensor prediction;
  KeptBuffers buffers(*model_);
  const ProductPrecisionScope products(options_.precision);
  auto [loss, gradients] = nn::value_and_grad(*model_, [&] {
    prediction = model_->forward(inputs, context);
    return loss_(prediction, targets);
  });
  loss = require_finite(loss, "the loss");
  // Before anything changes. Compiled, results are computed before state.
  if (!is_watched(*loss.node())) loss.eval();
  buffers.let_go();
  const PhaseScope phase(Phase::update);
  optimizer_->step(*model_, limited(std::move(gradients)));
  if (context.draws > 0) steps_ = steps_ + 1;
  return {std::move(loss), std::move(prediction)};
}

nn::Gradients TrainStep::limited(nn::Gradients gradients) const {
  if (options_.clip_value > 0) {
    gradients = clip_by_value(std::move(gradients), options_.clip_value);
  }
  if (options_.clip_norm > 0) {
    gradients = clip_by_norm(std::move(gradients), options_.clip_norm).gradients;
  }
  return gradients;
}

void TrainStep::add_state(StateAddresses& addresses) {
  nn::add_state(*model_, addresses);
  nn::add_state(*optimizer_, addresses);
  addresses.push_back(&steps_);
}

}  // namespace gradus::optim
