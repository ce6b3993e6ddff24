// Internal: one step of a plain recurrent network on memory, with vector instructions.
#pragma once

#include <cstddef>
#include <cstdint>

#include "gradus/base/dtype.h"

// Elements are f32 or f64; the rows of each array, (rows, hidden), lie one after the other.

namespace gradus {

struct RnnStep {
  DType dtype;
  std::int64_t rows, hidden;
  bool relu;  ///< else tanh
  const std::byte* projected;
  const std::byte* recurrent;
  std::byte* state_after;
};
/// The state, given the product of the state before and the weight.
void step_rnn(const RnnStep& step);

struct RnnGradientStep {
  DType dtype;
  std::int64_t rows, hidden;
  bool relu;
  const std::byte* state_after;
  const std::byte* of_state;        ///< its gradient, from the steps that follow
  const std::byte* of_given_state;  ///< added to it, unless nullptr
  std::byte* of_projected;
};
void step_rnn_gradient(const RnnGradientStep& step);

}  // namespace gradus
