#pragma once

#include "gradus/core/op_def.h"

// One step of an optimiser for one parameter as one pass over memory. Rates and step counters are
// 0-d f32 tensors, so that the graph of a step never changes. These have no derivative.

namespace gradus {

extern const OpDef kSgdUpdate, kMomentumUpdate, kAdamUpdate, kAdaGradUpdate, kRmsPropUpdate;

/// parameter - rate * (gradient + decay * parameter)
Tensor sgd_update(const Tensor& parameter, const Tensor& gradient, const Tensor& rate, float decay);

struct MomentumOptions {
  float momentum = 0.9f;
  float dampening = 0;
  bool nesterov = false;
  float decay = 0;
};
struct MomentumStep {
  Tensor parameter, velocity;
};
/// As torch.optim.SGD: v = momentum * v + (1 - dampening) * g; p -= rate * (nesterov ? g + momentum
/// * v : v).
MomentumStep momentum_update(const Tensor& parameter, const Tensor& gradient,
                             const Tensor& velocity, const Tensor& rate,
                             const MomentumOptions& options);

struct AdamOptions {
  float beta1 = 0.9f;
  float beta2 = 0.999f;
  float epsilon = 1e-8f;
  float decay = 0;         ///< weight decay
  bool decoupled = false;  ///< AdamW (Loshchilov and Hutter 2019) instead of an L2 penalty
};
struct AdamStep {
  Tensor parameter, first_moment, second_moment;
};
/// Kingma and Ba 2015, algorithm 1; `step` counts from 1.
AdamStep adam_update(const Tensor& parameter, const Tensor& gradient, const Tensor& first_moment,
                     const Tensor& second_moment, const Tensor& rate, const Tensor& step,
                     const AdamOptions& options);

struct AccumulatorStep {
  Tensor parameter, accumulator;
};
/// Duchi, Hazan and Singer 2011: s += g^2; p -= rate * g / (sqrt(s) + epsilon).
AccumulatorStep adagrad_update(const Tensor& parameter, const Tensor& gradient,
                               const Tensor& accumulator, const Tensor& rate, float epsilon,
                               float decay);
/// Hinton 2012: s = alpha * s + (1 - alpha) * g^2; p -= rate * g / (sqrt(s) + epsilon).
AccumulatorStep rmsprop_update(const Tensor& parameter, const Tensor& gradient,
                               const Tensor& accumulator, const Tensor& rate, float alpha,
                               float epsilon, float decay);

}  // namespace gradus
