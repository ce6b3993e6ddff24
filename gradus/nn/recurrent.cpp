#include "gradus/nn/recurrent.h"

#include "gradus/nn/recurrent_stack.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/rearrange.h"

namespace gradus::nn {
namespace {

std::span<const char* const> merge_names() {
  static constexpr const char* kNames[] = {"concatenate", "sum"};
  return kNames;
}
std::span<const char* const> output_names() {
  static constexpr const char* kNames[] = {"sequence", "last"};
  return kNames;
}

std::span<const char* const> activation_names() {
  static constexpr const char* kNames[] = {"tanh", "relu"};
  return kNames;
}
std::span<const char* const> update_names() {
  static constexpr const char* kNames[] = {"keeps_state", "takes_candidate"};
  return kNames;
}
std::span<const char* const> reset_names() {
  static constexpr const char* kNames[] = {"after_product", "before_product"};
  return kNames;
}

template <class Options>
StackOptions stack_of(const char* kind, const Options& o, std::int64_t gates) {
  return {.kind = kind,
          .in = o.in,
          .hidden_size = o.hidden_size,
          .layers = o.layers,
          .gates = gates,
          .bidirectional = o.bidirectional,
          .merge = o.merge,
          .dropout = o.dropout,
          .bias = o.bias,
          .recurrent_initializer = o.recurrent_initializer,
          .dtype = o.dtype};
}
StackOptions stack_of(const RnnOptions& o) { return stack_of(RNN::kKind, o, 1); }
StackOptions stack_of(const GruOptions& o) { return stack_of(GRU::kKind, o, 3); }
StackOptions stack_of(const LstmOptions& o) {
  StackOptions stack = stack_of(LSTM::kKind, o, 4);
  stack.peepholes = o.peepholes;
  return stack;
}

template <class Options>
void visit_sizes(OptionVisitor& v, Options& o) {
  v("in", o.in);
  v("hidden_size", o.hidden_size);
  v("layers", o.layers);
  v("bidirectional", o.bidirectional);
  v("merge", o.merge, merge_names());
  v("dropout", o.dropout);
  v("bias", o.bias);
  v("output", o.output, output_names());
  v("recurrent_initializer", o.recurrent_initializer.kind, initialization_names());
}

template <class Options>
void infer_in(Options& o, const Shape& input) {
  if (o.in == 0 && input.rank() > 0) o.in = input.back();
}

template <class Options>
Key first_key(const char* kind, const Options& o) {
  check_stack(stack_of(o));
  return starting_key(o.key, kind, {o.in, o.hidden_size, o.layers});
}

/// The inputs of all steps after one product; the recurrent bias with them, where it may be.
Tensor project(const RecurrentWeights& weights, const Tensor& x) {
  return linear(x, weights.weight_ih,
                weights.bias_ih ? *weights.bias_ih + *weights.bias_hh : Tensor());
}

DirectionResult run_lstm(const RecurrentWeights& weights, const Tensor& x, const Tensors& states,
                         const RecurrenceOptions& options) {
  const LstmResult found = lstm(project(weights, x), weights.weight_hh, states[0], states[1],
                                weights.peepholes ? *weights.peepholes : Tensor(), options);
  return {found.states, {found.last_state, found.last_cell}};
}

}  // namespace

void LstmOptions::fields(OptionVisitor& v) {
  visit_sizes(v, *this);
  v("peepholes", peepholes);
  v("forget_bias", forget_bias);
}
void LstmOptions::infer(const Shape& input) { infer_in(*this, input); }

LSTM::LSTM(const LstmOptions& chosen) : options(chosen) { initialize(first_key(kKind, options)); }

void LSTM::initialize(const Key& key) {
  weights = draw_weights(stack_of(options), key);
  if (!options.bias || options.forget_bias == 0) return;
  const Shape gate{options.hidden_size};
  const Tensor none = zeros(gate, options.dtype);
  const Tensor added =
      concatenate({none, full(gate, options.forget_bias, options.dtype), none, none});
  for (RecurrentWeights& each : weights) each.bias_ih = *each.bias_ih + added;
}

Tensor LSTM::operator()(const Tensor& x, Context& context) const {
  const LstmOutput found = run(x, context);
  return options.output == RecurrentOutput::last ? found.last : found.sequence;
}

LstmOutput LSTM::run(const Tensor& x, Context& context, const LstmStart& start) const {
  const StackResult found =
      run_stack(stack_of(options), weights, x, {start.state.hidden, start.state.cell},
                start.lengths, context, run_lstm);
  return {found.sequence, found.last, {found.last_states[0], found.last_states[1]}};
}

void LSTM::visit(Visitor& v) { visit_weights(v, weights, options.bidirectional); }

void RnnOptions::fields(OptionVisitor& v) {
  visit_sizes(v, *this);
  v("activation", activation, activation_names());
}
void RnnOptions::infer(const Shape& input) { infer_in(*this, input); }

RNN::RNN(const RnnOptions& chosen) : options(chosen) { initialize(first_key(kKind, options)); }

void RNN::initialize(const Key& key) { weights = draw_weights(stack_of(options), key); }

Tensor RNN::operator()(const Tensor& x, Context& context) const {
  const RecurrentResult found = run(x, context);
  return options.output == RecurrentOutput::last ? found.last : found.sequence;
}

RecurrentResult RNN::run(const Tensor& x, Context& context, const RecurrentStart& start) const {
  const auto direction = [this](const RecurrentWeights& own, const Tensor& inputs,
                                const Tensors& states, const RecurrenceOptions& order) {
    const RnnResult found =
        rnn(project(own, inputs), own.weight_hh, states[0], options.activation, order);
    return DirectionResult{found.states, {found.last_state}};
  };
  const StackResult found =
      run_stack(stack_of(options), weights, x, {start.state}, start.lengths, context, direction);
  return {found.sequence, found.last, found.last_states[0]};
}

void RNN::visit(Visitor& v) { visit_weights(v, weights, options.bidirectional); }

void GruOptions::fields(OptionVisitor& v) {
  visit_sizes(v, *this);
  v("update", update, update_names());
  v("reset", reset, reset_names());
}
void GruOptions::infer(const Shape& input) { infer_in(*this, input); }

GRU::GRU(const GruOptions& chosen) : options(chosen) { initialize(first_key(kKind, options)); }

void GRU::initialize(const Key& key) { weights = draw_weights(stack_of(options), key); }

Tensor GRU::operator()(const Tensor& x, Context& context) const {
  const RecurrentResult found = run(x, context);
  return options.output == RecurrentOutput::last ? found.last : found.sequence;
}

RecurrentResult GRU::run(const Tensor& x, Context& context, const RecurrentStart& start) const {
  const GruConvention convention{options.update, options.reset};
  const auto direction = [&](const RecurrentWeights& own, const Tensor& inputs,
                             const Tensors& states, const RecurrenceOptions& order) {
    const Tensor projected = linear(inputs, own.weight_ih, own.bias_ih ? *own.bias_ih : Tensor());
    const GruResult found = gru(projected, own.weight_hh, own.bias_hh ? *own.bias_hh : Tensor(),
                                states[0], convention, order);
    return DirectionResult{found.states, {found.last_state}};
  };
  const StackResult found =
      run_stack(stack_of(options), weights, x, {start.state}, start.lengths, context, direction);
  return {found.sequence, found.last, found.last_states[0]};
}

void GRU::visit(Visitor& v) { visit_weights(v, weights, options.bidirectional); }

}  // namespace gradus::nn
