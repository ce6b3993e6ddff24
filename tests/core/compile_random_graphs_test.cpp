// Thousands of graphs of random operations of the registry: compiled, they give the same bits as
// evaluated as they are.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "gradus/autodiff/grad.h"
#include "gradus/base/error.h"
#include "gradus/base/parallel.h"
#include "gradus/core/compile.h"
#include "gradus/ops/activation.h"
#include "gradus/ops/all_ops.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/select.h"
#include "gradus/ops/transcendental.h"

namespace gradus {
namespace {

struct Call {
  const OpDef* op;
  Sample sample;
};

bool is_half(DType dtype) { return dtype == DType::f16 || dtype == DType::bf16; }

/// True of a call that takes or gives elements that are only stored, which gradients cannot be
/// added up in.
bool meets_half(const Call& call) {
  const auto is_stored_only = [](const Tensor& tensor) { return is_half(tensor.dtype()); };
  const Tensors& inputs = call.sample.inputs;
  const auto outputs =
      apply_all(*call.op, Inputs(inputs.begin(), inputs.end()), call.sample.attributes);
  return std::any_of(inputs.begin(), inputs.end(), is_stored_only) ||
         std::any_of(outputs.begin(), outputs.end(), is_stored_only);
}

/// Calls by operation.
using Calls = std::vector<std::vector<Call>>;

/// Every sample of every operation, or of all that gradients can pass.
Calls all_calls(bool differentiable) {
  Calls calls;
  for (const OpDef* op : all_ops()) {
    if (differentiable && !op->vjp) continue;
    std::vector<Call> own;
    for (Sample& sample : op->samples()) {
      Call call{op, std::move(sample)};
      if (!differentiable || !meets_half(call)) own.push_back(std::move(call));
    }
    if (!own.empty()) calls.push_back(std::move(own));
  }
  return calls;
}

/// A function of some inputs and states: calls whose inputs are values before them. Values are the
/// inputs, the states, the constants, and then the outputs of the calls.
struct Program {
  struct Step {
    const Call* call;
    std::vector<std::size_t> inputs;
  };
  Tensors inputs, states, constants;
  std::vector<Step> steps;
  std::vector<std::size_t> outputs;      // values
  std::vector<std::size_t> next_states;  // values
  bool has_gradients = false;

  Tensors values(const Tensors& given, const Tensors& state) const {
    Tensors values = given;
    values.insert(values.end(), state.begin(), state.end());
    values.insert(values.end(), constants.begin(), constants.end());
    for (const Step& step : steps) {
      Inputs arguments;
      for (const std::size_t input : step.inputs) arguments.push_back(values[input]);
      for (Tensor& output :
           apply_all(*step.call->op, std::move(arguments), step.call->sample.attributes)) {
        values.push_back(std::move(output));
      }
    }
    return values;
  }

  /// Outputs and, if there are gradients, those of the sum of all floating outputs with respect to
  /// the inputs. Gives the states their new values.
  Tensors run(const Tensors& given, Tensors& state) const {
    Tensors results;
    Tensors next;
    const auto compute = [&](const Tensors& variables) {
      const Tensors all = values(variables, state);
      for (const std::size_t output : outputs) results.push_back(all[output]);
      for (const std::size_t value : next_states) next.push_back(all[value]);
      Tensor total(0.0f);
      for (const Tensor& result : results) {
        if (is_floating(result.dtype())) total = total + sum(cast(result, DType::f32));
      }
      return total;
    };
    if (has_gradients) {
      const ValueAndGrad both = value_and_grad(ScalarFunction(compute))(given);
      results.insert(results.end(), both.gradients.begin(), both.gradients.end());
      results.push_back(both.value);
    } else {
      compute(given);
    }
    state = next;
    return results;
  }
};

bool is_alike(const Tensor& a, const Tensor& b) {
  return a.shape() == b.shape() && a.dtype() == b.dtype();
}

class ProgramMaker {
 public:
  ProgramMaker(std::uint64_t seed, const Calls& calls, bool gradients)
      : random_(seed), calls_(calls) {
    program_.has_gradients = gradients;
    for (const std::vector<Call>& own : calls) {
      const OpDef* op = own[0].op;
      if (op == &kTanh || op == &kSin || op == &kSigmoid) bounded_.push_back(&own[0]);
    }
  }

  Program make() {
    std::vector<const Call*> chosen;
    const std::size_t steps = 2 + pick(12);
    for (std::size_t i = 0; i < steps; ++i) {
      const std::vector<Call>& own = calls_[pick(calls_.size())];
      chosen.push_back(&own[pick(own.size())]);
    }
    // Leaves first, since they come first among the values.
    for (const Call* call : chosen) {
      for (const Tensor& input : call->sample.inputs) add_leaf(input, is_given(*call, input));
    }
    for (Tensors* leaves : {&program_.inputs, &program_.states, &program_.constants}) {
      values_.insert(values_.end(), leaves->begin(), leaves->end());
    }
    for (const Call* call : chosen) add_step(*call);
    finish();
    return std::move(program_);
  }

 private:
  std::size_t pick(std::size_t count) { return random_() % count; }

  /// `stays`: some operation takes this very tensor.
  void add_leaf(const Tensor& tensor, bool stays) {
    const bool real = is_floating(tensor.dtype()) && !is_half(tensor.dtype());
    const std::size_t kind = pick(4);
    if (kind < 2 && (real || !program_.has_gradients)) {
      program_.inputs.push_back(tensor);
    } else if (kind == 2 && real && !stays) {
      // Compiled state has no strides of 0. Some kernels skip zeros that have, and round otherwise.
      program_.states.push_back(Tensor::from_bytes(tensor.bytes(), tensor.shape(), tensor.dtype()));
    } else {
      program_.constants.push_back(tensor);
    }
  }

  /// Floating inputs are any value like those of the sample or, of an elementwise operation, any
  /// values of one shape. Others, which may be indices or keys, and where NaN is refused, are only
  /// what the sample has.
  void add_step(const Call& call) {
    const Tensors& sample = call.sample.inputs;
    const bool any_shape = call.op->elementwise && is_floating(sample[0].dtype()) && pick(2) != 0;
    Program::Step step{&call, {}};
    Inputs arguments;
    for (const Tensor& wanted : sample) {
      const bool is_first = arguments.empty();
      const auto fits = [&](const Tensor& value) {
        if (is_given(call, wanted)) return value.is(wanted);
        if (!any_shape) return is_alike(value, wanted);
        return is_first ? value.dtype() == wanted.dtype() : is_alike(value, arguments[0]);
      };
      std::vector<std::size_t> fitting;
      for (std::size_t i = 0; i < values_.size(); ++i) {
        if (fits(values_[i])) fitting.push_back(i);
      }
      // Late values make deep graphs.
      const std::size_t value = pick(2) ? fitting.back() : fitting[pick(fitting.size())];
      step.inputs.push_back(pick(3) == 0 && !is_given(call, wanted) ? computed_from(value) : value);
      arguments.push_back(values_[step.inputs.back()]);
    }
    append(std::move(step), std::move(arguments));
  }

  static bool is_given(const Call& call, const Tensor& input) {
    return !is_floating(input.dtype()) || call.op->refuses;
  }

  /// A value of a bounded function of another, which feeds operations whose shapes no other has.
  std::size_t computed_from(std::size_t value) {
    const DType dtype = values_[value].dtype();
    if (!is_floating(dtype) || is_half(dtype)) return value;
    append({bounded_[pick(bounded_.size())], {value}}, {values_[value]});
    return values_.size() - 1;
  }

  void append(Program::Step step, Inputs arguments) {
    const Call& call = *step.call;
    for (const Tensor& output : apply_all(*call.op, std::move(arguments), call.sample.attributes)) {
      values_.push_back(output);
    }
    program_.steps.push_back(std::move(step));
  }

  void finish() {
    const std::size_t first = values_.size() - program_.steps.size();
    for (std::size_t i = 0; i < 3; ++i) {
      program_.outputs.push_back(first + pick(program_.steps.size()));
    }
    program_.outputs.push_back(values_.size() - 1);
    const std::size_t states = program_.inputs.size();
    for (std::size_t i = 0; i < program_.states.size(); ++i) {
      std::vector<std::size_t> fitting;
      for (std::size_t v = 0; v < values_.size(); ++v) {
        if (is_alike(values_[v], program_.states[i])) fitting.push_back(v);
      }
      program_.next_states.push_back(pick(3) ? fitting.back() : states + i);
    }
  }

  std::mt19937_64 random_;
  const Calls& calls_;
  std::vector<const Call*> bounded_;
  Program program_;
  Tensors values_;
};

/// The bits of a value; a NaN, whose sign no operation defines, always the same.
std::string bits_of(const Tensor& tensor) {
  const auto bytes = tensor.bytes();
  std::string bits(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const auto settle = [&]<class T>() {
    for (std::size_t i = 0; i < bits.size(); i += sizeof(T)) {
      T value;
      std::memcpy(&value, &bits[i], sizeof(T));
      if (value == value) continue;
      value = std::numeric_limits<T>::quiet_NaN();
      std::memcpy(&bits[i], &value, sizeof(T));
    }
  };
  if (tensor.dtype() == DType::f32) settle.operator()<float>();
  if (tensor.dtype() == DType::f64) settle.operator()<double>();
  return tensor.signature() + bits;
}

std::vector<std::string> bits_of(const Tensors& tensors) {
  std::vector<std::string> bits;
  for (const Tensor& tensor : tensors) bits.push_back(bits_of(tensor));
  return bits;
}

/// "" or where two lists of bits differ first.
std::string difference(const std::vector<std::string>& actual,
                       const std::vector<std::string>& expected) {
  if (actual.size() != expected.size()) return "there are not as many";
  for (std::size_t i = 0; i < actual.size(); ++i) {
    if (actual[i] == expected[i]) continue;
    return "tensor " + std::to_string(i) + ", " + actual[i].substr(0, actual[i].find(']') + 1);
  }
  return "";
}

/// The inputs of call number `call`: the floating ones smaller from call to call.
Tensors inputs_of(const Program& program, int call) {
  Tensors inputs;
  for (const Tensor& input : program.inputs) {
    const bool real = is_floating(input.dtype()) && !is_half(input.dtype());
    inputs.push_back(real ? input * (1.0 - 0.25 * call) : input);
  }
  return inputs;
}

/// Whether f throws an Error, as operations do that meet values which break their rule.
template <class F>
bool is_refused(const F& f) {
  try {
    f();
    return false;
  } catch (const Error&) {
    return true;
  }
}

void expect_equal_bits(const Program& program) {
  Tensors plain_state = program.states;
  Tensors state = program.states;
  FunctionState kept;
  for (Tensor& tensor : state) kept.add(tensor);
  auto compiled = compile([&](const Tensors& x) { return program.run(x, state); }, kept);
  for (int call = 0; call < 4; ++call) {
    set_thread_count(1 + call % 2);
    Tensors plain;
    const bool refused = is_refused([&] {
      plain = program.run(inputs_of(program, call), plain_state);
      // All at once: reading one by one would pack some before others are computed from them.
      Tensors all = plain;
      all.insert(all.end(), plain_state.begin(), plain_state.end());
      eval(all);
    });
    if (refused) {
      EXPECT_TRUE(is_refused([&] { compiled(inputs_of(program, call)); })) << "call " << call;
      return;
    }
    const auto expected = bits_of(plain);
    const auto expected_state = bits_of(plain_state);
    const Tensors actual = compiled(inputs_of(program, call));
    ASSERT_EQ(difference(bits_of(actual), expected), "") << "call " << call;
    ASSERT_EQ(difference(bits_of(state), expected_state), "") << "call " << call;
  }
}

constexpr std::uint64_t kSeeds = 2000;

class RandomGraphs : public ::testing::TestWithParam<bool> {
 protected:
  ~RandomGraphs() override { set_thread_count(threads_); }

 private:
  int threads_ = thread_count();
};

TEST_P(RandomGraphs, GiveTheSameBitsCompiled) {
  const Calls calls = all_calls(GetParam());
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    expect_equal_bits(ProgramMaker(seed, calls, GetParam()).make());
    if (HasFatalFailure()) return;
  }
}

/// How often operations stand in programs, and how often they read what another one computes.
struct Occurrences {
  int all = 0, fed = 0;
};

TEST_P(RandomGraphs, FeedEveryOperationByOthers) {
  const Calls calls = all_calls(GetParam());
  std::map<const OpDef*, Occurrences> occurrences;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const Program program = ProgramMaker(seed, calls, GetParam()).make();
    const std::size_t leaves =
        program.inputs.size() + program.states.size() + program.constants.size();
    for (const Program::Step& step : program.steps) {
      Occurrences& found = occurrences[step.call->op];
      ++found.all;
      found.fed += std::any_of(step.inputs.begin(), step.inputs.end(),
                               [leaves](std::size_t input) { return input >= leaves; });
    }
  }
  for (const std::vector<Call>& own : calls) {
    const OpDef* op = own[0].op;
    const bool has_real_input = std::any_of(own.begin(), own.end(), [](const Call& call) {
      const Tensors& inputs = call.sample.inputs;
      return std::any_of(inputs.begin(), inputs.end(),
                         [](const Tensor& x) { return is_floating(x.dtype()); });
    });
    EXPECT_GE(occurrences[op].all, 20) << op->name;
    EXPECT_GE(occurrences[op].fed, has_real_input && !op->refuses ? 10 : 0) << op->name;
  }
}

INSTANTIATE_TEST_SUITE_P(Compile, RandomGraphs, ::testing::Bool(), [](const auto& tested) {
  return tested.param ? "WithGradients" : "OfAllOperations";
});

}  // namespace
}  // namespace gradus
