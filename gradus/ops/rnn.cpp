#include <algorithm>
#include <cmath>
#include <cstring>

#include "gradus/base/error.h"
#include "gradus/memory/allocator.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/comparison.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/prepared_operand.h"
#include "gradus/ops/pull_back.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/recurrence.h"
#include "gradus/ops/recurrent.h"
#include "gradus/ops/rnn_cell.h"
#include "gradus/ops/select.h"

namespace gradus {
namespace {

struct RnnAttributes {
  bool relu = false;  // else tanh
  bool lengths = false;
  bool reverse = false;
  void fields(FieldVisitor& v) const {
    v("relu", relu);
    v("lengths", lengths);
    v("reverse", reverse);
  }
};

constexpr std::size_t kInputs = 3;  // of either operation, before the lengths

Specs infer_rnn(const InferContext& context) {
  const Shape& projected = context.shape(0);
  const std::int64_t hidden = hidden_size_of(context, context.shape(1), 1);
  check_projected(context, hidden);
  const std::int64_t batch = projected[1];
  check_recurrent_inputs(context, {{"weight", 1, {hidden, hidden}}, {"state", 2, {batch, hidden}}});
  if (context.attributes.as<RnnAttributes>().lengths) check_lengths(context, kInputs, batch);
  return {{{projected[0] + 1, batch, hidden}, context.dtype(0)}};
}

Inputs rnn_vjp(const VjpContext& context) {
  const auto& attributes = context.attributes.as<RnnAttributes>();
  const Tensor& states = context.output();
  Inputs inputs{states, context.inputs[1], context.gradient()};
  if (attributes.lengths) inputs.push_back(context.inputs[kInputs]);
  const auto found = apply_all(kRnnGradient, std::move(inputs), attributes);
  Inputs results(context.inputs.size(), Tensor());
  results[0] = found[0];
  if (context.needed[1]) {
    results[1] = weight_gradient(found[0], states_before(states, attributes.reverse));
  }
  results[2] = found[1];
  return results;
}

Specs infer_gradient(const InferContext& context) {
  const Shape& states = context.shape(0);
  const std::int64_t hidden = hidden_size_of(context, context.shape(1), 1);
  check_projected(context, hidden);
  check_recurrent_inputs(context,
                         {{"weight", 1, {hidden, hidden}}, {"gradient of the states", 2, states}});
  if (states[0] == 0) {
    throw Error(
        ErrorCode::shape, context.op.name,
        "takes the states of all steps and the one before them, not shape " + states.to_string(),
        {states});
  }
  if (context.attributes.as<RnnAttributes>().lengths) check_lengths(context, kInputs, states[1]);
  const DType dtype = context.dtype(0);
  return {{{states[0] - 1, states[1], hidden}, dtype}, {{states[1], hidden}, dtype}};
}

/// The gradient as small operations, step by step, back through time.
Tensors compose(const Tensors& inputs, const Attributes& given) {
  const auto& attributes = given.as<RnnAttributes>();
  const Tensor &states = inputs[0], &weight = inputs[1], &of_states = inputs[2];
  const std::int64_t time = states.shape()[0] - 1;
  const Sequence sequence{time, states.shape()[1], weight.shape()[1], attributes.reverse};
  const Tensor counts = attributes.lengths ? steps_that_count(inputs[kInputs], time) : Tensor();
  Tensor of_state = select(of_states, 0, sequence.last_slot());
  Tensors of_projected(static_cast<std::size_t>(time));
  for (std::int64_t step = time - 1; step >= 0; --step) {
    const std::int64_t t = sequence.place(step);
    const Tensor y = select(states, 0, sequence.slot_after(t));
    Tensor of_row = attributes.relu
                        ? where(greater(y, number_like(0, y)), of_state, number_like(0, y))
                        : of_state * (1 - square(y));
    Tensor reached = matmul(of_row, weight);
    if (counts.defined()) {
      const Tensor counting = select(counts, 0, t);
      of_row = where(counting, of_row, number_like(0, of_row));
      reached = where(counting, reached, of_state);
    }
    of_projected[static_cast<std::size_t>(t)] = of_row;
    of_state = reached + select(of_states, 0, sequence.slot_before(t));
  }
  return {time > 0 ? stack(of_projected) : slice(states, 0, {.stop = 0}), of_state};
}

Inputs gradient_vjp(const VjpContext& context) { return pull_back_through(compose, context); }

/// The sequence of a call of either operation; `lengths` keeps the lengths alive.
Sequence sequence_of(const KernelContext& context, std::int64_t time, Array& lengths) {
  const auto& attributes = context.attributes<RnnAttributes>();
  const Shape& shape = context.input(0).shape;
  Sequence sequence{time, shape[1], shape[2], attributes.reverse};
  if (attributes.lengths) {
    lengths = checked_lengths(context, context.input(kInputs), time);
    sequence.lengths = lengths.data<std::int64_t>();
  }
  return sequence;
}

void run_vectors(const KernelContext& context) {
  const Array projected_array = row_major_copy(context.input(0));
  const Array weight_array = row_major_copy(context.input(1));
  Array lengths;
  const Sequence sequence = sequence_of(context, projected_array.shape[0], lengths);
  const bool relu = context.attributes<RnnAttributes>().relu;
  const std::int64_t n = sequence.hidden;
  const DType dtype = projected_array.dtype;
  copy_to_slot(context.input(2), context.allocate(), sequence.first_slot());
  const ConstRows projected = rows_of(projected_array);
  const MutableRows states = mutable_rows_of(context.output());
  const PreparedOperand weight({dtype, n, n, weight_array.bytes(), 1, n}, sequence.batch);
  sequence.for_groups(n * n, [&](std::int64_t begin, std::int64_t end) {
    const Buffer product = allocate(static_cast<std::size_t>(end - begin) * states.row_bytes());
    for (std::int64_t step = 0; step < sequence.time; ++step) {
      const std::int64_t t = sequence.place(step);
      const std::int64_t before = sequence.slot_before(t), after = sequence.slot_after(t);
      const auto count = [&](std::int64_t first, std::int64_t rows) {
        weight.multiply(rows, states.at(before, first), n, product.data(), n);
        step_rnn({dtype, rows, n, relu, projected.at(t, first), product.data(),
                  states.at(after, first)});
      };
      const auto hold = [&](std::int64_t row) {
        std::memcpy(states.at(after, row), states.at(before, row), states.row_bytes());
      };
      sequence.for_rows(t, begin, end, count, hold);
    }
  });
}

void run_gradient_vectors(const KernelContext& context) {
  const Array states_array = row_major_copy(context.input(0));
  const Array weight_array = row_major_copy(context.input(1));
  const Array given_array = row_major_copy(context.input(2));
  Array lengths;
  const Sequence sequence = sequence_of(context, states_array.shape[0] - 1, lengths);
  const bool relu = context.attributes<RnnAttributes>().relu;
  const std::int64_t n = sequence.hidden;
  const DType dtype = states_array.dtype;
  const ConstRows states = rows_of(states_array), given = rows_of(given_array);
  const MutableRows projected = mutable_rows_of(context.allocate(0));
  const MutableRows of_state = mutable_rows_of(context.allocate(1));
  fill_with_zeros(context.output(1));
  const PreparedOperand weight({dtype, n, n, weight_array.bytes(), n, 1}, sequence.batch);
  sequence.for_groups(n * n, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t step = sequence.time - 1; step >= 0; --step) {
      const std::int64_t t = sequence.place(step), after = sequence.slot_after(t);
      const auto count = [&](std::int64_t first, std::int64_t rows) {
        step_rnn_gradient({dtype, rows, n, relu, states.at(after, first), of_state.at(0, first),
                           given.at(after, first), projected.at(t, first)});
        weight.multiply(rows, projected.at(t, first), n, of_state.at(0, first), n);
      };
      const auto hold = [&](std::int64_t row) {
        add_row(dtype, given.at(after, row), n, of_state.at(0, row));
        std::memset(projected.at(t, row), 0, projected.row_bytes());
      };
      sequence.for_rows(t, begin, end, count, hold);
    }
    for (std::int64_t row = begin; row < end; ++row) {
      add_row(dtype, given.at(sequence.first_slot(), row), n, of_state.at(0, row));
    }
  });
}

/// The formula of recurrent.h, element by element.
template <class T>
void run_plainly(const KernelContext& context) {
  const Array projected = row_major_copy(context.input(0));
  const Array weight = row_major_copy(context.input(1));
  Array lengths;
  const Sequence sequence = sequence_of(context, projected.shape[0], lengths);
  const bool relu = context.attributes<RnnAttributes>().relu;
  const std::int64_t n = sequence.hidden, batch = sequence.batch;
  copy_to_slot(context.input(2), context.allocate(), sequence.first_slot());
  for (std::int64_t step = 0; step < sequence.time; ++step) {
    const std::int64_t t = sequence.place(step);
    for (std::int64_t row = 0; row < batch; ++row) {
      T* const states = context.output().mutable_data<T>();
      const T* const before = states + (sequence.slot_before(t) * batch + row) * n;
      T* const after = states + (sequence.slot_after(t) * batch + row) * n;
      for (std::int64_t j = 0; j < n; ++j) {
        double total = projected.data<T>()[(t * batch + row) * n + j];
        for (std::int64_t k = 0; k < n; ++k) {
          total += double{weight.data<T>()[j * n + k]} * before[k];
        }
        const double y = relu ? std::max(total, 0.0) : std::tanh(total);
        after[j] = sequence.counts(t, row) ? static_cast<T>(y) : before[j];
      }
    }
  }
}

/// Its derivative, element by element.
template <class T>
void run_gradient_plainly(const KernelContext& context) {
  const Array states = row_major_copy(context.input(0));
  const Array weight = row_major_copy(context.input(1));
  const Array given = row_major_copy(context.input(2));
  Array lengths;
  const Sequence sequence = sequence_of(context, states.shape[0] - 1, lengths);
  const bool relu = context.attributes<RnnAttributes>().relu;
  const std::int64_t n = sequence.hidden, batch = sequence.batch;
  T* const projected = context.allocate(0).mutable_data<T>();
  T* const of_state = context.allocate(1).mutable_data<T>();
  for (std::int64_t row = 0; row < batch; ++row) {
    T* const h = of_state + row * n;
    std::copy_n(given.data<T>() + (sequence.last_slot() * batch + row) * n, n, h);
    for (std::int64_t step = sequence.time - 1; step >= 0; --step) {
      const std::int64_t t = sequence.place(step);
      const T* const y = states.data<T>() + (sequence.slot_after(t) * batch + row) * n;
      const T* const before = given.data<T>() + (sequence.slot_before(t) * batch + row) * n;
      T* const p = projected + (t * batch + row) * n;
      const bool counts = sequence.counts(t, row);
      for (std::int64_t j = 0; j < n; ++j) {
        const double slope = relu ? (y[j] > 0 ? 1.0 : 0.0) : 1 - double{y[j]} * y[j];
        p[j] = counts ? static_cast<T>(h[j] * slope) : T(0);
      }
      for (std::int64_t k = 0; k < n; ++k) {
        double total = before[k];
        for (std::int64_t j = 0; j < n; ++j) total += double{p[j]} * weight.data<T>()[j * n + k];
        h[k] = static_cast<T>(counts ? total : h[k] + double{before[k]});
      }
    }
  }
}

void run_reference(const KernelContext& context) {
  context.input().dtype == DType::f32 ? run_plainly<float>(context) : run_plainly<double>(context);
}
void run_gradient_reference(const KernelContext& context) {
  context.input().dtype == DType::f32 ? run_gradient_plainly<float>(context)
                                      : run_gradient_plainly<double>(context);
}

std::vector<Sample> samples_of(Sample (*sample)(const char*, std::int64_t, std::int64_t,
                                                std::int64_t, const RnnAttributes&)) {
  std::vector<Sample> samples{
      sample("three steps", 3, 2, 2, {}),
      sample("one row", 2, 1, 3, {}),
      sample("packed weight", 2, 7, 9, {}),
      sample("relu", 3, 2, 2, {.relu = true}),
      sample("backwards with lengths", 3, 4, 2, {.lengths = true, .reverse = true}),
      sample("no steps", 0, 2, 2, {}),
      sample("several groups of rows", 8, 128, 48, {}),
  };
  // Sums over many elements: differences of f64 values would say less than those above, and sums
  // of products in another order differ in f32.
  samples.back().differentiable = false;
  samples.back().tolerance = 1e-5;
  return samples;
}

Sample rnn_sample(const char* name, std::int64_t time, std::int64_t batch, std::int64_t hidden,
                  const RnnAttributes& attributes) {
  Sample sample{.name = name,
                .inputs = {sample_wave({time, batch, hidden}, 1.5, 0.3),
                           sample_weight(1, hidden, 1), sample_wave({batch, hidden}, 0.7, 2)},
                .attributes = attributes};
  if (attributes.lengths) sample.inputs.push_back(sample_lengths(batch, time));
  return sample;
}

Sample gradient_sample(const char* name, std::int64_t time, std::int64_t batch, std::int64_t hidden,
                       const RnnAttributes& attributes) {
  const Shape states{time + 1, batch, hidden};
  Sample sample{.name = name,
                .inputs = {sample_wave(states, 0.9, 0.3), sample_weight(1, hidden, 1),
                           sample_wave(states, 1, 2)},
                .attributes = attributes};
  if (attributes.lengths) sample.inputs.push_back(sample_lengths(batch, time));
  return sample;
}

}  // namespace

const OpDef kRnn{
    .name = "rnn",
    .doc =
        "A plain recurrent network over a sequence: the given state and the one after each step. "
        "(time, batch, hidden), (hidden, hidden), (batch, hidden), optional lengths i64 (batch) "
        "-> (time + 1, batch, hidden)",
    .minimum_inputs = 3,
    .maximum_inputs = 4,
    .infer = infer_rnn,
    .vjp = rnn_vjp,
    .kernels = {{"vectors", nullptr, run_vectors}, {"reference", nullptr, run_reference}},
    .samples = [] { return samples_of(rnn_sample); },
    .multiply_adds =
        [](const KernelContext& call) {
          return call.input(0).shape.size() * call.input(1).shape[1];
        },
};

const OpDef kRnnGradient{
    .name = "rnn_gradient",
    .doc =
        "Gradients of rnn, back through time: of what it is given for each step and of the first "
        "state, from its states and their gradients. (time + 1, batch, hidden), (hidden, hidden), "
        "(time + 1, batch, hidden), optional lengths i64 (batch) -> (time, batch, hidden), (batch, "
        "hidden)",
    .minimum_inputs = 3,
    .maximum_inputs = 4,
    .infer = infer_gradient,
    .vjp = gradient_vjp,
    .kernels = {{"vectors", nullptr, run_gradient_vectors},
                {"reference", nullptr, run_gradient_reference}},
    .samples = [] { return samples_of(gradient_sample); },
    .multiply_adds =
        [](const KernelContext& call) {
          return call.output(0).shape.size() * call.input(1).shape[1];
        },
};

RnnResult rnn(const Tensor& projected, const Tensor& weight, const Tensor& state,
              RnnActivation activation, const RecurrenceOptions& options) {
  const RnnAttributes attributes{activation == RnnActivation::relu, options.lengths.defined(),
                                 options.reverse};
  Inputs inputs{projected, weight, state};
  if (attributes.lengths) inputs.push_back(options.lengths);
  const Tensor states = apply(kRnn, std::move(inputs), attributes);
  const std::int64_t last = attributes.reverse ? 0 : projected.shape()[0];
  return {states_after(states, attributes.reverse), select(states, 0, last)};
}

}  // namespace gradus
