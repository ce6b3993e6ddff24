// Internal: one step of an LSTM on memory, with vector instructions.
#pragma once

#include <cstddef>
#include <cstdint>

#include "gradus/base/dtype.h"

// The formulas stand in recurrent.h. Elements are f32 or f64; the rows of each array lie one after
// the other. Gates stand in the order i, f, g, o.

namespace gradus {

struct LstmStep {
  DType dtype;
  std::int64_t rows, hidden;
  const std::byte* projected;    // (rows, 4 * hidden)
  const std::byte* recurrent;    // (rows, 4 * hidden)
  const std::byte* peepholes;    // (3, hidden), or nullptr
  const std::byte* cell_before;  // (rows, hidden)
  std::byte* gates;              // (rows, 4 * hidden)
  std::byte* cell_after;         // (rows, hidden)
  std::byte* state_after;        // (rows, hidden)
};
/// The gates and what follows them, given the product of the state and the weight.
void step_lstm(const LstmStep& step);

struct LstmGradientStep {
  DType dtype;
  std::int64_t rows, hidden;
  const std::byte* gates;        // (rows, 4 * hidden)
  const std::byte* peepholes;    // (3, hidden), or nullptr
  const std::byte* cell_before;  // (rows, hidden)
  const std::byte* cell_after;   // (rows, hidden)
  // Gradients; those marked * are 0 if nullptr.
  const std::byte* of_state;        // (rows, hidden), from the steps that follow
  const std::byte* of_given_state;  // (rows, hidden) *, added to it
  const std::byte* of_given_cell;   // (rows, hidden) *, of the cell before the step
  const std::byte* of_given_gates;  // (rows, 4 * hidden) *
  std::byte* of_cell;               // (rows, hidden): of the cell after the step becomes before it
  std::byte* of_projected;          // (rows, 4 * hidden)
};
void step_lstm_gradient(const LstmGradientStep& step);

}  // namespace gradus
