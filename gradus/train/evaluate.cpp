#include "gradus/train/evaluate.h"

#include "gradus/ops/rearrange.h"

namespace gradus::train {

Metrics evaluate(nn::Layer& model, const nn::Loss& loss, const data::DataLoader& loader,
                 MetricSet set) {
  MetricSums sums(set);
  for (const data::Batch& batch : loader.epoch(0)) {
    nn::Context evaluation;
    const Tensor prediction = model.forward(batch.inputs, evaluation);
    sums.add(loss(prediction, batch.targets).item<double>(), prediction, batch.targets);
  }
  return sums.result();
}

Predictions predict(nn::Layer& model, const data::DataLoader& loader) {
  Tensors outputs, targets;
  for (const data::Batch& batch : loader.epoch(0)) {
    nn::Context evaluation;
    outputs.push_back(model.forward(batch.inputs, evaluation).eval());
    if (batch.targets.defined()) targets.push_back(batch.targets);
  }
  if (outputs.empty()) return {};
  return {concatenate(outputs).eval(), targets.empty() ? Tensor() : concatenate(targets).eval()};
}

}  // namespace gradus::train
