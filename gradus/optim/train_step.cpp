#include "gradus/optim/train_step.h"

#include <utility>

#include "gradus/nn/gradients.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/optim/clip.h"

namespace gradus::optim {

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
  auto [loss, gradients] = nn::value_and_grad(*model_, [&] {
    prediction = model_->forward(inputs, context);
    return loss_(prediction, targets);
  });
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
