#include "gradus/core/compile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "../support/error_of.h"
#include "gradus/autodiff/checkpoint.h"
#include "gradus/autodiff/grad.h"
#include "gradus/core/passes.h"
#include "gradus/core/placeholder.h"
#include "gradus/memory/allocator.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/indexing.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/random.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/select.h"
#include "gradus/ops/transcendental.h"

namespace gradus {
namespace {

using ::testing::ElementsAre;
using testing::error_of;
using ::testing::HasSubstr;

TEST(Compile, ComputesWhatTheFunctionComputes) {
  auto f = compile([](const Tensor& x, const Tensor& y) { return sum(x * y + 1.0); });
  // 1*4 + 1 + 2*5 + 1 + 3*6 + 1
  EXPECT_EQ(f(Tensor{1, 2, 3}, Tensor{4, 5, 6}).item<float>(), 35.0f);
  EXPECT_EQ(f(Tensor{0, 1, 0}, Tensor{7, 8, 9}).item<float>(), 11.0f);
}

TEST(Compile, TracesOnceForEachSignature) {
  int calls = 0;
  auto f = compile([&](const Tensor& x) {
    ++calls;
    return x + x;
  });
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(f(Tensor{1, 2}).to_vector<float>(), ElementsAre(2, 4));
    EXPECT_THAT(f(Tensor{1, 2, 3}).to_vector<float>(), ElementsAre(2, 4, 6));
    EXPECT_THAT(f(Tensor::from(std::vector<double>{5})).to_vector<double>(), ElementsAre(10));
  }
  EXPECT_EQ(calls, 3);
  EXPECT_EQ(f.plans(), 3u);
}

TEST(Compile, TakesAndReturnsListsOfTensors) {
  auto f = compile([](const Tensors& x) { return Tensors{x[0] + x[1], x[0] * x[1]}; });
  for (int i = 0; i < 3; ++i) {
    const Tensors y = f(Tensors{Tensor{2, 3}, Tensor{4, 5}});
    ASSERT_EQ(y.size(), 2u);
    EXPECT_THAT(y[0].to_vector<float>(), ElementsAre(6, 8));
    EXPECT_THAT(y[1].to_vector<float>(), ElementsAre(8, 15));
  }
}

TEST(Compile, KeepsStateFromCallToCall) {
  Tensor total{0, 0};
  auto add = compile([&](const Tensor& x) { return total = total + x; }, FunctionState::of(total));
  add(Tensor{1, 2});
  add(Tensor{10, 20});
  const Tensor result = add(Tensor{100, 200});
  EXPECT_THAT(result.to_vector<float>(), ElementsAre(111, 222));
  EXPECT_THAT(total.to_vector<float>(), ElementsAre(111, 222));
}

TEST(Compile, SeesStateThatTheUserReplaces) {
  Tensor total{0, 0};
  auto add = compile([&](const Tensor& x) { return total = total + x; }, FunctionState::of(total));
  for (int i = 0; i < 4; ++i) {
    total = Tensor{5, 5} * static_cast<double>(i);  // not even evaluated
    EXPECT_THAT(add(Tensor{1, 2}).to_vector<float>(), ElementsAre(5 * i + 1, 5 * i + 2));
  }
}

TEST(Compile, LeavesValuesOfStateAloneThatSomebodyHolds) {
  Tensor state{1, 2};
  auto step = compile(
      [&](const Tensor& x) {
        state = state * x;
        return sum(x);
      },
      FunctionState::of(state));
  std::vector<Tensor> seen;
  for (int i = 0; i < 5; ++i) {
    seen.push_back(state);
    step(Tensor{2, 3});
  }
  for (int i = 0; i < 5; ++i) {
    EXPECT_THAT(seen[static_cast<std::size_t>(i)].to_vector<double>(),
                ElementsAre(std::pow(2, i), 2 * std::pow(3, i)));
  }
}

TEST(Compile, OverwritesStateThatNobodyElseHolds) {
  Tensor state{1, 2};
  auto step = compile(
      [&](const Tensor& x) {
        state = state * x;
        return sum(x);
      },
      FunctionState::of(state));
  step(Tensor{2, 3});
  const std::byte* place = state.array().buffer.data();
  for (int i = 0; i < 3; ++i) step(Tensor{2, 3});
  EXPECT_EQ(state.array().buffer.data(), place);
  EXPECT_THAT(state.to_vector<float>(), ElementsAre(16, 162));
}

// Elements in row-major order are a copy where they lie otherwise, here column by column.
TEST(Compile, ElementsInRowMajorOrderAreThoseOfTheLastCall) {
  Tensor state = transpose(Tensor{{1, 2}, {3, 4}});
  auto step = compile(
      [&](const Tensor& x) {
        state = state * transpose(x);
        return transpose(x) + 1.0;
      },
      FunctionState::of(state));
  for (int i = 1; i <= 5; ++i) {
    const Tensor result = step(full({2, 2}, 2) * Tensor{{1, 1}, {static_cast<float>(i), 1}});
    EXPECT_THAT(result.data<float>(), ElementsAre(3, 2 * i + 1, 3, 3));
    const double doublings = std::pow(2, i);
    EXPECT_THAT(state.data<float>(), ElementsAre(doublings, doublings * 3 * std::tgamma(i + 1),
                                                 doublings * 2, doublings * 4));
  }
}

TEST(Compile, ResultsStayWhatTheyWere) {
  auto f = compile([](const Tensor& x) { return x * 2.0; });
  std::vector<Tensor> results;
  for (int i = 0; i < 6; ++i) results.push_back(f(Tensor{static_cast<float>(i)}));
  for (int i = 0; i < 6; ++i) {
    EXPECT_EQ(results[static_cast<std::size_t>(i)].item<float>(), 2.0f * static_cast<float>(i));
  }
}

TEST(Compile, AViewOfAResultKeepsIt) {
  auto f = compile([](const Tensor& x) { return x * 2.0; });
  f(Tensor{{1, 2}, {3, 4}});
  f(Tensor{{1, 2}, {3, 4}});
  const Tensor turned = transpose(f(Tensor{{1, 2}, {3, 4}})).eval();
  for (int i = 0; i < 3; ++i) f(Tensor{{0, 0}, {0, 0}});
  EXPECT_THAT(turned.to_vector<float>(), ElementsAre(2, 6, 4, 8));
}

TEST(Compile, AllocatesNothingWhenItRunsAgain) {
  Tensor state = ones({64, 64}) * 1.0;
  auto step = compile(
      [&](const Tensor& x) {
        const Tensor y = x * state;
        state = state - y * 0.001;
        return mean(y);
      },
      FunctionState::of(state));
  const Tensor x = (ones({64, 64}) * 0.5).eval();
  Tensor loss;
  for (int i = 0; i < 3; ++i) loss = step(x);
  const auto before = memory_statistics().allocations;
  for (int i = 0; i < 5; ++i) loss = step(x);
  EXPECT_EQ(memory_statistics().allocations, before);
}

TEST(Compile, ReadingAValueInsideNamesWhatAndWhere) {
  Tensor state{1, 2};
  const int line = __LINE__ + 4;
  auto f = compile(
      [&](const Tensor& x) {
        state = state + x;
        return x * sum(state * x).item<float>();
      },
      FunctionState::of(state));
  const Error error = error_of([&] { f(Tensor{3, 4}); });
  EXPECT_THAT(error.what(), HasSubstr("a value was read inside a compiled function"));
  EXPECT_THAT(error.what(), HasSubstr("f32[] from sum"));
  EXPECT_THAT(error.what(), HasSubstr("compile_test.cpp:" + std::to_string(line)));
  EXPECT_EQ(error.where().line(), static_cast<unsigned>(line));
  EXPECT_THAT(state.to_vector<float>(), ElementsAre(1, 2));
}

TEST(Compile, AnExceptionOfTheFunctionLeavesStateAsItWas) {
  Tensor state{1, 2};
  bool fails = true;
  auto f = compile(
      [&](const Tensor& x) {
        state = state + x;
        if (fails) throw std::runtime_error("no");
        return state;
      },
      FunctionState::of(state));
  EXPECT_THROW(f(Tensor{3, 4}), std::runtime_error);
  EXPECT_THAT(state.to_vector<float>(), ElementsAre(1, 2));
  fails = false;
  EXPECT_THAT(f(Tensor{3, 4}).to_vector<float>(), ElementsAre(4, 6));
}

TEST(Compile, ATensorKeptFromInsideSaysSo) {
  Tensor kept;
  auto f = compile([&](const Tensor& x) { return kept = x + 1.0; });
  f(Tensor{1.0f});
  const Error error = error_of([&] { kept.eval(); });
  EXPECT_THAT(error.what(), HasSubstr("was kept from inside a compiled function"));
}

TEST(Compile, ATensorThatIsGivenAValueMustBeAState) {
  Tensor total(0.0f);
  const auto add = [&](const Tensor& x) {
    total = total + x;
    return x * 2.0;
  };
  auto forgotten = compile(add);
  const Error error = error_of([&] { forgotten(Tensor(1.0f)); });
  EXPECT_THAT(error.what(), HasSubstr("is not named as its state"));

  total = Tensor(0.0f);
  auto named = compile(add, FunctionState::of(total));
  named(Tensor(1.0f));
  named(Tensor(2.0f));
  EXPECT_EQ(total.item<float>(), 3);
}

TEST(Compile, AStateThatIsAnInputTooIsReadAsItWasBefore) {
  Tensor state{1, 2};
  auto f = compile(
      [&](const Tensor& x) {
        state = state * 3.0;
        return state + x;
      },
      FunctionState::of(state));
  for (const float power : {1.0f, 3.0f, 9.0f}) {
    EXPECT_THAT(f(state).to_vector<float>(), ElementsAre(4 * power, 8 * power));
  }
}

TEST(Compile, StatesMayChangePlaces) {
  Tensor a{1.0f}, b{2.0f};
  auto turn = compile(
      [&](const Tensor& x) {
        std::swap(a, b);
        a = a + x;
        return a;
      },
      FunctionState::of(a, b));
  Tensor plain_a{1.0f}, plain_b{2.0f};
  for (int i = 0; i < 5; ++i) {
    std::swap(plain_a, plain_b);
    plain_a = plain_a + Tensor{10.0f};
    turn(Tensor{10.0f});
    EXPECT_EQ(a.item<float>(), plain_a.item<float>());
    EXPECT_EQ(b.item<float>(), plain_b.item<float>());
  }
}

TEST(Compile, WithinACompiledFunctionIsPartOfIt) {
  Tensor count(0.0f);
  auto inner =
      compile([&](const Tensor& x) { return count = count + x; }, FunctionState::of(count));
  auto outer = compile([&](const Tensor& x) { return inner(x) * 2.0; }, FunctionState::of(count));
  EXPECT_EQ(outer(Tensor(1.0f)).item<float>(), 2.0f);
  EXPECT_EQ(outer(Tensor(2.0f)).item<float>(), 6.0f);
  EXPECT_EQ(count.item<float>(), 3.0f);
  auto forgetful = compile([&](const Tensor& x) { return inner(x) * 2.0; });
  const Error error = error_of([&] { forgetful(Tensor(1.0f)); });
  EXPECT_THAT(error.what(), HasSubstr("does not keep its states"));
  EXPECT_EQ(count.item<float>(), 3.0f);
}

TEST(Compile, WithinATransformHasDerivatives) {
  auto square = compile([](const Tensor& x) { return x * x; });
  square(Tensor(3.0f));
  const auto derivative = grad(UnaryFunction([&](const Tensor& x) { return square(x); }));
  EXPECT_EQ(derivative(Tensor(3.0f)).item<float>(), 6.0f);
}

/// The gradients of a function of 64 products in 8 blocks.
std::function<Tensors(const Tensors&)> deep_gradient(bool with_checkpoints) {
  const TensorFunction block = [](const Tensors& x) {
    Tensor y = x[0];
    for (int i = 0; i < 8; ++i) y = matmul(tanh(y), x[1]);
    return Tensors{y};
  };
  const TensorFunction part = with_checkpoints ? checkpoint(block) : block;
  return grad(ScalarFunction([part](const Tensors& x) {
    Tensor y = x[0];
    for (int i = 0; i < 8; ++i) y = part({y, x[1]})[0];
    return sum(y);
  }));
}

Tensors deep_inputs() {
  return {random_normal(Key(1), {64, 64}).eval(), random_normal(Key(2), {64, 64}, 0, 0.1).eval()};
}

/// The most memory that it takes when it is compiled and runs again.
std::size_t memory_of_deep_gradient(bool with_checkpoints) {
  auto gradient = compile(deep_gradient(with_checkpoints));
  const Tensors x = deep_inputs();
  gradient(x);
  clear_memory_cache();
  const std::size_t before = memory_statistics().in_use;
  reset_peak_memory();
  gradient(x);
  return memory_statistics().peak_in_use - before;
}

TEST(Compile, CheckpointsKeepTheirMeaning) {
  const Tensors x = deep_inputs();
  auto compiled = compile(deep_gradient(true));
  const Tensors expected = deep_gradient(true)(x);
  for (int call = 0; call < 2; ++call) {
    const Tensors actual = compiled(x);
    EXPECT_EQ(actual[0].to_vector<float>(), expected[0].to_vector<float>());
    EXPECT_EQ(actual[1].to_vector<float>(), expected[1].to_vector<float>());
  }
  // About 8 + 8 intermediate results instead of 64.
  EXPECT_LT(memory_of_deep_gradient(true), memory_of_deep_gradient(false) / 2);
}

TEST(Compile, TakesAChainOfManyOperations) {
  auto chain = compile([](const Tensor& x) {
    Tensor y = x;
    for (int i = 0; i < 100000; ++i) y = y + 1.0;
    return y;
  });
  for (int i = 0; i < 3; ++i) EXPECT_EQ(chain(Tensor(0.5f)).item<float>(), 100000.5f);
}

TEST(Passes, MergeEqualOperations) {
  const TraceScope scope;
  const Tensor x = make_placeholder(scope, Tensor{1, 2}.array());
  const Tensor outputs[] = {(x + 1.0) * 2.0, (x + 1.0) * 2.0, (x + 1.5) * 2.0};
  const Tensors merged = merge_equal(outputs);
  EXPECT_TRUE(merged[0].is(merged[1]));
  EXPECT_FALSE(merged[0].is(merged[2]));
}

TEST(Passes, MergeRandomNumbersOfOneKeyOnly) {
  const TraceScope scope;
  const Tensor data = make_placeholder(scope, Key(1).data().array());
  const Tensor outputs[] = {random_uniform(Key(data), {2}), random_uniform(Key(data), {2}),
                            random_uniform(Key(data).fold_in(1), {2}),
                            random_uniform(Key(data).fold_in(2), {2})};
  const Tensors merged = merge_equal(outputs);
  EXPECT_TRUE(merged[0].is(merged[1]));
  EXPECT_FALSE(merged[0].is(merged[2]));
  EXPECT_FALSE(merged[2].is(merged[3]));
}

TEST(Passes, FoldWhatDependsOnNoInput) {
  const TraceScope scope;
  const Tensor x = make_placeholder(scope, Tensor{1, 2}.array());
  const Tensor constant = square(Tensor{3, 4});
  const Tensor output = x * constant;
  fold_constants({&output, 1});
  EXPECT_TRUE(constant.is_evaluated());
  EXPECT_FALSE(output.is_evaluated());
}

}  // namespace
}  // namespace gradus
