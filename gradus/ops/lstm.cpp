#include <cmath>
#include <cstring>

#include "gradus/memory/allocator.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/lstm_attributes.h"
#include "gradus/ops/lstm_cell.h"
#include "gradus/ops/prepared_operand.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/recurrent.h"
#include "gradus/ops/reduce.h"

namespace gradus {
namespace {

constexpr std::size_t kInputs = 4;  // projected, weight, state, cell

Specs infer_lstm(const InferContext& context) {
  const Shape& projected = context.shape(0);
  const std::int64_t hidden = hidden_size_of(context, context.shape(1), 4);
  check_projected(context, 4 * hidden);
  const std::int64_t time = projected[0], batch = projected[1];
  check_recurrent_inputs(context, {{"weight", 1, {4 * hidden, hidden}},
                                   {"state", 2, {batch, hidden}},
                                   {"cell", 3, {batch, hidden}}});
  check_lstm_extras(context, kInputs, batch, hidden);
  const DType dtype = context.dtype(0);
  return {
      {{time + 1, batch, hidden}, dtype}, {{time + 1, batch, hidden}, dtype}, {projected, dtype}};
}

Inputs lstm_vjp(const VjpContext& context) {
  const auto& attributes = context.attributes.as<LstmAttributes>();
  const Tensor& states = context.outputs[0];
  const Tensor& cells = context.outputs[1];
  const Tensor& gates = context.outputs[2];
  const LstmExtras extras(context.inputs, kInputs, attributes);
  const LstmGradients found = lstm_gradient(
      gates, cells, context.inputs[1], gradient_or_zeros(context.gradients[0], states),
      gradient_or_zeros(context.gradients[1], cells),
      gradient_or_zeros(context.gradients[2], gates), extras, attributes);
  Inputs results(context.inputs.size(), Tensor());
  results[0] = found.projected;
  if (context.needed[1]) {
    results[1] = weight_gradient(found.projected, states_before(states, attributes.reverse));
  }
  results[2] = found.state;
  results[3] = found.cell;
  if (attributes.peepholes && context.needed[kInputs]) {
    const Tensors of_gates = split(found.projected, 4, 2);
    const Tensor before = states_before(cells, attributes.reverse);
    const Tensor after = states_after(cells, attributes.reverse);
    const ReduceOptions over_rows{.axes = {0, 1}};
    results[kInputs] =
        stack({sum(of_gates[0] * before, over_rows), sum(of_gates[1] * before, over_rows),
               sum(of_gates[3] * after, over_rows)});
  }
  return results;
}

/// The arrays of a call, row-major, and its outputs made.
struct Call {
  Array projected, weight, peepholes, lengths;
  Array *states, *cells, *gates;
  Sequence sequence;

  explicit Call(const KernelContext& context)
      : projected(row_major_copy(context.input(0))),
        weight(row_major_copy(context.input(1))),
        states(&context.allocate(0)),
        cells(&context.allocate(1)),
        gates(&allocate_over(context, 2, 0)) {
    const auto& attributes = context.attributes<LstmAttributes>();
    const Shape& shape = gates->shape;
    sequence = {shape[0], shape[1], weight.shape[1], attributes.reverse};
    std::size_t place = kInputs;
    if (attributes.peepholes) peepholes = row_major_copy(context.input(place++));
    if (attributes.lengths) {
      lengths = checked_lengths(context, context.input(place), sequence.time);
      sequence.lengths = lengths.data<std::int64_t>();
    }
    copy_to_slot(context.input(2), *states, sequence.first_slot());
    copy_to_slot(context.input(3), *cells, sequence.first_slot());
  }
};

void run_vectors(const KernelContext& context) {
  Call call(context);
  const Sequence& sequence = call.sequence;
  const std::int64_t n = sequence.hidden;
  const DType dtype = call.projected.dtype;
  const bool starts_at_zero = is_constant_zero(context.input(2));
  const ConstRows projected = rows_of(call.projected);
  const MutableRows states = mutable_rows_of(*call.states), cells = mutable_rows_of(*call.cells);
  const MutableRows gates = mutable_rows_of(*call.gates);
  const std::byte* peepholes = call.peepholes.has_data() ? call.peepholes.bytes() : nullptr;
  const PreparedOperand weight({dtype, n, 4 * n, call.weight.bytes(), 1, n}, sequence.batch);
  sequence.for_groups(4 * n * n, [&](std::int64_t begin, std::int64_t end) {
    const Buffer product = allocate(static_cast<std::size_t>(end - begin) * gates.row_bytes());
    for (std::int64_t step = 0; step < sequence.time; ++step) {
      const std::int64_t t = sequence.place(step);
      const std::int64_t before = sequence.slot_before(t), after = sequence.slot_after(t);
      const auto count = [&](std::int64_t first, std::int64_t rows) {
        if (step == 0 && starts_at_zero) {
          std::memset(product.data(), 0, static_cast<std::size_t>(rows) * gates.row_bytes());
        } else {
          weight.multiply(rows, states.at(before, first), n, product.data(), 4 * n);
        }
        step_lstm({dtype, rows, n, projected.at(t, first), product.data(), peepholes,
                   cells.at(before, first), gates.at(t, first), cells.at(after, first),
                   states.at(after, first)});
      };
      const auto hold = [&](std::int64_t row) {
        std::memcpy(states.at(after, row), states.at(before, row), states.row_bytes());
        std::memcpy(cells.at(after, row), cells.at(before, row), cells.row_bytes());
        std::memset(gates.at(t, row), 0, gates.row_bytes());
      };
      sequence.for_rows(t, begin, end, count, hold);
    }
  });
}

template <class T>
T sigmoid_of(T x) {
  return 1 / (1 + std::exp(-x));
}

/// The formulas of recurrent.h, element by element.
template <class T>
void run_plainly(const KernelContext& context) {
  Call call(context);
  const Sequence& sequence = call.sequence;
  const std::int64_t n = sequence.hidden, batch = sequence.batch;
  const T* peepholes = call.peepholes.has_data() ? call.peepholes.data<T>() : nullptr;
  for (std::int64_t step = 0; step < sequence.time; ++step) {
    const std::int64_t t = sequence.place(step);
    for (std::int64_t row = 0; row < batch; ++row) {
      const std::int64_t before = (sequence.slot_before(t) * batch + row) * n;
      const std::int64_t after = (sequence.slot_after(t) * batch + row) * n;
      T* const states = call.states->mutable_data<T>();
      T* const cells = call.cells->mutable_data<T>();
      T* const gates = call.gates->mutable_data<T>() + (t * batch + row) * 4 * n;
      if (!sequence.counts(t, row)) {
        std::copy_n(states + before, n, states + after);
        std::copy_n(cells + before, n, cells + after);
        std::fill_n(gates, 4 * n, T(0));
        continue;
      }
      for (std::int64_t j = 0; j < n; ++j) {
        const auto reached = [&](std::int64_t gate) {
          const std::int64_t place = gate * n + j;
          double total = call.projected.data<T>()[(t * batch + row) * 4 * n + place];
          for (std::int64_t k = 0; k < n; ++k) {
            total += double{call.weight.data<T>()[place * n + k]} * states[before + k];
          }
          return total;
        };
        const double c = cells[before + j];
        const double in = sigmoid_of(reached(0) + (peepholes ? peepholes[j] * c : 0));
        const double forget = sigmoid_of(reached(1) + (peepholes ? peepholes[n + j] * c : 0));
        const double candidate = std::tanh(reached(2));
        const double cell = forget * c + in * candidate;
        const double out = sigmoid_of(reached(3) + (peepholes ? peepholes[2 * n + j] * cell : 0));
        gates[j] = static_cast<T>(in);
        gates[n + j] = static_cast<T>(forget);
        gates[2 * n + j] = static_cast<T>(candidate);
        gates[3 * n + j] = static_cast<T>(out);
        cells[after + j] = static_cast<T>(cell);
        states[after + j] = static_cast<T>(out * std::tanh(cell));
      }
    }
  }
}

void run_reference(const KernelContext& context) {
  context.input().dtype == DType::f32 ? run_plainly<float>(context) : run_plainly<double>(context);
}

Sample sample_of(const char* name, std::int64_t time, std::int64_t batch, std::int64_t hidden,
                 const LstmAttributes& attributes) {
  Sample sample{
      .name = name,
      .inputs = {sample_wave({time, batch, 4 * hidden}, 1.5, 0.3), sample_weight(4, hidden, 1),
                 sample_wave({batch, hidden}, 0.7, 2), sample_wave({batch, hidden}, 1.2, 3)},
      .attributes = attributes};
  if (attributes.peepholes) sample.inputs.push_back(sample_wave({3, hidden}, 0.9, 4));
  if (attributes.lengths) sample.inputs.push_back(sample_lengths(batch, time));
  return sample;
}

}  // namespace

std::vector<Sample> lstm_samples(Sample (*sample)(const char* name, std::int64_t time,
                                                  std::int64_t batch, std::int64_t hidden,
                                                  const LstmAttributes& attributes)) {
  std::vector<Sample> samples{
      sample("three steps", 3, 2, 2, {}),
      sample("one row", 2, 1, 3, {}),
      sample("packed weight", 2, 7, 9, {}),
      sample("backwards", 3, 2, 2, {.reverse = true}),
      sample("peepholes", 3, 2, 2, {.peepholes = true}),
      sample("lengths", 3, 4, 2, {.lengths = true}),
      sample("all options", 3, 4, 2, {.peepholes = true, .lengths = true, .reverse = true}),
      sample("no steps", 0, 2, 2, {}),
      sample("several groups of rows", 4, 128, 32, {}),
  };
  // Sums over 16,384 gates: differences of f64 values would say less than those above, and sums of
  // 128 products in another order differ in f32.
  samples.back().differentiable = false;
  samples.back().tolerance = 1e-5;
  return samples;
}

const OpDef kLstm{
    .name = "lstm",
    .doc =
        "Long short-term memory over a sequence: states and cells from the given ones on, and the "
        "gates. (time, batch, 4 hidden), (4 hidden, hidden), (batch, hidden), (batch, hidden), "
        "optional peepholes (3, hidden), optional lengths i64 (batch) -> (time + 1, batch, "
        "hidden), (time + 1, batch, hidden), (time, batch, 4 hidden)",
    .minimum_inputs = 4,
    .maximum_inputs = 6,
    .infer = infer_lstm,
    .vjp = lstm_vjp,
    .kernels = {{"vectors", nullptr, run_vectors}, {"reference", nullptr, run_reference}},
    .samples = [] { return lstm_samples(sample_of); },
    .multiply_adds =
        [](const KernelContext& call) {
          return call.input(0).shape.size() * call.input(1).shape[1];
        },
};

LstmResult lstm(const Tensor& projected, const Tensor& weight, const Tensor& state,
                const Tensor& cell, const Tensor& peepholes, const RecurrenceOptions& options) {
  const LstmAttributes attributes{peepholes.defined(), options.lengths.defined(), options.reverse};
  Inputs inputs{projected, weight, state, cell};
  if (attributes.peepholes) inputs.push_back(peepholes);
  if (attributes.lengths) inputs.push_back(options.lengths);
  const auto results = apply_all(kLstm, std::move(inputs), attributes);
  const std::int64_t last = attributes.reverse ? 0 : projected.shape()[0];
  return {states_after(results[0], attributes.reverse), select(results[0], 0, last),
          select(results[1], 0, last)};
}

}  // namespace gradus
