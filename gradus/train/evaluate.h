#pragma once

#include "gradus/data/loader.h"
#include "gradus/nn/layer.h"
#include "gradus/nn/loss.h"
#include "gradus/train/metrics.h"

namespace gradus::train {

/// The loss and the measures of `set` over all batches of a loader, in evaluation.
Metrics evaluate(nn::Layer& model, const nn::Loss& loss, const data::DataLoader& loader,
                 MetricSet set);

/// What the model gives for every example of a loader, and what it should have given.
struct Predictions {
  Tensor outputs;  // (examples, ...)
  Tensor targets;  // (examples, ...); undefined where examples have none
};
Predictions predict(nn::Layer& model, const data::DataLoader& loader);

}  // namespace gradus::train
