#pragma once

#include "gradus/nn/layer.h"
#include "gradus/nn/loss.h"
#include "gradus/nn/module_state.h"
#include "gradus/ops/precision.h"
#include "gradus/optim/optimizer.h"

namespace gradus::optim {

struct TrainStepOptions {
  Key key = Key(0);       ///< of what layers draw (dropout): each step draws from its own stream
  double clip_value = 0;  ///< limit of each element of the gradients; 0: none
  double clip_norm = 0;   ///< limit of the gradients' global norm; 0: none
  /// Of the products and convolutions of model and gradients; weights, gradients, losses and the
  /// optimiser stay f32.
  ProductPrecision precision = ProductPrecision::full;
};

/// A step of training as a function: gradients of the loss over a batch, limited if that is asked
/// for, and a step of the optimiser. Model and optimiser must stay where they are.
///
/// If the loss is infinite or NaN, throws Error ("require_finite: the loss is nan") instead of
/// making the step; model and optimiser are then as before it, compiled too where the compiled
/// function returns the loss.
class TrainStep {
 public:
  TrainStep(nn::Layer& model, Optimizer& optimizer, nn::Loss loss,
            const TrainStepOptions& options = {});

  /// The loss over a batch (batch, ...) before the step; 0-d if the loss function returns a mean.
  Tensor operator()(const Tensor& inputs, const Tensor& targets);

  struct Result {
    Tensor loss;        ///< before the step
    Tensor prediction;  ///< of the model, before the step
  };
  /// As above, drawing from a given key.
  Result run(const Tensor& inputs, const Tensor& targets, const Key& key);

  /// For compile(): model, optimiser and the number of the step.
  void add_state(StateAddresses& addresses);

 private:
  nn::Gradients limited(nn::Gradients gradients) const;

  nn::Layer* model_;
  Optimizer* optimizer_;
  nn::Loss loss_;
  TrainStepOptions options_;
  Tensor steps_;  // that drew random numbers, i64
};

/// Made for compile():
///
///     auto step = compile(optim::train_step(model, optimizer, nn::cross_entropy));
///     Tensor loss = step(images, labels);
inline TrainStep train_step(nn::Layer& model, Optimizer& optimizer, nn::Loss loss,
                            const TrainStepOptions& options = {}) {
  return {model, optimizer, std::move(loss), options};
}

}  // namespace gradus::optim
