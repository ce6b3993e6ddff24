#include "gradus/core/compile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../support/error_of.h"
#include "gradus/autodiff/grad.h"
#include "gradus/core/passes.h"
#include "gradus/core/placeholder.h"
#include "gradus/memory/allocator.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/indexing.h"
#include "gradus/ops/random.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/select.h"

namespace gradus {
namespace {

using testing::error_of;
using ::testing::ElementsAre;
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
  auto add = compile([&](const Tensor& x) { return total = total + x; }, State::of(total));
  add(Tensor{1, 2});
  add(Tensor{10, 20});
  const Tensor result = add(Tensor{100, 200});
  EXPECT_THAT(result.to_vector<float>(), ElementsAre(111, 222));
  EXPECT_THAT(total.to_vector<float>(), ElementsAre(111, 222));
}

TEST(Compile, SeesStateThatTheUserReplaces) {
  Tensor total{0, 0};
  auto add = compile([&](const Tensor& x) { return total = total + x; }, State::of(total));
  for (int i = 0; i < 4; ++i) {
    total = Tensor{5, 5} * static_cast<double>(i);  // not even evaluated
    EXPECT_THAT(add(Tensor{1, 2}).to_vector<float>(), ElementsAre(5 * i + 1, 5 * i + 2));
  }
}

TEST(Compile, LeavesValuesOfStateAloneThatSomebodyHolds) {
  Tensor state{1, 2};
  auto step = compile([&](const Tensor& x) {
    state = state * x;
    return sum(x);
  }, State::of(state));
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
  auto step = compile([&](const Tensor& x) {
    state = state * x;
    return sum(x);
  }, State::of(state));
  step(Tensor{2, 3});
  const std::byte* place = state.array().buffer.data();
  for (int i = 0; i < 3; ++i) step(Tensor{2, 3});
  EXPECT_EQ(state.array().buffer.data(), place);
  EXPECT_THAT(state.to_vector<float>(), ElementsAre(16, 162));
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
  auto step = compile([&](const Tensor& x) {
    const Tensor y = x * state;
    state = state - y * 0.001;
    return mean(y);
  }, State::of(state));
  const Tensor x = (ones({64, 64}) * 0.5).eval();
  Tensor loss;
  for (int i = 0; i < 3; ++i) loss = step(x);
  const auto before = memory_statistics().allocations;
  for (int i = 0; i < 5; ++i) loss = step(x);
  EXPECT_EQ(memory_statistics().allocations, before);
}

}  // namespace
}  // namespace gradus
