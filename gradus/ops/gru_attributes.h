// Internal: what the two operations of a GRU share.
#pragma once

#include "gradus/ops/gru_cell.h"
#include "gradus/ops/recurrence.h"

namespace gradus {

/// Which unit, whether the last input is lengths, and where time begins.
struct GruAttributes {
  bool takes_candidate = false;
  bool reset_before = false;
  bool lengths = false;
  bool reverse = false;
  void fields(FieldVisitor& v) const {
    v("takes_candidate", takes_candidate);
    v("reset_before", reset_before);
    v("lengths", lengths);
    v("reverse", reverse);
  }
  GruForm form() const { return {takes_candidate, reset_before}; }
};

/// Gradients of projected (time, batch, 3 * hidden) and of the given state (batch, hidden).
struct GruGradients {
  Tensor projected, state;
};
/// From the gates (time, batch, parts * hidden), r, z, n after their functions and m, the states
/// (time + 1, batch, hidden), and the gradients of both, shaped like these.
GruGradients gru_gradient(const Tensor& gates, const Tensor& states, const Tensor& weight,
                          const Tensor& of_states, const Tensor& of_gates, const Tensor& lengths,
                          const GruAttributes& attributes);

/// The recurrent weight (3 * hidden, hidden) as the rows of r and z, and those of n.
struct GruWeights {
  const std::byte *gates, *candidate;
  explicit GruWeights(const Array& weight)
      : gates(weight.bytes()),
        candidate(weight.bytes() + 2 * weight.shape[1] * weight.shape[1] *
                                       static_cast<std::int64_t>(size_of(weight.dtype))) {}
};

/// The sizes and attributes that samples of both operations have; `sample` makes one of them.
std::vector<Sample> gru_samples(Sample (*sample)(const char* name, std::int64_t time,
                                                 std::int64_t batch, std::int64_t hidden,
                                                 const GruAttributes& attributes));

}  // namespace gradus
