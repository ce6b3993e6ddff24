#include "gradus/core/node.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gradus/autodiff/grad.h"
#include "gradus/base/error.h"
#include "gradus/memory/allocator.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"

namespace gradus {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Graph, ComputesWhenAValueIsRead) {
  const Tensor x{1, 2};
  const Tensor y = x + x;
  EXPECT_FALSE(y.is_evaluated());
  EXPECT_THAT(y.to_vector<float>(), ElementsAre(2, 4));
  EXPECT_TRUE(y.is_evaluated());
}

TEST(Graph, ReportsMistakesWhereTheyAreMade) {
  EXPECT_THROW(Tensor({1, 2}) + Tensor({1, 2, 3}), Error);
}

TEST(Graph, LetsGoOfWhatAnEvaluatedTensorWasMadeFrom) {
  const Tensor x{1, 2};
  const Tensor y = x * x;
  EXPECT_EQ(y.node()->inputs().size(), 2u);
  y.eval();
  EXPECT_TRUE(y.node()->inputs().empty());
}

TEST(Graph, OverwritesAnInputThatNobodyElseHolds) {
  Tensor x = ones({1 << 16}) + 0.0;
  x.eval();
  const std::byte* place = x.array().buffer.data();
  const Tensor y = negative(x);
  x = Tensor();
  EXPECT_EQ(y.eval().array().buffer.data(), place);
}

TEST(Graph, NeverOverwritesAnInputThatSomebodyHolds) {
  const Tensor x = (ones({4}) + 0.0).eval();
  const Tensor y = negative(x);
  y.eval();
  EXPECT_THAT(x.to_vector<float>(), ElementsAre(1, 1, 1, 1));
}

TEST(Graph, TakesAMillionOperations) {
  const auto chain = [](const Tensor& x) {
    Tensor y = x;
    for (int i = 0; i < 1000000; ++i) y = y + 1e-3;
    return y;
  };
  EXPECT_NEAR(chain(Tensor::scalar(0, DType::f64)).item<double>(), 1000.0, 1e-6);
  const UnaryFunction f = [&](const Tensor& x) { return chain(x) * x; };
  // d/dx (x + 1000) x = 2 x + 1000
  EXPECT_NEAR(grad(f)(Tensor::scalar(3, DType::f64)).item<double>(), 1006.0, 1e-6);
}

TEST(Graph, EvaluatesPiledUpWorkByItself) {
  Tensor x{1.0f};
  for (int i = 0; i < 10000; ++i) x = x + 1.0;
  EXPECT_FALSE(x.is_evaluated());
  std::size_t depth = 0;
  for (Node* node = x.node(); !node->evaluated(); node = node->inputs()[0].node()) ++depth;
  EXPECT_LT(depth, 5000u);
  EXPECT_EQ(x.item<float>(), 10001.0f);
}

TEST(Graph, FreesIntermediateResultsWhileItComputes) {
  clear_memory_cache();
  const std::int64_t n = 1 << 20;
  Tensor x = ones({n}) * 1.0;
  x.eval();
  reset_peak_memory();
  const std::size_t before = memory_statistics().in_use;
  Tensor y = x;
  for (int i = 0; i < 50; ++i) y = transpose(reshape(y, {1024, 1024})) + 1.0;
  y.eval();
  EXPECT_LT(memory_statistics().peak_in_use - before, 4u * static_cast<std::size_t>(n) * 4u);
}

TEST(Graph, IsDrawnInDot) {
  const Tensor x{{1, 2}};
  const Tensor y = sum(x * x);
  const std::string dot = to_dot({&y, 1});
  EXPECT_THAT(dot, HasSubstr("digraph"));
  EXPECT_THAT(dot, HasSubstr("multiply"));
  EXPECT_THAT(dot, HasSubstr("f32[1, 2]"));
}

TEST(TraceScope, KeepsInputsOnlyWhileItLives) {
  const Tensor x{2.0f};
  Tensor y;
  {
    const TraceScope scope;
    y = square(scope.watch(x));
    y.eval();
    EXPECT_TRUE(is_watched(*y.node()));
    EXPECT_FALSE(y.node()->inputs().empty());
  }
  EXPECT_FALSE(is_watched(*y.node()));
  const Tensor z = y + 1.0;  // using it once more lets go of the graph behind it
  EXPECT_TRUE(y.node()->inputs().empty());
  EXPECT_EQ(z.item<float>(), 5.0f);
}

TEST(TraceScope, MayCloseInAnyOrder) {
  auto first = std::make_unique<TraceScope>();
  auto second = std::make_unique<TraceScope>();
  const Tensor x = second->watch(Tensor{1.0f});
  first.reset();
  EXPECT_TRUE(is_watched(*x.node()));
  second.reset();
  EXPECT_FALSE(is_watched(*x.node()));
}

}  // namespace
}  // namespace gradus
