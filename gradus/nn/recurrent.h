#pragma once

#include <optional>
#include <vector>

#include "gradus/nn/initializer.h"
#include "gradus/nn/layer.h"
#include "gradus/ops/recurrent.h"

// Recurrent layers on sequences (batch, time, features).
//
// Parameters have PyTorch's names, shapes and meaning, so that load_state() takes the state of its
// module: weight_ih_l0 (gates * hidden, in), weight_hh_l0 (gates * hidden, hidden), bias_ih_l0 and
// bias_hh_l0 (gates * hidden), then those of layer 1; "_reverse" follows the number where a layer
// reads backwards. The first values are PyTorch's too: uniform in +-1 / sqrt(hidden_size).

namespace gradus::nn {

/// How the two directions of a layer become one output.
enum class Merge { concatenate, sum };
/// What a layer gives to the next one: all states (batch, time, features), or the one after the
/// last step of each direction (batch, features).
enum class RecurrentOutput { sequence, last };

/// The parameters of one layer in one direction.
struct RecurrentWeights {
  Tensor weight_ih;                 // (gates * hidden, in)
  Tensor weight_hh;                 // (gates * hidden, hidden)
  std::optional<Tensor> bias_ih;    // (gates * hidden)
  std::optional<Tensor> bias_hh;    // (gates * hidden)
  std::optional<Tensor> peepholes;  // (3, hidden), of an LSTM
};

struct LstmOptions {
  std::int64_t in = 0;
  std::int64_t hidden_size = 0;
  std::int64_t layers = 1;     ///< above each other: layer l reads the states of layer l - 1
  bool bidirectional = false;  ///< each layer reads forwards, and with its own weights backwards
  Merge merge = Merge::concatenate;
  float dropout = 0;  ///< rate between layers, in training
  bool bias = true;
  /// Input and forget gate see the cell before the step, the output gate the one after it.
  bool peepholes = false;
  /// Added to the first values of the forget gates' biases: 1 or 2 keeps gradients alive at first
  /// (Gers, Schmidhuber and Cummins 2000; Jozefowicz, Zaremba and Sutskever 2015).
  float forget_bias = 0;
  RecurrentOutput output = RecurrentOutput::sequence;
  Initializer recurrent_initializer = {};  ///< of weight_hh, of each gate by itself
  std::optional<Key> key = {};             ///< of the first values; see starting_key()
  DType dtype = DType::f32;

  void fields(OptionVisitor& v);
  void infer(const Shape& input);
};

/// States of an LSTM after a step: hidden and cell, each (layers * directions, batch, hidden_size),
/// layer 0 forwards first, then layer 0 backwards. Undefined: zeros.
struct LstmState {
  Tensor hidden = {};
  Tensor cell = {};
};

struct LstmOutput {
  Tensor sequence;  ///< (batch, time, hidden_size), twice that where directions are concatenated
  Tensor last;      ///< (batch, the same): each direction's state after its last step
  LstmState state;
};

/// What a recurrent layer may be given beside its input.
struct LstmStart {
  LstmState state = {};
  /// i64 (batch): how many steps of each row count. What lies behind them changes nothing; there
  /// the sequence is 0, and the last state is the one after the last step that counts.
  Tensor lengths = {};
};

/// Long short-term memory; gates in the order i, f, g, o. Formulas and sources: ops/recurrent.h.
///
///     nn::LSTM lstm{{.in = 28, .hidden_size = 128, .output = nn::RecurrentOutput::last}};
///     auto [sequence, last, state] = lstm.run(x, context, {.lengths = lengths});
struct LSTM : LayerOf<LSTM> {
  static constexpr const char* kKind = "lstm";
  LstmOptions options;
  std::vector<RecurrentWeights> weights;  // of layers, each in its directions

  explicit LSTM(const LstmOptions& chosen);
  Tensor operator()(const Tensor& x, Context& context) const;  // (batch, time, in) -> see output
  LstmOutput run(const Tensor& x, Context& context, const LstmStart& start = {}) const;
  void visit(Visitor& v) override;
  void initialize(const Key& key) override;
};

/// States of a plain network or a GRU after a step and what else a call of it gives.
struct RecurrentResult {
  Tensor sequence;  ///< (batch, time, hidden_size), twice that where directions are concatenated
  Tensor last;      ///< (batch, the same): each direction's state after its last step
  Tensor state;     ///< (layers * directions, batch, hidden_size), layer 0 forwards first
};
/// What it may be given beside its input.
struct RecurrentStart {
  Tensor state = {};    ///< as in RecurrentResult; undefined: zeros
  Tensor lengths = {};  ///< as in LstmStart
};

struct RnnOptions {
  std::int64_t in = 0;
  std::int64_t hidden_size = 0;
  std::int64_t layers = 1;     ///< above each other: layer l reads the states of layer l - 1
  bool bidirectional = false;  ///< each layer reads forwards, and with its own weights backwards
  Merge merge = Merge::concatenate;
  float dropout = 0;  ///< rate between layers, in training
  bool bias = true;
  RnnActivation activation = RnnActivation::tanh;
  RecurrentOutput output = RecurrentOutput::sequence;
  Initializer recurrent_initializer = {};
  std::optional<Key> key = {};
  DType dtype = DType::f32;

  void fields(OptionVisitor& v);
  void infer(const Shape& input);
};

/// A plain recurrent network: h' = tanh(x weight_ih^T + bias_ih + h weight_hh^T + bias_hh), or
/// relu.
struct RNN : LayerOf<RNN> {
  static constexpr const char* kKind = "rnn";
  RnnOptions options;
  std::vector<RecurrentWeights> weights;  // of layers, each in its directions

  explicit RNN(const RnnOptions& chosen);
  Tensor operator()(const Tensor& x, Context& context) const;  // (batch, time, in) -> see output
  RecurrentResult run(const Tensor& x, Context& context, const RecurrentStart& start = {}) const;
  void visit(Visitor& v) override;
  void initialize(const Key& key) override;
};

struct GruOptions {
  std::int64_t in = 0;
  std::int64_t hidden_size = 0;
  std::int64_t layers = 1;     ///< above each other: layer l reads the states of layer l - 1
  bool bidirectional = false;  ///< each layer reads forwards, and with its own weights backwards
  Merge merge = Merge::concatenate;
  float dropout = 0;  ///< rate between layers, in training
  bool bias = true;
  UpdateGate update = UpdateGate::keeps_state;
  ResetGate reset = ResetGate::after_product;
  RecurrentOutput output = RecurrentOutput::sequence;
  Initializer recurrent_initializer = {};
  std::optional<Key> key = {};
  DType dtype = DType::f32;

  void fields(OptionVisitor& v);
  void infer(const Shape& input);
};

/// A gated recurrent unit; gates in the order r, z, n. Formulas and sources: ops/recurrent.h.
struct GRU : LayerOf<GRU> {
  static constexpr const char* kKind = "gru";
  GruOptions options;
  std::vector<RecurrentWeights> weights;  // of layers, each in its directions

  explicit GRU(const GruOptions& chosen);
  Tensor operator()(const Tensor& x, Context& context) const;  // (batch, time, in) -> see output
  RecurrentResult run(const Tensor& x, Context& context, const RecurrentStart& start = {}) const;
  void visit(Visitor& v) override;
  void initialize(const Key& key) override;
};

}  // namespace gradus::nn
