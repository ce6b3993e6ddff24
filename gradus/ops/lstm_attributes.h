// Internal: what the two operations of an LSTM share.
#pragma once

#include "gradus/ops/recurrence.h"

namespace gradus {

/// Which of the last two inputs there are, and where time begins. Peepholes stand before lengths.
struct LstmAttributes {
  bool peepholes = false;
  bool lengths = false;
  bool reverse = false;
  void fields(FieldVisitor& v) const {
    v("peepholes", peepholes);
    v("lengths", lengths);
    v("reverse", reverse);
  }
  std::size_t inputs(std::size_t others) const {
    return others + static_cast<std::size_t>(peepholes) + static_cast<std::size_t>(lengths);
  }
};

/// The optional inputs of either operation behind the `others`; undefined if they are not there.
struct LstmExtras {
  Tensor peepholes, lengths;
  LstmExtras(std::span<const Tensor> inputs, std::size_t others, const LstmAttributes& attributes);
};

/// Gradients of projected (time, batch, 4 * hidden), and of the given state and cell (batch,
/// hidden).
struct LstmGradients {
  Tensor projected, state, cell;
};
/// From the gates (time, batch, 4 * hidden), i, f, g, o after their functions, the cells (time + 1,
/// batch, hidden), and the gradients of all states, cells and gates, shaped like these.
LstmGradients lstm_gradient(const Tensor& gates, const Tensor& cells, const Tensor& weight,
                            const Tensor& of_states, const Tensor& of_cells, const Tensor& of_gates,
                            const LstmExtras& extras, const LstmAttributes& attributes);

/// Throws Error where the optional inputs behind the `others` do not fit.
void check_lstm_extras(const InferContext& context, std::size_t others, std::int64_t batch,
                       std::int64_t hidden);

/// The sizes and attributes that samples of both operations have; `sample` makes one of them.
std::vector<Sample> lstm_samples(Sample (*sample)(const char* name, std::int64_t time,
                                                  std::int64_t batch, std::int64_t hidden,
                                                  const LstmAttributes& attributes));

}  // namespace gradus
