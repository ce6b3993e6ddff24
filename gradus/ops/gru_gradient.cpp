#include <cmath>
#include <cstring>

#include "gradus/memory/allocator.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/gru_attributes.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/prepared_operand.h"
#include "gradus/ops/pull_back.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/recurrent.h"
#include "gradus/ops/select.h"

namespace gradus {

GruGradients gru_gradient(const Tensor& gates, const Tensor& states, const Tensor& weight,
                          const Tensor& of_states, const Tensor& of_gates, const Tensor& lengths,
                          const GruAttributes& attributes) {
  Inputs inputs{gates, states, weight, of_states, of_gates};
  if (attributes.lengths) inputs.push_back(lengths);
  const auto results = apply_all(kGruGradient, std::move(inputs), attributes);
  return {results[0], results[1]};
}

namespace {

constexpr std::size_t kInputs = 5;  // gates, states, weight, and gradients of states and gates

Specs infer_gradient(const InferContext& context) {
  const auto& attributes = context.attributes.as<GruAttributes>();
  const std::int64_t hidden = hidden_size_of(context, context.shape(2), 3);
  check_projected(context, attributes.form().saved() * hidden);
  const Shape& gates = context.shape(0);
  const std::int64_t time = gates[0], batch = gates[1];
  const Shape states{time + 1, batch, hidden};
  check_recurrent_inputs(context, {{"states", 1, states},
                                   {"weight", 2, {3 * hidden, hidden}},
                                   {"gradient of the states", 3, states},
                                   {"gradient of the gates", 4, gates}});
  if (attributes.lengths) check_lengths(context, kInputs, batch);
  const DType dtype = context.dtype(0);
  return {{{time, batch, 3 * hidden}, dtype}, {{batch, hidden}, dtype}};
}

/// One step of the gradient as small operations: of projected (batch, 3 * hidden), and of the state
/// before the step.
struct ComposedStep {
  Tensor of_projected, of_state_before;
};
ComposedStep compose_step(const GruForm& form, const Tensors& gate, const Tensors& of_gate,
                          const Tensor& before, const Tensors& weights, const Tensor& of_state) {
  const auto through_sigmoid = [](const Tensor& g, const Tensor& y) { return g * y * (1 - y); };
  const Tensor &reset = gate[0], &update = gate[1], &candidate = gate[2];
  const Tensor share = form.takes_candidate ? update : 1 - update;  // of the candidate
  const Tensor of_share = of_state * (candidate - before);
  const Tensor of_update = form.takes_candidate ? of_share : -of_share;
  const Tensor n = (of_state * share + of_gate[2]) * (1 - square(candidate));
  const Tensor of_product = form.reset_before ? n : n * reset + of_gate[3];
  const Tensor through = matmul(of_product, weights[1]);
  const Tensor r =
      through_sigmoid((form.reset_before ? through * before : n * gate[3]) + of_gate[0], reset);
  const Tensor z = through_sigmoid(of_update + of_gate[1], update);
  const Tensor by_gates = matmul(concatenate({r, z}, 1), weights[0]);
  return {concatenate({r, z, n}, 1),
          of_state * (1 - share) + (form.reset_before ? through * reset : through) + by_gates};
}

/// The gradient as small operations, step by step, back through time.
Tensors compose(const Tensors& inputs, const Attributes& given) {
  const auto& attributes = given.as<GruAttributes>();
  const GruForm form = attributes.form();
  const auto parts = static_cast<int>(form.saved());
  const std::int64_t time = inputs[0].shape()[0], batch = inputs[0].shape()[1];
  const std::int64_t hidden = inputs[2].shape()[1];
  const Sequence sequence{time, batch, hidden, attributes.reverse};
  const Tensors weights = split(inputs[2], Dims{2 * hidden, hidden}, 0);
  const Tensor counts = attributes.lengths ? steps_that_count(inputs[kInputs], time) : Tensor();
  Tensor of_state = select(inputs[3], 0, sequence.last_slot());
  Tensors of_projected(static_cast<std::size_t>(time));
  for (std::int64_t step = time - 1; step >= 0; --step) {
    const std::int64_t t = sequence.place(step), before = sequence.slot_before(t);
    auto [of_row, passed] = compose_step(form, split(select(inputs[0], 0, t), parts, 1),
                                         split(select(inputs[4], 0, t), parts, 1),
                                         select(inputs[1], 0, before), weights, of_state);
    if (counts.defined()) {
      const Tensor counting = select(counts, 0, t);
      of_row = where(counting, of_row, number_like(0, of_row));
      passed = where(counting, passed, of_state);
    }
    of_projected[static_cast<std::size_t>(t)] = of_row;
    of_state = passed + select(inputs[3], 0, before);
  }
  const Tensor none = zeros({0, batch, 3 * hidden}, inputs[0].dtype());
  return {time > 0 ? stack(of_projected) : none, of_state};
}

Inputs gradient_vjp(const VjpContext& context) { return pull_back_through(compose, context); }

/// The arrays of a call, row-major, and its outputs made.
struct Call {
  Array gates, states, weight, of_states, of_gates, lengths;
  Array *of_projected, *of_state;
  Sequence sequence;
  GruForm form;

  explicit Call(const KernelContext& context)
      : gates(row_major_copy(context.input(0))),
        states(row_major_copy(context.input(1))),
        weight(row_major_copy(context.input(2))),
        of_states(row_major_copy(context.input(3))),
        of_gates(row_major_unless_zero(context.input(4))),
        of_projected(&context.allocate(0)),
        of_state(&context.allocate(1)) {
    const auto& attributes = context.attributes<GruAttributes>();
    form = attributes.form();
    sequence = {gates.shape[0], gates.shape[1], weight.shape[1], attributes.reverse};
    if (attributes.lengths) {
      lengths = checked_lengths(context, context.input(kInputs), sequence.time);
      sequence.lengths = lengths.data<std::int64_t>();
    }
    fill_with_zeros(*of_state);
  }
};

void run_vectors(const KernelContext& context) {
  Call call(context);
  const Sequence& sequence = call.sequence;
  const std::int64_t n = sequence.hidden;
  const DType dtype = call.gates.dtype;
  const ConstRows gates = rows_of(call.gates), states = rows_of(call.states);
  const ConstRows given = rows_of(call.of_states), given_gates = rows_of(call.of_gates);
  const MutableRows projected = mutable_rows_of(*call.of_projected);
  const MutableRows of_state = mutable_rows_of(*call.of_state);
  const GruWeights weights(call.weight);
  const PreparedOperand of_gates({dtype, 2 * n, n, weights.gates, n, 1}, sequence.batch);
  const PreparedOperand of_candidate({dtype, n, n, weights.candidate, n, 1}, sequence.batch);
  sequence.for_groups(3 * n * n, [&](std::int64_t begin, std::int64_t end) {
    const std::size_t bytes = static_cast<std::size_t>(end - begin) * of_state.row_bytes();
    const Buffer beside_rows = allocate(bytes), of_product = allocate(bytes);
    const Buffer through = allocate(bytes);
    std::memset(beside_rows.data(), 0, bytes);
    const auto beside = [&](std::int64_t row) {
      return beside_rows.data() + (row - begin) * static_cast<std::int64_t>(of_state.row_bytes());
    };
    for (std::int64_t step = sequence.time - 1; step >= 0; --step) {
      const std::int64_t t = sequence.place(step);
      const std::int64_t before = sequence.slot_before(t), after = sequence.slot_after(t);
      const auto count = [&](std::int64_t first, std::int64_t rows) {
        const GruGradientStep now{dtype,
                                  call.form,
                                  rows,
                                  n,
                                  gates.at(t, first),
                                  states.at(before, first),
                                  of_state.at(0, first),
                                  given.at(after, first),
                                  given_gates.at(t, first),
                                  through.data(),
                                  beside(first),
                                  of_product.data(),
                                  projected.at(t, first)};
        step_gru_candidate_gradient(now);
        of_candidate.multiply(rows, of_product.data(), n, through.data(), n);
        step_gru_gates_gradient(now);
        of_gates.multiply(rows, projected.at(t, first), 3 * n, of_state.at(0, first), n);
      };
      const auto hold = [&](std::int64_t row) {
        add_row(dtype, given.at(after, row), n, of_state.at(0, row));
        std::memset(projected.at(t, row), 0, projected.row_bytes());
      };
      sequence.for_rows(t, begin, end, count, hold);
    }
    for (std::int64_t row = begin; row < end; ++row) {
      add_row(dtype, beside(row), n, of_state.at(0, row));
      add_row(dtype, given.at(sequence.first_slot(), row), n, of_state.at(0, row));
    }
  });
}

/// The derivative of one row of one step, element by element: `h` is the gradient of the state
/// after the step and becomes that of the state before it.
template <class T>
void step_plainly(const Call& call, std::int64_t t, std::int64_t row, std::vector<double>& h) {
  const std::int64_t n = call.sequence.hidden, batch = call.sequence.batch;
  const std::int64_t place = (t * batch + row) * call.form.saved() * n;
  const T* gates = call.gates.data<T>() + place;
  const T* before = call.states.data<T>() + (call.sequence.slot_before(t) * batch + row) * n;
  T* const projected = call.of_projected->mutable_data<T>() + (t * batch + row) * 3 * n;
  const auto of_gate = [&](std::int64_t j) {
    return call.of_gates.has_data() ? double{call.of_gates.data<T>()[place + j]} : 0.0;
  };
  /// Element k of values (rows [first, first + count) of the weight)^T.
  const auto back = [&](std::int64_t first, std::int64_t count, std::int64_t k, auto values) {
    double total = 0;
    for (std::int64_t j = 0; j < count; ++j) {
      total += values(j) * call.weight.data<T>()[(first + j) * n + k];
    }
    return total;
  };
  std::vector<double> of_product, passed;
  for (std::int64_t j = 0; j < n; ++j) {
    const double r = gates[j], z = gates[n + j], candidate = gates[2 * n + j];
    const double share = call.form.takes_candidate ? z : 1 - z;
    const double sign = call.form.takes_candidate ? 1 : -1;
    const double g = h[static_cast<std::size_t>(j)];
    const double of_z = sign * g * (candidate - before[j]) + of_gate(n + j);
    const double of_n = (g * share + of_gate(2 * n + j)) * (1 - candidate * candidate);
    projected[n + j] = static_cast<T>(of_z * z * (1 - z));
    projected[2 * n + j] = static_cast<T>(of_n);
    of_product.push_back(call.form.reset_before ? of_n : of_n * r + of_gate(3 * n + j));
    passed.push_back(g * (1 - share));
  }
  for (std::int64_t j = 0; j < n; ++j) {
    const auto at = static_cast<std::size_t>(j);
    const double r = gates[j];
    const double through =
        back(2 * n, n, j, [&](std::int64_t k) { return of_product[static_cast<std::size_t>(k)]; });
    const double of_r = call.form.reset_before ? through * before[j]
                                               : double{projected[2 * n + j]} * gates[3 * n + j];
    projected[j] = static_cast<T>((of_r + of_gate(j)) * r * (1 - r));
    passed[at] += call.form.reset_before ? through * r : through;
  }
  for (std::int64_t k = 0; k < n; ++k) {
    const auto of_gates = [&](std::int64_t j) { return double{projected[j]}; };
    h[static_cast<std::size_t>(k)] =
        passed[static_cast<std::size_t>(k)] + back(0, 2 * n, k, of_gates);
  }
}

template <class T>
void run_plainly(const KernelContext& context) {
  Call call(context);
  const Sequence& sequence = call.sequence;
  const std::int64_t n = sequence.hidden, batch = sequence.batch;
  for (std::int64_t row = 0; row < batch; ++row) {
    std::vector<double> h(static_cast<std::size_t>(n), 0.0);
    const auto add_given = [&](std::int64_t slot) {
      const T* given = call.of_states.data<T>() + (slot * batch + row) * n;
      for (std::size_t j = 0; j < h.size(); ++j) h[j] += given[j];
    };
    add_given(sequence.last_slot());
    for (std::int64_t step = sequence.time - 1; step >= 0; --step) {
      const std::int64_t t = sequence.place(step);
      if (sequence.counts(t, row)) {
        step_plainly<T>(call, t, row, h);
      } else {
        std::fill_n(call.of_projected->mutable_data<T>() + (t * batch + row) * 3 * n, 3 * n, T(0));
      }
      add_given(sequence.slot_before(t));
    }
    std::copy(h.begin(), h.end(), call.of_state->mutable_data<T>() + row * n);
  }
}

void run_reference(const KernelContext& context) {
  context.input().dtype == DType::f32 ? run_plainly<float>(context) : run_plainly<double>(context);
}

Sample sample_of(const char* name, std::int64_t time, std::int64_t batch, std::int64_t hidden,
                 const GruAttributes& attributes) {
  const Shape states{time + 1, batch, hidden};
  const Shape gates{time, batch, attributes.form().saved() * hidden};
  Sample sample{.name = name,
                .inputs = {sample_wave(gates, 0.8, 0.3), sample_wave(states, 0.9, 1),
                           sample_weight(3, hidden, 2), sample_wave(states, 1, 3),
                           sample_wave(gates, 0.5, 4)},
                .attributes = attributes};
  if (attributes.lengths) sample.inputs.push_back(sample_lengths(batch, time));
  return sample;
}

std::vector<Sample> gradient_samples() {
  std::vector<Sample> samples = gru_samples(sample_of);
  samples.push_back(sample_of("gradient of the states alone", 3, 2, 2, {}));
  samples.back().inputs[4] = zeros_like(samples.back().inputs[4]);
  return samples;
}

}  // namespace

const OpDef kGruGradient{
    .name = "gru_gradient",
    .doc =
        "Gradients of gru, back through time: of what it is given for each step and of the first "
        "state, from its gates and states and the gradients of both. (time, batch, 3 or 4 times "
        "hidden), (time + 1, batch, hidden), (3 hidden, hidden), (time + 1, batch, hidden), (time, "
        "batch, 3 or 4 times hidden), optional lengths i64 (batch) -> (time, batch, 3 hidden), "
        "(batch, hidden)",
    .minimum_inputs = 5,
    .maximum_inputs = 6,
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
