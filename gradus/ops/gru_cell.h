// Internal: one step of a GRU on memory, with vector instructions.
#pragma once

#include <cstddef>
#include <cstdint>

#include "gradus/base/dtype.h"

// The formulas stand in recurrent.h. Elements are f32 or f64; the rows of each array lie one after
// the other. Gates stand in the order r, z, n; behind them, where the reset comes after the
// product, stands m, what the product with the state gives the candidate n. A step has two parts
// with the product of the candidate between them.

namespace gradus {

/// Which of the published gated recurrent units.
struct GruForm {
  bool takes_candidate;  ///< z is the share of the candidate, else that of the state before
  bool reset_before;     ///< r acts on the state before the product, else on the product
  std::int64_t saved() const { return reset_before ? 3 : 4; }
};

struct GruStep {
  DType dtype;
  GruForm form;
  std::int64_t rows, hidden;
  const std::byte* projected;            // (rows, 3 * hidden)
  const std::byte* recurrent_gates;      // (rows, 2 * hidden), of r and z
  const std::byte* recurrent_candidate;  // (rows, hidden)
  const std::byte* bias;                 // (3, hidden)
  const std::byte* state_before;         // (rows, hidden)
  std::byte* gates;                      // (rows, saved() * hidden)
  std::byte* reset_state;                // (rows, hidden): r * h, if reset_before
  std::byte* state_after;                // (rows, hidden)
};
/// r and z, and r * h if that is what the candidate's product takes.
void step_gru_gates(const GruStep& step);
/// n and the state.
void step_gru_candidate(const GruStep& step);

struct GruGradientStep {
  DType dtype;
  GruForm form;
  std::int64_t rows, hidden;
  const std::byte* gates;         // (rows, saved() * hidden)
  const std::byte* state_before;  // (rows, hidden)
  // Gradients; those marked * are 0 if nullptr.
  const std::byte* of_state;           // (rows, hidden), by the products of the steps that follow
  const std::byte* of_given_state;     // (rows, hidden), added to it
  const std::byte* of_given_gates;     // (rows, saved() * hidden) *
  const std::byte* through_candidate;  // (rows, hidden): of_product weight
  std::byte* beside;                   // (rows, hidden), added to of_state, and written anew
  std::byte* of_product;               // (rows, hidden), of the candidate's product
  std::byte* of_projected;             // (rows, 3 * hidden)
};
/// What reaches n, z and the candidate's product.
void step_gru_candidate_gradient(const GruGradientStep& step);
/// What reaches r, and the state before but through the product of r and z.
void step_gru_gates_gradient(const GruGradientStep& step);

}  // namespace gradus
