#pragma once

#include "gradus/core/op_def.h"

// Recurrent networks over whole sequences, time first: (time, batch, ...). What a step takes from
// outside is `projected`, the inputs of all steps after one large product: linear(x, weight_ih,
// bias). Products with the state are with `weight`, the recurrent one, as linear() has it: gates
// first, then hidden.

namespace gradus {

extern const OpDef kRnn, kRnnGradient, kLstm, kLstmGradient, kGru, kGruGradient;

/// Which steps count, and where time begins.
struct RecurrenceOptions {
  /// i64 (batch): the steps of each row, from 0 on; in the others its state stays as it is, and
  /// what `projected` holds there, NaN too, does not matter. Undefined: all. Lengths out of [0,
  /// time] throw Error when evaluated. (Whoever makes `projected` by linear() from inputs that may
  /// be NaN there masks these first: the gradient of weight_ih multiplies them by 0.)
  Tensor lengths = {};
  bool reverse = false;  ///< from the last step to the first
};

struct RnnResult {
  Tensor states;      ///< (time, batch, hidden), each after the step in its place
  Tensor last_state;  ///< (batch, hidden)
};

enum class RnnActivation { tanh, relu };

/// A plain recurrent network: h' = tanh(projected + h weight^T), or relu. Source: Elman 1990.
/// projected (time, batch, hidden), weight (hidden, hidden), state (batch, hidden).
RnnResult rnn(const Tensor& projected, const Tensor& weight, const Tensor& state,
              RnnActivation activation = RnnActivation::tanh,
              const RecurrenceOptions& options = {});

struct LstmResult {
  Tensor states;      ///< (time, batch, hidden), each after the step in its place
  Tensor last_state;  ///< (batch, hidden)
  Tensor last_cell;   ///< (batch, hidden)
};

/// Long short-term memory: with (i, f, g, o) = projected + h weight^T in parts of `hidden`,
///
///     c' = sigmoid(f) c + sigmoid(i) tanh(g),   h' = sigmoid(o) tanh(c').
///
/// With peepholes p, i and f have p_i c and p_f c added, and o has p_o c'. Sources: Hochreiter and
/// Schmidhuber 1997; Gers, Schmidhuber and Cummins 2000 (forget gates); Gers and Schmidhuber 2000
/// (peepholes).
/// projected (time, batch, 4 * hidden), weight (4 * hidden, hidden), state and cell (batch,
/// hidden), peepholes (3, hidden) in the order i, f, o, or undefined.
LstmResult lstm(const Tensor& projected, const Tensor& weight, const Tensor& state,
                const Tensor& cell, const Tensor& peepholes = {},
                const RecurrenceOptions& options = {});

/// Whether the update gate z is the share of the state before, as in Cho et al. 2014, Keras and
/// PyTorch, or that of the candidate, as in Chung et al. 2014.
enum class UpdateGate { keeps_state, takes_candidate };
/// Whether the reset gate r acts on the product of the state and the weight, as in cuDNN and
/// PyTorch, or on the state before the product, as published.
enum class ResetGate { after_product, before_product };

struct GruConvention {
  UpdateGate update = UpdateGate::keeps_state;
  ResetGate reset = ResetGate::after_product;
};

struct GruResult {
  Tensor states;      ///< (time, batch, hidden), each after the step in its place
  Tensor last_state;  ///< (batch, hidden)
};

/// A gated recurrent unit. In parts of `hidden`, with projected = (p_r, p_z, p_n), weight = (W_r,
/// W_z, W_n) and bias = (b_r, b_z, b_n),
///
///     r = sigmoid(p_r + h W_r^T + b_r),   z = sigmoid(p_z + h W_z^T + b_z),
///     n = tanh(p_n + r (h W_n^T + b_n)),  or tanh(p_n + (r h) W_n^T + b_n),
///     h' = z h + (1 - z) n,               or (1 - z) h + z n.
///
/// Sources: Cho et al. 2014; Chung, Gulcehre, Cho and Bengio 2014.
/// projected (time, batch, 3 * hidden), weight (3 * hidden, hidden), bias (3 * hidden) or
/// undefined, state (batch, hidden).
GruResult gru(const Tensor& projected, const Tensor& weight, const Tensor& bias,
              const Tensor& state, const GruConvention& convention = {},
              const RecurrenceOptions& options = {});

}  // namespace gradus
