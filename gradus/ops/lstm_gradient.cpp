#include <cmath>
#include <cstring>

#include "gradus/memory/allocator.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/lstm_attributes.h"
#include "gradus/ops/lstm_cell.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/prepared_operand.h"
#include "gradus/ops/pull_back.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/recurrent.h"
#include "gradus/ops/select.h"
#include "gradus/ops/transcendental.h"

namespace gradus {

LstmExtras::LstmExtras(std::span<const Tensor> inputs, std::size_t others,
                       const LstmAttributes& attributes) {
  if (attributes.peepholes) peepholes = inputs[others];
  if (attributes.lengths) lengths = inputs[others + attributes.peepholes];
}

void check_lstm_extras(const InferContext& context, std::size_t others, std::int64_t batch,
                       std::int64_t hidden) {
  const auto& attributes = context.attributes.as<LstmAttributes>();
  if (attributes.peepholes) {
    check_recurrent_inputs(context, {{"peepholes", others, {3, hidden}}});
  }
  if (attributes.lengths) check_lengths(context, others + attributes.peepholes, batch);
}

LstmGradients lstm_gradient(const Tensor& gates, const Tensor& cells, const Tensor& weight,
                            const Tensor& of_states, const Tensor& of_cells, const Tensor& of_gates,
                            const LstmExtras& extras, const LstmAttributes& attributes) {
  Inputs inputs{gates, cells, weight, of_states, of_cells, of_gates};
  if (attributes.peepholes) inputs.push_back(extras.peepholes);
  if (attributes.lengths) inputs.push_back(extras.lengths);
  const auto results = apply_all(kLstmGradient, std::move(inputs), attributes);
  return {results[0], results[1], results[2]};
}

namespace {

constexpr std::size_t kInputs = 6;  // gates, cells, weight, and gradients of states, cells, gates

Specs infer_gradient(const InferContext& context) {
  const std::int64_t hidden = hidden_size_of(context, context.shape(2), 4);
  check_projected(context, 4 * hidden);
  const Shape& gates = context.shape(0);
  const std::int64_t batch = gates[1];
  const Shape states{gates[0] + 1, batch, hidden};
  check_recurrent_inputs(context, {{"cells", 1, states},
                                   {"weight", 2, {4 * hidden, hidden}},
                                   {"gradient of the states", 3, states},
                                   {"gradient of the cells", 4, states},
                                   {"gradient of the gates", 5, gates}});
  check_lstm_extras(context, kInputs, batch, hidden);
  const DType dtype = context.dtype(0);
  return {{gates, dtype}, {{batch, hidden}, dtype}, {{batch, hidden}, dtype}};
}

/// The gradient as small operations, step by step, back through time.
Tensors compose(const Tensors& inputs, const Attributes& given) {
  const auto& attributes = given.as<LstmAttributes>();
  const Tensor &gates = inputs[0], &cells = inputs[1], &weight = inputs[2];
  const LstmExtras extras(inputs, kInputs, attributes);
  const std::int64_t time = gates.shape()[0];
  const Sequence sequence{time, gates.shape()[1], weight.shape()[1], attributes.reverse};
  const Tensor counts = attributes.lengths ? steps_that_count(extras.lengths, time) : Tensor();
  const std::int64_t last = sequence.last_slot();
  Tensor of_state = select(inputs[3], 0, last), of_cell = select(inputs[4], 0, last);
  Tensors of_projected(static_cast<std::size_t>(time));
  const auto peephole = [&](std::int64_t gate) { return select(extras.peepholes, 0, gate); };
  for (std::int64_t step = time - 1; step >= 0; --step) {
    const std::int64_t t = sequence.place(step), before = sequence.slot_before(t);
    const Tensors gate = split(select(gates, 0, t), 4, 1);
    const Tensors of_gate = split(select(inputs[5], 0, t), 4, 1);
    const Tensor cell_before = select(cells, 0, before);
    const Tensor bounded = tanh(select(cells, 0, sequence.slot_after(t)));
    const auto through_sigmoid = [](const Tensor& g, const Tensor& y) { return g * y * (1 - y); };
    const Tensor out = through_sigmoid(of_state * bounded + of_gate[3], gate[3]);
    Tensor c = of_cell + of_state * gate[3] * (1 - square(bounded));
    if (attributes.peepholes) c = c + out * peephole(2);
    const Tensor in = through_sigmoid(c * gate[2] + of_gate[0], gate[0]);
    const Tensor forget = through_sigmoid(c * cell_before + of_gate[1], gate[1]);
    const Tensor candidate = (c * gate[0] + of_gate[2]) * (1 - square(gate[2]));
    Tensor passed = c * gate[1];
    if (attributes.peepholes) passed = passed + in * peephole(0) + forget * peephole(1);
    Tensor of_row = concatenate({in, forget, candidate, out}, 1);
    Tensor reached = matmul(of_row, weight);
    if (counts.defined()) {
      const Tensor counting = select(counts, 0, t);
      of_row = where(counting, of_row, number_like(0, of_row));
      reached = where(counting, reached, of_state);
      passed = where(counting, passed, of_cell);
    }
    of_projected[static_cast<std::size_t>(t)] = of_row;
    of_state = reached + select(inputs[3], 0, before);
    of_cell = passed + select(inputs[4], 0, before);
  }
  const Tensor all = time > 0 ? stack(of_projected) : gates;
  return {all, of_state, of_cell};
}

Inputs gradient_vjp(const VjpContext& context) { return pull_back_through(compose, context); }

/// The arrays of a call, row-major, and its outputs made.
struct Call {
  Array gates, cells, weight, of_states, of_cells, of_gates, peepholes, lengths;
  Array *of_projected, *of_state, *of_cell;
  Sequence sequence;

  explicit Call(const KernelContext& context)
      : gates(row_major_copy(context.input(0))),
        cells(row_major_copy(context.input(1))),
        weight(row_major_copy(context.input(2))),
        of_states(row_major_unless_zero(context.input(3))),
        of_cells(row_major_unless_zero(context.input(4))),
        of_gates(row_major_unless_zero(context.input(5))),
        of_projected(&allocate_over(context, 0, 0)),
        of_state(&context.allocate(1)),
        of_cell(&context.allocate(2)) {
    const auto& attributes = context.attributes<LstmAttributes>();
    sequence = {gates.shape[0], gates.shape[1], weight.shape[1], attributes.reverse};
    std::size_t place = kInputs;
    if (attributes.peepholes) peepholes = row_major_copy(context.input(place++));
    if (attributes.lengths) {
      lengths = checked_lengths(context, context.input(place), sequence.time);
      sequence.lengths = lengths.data<std::int64_t>();
    }
    fill_with_zeros(*of_state);
    fill_with_zeros(*of_cell);
    const ConstRows cells_given = rows_of(of_cells);
    for (std::int64_t row = 0; row < sequence.batch; ++row) {
      add_row(gates.dtype, cells_given.at(sequence.last_slot(), row), sequence.hidden,
              mutable_rows_of(*of_cell).at(0, row));
    }
  }
};

void run_vectors(const KernelContext& context) {
  Call call(context);
  const Sequence& sequence = call.sequence;
  const std::int64_t n = sequence.hidden;
  const DType dtype = call.gates.dtype;
  const ConstRows gates = rows_of(call.gates), cells = rows_of(call.cells);
  const ConstRows given_states = rows_of(call.of_states), given_cells = rows_of(call.of_cells);
  const ConstRows given_gates = rows_of(call.of_gates);
  const MutableRows projected = mutable_rows_of(*call.of_projected);
  const MutableRows of_state = mutable_rows_of(*call.of_state);
  const MutableRows of_cell = mutable_rows_of(*call.of_cell);
  const std::byte* peepholes = call.peepholes.has_data() ? call.peepholes.bytes() : nullptr;
  const PreparedOperand weight({dtype, 4 * n, n, call.weight.bytes(), n, 1}, sequence.batch);
  sequence.for_groups(4 * n * n, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t step = sequence.time - 1; step >= 0; --step) {
      const std::int64_t t = sequence.place(step);
      const std::int64_t before = sequence.slot_before(t), after = sequence.slot_after(t);
      const auto count = [&](std::int64_t first, std::int64_t rows) {
        step_lstm_gradient({dtype, rows, n, gates.at(t, first), peepholes, cells.at(before, first),
                            cells.at(after, first), of_state.at(0, first),
                            given_states.at(after, first), given_cells.at(before, first),
                            given_gates.at(t, first), of_cell.at(0, first),
                            projected.at(t, first)});
        weight.multiply(rows, projected.at(t, first), 4 * n, of_state.at(0, first), n);
      };
      const auto hold = [&](std::int64_t row) {
        add_row(dtype, given_states.at(after, row), n, of_state.at(0, row));
        add_row(dtype, given_cells.at(before, row), n, of_cell.at(0, row));
        std::memset(projected.at(t, row), 0, projected.row_bytes());
      };
      sequence.for_rows(t, begin, end, count, hold);
    }
    for (std::int64_t row = begin; row < end; ++row) {
      add_row(dtype, given_states.at(sequence.first_slot(), row), n, of_state.at(0, row));
    }
  });
}

/// The derivative of the formulas of recurrent.h, element by element.
template <class T>
void run_plainly(const KernelContext& context) {
  Call call(context);
  const Sequence& sequence = call.sequence;
  const std::int64_t n = sequence.hidden, batch = sequence.batch;
  const T* peepholes = call.peepholes.has_data() ? call.peepholes.data<T>() : nullptr;
  T* const of_state = call.of_state->mutable_data<T>();
  T* const of_cell = call.of_cell->mutable_data<T>();
  const auto given = [](const Array& array, std::int64_t place) {
    return array.has_data() ? double{array.data<T>()[place]} : 0.0;
  };
  const auto derivative_at = [](double y) { return y * (1 - y); };
  for (std::int64_t row = 0; row < batch; ++row) {
    T* const h = of_state + row * n;
    T* const c = of_cell + row * n;
    for (std::int64_t step = sequence.time - 1; step >= 0; --step) {
      const std::int64_t t = sequence.place(step);
      const std::int64_t before = (sequence.slot_before(t) * batch + row) * n;
      const std::int64_t after = (sequence.slot_after(t) * batch + row) * n;
      const std::int64_t place = (t * batch + row) * 4 * n;
      T* const projected = call.of_projected->mutable_data<T>() + place;
      for (std::int64_t j = 0; j < n; ++j) {
        h[j] = static_cast<T>(h[j] + given(call.of_states, after + j));
      }
      if (!sequence.counts(t, row)) {
        std::fill_n(projected, 4 * n, T(0));
        for (std::int64_t j = 0; j < n; ++j) {
          c[j] = static_cast<T>(c[j] + given(call.of_cells, before + j));
        }
        continue;
      }
      for (std::int64_t j = 0; j < n; ++j) {
        const auto gate = [&](std::int64_t g) {
          return double{call.gates.data<T>()[place + g * n + j]};
        };
        const auto of_gate = [&](std::int64_t g) {
          return given(call.of_gates, place + g * n + j);
        };
        const auto peephole = [&](std::int64_t g) {
          return peepholes ? double{peepholes[g * n + j]} : 0.0;
        };
        const double bounded = std::tanh(double{call.cells.data<T>()[after + j]});
        const double cell_before = call.cells.data<T>()[before + j];
        const double out = (h[j] * bounded + of_gate(3)) * derivative_at(gate(3));
        const double cell = c[j] + h[j] * gate(3) * (1 - bounded * bounded) + out * peephole(2);
        const double in = (cell * gate(2) + of_gate(0)) * derivative_at(gate(0));
        const double forget = (cell * cell_before + of_gate(1)) * derivative_at(gate(1));
        const double candidate = (cell * gate(0) + of_gate(2)) * (1 - gate(2) * gate(2));
        c[j] = static_cast<T>(cell * gate(1) + in * peephole(0) + forget * peephole(1) +
                              given(call.of_cells, before + j));
        projected[j] = static_cast<T>(in);  // may lie where the gates do
        projected[n + j] = static_cast<T>(forget);
        projected[2 * n + j] = static_cast<T>(candidate);
        projected[3 * n + j] = static_cast<T>(out);
      }
      for (std::int64_t k = 0; k < n; ++k) {
        double total = 0;
        for (std::int64_t j = 0; j < 4 * n; ++j) {
          total += double{projected[j]} * call.weight.data<T>()[j * n + k];
        }
        h[k] = static_cast<T>(total);
      }
    }
    const std::int64_t first = (sequence.first_slot() * batch + row) * n;
    for (std::int64_t j = 0; j < n; ++j) {
      h[j] = static_cast<T>(h[j] + given(call.of_states, first + j));
    }
  }
}

void run_reference(const KernelContext& context) {
  context.input().dtype == DType::f32 ? run_plainly<float>(context) : run_plainly<double>(context);
}

Sample sample_of(const char* name, std::int64_t time, std::int64_t batch, std::int64_t hidden,
                 const LstmAttributes& attributes) {
  const Shape states{time + 1, batch, hidden}, gates{time, batch, 4 * hidden};
  Sample sample{.name = name,
                .inputs = {sample_wave(gates, 0.8, 0.3), sample_wave(states, 1.2, 1),
                           sample_weight(4, hidden, 2), sample_wave(states, 1, 3),
                           sample_wave(states, 0.7, 4), sample_wave(gates, 0.5, 5)},
                .attributes = attributes};
  if (attributes.peepholes) sample.inputs.push_back(sample_wave({3, hidden}, 0.9, 6));
  if (attributes.lengths) sample.inputs.push_back(sample_lengths(batch, time));
  return sample;
}

std::vector<Sample> gradient_samples() {
  std::vector<Sample> samples = lstm_samples(sample_of);
  samples.push_back(sample_of("gradient of the states alone", 3, 2, 2, {}));
  Tensors& inputs = samples.back().inputs;
  inputs[4] = zeros_like(inputs[4]);
  inputs[5] = zeros_like(inputs[5]);
  return samples;
}

}  // namespace

const OpDef kLstmGradient{
    .name = "lstm_gradient",
    .doc =
        "Gradients of lstm, back through time: of what it is given for each step, of the first "
        "state and the first cell, from its gates and cells and the gradients of its states, "
        "cells and gates. (time, batch, 4 hidden), (time + 1, batch, hidden), (4 hidden, hidden), "
        "(time + 1, batch, hidden), (time + 1, batch, hidden), (time, batch, 4 hidden), optional "
        "peepholes (3, hidden), optional lengths i64 (batch) -> (time, batch, 4 hidden), (batch, "
        "hidden), (batch, hidden)",
    .minimum_inputs = 6,
    .maximum_inputs = 8,
    .infer = infer_gradient,
    .vjp = gradient_vjp,
    .kernels = {{"vectors", nullptr, run_vectors}, {"reference", nullptr, run_reference}},
    .samples = gradient_samples,
    .multiply_adds =
        [](const KernelContext& call) {
          return call.output(0).shape.size() * call.input(2).shape[1];
        },
};

}  // namespace gradus
