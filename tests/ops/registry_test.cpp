// Every operation of the registry, at every one of its samples: kernels against the reference,
// layouts, element types, derivatives to second order, thread counts. An operation needs no test of
// its own for these.

#include "gradus/core/node.h"
#include "gradus/ops/all_ops.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <hwy/highway.h>

#include <cmath>
#include <map>
#include <set>

#include "../support/sample_variants.h"
#include "gradus/autodiff/vjp.h"
#include "gradus/base/error.h"
#include "gradus/base/parallel.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/targets.h"

namespace gradus {
namespace {

using testing::difference;

double tolerance_for(const Sample& sample, DType dtype) {
  switch (dtype) {
    case DType::f64:
      return 1e-12;
    case DType::f16:
      return 4e-3;
    case DType::bf16:
      return 3e-2;
    default:
      return sample.tolerance > 0 ? sample.tolerance : 2e-6;
  }
}

Tensors call(const OpDef& op, const Tensors& inputs, const Attributes& attributes) {
  const auto results = apply_all(op, Inputs(inputs.begin(), inputs.end()), attributes);
  return Tensors(results.begin(), results.end());
}

class EveryOp : public ::testing::TestWithParam<const OpDef*> {
 protected:
  const OpDef& op() const { return *GetParam(); }
  std::vector<Sample> samples() const {
    return op().samples ? op().samples() : std::vector<Sample>{};
  }

  /// The operation through the graph, against the reference kernel.
  void expect_reference(const Sample& sample, const Tensors& inputs, const std::string& what) {
    const std::vector<Array> expected =
        run_kernel(op(), op().reference(), inputs, sample.attributes);
    const Tensors results = call(op(), inputs, sample.attributes);
    eval(results);
    ASSERT_EQ(results.size(), expected.size());
    for (std::size_t i = 0; i < results.size(); ++i) {
      const double tolerance = tolerance_for(sample, results[i].dtype());
      EXPECT_EQ(difference(results[i].array(), expected[i], tolerance), "")
          << op().name << ", sample '" << sample.name << "', output " << i << ", " << what;
    }
  }

  /// The operation on floating inputs as `dtype`, unless it does not take these.
  void expect_reference_or_refusal(const Sample& sample, DType dtype, std::int64_t target) {
    const Tensors inputs = testing::floating_inputs_as(sample.inputs, dtype);
    try {
      call(op(), inputs, sample.attributes);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::dtype) << op().name << ": " << error.what();
      return;
    }
    expect_reference(sample, inputs,
                     fmt::format("as {} on {}", name_of(dtype), hwy::TargetName(target)));
  }
};

TEST_P(EveryOp, IsDescribedAndHasSamplesAndSaysWhetherItHasADerivative) {
  EXPECT_GT(std::string(op().doc).size(), 10u);
  EXPECT_FALSE(samples().empty());
  EXPECT_NE(op().vjp == nullptr, op().no_derivative == nullptr)
      << "a derivative or a reason, not both and not neither";
}

TEST_P(EveryOp, AgreesWithItsReference) {
  for (const Sample& sample : samples()) expect_reference(sample, sample.inputs, "as given");
}

/// What a kernel sees of a sample, on outputs that are there.
struct SampleCall {
  SampleCall(const OpDef& op, const Sample& sample)
      : expected(run_kernel(op, op.reference(), sample.inputs, sample.attributes)),
        outputs(expected),
        donatable(sample.inputs.size(), false) {
    for (const Tensor& input : sample.inputs) arrays.push_back(&input.array());
  }
  KernelContext context(const OpDef& op, const Sample& sample) {
    return {op, sample.attributes, arrays, outputs, {donatable.data(), donatable.size()}};
  }

  std::vector<Array> expected;  // by the reference
  std::vector<Array> outputs;
  std::vector<const Array*> arrays;
  SmallVector<bool, 4> donatable;
};

TEST_P(EveryOp, EveryKernelThatAcceptsAgreesWithTheReference) {
  for (const Sample& sample : samples()) {
    SampleCall call(op(), sample);
    const KernelContext context = call.context(op(), sample);
    for (const Kernel& kernel : op().kernels) {
      if (kernel.refuse && kernel.refuse(context)) continue;
      const auto results = run_kernel(op(), kernel, sample.inputs, sample.attributes);
      for (std::size_t i = 0; i < results.size(); ++i) {
        EXPECT_EQ(difference(results[i], call.expected[i], tolerance_for(sample, results[i].dtype)),
                  "")
            << op().name << ", kernel " << kernel.name << ", sample '" << sample.name << "'";
      }
    }
  }
}

/// Kernels that only sizes beyond samples reach, with the tests that do: of several channels
/// (ops/convolution_test), of large matrices (linalg/large_decomposition_test), and in bfloat16
/// (ops/precision_test).
bool is_for_larger_calls(const std::string& kernel) {
  return kernel == "runs" || kernel == "large" || kernel == "bf16";
}

TEST_P(EveryOp, EveryKernelAcceptsASampleOfSomeElementType) {
  std::map<std::string, std::set<std::string>> reasons;  // by kernel; "" where it accepts
  for (Sample sample : samples()) {
    const Tensors given = sample.inputs;
    for (const DType dtype : {DType::f32, DType::f64, DType::i32}) {
      sample.inputs = testing::floating_inputs_as(given, dtype);
      try {
        SampleCall call(op(), sample);
        const KernelContext context = call.context(op(), sample);
        for (const Kernel& kernel : op().kernels) {
          const char* reason = kernel.refuse ? kernel.refuse(context) : nullptr;
          reasons[kernel.name].insert(reason ? reason : "");
        }
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::dtype) << op().name << ": " << error.what();
      }
    }
  }
  for (const auto& [kernel, found] : reasons) {
    const bool lacks_processor = found.contains("no AVX-512: the blocked kernel is faster");
    EXPECT_TRUE(found.contains("") || lacks_processor || is_for_larger_calls(kernel))
        << op().name << ": no sample shows kernel " << kernel << " at work; it says "
        << ::testing::PrintToString(found);
  }
}

TEST_P(EveryOp, ReadsStridedInputs) {
  for (const Sample& sample : samples()) {
    Tensors inputs;
    for (const Tensor& input : sample.inputs) inputs.push_back(testing::strided_copy(input));
    const auto expected = run_kernel(op(), op().reference(), sample.inputs, sample.attributes);
    const Tensors results = call(op(), inputs, sample.attributes);
    for (std::size_t i = 0; i < results.size(); ++i) {
      EXPECT_EQ(
          difference(results[i].array(), expected[i], tolerance_for(sample, results[i].dtype())),
          "")
          << op().name << ", sample '" << sample.name << "'";
    }
  }
}

TEST_P(EveryOp, ReadsInputsRepeatedByAStrideOfZero) {
  for (const Sample& sample : samples()) {
    Tensors inputs;
    for (const Tensor& input : sample.inputs) inputs.push_back(testing::repeated_first(input));
    Tensors packed;
    for (const Tensor& input : inputs) {
      packed.push_back(Tensor::from_array(row_major_copy(input.array())));
    }
    const auto expected = run_kernel(op(), op().reference(), packed, sample.attributes);
    const Tensors results = call(op(), inputs, sample.attributes);
    for (std::size_t i = 0; i < results.size(); ++i) {
      EXPECT_EQ(
          difference(results[i].array(), expected[i], tolerance_for(sample, results[i].dtype())),
          "")
          << op().name << ", sample '" << sample.name << "'";
    }
  }
}

TEST_P(EveryOp, LeavesItsInputsAsTheyWere) {
  for (const Sample& sample : samples()) {
    std::vector<std::vector<double>> before;
    for (const Tensor& input : sample.inputs) before.push_back(input.to_vector<double>());
    eval(call(op(), sample.inputs, sample.attributes));
    for (std::size_t i = 0; i < before.size(); ++i) {
      const auto after = sample.inputs[i].to_vector<double>();
      for (std::size_t k = 0; k < after.size(); ++k) {
        EXPECT_TRUE(after[k] == before[i][k] ||
                    (after[k] != after[k] && before[i][k] != before[i][k]))
            << op().name << ", sample '" << sample.name << "', input " << i;
      }
    }
  }
}

TEST_P(EveryOp, GivesTheSameWhenItMayOverwriteItsInputs) {
  for (const Sample& sample : samples()) {
    const auto expected = run_kernel(op(), op().reference(), sample.inputs, sample.attributes);
    Tensors dying;  // fresh nodes that only the call holds
    for (const Tensor& input : sample.inputs) {
      dying.push_back(Tensor::from_bytes(input.bytes(), input.shape(), input.dtype()));
    }
    const auto results = apply_all(
        op(), Inputs(std::make_move_iterator(dying.begin()), std::make_move_iterator(dying.end())),
        sample.attributes);
    dying.clear();
    for (std::size_t i = 0; i < results.size(); ++i) {
      EXPECT_EQ(
          difference(results[i].array(), expected[i], tolerance_for(sample, results[i].dtype())),
          "")
          << op().name << ", sample '" << sample.name << "'";
    }
  }
}

// Random graphs and whoever else feeds operations what others computed rely on the mark.
TEST_P(EveryOp, ComputesSomethingForNaNsOrSaysWhatItRefuses) {
  bool refused = false;
  for (const Sample& sample : samples()) {
    Tensors inputs = sample.inputs;
    for (Tensor& input : inputs) {
      if (is_floating(input.dtype())) input = full(input.shape(), std::nan(""), input.dtype());
    }
    try {
      eval(call(op(), inputs, sample.attributes));
    } catch (const Error& error) {
      refused = true;
      EXPECT_TRUE(op().refuses) << op().name << ", sample '" << sample.name
                                << "': " << error.what();
    }
  }
  EXPECT_EQ(refused, op().refuses != nullptr) << op().name;
}

TEST_P(EveryOp, TakesOrRefusesEveryElementTypeOnEveryInstructionSet) {
  for (const std::int64_t target : usable_targets()) {
    const TargetScope scope(target);
    for (const Sample& sample : samples()) {
      for (const DType dtype : kAllDTypes) expect_reference_or_refusal(sample, dtype, target);
    }
  }
}

TEST_P(EveryOp, GivesTheSameBitsOnOneThreadAndOnSeveral) {
  const int before = thread_count();
  for (const Sample& sample : samples()) {
    set_thread_count(1);
    const Tensors one = call(op(), sample.inputs, sample.attributes);
    eval(one);
    set_thread_count(3);
    const Tensors three = call(op(), sample.inputs, sample.attributes);
    eval(three);
    set_thread_count(before);
    for (std::size_t i = 0; i < one.size(); ++i) {
      const auto a = one[i].bytes();
      const auto b = three[i].bytes();
      EXPECT_TRUE(std::equal(a.begin(), a.end(), b.begin(), b.end()))
          << op().name << ", sample '" << sample.name << "'";
    }
  }
}

// Derivatives, in f64. A cotangent u for every output and a direction v for every floating input:
// the derivative rule gives <vjp(u), v>, central differences give d/dh <u, f(x + h v)>.

class Derivative {
 public:
  Derivative(const OpDef& op, const Sample& sample, std::uint64_t seed)
      : op_(op), attributes_(sample.attributes), random_(seed) {
    inputs_ = testing::floating_inputs_as(sample.inputs, DType::f64);
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      if (!is_floating(inputs_[i].dtype())) continue;
      variables_.push_back(i);
      directions_.push_back(testing::random_direction(inputs_[i].shape(), random_));
    }
    for (const Tensor& output : call(op_, inputs_, attributes_)) {
      cotangents_.push_back(is_floating(output.dtype())
                                ? testing::random_direction(output.shape(), random_)
                                : Tensor());
    }
  }

  bool has_variables() const {
    for (const Tensor& cotangent : cotangents_) {
      if (cotangent.defined() && cotangent.size() > 0) return !variables_.empty();
    }
    return false;
  }

  /// f as a function of its floating inputs.
  Tensors f(const Tensors& variables) const {
    Tensors inputs = inputs_;
    for (std::size_t i = 0; i < variables_.size(); ++i) inputs[variables_[i]] = variables[i];
    return call(op_, inputs, attributes_);
  }
  Tensors point(double step) const {
    Tensors result;
    for (std::size_t i = 0; i < variables_.size(); ++i) {
      result.push_back(testing::moved(inputs_[variables_[i]], directions_[i], step));
    }
    return result;
  }
  Tensors pulled(const Tensors& at) const {
    return vjp([this](const Tensors& x) { return f(x); }, at).pullback(cotangents_);
  }

  static double product(const Tensors& a, const Tensors& b) {
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
      if (a[i].defined() && b[i].defined()) sum += testing::inner_product(a[i], b[i]);
    }
    return sum;
  }

  double by_rule() const { return product(pulled(point(0)), directions_); }
  double by_differences() const {
    return richardson([this](double h) { return product(f(point(h)), cotangents_); });
  }

  /// The same for g(x) = vjp of f at x with u, in a second direction w.
  double second_by_rule() {
    const Tensors w = second_directions();
    const Tensors pulled_again =
        vjp([this](const Tensors& x) { return pulled(x); }, point(0)).pullback(w);
    return product(pulled_again, directions_);
  }
  double second_by_differences() {
    const Tensors w = second_directions();
    return richardson([&](double h) { return product(pulled(point(h)), w); });
  }

 private:
  Tensors second_directions() {
    std::mt19937_64 random(77);
    Tensors w;
    for (const std::size_t i : variables_) {
      w.push_back(testing::random_direction(inputs_[i].shape(), random));
    }
    return w;
  }

  /// Central differences extrapolated to step 0: error of order h^4.
  template <class F>
  static double richardson(F f) {
    const double h = 2e-4;
    const double coarse = (f(2 * h) - f(-2 * h)) / (4 * h);
    const double fine = (f(h) - f(-h)) / (2 * h);
    return (4 * fine - coarse) / 3;
  }

  const OpDef& op_;
  Attributes attributes_;
  std::mt19937_64 random_;
  Tensors inputs_;
  std::vector<std::size_t> variables_;
  Tensors directions_;
  Tensors cotangents_;
};

// Differences of f64 values of order 1 at step 2e-4 carry a rounding error of about 1e-12 / 1e-4.
constexpr double kDifferenceTolerance = 2e-7;

TEST_P(EveryOp, HasTheDerivativeThatDifferencesShow) {
  if (!op().vjp) GTEST_SKIP() << "no derivative: " << op().no_derivative;
  for (const Sample& sample : samples()) {
    if (!sample.differentiable) continue;
    for (const std::uint64_t seed : {1, 2, 3}) {
      Derivative derivative(op(), sample, seed);
      if (!derivative.has_variables()) continue;
      const double expected = derivative.by_differences();
      EXPECT_NEAR(derivative.by_rule(), expected, kDifferenceTolerance * (1 + std::abs(expected)))
          << op().name << ", sample '" << sample.name << "'";
    }
  }
}

TEST_P(EveryOp, HasTheSecondDerivativeThatDifferencesShow) {
  if (!op().vjp) GTEST_SKIP() << "no derivative: " << op().no_derivative;
  for (const Sample& sample : samples()) {
    if (!sample.differentiable) continue;
    Derivative derivative(op(), sample, 5);
    if (!derivative.has_variables()) continue;
    double by_rule = 0;
    try {
      by_rule = derivative.second_by_rule();
    } catch (const Error& error) {
      if (error.code() != ErrorCode::unsupported) throw;
      continue;  // an operation marked as having no derivative stands in the derivative
    }
    const double expected = derivative.second_by_differences();
    EXPECT_NEAR(by_rule, expected, kDifferenceTolerance * (1 + std::abs(expected)))
        << op().name << ", sample '" << sample.name << "'";
  }
}

INSTANTIATE_TEST_SUITE_P(Registry, EveryOp, ::testing::ValuesIn(all_ops().begin(), all_ops().end()),
                         [](const auto& op) { return std::string(op.param->name); });

TEST(Registry, NamesAreUniqueAndFound) {
  std::set<std::string> names;
  for (const OpDef* op : all_ops()) {
    EXPECT_TRUE(names.insert(op->name).second) << op->name;
    EXPECT_EQ(find_op(op->name), op);
  }
  EXPECT_EQ(find_op("no such operation"), nullptr);
}

}  // namespace
}  // namespace gradus
