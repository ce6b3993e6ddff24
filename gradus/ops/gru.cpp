#include <cmath>
#include <cstring>

#include "gradus/memory/allocator.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/gru_attributes.h"
#include "gradus/ops/prepared_operand.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/recurrent.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/select.h"

namespace gradus {
namespace {

constexpr std::size_t kInputs = 4;  // projected, weight, bias, state

Specs infer_gru(const InferContext& context) {
  const auto& attributes = context.attributes.as<GruAttributes>();
  const Shape& projected = context.shape(0);
  const std::int64_t hidden = hidden_size_of(context, context.shape(1), 3);
  check_projected(context, 3 * hidden);
  const std::int64_t time = projected[0], batch = projected[1];
  check_recurrent_inputs(context, {{"weight", 1, {3 * hidden, hidden}},
                                   {"bias", 2, {3 * hidden}},
                                   {"state", 3, {batch, hidden}}});
  if (attributes.lengths) check_lengths(context, kInputs, batch);
  const DType dtype = context.dtype(0);
  return {{{time + 1, batch, hidden}, dtype},
          {{time, batch, attributes.form().saved() * hidden}, dtype}};
}

/// What reaches the candidate's product with the state, given what reaches the candidate.
Tensor gradient_of_product(const VjpContext& context, const Tensor& of_candidate,
                           const Tensors& gates) {
  const auto& attributes = context.attributes.as<GruAttributes>();
  if (attributes.reset_before) return of_candidate;
  const Tensor by_reset = of_candidate * gates[0];
  if (!context.gradients[1].defined()) return by_reset;
  const Tensor given = split(context.gradients[1], 4, 2)[3];
  if (!attributes.lengths) return by_reset + given;
  const Tensor counts = steps_that_count(context.inputs[kInputs], given.shape()[0]);
  return by_reset + where(counts, given, number_like(0, given));
}

Inputs gru_vjp(const VjpContext& context) {
  const auto& attributes = context.attributes.as<GruAttributes>();
  const Tensor& states = context.outputs[0];
  const Tensor& gates = context.outputs[1];
  const Tensor& weight = context.inputs[1];
  const GruGradients found =
      gru_gradient(gates, states, weight, gradient_or_zeros(context.gradients[0], states),
                   gradient_or_zeros(context.gradients[1], gates),
                   attributes.lengths ? context.inputs[kInputs] : Tensor(), attributes);
  Inputs results(context.inputs.size(), Tensor());
  results[0] = found.projected;
  results[3] = found.state;
  if (!context.needed[1] && !context.needed[2]) return results;
  const std::int64_t n = weight.shape()[1];
  const Tensors of_parts = split(found.projected, Dims{2 * n, n}, 2);
  const Tensors parts = split(gates, static_cast<int>(attributes.form().saved()), 2);
  const Tensor of_product = gradient_of_product(context, of_parts[1], parts);
  const Tensor before = states_before(states, attributes.reverse);
  const Tensor operand = attributes.reset_before ? parts[0] * before : before;
  results[1] =
      concatenate({weight_gradient(of_parts[0], before), weight_gradient(of_product, operand)});
  const ReduceOptions over_rows{.axes = {0, 1}};
  results[2] = concatenate({sum(of_parts[0], over_rows), sum(of_product, over_rows)});
  return results;
}

/// The arrays of a call, row-major, and its outputs made.
struct Call {
  Array projected, weight, bias, lengths;
  Array *states, *gates;
  Sequence sequence;
  GruForm form;

  explicit Call(const KernelContext& context)
      : projected(row_major_copy(context.input(0))),
        weight(row_major_copy(context.input(1))),
        bias(row_major_copy(context.input(2))),
        states(&context.allocate(0)),
        gates(&context.allocate(1)) {
    const auto& attributes = context.attributes<GruAttributes>();
    form = attributes.form();
    sequence = {gates->shape[0], gates->shape[1], weight.shape[1], attributes.reverse};
    if (attributes.lengths) {
      lengths = checked_lengths(context, context.input(kInputs), sequence.time);
      sequence.lengths = lengths.data<std::int64_t>();
    }
    copy_to_slot(context.input(3), *states, sequence.first_slot());
  }
};

void run_vectors(const KernelContext& context) {
  Call call(context);
  const Sequence& sequence = call.sequence;
  const std::int64_t n = sequence.hidden;
  const DType dtype = call.projected.dtype;
  const ConstRows projected = rows_of(call.projected);
  const MutableRows states = mutable_rows_of(*call.states), gates = mutable_rows_of(*call.gates);
  const GruWeights weights(call.weight);
  const PreparedOperand of_gates({dtype, n, 2 * n, weights.gates, 1, n}, sequence.batch);
  const PreparedOperand of_candidate({dtype, n, n, weights.candidate, 1, n}, sequence.batch);
  sequence.for_groups(3 * n * n, [&](std::int64_t begin, std::int64_t end) {
    const std::size_t bytes = static_cast<std::size_t>(end - begin) * states.row_bytes();
    const Buffer gate_product = allocate(2 * bytes), candidate_product = allocate(bytes);
    const Buffer reset_state = allocate(bytes);
    for (std::int64_t step = 0; step < sequence.time; ++step) {
      const std::int64_t t = sequence.place(step);
      const std::int64_t before = sequence.slot_before(t), after = sequence.slot_after(t);
      const auto count = [&](std::int64_t first, std::int64_t rows) {
        const std::byte* state = states.at(before, first);
        const GruStep now{dtype,
                          call.form,
                          rows,
                          n,
                          projected.at(t, first),
                          gate_product.data(),
                          candidate_product.data(),
                          call.bias.bytes(),
                          state,
                          gates.at(t, first),
                          reset_state.data(),
                          states.at(after, first)};
        of_gates.multiply(rows, state, n, gate_product.data(), 2 * n);
        step_gru_gates(now);
        of_candidate.multiply(rows, call.form.reset_before ? reset_state.data() : state, n,
                              candidate_product.data(), n);
        step_gru_candidate(now);
      };
      const auto hold = [&](std::int64_t row) {
        std::memcpy(states.at(after, row), states.at(before, row), states.row_bytes());
        std::memset(gates.at(t, row), 0, gates.row_bytes());
      };
      sequence.for_rows(t, begin, end, count, hold);
    }
  });
}

/// One row of one step by the formulas of recurrent.h, element by element. The bias has been added
/// to the product already where `product` says so.
template <class T>
void step_plainly(const Call& call, const T* projected, const T* before, T* after, T* gates) {
  const std::int64_t n = call.sequence.hidden;
  const T* weight = call.weight.data<T>();
  const auto product = [&](std::int64_t place, const auto& state) {
    double total = call.bias.data<T>()[place];
    for (std::int64_t k = 0; k < n; ++k) total += double{weight[place * n + k]} * state(k);
    return total;
  };
  const auto as_it_is = [&](std::int64_t k) { return double{before[k]}; };
  const auto logistic = [](double x) { return 1 / (1 + std::exp(-x)); };
  for (std::int64_t j = 0; j < 2 * n; ++j) {
    gates[j] = static_cast<T>(logistic(projected[j] + product(j, as_it_is)));
  }
  for (std::int64_t j = 0; j < n; ++j) {
    const auto reset = [&](std::int64_t k) { return double{gates[k]} * before[k]; };
    const bool early = call.form.reset_before;
    const double m = early ? product(2 * n + j, reset) : product(2 * n + j, as_it_is);
    const double candidate = std::tanh(projected[2 * n + j] + (early ? 1.0 : gates[j]) * m);
    const double z = gates[n + j];
    const double share = call.form.takes_candidate ? z : 1 - z;
    gates[2 * n + j] = static_cast<T>(candidate);
    if (!early) gates[3 * n + j] = static_cast<T>(m);
    after[j] = static_cast<T>(share * candidate + (1 - share) * before[j]);
  }
}

template <class T>
void run_plainly(const KernelContext& context) {
  Call call(context);
  const Sequence& sequence = call.sequence;
  const std::int64_t n = sequence.hidden, batch = sequence.batch, saved = call.form.saved() * n;
  for (std::int64_t step = 0; step < sequence.time; ++step) {
    const std::int64_t t = sequence.place(step);
    for (std::int64_t row = 0; row < batch; ++row) {
      T* const states = call.states->mutable_data<T>();
      const T* before = states + (sequence.slot_before(t) * batch + row) * n;
      T* after = states + (sequence.slot_after(t) * batch + row) * n;
      T* gates = call.gates->mutable_data<T>() + (t * batch + row) * saved;
      if (sequence.counts(t, row)) {
        step_plainly<T>(call, call.projected.data<T>() + (t * batch + row) * 3 * n, before, after,
                        gates);
      } else {
        std::copy_n(before, n, after);
        std::fill_n(gates, saved, T(0));
      }
    }
  }
}

void run_reference(const KernelContext& context) {
  context.input().dtype == DType::f32 ? run_plainly<float>(context) : run_plainly<double>(context);
}

Sample sample_of(const char* name, std::int64_t time, std::int64_t batch, std::int64_t hidden,
                 const GruAttributes& attributes) {
  Sample sample{
      .name = name,
      .inputs = {sample_wave({time, batch, 3 * hidden}, 1.5, 0.3), sample_weight(3, hidden, 1),
                 sample_wave({3 * hidden}, 0.4, 2), sample_wave({batch, hidden}, 0.7, 3)},
      .attributes = attributes};
  if (attributes.lengths) sample.inputs.push_back(sample_lengths(batch, time));
  return sample;
}

}  // namespace

std::vector<Sample> gru_samples(Sample (*sample)(const char* name, std::int64_t time,
                                                 std::int64_t batch, std::int64_t hidden,
                                                 const GruAttributes& attributes)) {
  std::vector<Sample> samples{
      sample("one row", 2, 1, 3, {}),
      sample("packed weight", 2, 7, 9, {}),
      sample("no steps", 0, 2, 2, {}),
      sample("reset after the product", 3, 4, 2, {}),
      sample("reset before the product", 3, 4, 2, {.reset_before = true}),
      sample("takes the candidate", 3, 4, 2, {.takes_candidate = true}),
      sample("takes the candidate, reset before", 3, 4, 2,
             {.takes_candidate = true, .reset_before = true}),
      sample("lengths", 3, 4, 2, {.lengths = true}),
      sample("lengths and backwards, reset before", 3, 4, 2,
             {.reset_before = true, .lengths = true, .reverse = true}),
      sample("several groups of rows", 6, 128, 32, {}),
  };
  // Sums over 24,576 states: differences of f64 values would say less than those above, and sums of
  // products in another order differ in f32.
  samples.back().differentiable = false;
  samples.back().tolerance = 1e-5;
  return samples;
}

const OpDef kGru{
    .name = "gru",
    .doc =
        "A gated recurrent unit over a sequence: states from the given one on, and the gates. "
        "(time, batch, 3 hidden), (3 hidden, hidden), (3 hidden), (batch, hidden), optional "
        "lengths i64 (batch) -> (time + 1, batch, hidden), (time, batch, 3 or 4 times hidden)",
    .minimum_inputs = 4,
    .maximum_inputs = 5,
    .infer = infer_gru,
    .vjp = gru_vjp,
    .kernels = {{"vectors", nullptr, run_vectors}, {"reference", nullptr, run_reference}},
    .samples = [] { return gru_samples(sample_of); },
    .multiply_adds =
        [](const KernelContext& call) {
          return call.input(0).shape.size() * call.input(1).shape[1];
        },
};

GruResult gru(const Tensor& projected, const Tensor& weight, const Tensor& bias,
              const Tensor& state, const GruConvention& convention,
              const RecurrenceOptions& options) {
  const GruAttributes attributes{convention.update == UpdateGate::takes_candidate,
                                 convention.reset == ResetGate::before_product,
                                 options.lengths.defined(), options.reverse};
  Inputs inputs{projected, weight, bias, state};
  if (!bias.defined()) inputs[2] = zeros({weight.shape()[0]}, weight.dtype());
  if (attributes.lengths) inputs.push_back(options.lengths);
  const auto results = apply_all(kGru, std::move(inputs), attributes);
  const std::int64_t last = attributes.reverse ? 0 : projected.shape()[0];
  return {states_after(results[0], attributes.reverse), select(results[0], 0, last)};
}

}  // namespace gradus
