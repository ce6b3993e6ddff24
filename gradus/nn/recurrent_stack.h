// Internal: recurrent layers above each other and in two directions.
#pragma once

#include "gradus/base/function.h"
#include "gradus/nn/recurrent.h"
#include "gradus/ops/recurrent.h"

namespace gradus::nn {

/// What all recurrent layers are described by.
struct StackOptions {
  const char* kind;
  std::int64_t in, hidden_size, layers;
  std::int64_t gates;
  bool bidirectional;
  Merge merge;
  float dropout;
  bool bias;
  bool peepholes = false;
  Initializer recurrent_initializer;
  DType dtype;

  std::size_t directions() const { return bidirectional ? 2 : 1; }
  /// Features of the output of each layer.
  std::int64_t width() const {
    return bidirectional && merge == Merge::concatenate ? 2 * hidden_size : hidden_size;
  }
};

/// Throws Error if sizes are below 1 or the rate is out of [0, 1].
void check_stack(const StackOptions& options);
std::vector<RecurrentWeights> draw_weights(const StackOptions& options, const Key& key);
void visit_weights(Visitor& v, std::vector<RecurrentWeights>& weights, bool bidirectional);

/// What one direction of one layer gives, time first.
struct DirectionResult {
  Tensor states;        // (time, batch, hidden)
  Tensors last_states;  // (batch, hidden) each: the state, and what else the layer keeps
};
/// One direction of one layer on x (time, batch, in), from the given states (batch, hidden).
using RunDirection =
    Function<DirectionResult(const RecurrentWeights& weights, const Tensor& x,
                             const Tensors& states, const RecurrenceOptions& options)>;

struct StackResult {
  Tensor sequence;      // (batch, time, width)
  Tensor last;          // (batch, width)
  Tensors last_states;  // (layers * directions, batch, hidden) each
};
/// All layers and directions on x (batch, time, in). `states` are those that a layer keeps, each
/// (layers * directions, batch, hidden), or undefined for zeros.
StackResult run_stack(const StackOptions& options, const std::vector<RecurrentWeights>& weights,
                      const Tensor& x, const Tensors& states, const Tensor& lengths,
                      Context& context, const RunDirection& run);

}  // namespace gradus::nn
