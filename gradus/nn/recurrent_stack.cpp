#include "gradus/nn/recurrent_stack.h"

#include <cmath>
#include <string>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/nn/dropout.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/recurrence.h"
#include "gradus/ops/select.h"

namespace gradus::nn {
namespace {

/// "l0", "l0_reverse", "l1": where PyTorch's names end.
std::string place_name(std::size_t index, bool bidirectional) {
  if (!bidirectional) return fmt::format("l{}", index);
  return fmt::format("l{}{}", index / 2, index % 2 == 0 ? "" : "_reverse");
}

Tensor merged(const StackOptions& options, const Tensors& directions) {
  if (directions.size() == 1) return directions[0];
  return options.merge == Merge::sum ? directions[0] + directions[1] : concatenate(directions, -1);
}

void check_input(const StackOptions& options, const Tensor& x, const Tensor& lengths) {
  if (x.rank() != 3 || x.shape()[2] != options.in) {
    throw Error(
        ErrorCode::shape, options.kind,
        fmt::format("takes (batch, time, {}), not shape {}", options.in, x.shape().to_string()),
        {x.shape()});
  }
  if (lengths.defined() && lengths.shape() != Shape{x.shape()[0]}) {
    throw Error(ErrorCode::shape, options.kind,
                fmt::format("lengths {} do not fit x {}: they must be one per row",
                            lengths.shape().to_string(), x.shape().to_string()),
                {lengths.shape(), x.shape()});
  }
}

/// Each kept state (layers * directions, batch, hidden) of x (batch, time, in); zeros where none is
/// given.
Tensors first_states(const StackOptions& options, const Tensors& given, const Tensor& x) {
  const Shape shape{options.layers * static_cast<std::int64_t>(options.directions()), x.shape()[0],
                    options.hidden_size};
  Tensors states;
  for (const Tensor& state : given) {
    states.push_back(state.defined() ? state : zeros(shape, x.dtype()));
    if (states.back().shape() != shape) {
      throw Error(ErrorCode::shape, options.kind,
                  fmt::format("a state {} does not fit x {}: it must be {}",
                              state.shape().to_string(), x.shape().to_string(), shape.to_string()),
                  {state.shape(), x.shape()});
    }
  }
  return states;
}

/// `sequence` (time, batch, features) with 0 in the steps that do not count.
Tensor without_padding(const Tensor& sequence, const Tensor& lengths) {
  if (!lengths.defined()) return sequence;
  return where(steps_that_count(lengths, sequence.shape()[0]), sequence, number_like(0, sequence));
}

}  // namespace

void check_stack(const StackOptions& options) {
  if (options.in < 1 || options.hidden_size < 1 || options.layers < 1) {
    throw Error(ErrorCode::invalid_argument, options.kind,
                fmt::format("in, hidden_size and layers must be 1 or more, not {}, {} and {}",
                            options.in, options.hidden_size, options.layers));
  }
  if (!(options.dropout >= 0 && options.dropout <= 1)) {
    throw Error(ErrorCode::invalid_argument, options.kind,
                fmt::format("dropout must be in [0, 1], not {}", options.dropout));
  }
}

std::vector<RecurrentWeights> draw_weights(const StackOptions& options, const Key& key) {
  const std::int64_t hidden = options.hidden_size, rows = options.gates * hidden;
  const double bound = 1 / std::sqrt(static_cast<double>(hidden));
  std::vector<RecurrentWeights> weights;
  const std::size_t count = static_cast<std::size_t>(options.layers) * options.directions();
  for (std::size_t i = 0; i < count; ++i) {
    const Key own = key.fold_in(place_name(i, options.bidirectional));
    const auto draw = [&](std::string_view name, const Shape& shape) {
      return random_uniform(own.fold_in(name), shape, -bound, bound, options.dtype);
    };
    RecurrentWeights& made = weights.emplace_back();
    made.weight_ih =
        draw("weight_ih", {rows, i < options.directions() ? options.in : options.width()});
    Tensors gates;
    for (std::int64_t gate = 0; gate < options.gates; ++gate) {
      const Key of_gate = own.fold_in("weight_hh").fold_in(static_cast<std::uint64_t>(gate));
      gates.push_back(options.recurrent_initializer(of_gate, {hidden, hidden}, options.dtype));
    }
    made.weight_hh = concatenate(gates);
    if (options.bias) {
      made.bias_ih = draw("bias_ih", {rows});
      made.bias_hh = draw("bias_hh", {rows});
    }
    if (options.peepholes) made.peepholes = draw("peepholes", {3, hidden});
  }
  return weights;
}

void visit_weights(Visitor& v, std::vector<RecurrentWeights>& weights, bool bidirectional) {
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const std::string place = "_" + place_name(i, bidirectional);
    v("weight_ih" + place, weights[i].weight_ih);
    v("weight_hh" + place, weights[i].weight_hh);
    v("bias_ih" + place, weights[i].bias_ih);
    v("bias_hh" + place, weights[i].bias_hh);
    v("peepholes" + place, weights[i].peepholes);
  }
}

StackResult run_stack(const StackOptions& options, const std::vector<RecurrentWeights>& weights,
                      const Tensor& x, const Tensors& states, const Tensor& lengths,
                      Context& context, const RunDirection& run) {
  check_input(options, x, lengths);
  const Tensors first = first_states(options, states, x);
  std::vector<Tensors> last(first.size());
  // The gradient of weight_ih is one product over all steps, in which 0 times the NaN or infinity
  // of a padded step would be NaN.
  Tensor sequence = without_padding(swap_axes(x, 0, 1), lengths);
  StackResult result;
  for (std::size_t i = 0; i < weights.size();) {
    if (i > 0) sequence = Dropout{{options.dropout}}(sequence, context);
    Tensors outputs, ends;
    for (std::size_t direction = 0; direction < options.directions(); ++direction, ++i) {
      Tensors start;
      for (const Tensor& state : first) {
        start.push_back(select(state, 0, static_cast<std::int64_t>(i)));
      }
      const DirectionResult found =
          run(weights[i], sequence, start, {.lengths = lengths, .reverse = direction == 1});
      outputs.push_back(found.states);
      ends.push_back(found.last_states[0]);
      for (std::size_t k = 0; k < last.size(); ++k) last[k].push_back(found.last_states[k]);
    }
    sequence = merged(options, outputs);
    result.last = merged(options, ends);
  }
  for (const Tensors& kept : last) result.last_states.push_back(stack(kept));
  result.sequence = swap_axes(without_padding(sequence, lengths), 0, 1);
  return result;
}

}  // namespace gradus::nn
