#include "gradus/ops/fuse.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>
#include <set>
#include <vector>

#include "../support/random_graph.h"
#include "gradus/autodiff/grad.h"
#include "gradus/autodiff/vjp.h"
#include "gradus/base/parallel.h"
#include "gradus/core/node.h"
#include "gradus/ops/activation.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/comparison.h"
#include "gradus/ops/fused.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/random.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/reduce_axes.h"
#include "gradus/ops/select.h"
#include "gradus/ops/stream_copy.h"
#include "gradus/ops/transcendental.h"

namespace gradus {
namespace {

Tensor fused(const Tensor& x) { return fuse({&x, 1})[0]; }

/// The unevaluated nodes behind some tensors.
std::set<const Node*> pending_nodes(const Tensors& tensors) {
  std::set<const Node*> seen;
  std::vector<const Node*> waiting;
  const auto meet = [&](const Tensor& tensor) {
    if (!tensor.is_evaluated() && seen.insert(tensor.node()).second) {
      waiting.push_back(tensor.node());
    }
  };
  for (const Tensor& tensor : tensors) meet(tensor);
  while (!waiting.empty()) {
    const Node* node = waiting.back();
    waiting.pop_back();
    for (const Tensor& input : node->inputs()) meet(input);
  }
  return seen;
}

std::size_t pending_elementwise(const Tensors& tensors) {
  std::size_t count = 0;
  for (const Node* node : pending_nodes(tensors)) count += node->op()->elementwise != nullptr;
  return count;
}

/// Equal bits, but for the sign and payload of a NaN, which IEEE 754 leaves open.
bool have_same_bits(const Tensor& a, const Tensor& b) {
  const auto x = a.bytes();
  const auto y = b.bytes();
  const std::size_t item = size_of(a.dtype());
  const auto numbers = is_floating(a.dtype()) ? a.to_vector<double>() : std::vector<double>{};
  const auto others = is_floating(b.dtype()) ? b.to_vector<double>() : std::vector<double>{};
  for (std::size_t i = 0; i < x.size() / item; ++i) {
    if (std::equal(&x[i * item], &x[i * item] + item, &y[i * item])) continue;
    if (numbers.empty() || !std::isnan(numbers[i]) || !std::isnan(others[i])) return false;
  }
  return true;
}

void expect_same_bits(const Tensor& actual, const Tensor& expected, const std::string& what) {
  ASSERT_EQ(actual.shape(), expected.shape()) << what;
  ASSERT_EQ(actual.dtype(), expected.dtype()) << what;
  EXPECT_TRUE(have_same_bits(actual, expected))
      << what << ": " << actual.to_string() << " instead of " << expected.to_string();
}

/// Values from -2 to 2 without order.
Tensor spread(const Shape& shape) {
  std::vector<float> values(static_cast<std::size_t>(shape.size()));
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = static_cast<float>(std::fmod(static_cast<double>(i) * 0.6180339887, 1.0) * 4 - 2);
  }
  return Tensor::from(values, shape);
}

TEST(Fuse, MakesOneOperationOfAChain) {
  const Tensor a{1, -2, 0.5f};
  const Tensor b{0.25f, 1, -3};
  const Tensor y = fused(tanh(a * b + a) * 0.5 + b);
  EXPECT_EQ(y.node()->op(), &kFused);
  EXPECT_EQ(pending_nodes({y}).size(), 1u);
  for (std::size_t i = 0; i < 3; ++i) {
    const double x = a.data<float>()[i];
    const double z = b.data<float>()[i];
    EXPECT_NEAR(y.data<float>()[i], std::tanh(x * z + x) * 0.5 + z, 1e-6);
  }
}

TEST(Fuse, TakesCastsComparisonsAndChoices) {
  const Tensor x{-1.5f, 2.5f, 7};
  const Tensor y =
      fused(where(greater(x, Tensor(0.0f)), cast(x, DType::i32) * 2, cast(x, DType::i32)));
  EXPECT_EQ(pending_nodes({y}).size(), 1u);
  EXPECT_EQ(y.to_vector<std::int32_t>(), (std::vector<std::int32_t>{-1, 4, 14}));
}

TEST(Fuse, TakesAReductionOverTheLastAxes) {
  const Tensor x{{1, 2, 3}, {4, 5, 6}};
  const Tensor rows = fused(sum(square(x), {.axes = {1}}));
  const Tensor all = fused(mean(square(x)));
  EXPECT_EQ(pending_nodes({rows}).size(), 1u);
  EXPECT_EQ(pending_nodes({all}).size(), 1u);
  EXPECT_EQ(rows.to_vector<float>(), (std::vector<float>{14, 77}));
  EXPECT_FLOAT_EQ(all.item<float>(), 91.0f / 6);
}

TEST(Fuse, LeavesAReductionOverFirstAxesBehindWhatItReduces) {
  const Tensor x{{1, 2, 3}, {4, 5, 6}};
  const Tensor y = fused(sum(square(x) + x, {.axes = {0}}));
  EXPECT_EQ(y.node()->op(), &kSum);
  EXPECT_EQ(y.to_vector<float>(), (std::vector<float>{22, 36, 54}));
}

TEST(Fuse, MakesASharedValueOneMoreOutput) {
  const Tensor x{0, 1};
  const Tensor y = exp(x);
  const Tensors results = fuse(Tensors{y, y * 2 + x});
  EXPECT_EQ(results[0].node(), results[1].node());
  EXPECT_NEAR(results[0].data<float>()[1], std::exp(1.0), 1e-6);
  EXPECT_NEAR(results[1].data<float>()[1], 2 * std::exp(1.0) + 1, 1e-6);
}

TEST(Fuse, GoesAroundAnOperationBetweenTwoOthers) {
  // exp(x) is needed before the product and after it: one group of both would wait for itself.
  const Tensor x{{1, 2}, {3, 4}};
  const Tensor e = exp(x * 0.5);
  const Tensor y = e + matmul(e, Tensor{{0, 1}, {1, 0}}) * 2;
  const Tensor z = fused(y);
  for (int i = 0; i < 2; ++i) {
    for (int j = 0; j < 2; ++j) {
      const auto at = [&](int column) { return std::exp(0.5 * (1 + 2 * i + column)); };
      EXPECT_NEAR(z.data<float>()[2 * i + j], at(j) + 2 * at(1 - j), 1e-5);
    }
  }
}

TEST(Fuse, ReturnsWhatIsEvaluatedOrAloneAsItIs) {
  const Tensor x{1, 2};
  const Tensor alone = exp(x);
  const Tensors results = fuse(Tensors{x, alone});
  EXPECT_TRUE(results[0].is(x));
  EXPECT_TRUE(results[1].is(alone));
}

TEST(Fuse, TakesAChainOfAHundredThousandOperations) {
  const TraceScope scope;  // so that the chain is not evaluated while it grows
  Tensor x = scope.watch(Tensor{0, 0.5f});
  for (int i = 0; i < 100'000; ++i) x = x + 1;
  const Tensor y = fused(x);
  EXPECT_LT(pending_nodes({y}).size(), 2500u);
  EXPECT_EQ(y.to_vector<float>(), (std::vector<float>{100'000, 100'000.5f}));
}

TEST(Fuse, LetsDerivativesPass) {
  const auto f = [](const Tensors& x) { return fuse(Tensors{sum(tanh(x[0] * x[1]))}); };
  const Tensors at{Tensor{0.5f, -1}, Tensor{2, 0.25f}};
  const Tensors gradients = vjp(f, at).pullback({Tensor(1.0f)});
  for (std::size_t i = 0; i < 2; ++i) {
    const double a = at[0].data<float>()[i];
    const double b = at[1].data<float>()[i];
    const double slope = 1 - std::tanh(a * b) * std::tanh(a * b);
    EXPECT_NEAR(gradients[0].data<float>()[i], b * slope, 1e-6);
    EXPECT_NEAR(gradients[1].data<float>()[i], a * slope, 1e-6);
  }
}

TEST(Fuse, KeepsTheVariablesOfAnOpenTransform) {
  // The variable is an identity of a value that is not evaluated.
  const Tensor x{0.5f, -1};
  const auto f = [](const Tensors& v) { return fuse(Tensors{exp(v[0] * 2)}); };
  const Tensor gradient = vjp(f, {x * x}).pullback({Tensor{1, 1}})[0];
  EXPECT_NEAR(gradient.data<float>()[0], 2 * std::exp(0.5), 1e-5);
  EXPECT_NEAR(gradient.data<float>()[1], 2 * std::exp(2.0), 1e-4);
}

/// Functions of two matrices whose gradients networks need.
struct NamedFunction {
  const char* name;
  Tensor (*f)(const Tensor& a, const Tensor& b);
};
const NamedFunction kFunctions[] = {
    {"tanh chain",
     [](const Tensor& a, const Tensor& b) { return mean(tanh(a * b + a) * 0.5 + b); }},
    {"gelu", [](const Tensor& a, const Tensor& b) { return sum(gelu(a + b) * a); }},
    {"silu", [](const Tensor& a, const Tensor& b) { return sum(silu(a * 2) * b); }},
    {"squared error",
     [](const Tensor& a, const Tensor& b) { return mean(square(sigmoid(a) - b)); }},
    {"normalisation",
     [](const Tensor& a, const Tensor& b) {
       const Tensor centred = a - mean(a, {.axes = {-1}, .keep_axes = true});
       const Tensor power = mean(square(centred), {.axes = {-1}, .keep_axes = true});
       return sum(centred * rsqrt(power + 1e-5) * b);
     }},
};

TEST(Fuse, LeavesNoTwoOperationsApartThatCouldBeOneInGradients) {
  const Tensors at{spread({6, 50}), spread({6, 50}) * 0.7};
  eval(at);
  for (const auto& [name, f] : kFunctions) {
    const ScalarFunction function = [f = f](const Tensors& x) { return f(x[0], x[1]); };
    const Tensors plain = grad(function)(at);
    const Tensors results = fuse(plain);
    for (const Node* node : pending_nodes(results)) {
      if (!node->op()->elementwise) continue;
      for (const Tensor& input : node->inputs()) {
        if (input.is_evaluated() || !(input.shape() == node->output(0).shape)) continue;
        EXPECT_EQ(input.node()->op()->elementwise, nullptr)
            << name << ": " << input.node()->op()->name << " before " << node->op()->name;
      }
    }
    EXPECT_LE(pending_elementwise(results), pending_elementwise(plain) / 3) << name;
    for (std::size_t i = 0; i < plain.size(); ++i) expect_same_bits(results[i], plain[i], name);
  }
}

TEST(Fuse, ReducesToTheBitsOfTheOperationsAlone) {
  const OpDef* reductions[] = {&kSum, &kMean, &kMax, &kMin, &kLogSumExp};
  const Shape shapes[] = {{1, 1},    {3, 7},     {700, 3},    {2, 2047},    {3, 2049},
                          {1, 5000}, {40, 2048}, {130, 1000}, {1, 200'000}, {7, 30'001}};
  for (const Shape& shape : shapes) {
    const Tensor x = spread(shape);
    const Tensor row = spread({shape[1]});
    for (const DType dtype : {DType::f32, DType::f64}) {
      for (const OpDef* op : reductions) {
        for (const Dims& axes : {Dims{1}, Dims{0, 1}}) {
          const auto build = [&] {
            const Tensor value = cast(x, dtype) * cast(row, dtype) + 0.25;
            return apply(*op, {value}, ReduceAttributes{axes, false});
          };
          expect_same_bits(fused(build()), build(), std::string(op->name) + shape.to_string());
        }
      }
    }
  }
}

// A reduction of an output adds in the order in which it lies.
TEST(Fuse, KeepsTheLayoutOfEachOutput) {
  const Tensor rows = random_normal(Key(1), {30, 50}).eval();
  const Tensor columns = transpose(random_normal(Key(2), {50, 30})).eval();
  const auto outputs = [&] {
    const Tensor a = rows * columns;
    const Tensor b = columns + a;
    return Tensors{a, b, rows - b};
  };
  const Tensors expected = outputs();
  eval(expected);
  const Tensors actual = fuse(outputs());
  EXPECT_EQ(pending_nodes(actual).size(), 1u);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(actual[i].array().strides, expected[i].array().strides) << "output " << i;
    expect_same_bits(actual[i], expected[i], "output " + std::to_string(i));
  }
}

TEST(Fuse, GivesTheSameBitsOnOneThreadAndOnSeveral) {
  const int before = thread_count();
  const Tensor x = spread({50, 6000});
  const Tensor column = spread({50, 1});
  const auto run = [&](int threads) {
    set_thread_count(threads);
    const Tensor y = gelu(x * column) + x;
    Tensors results = fuse(Tensors{y, sum(y), max(x - column, {.axes = {1}})});
    eval(results);
    return results;
  };
  const Tensors one = run(1);
  const Tensors three = run(3);
  set_thread_count(before);
  for (std::size_t i = 0; i < one.size(); ++i) expect_same_bits(three[i], one[i], "threads");
}

TEST(Fuse, WritesLargeResultsPastTheCachesWhole) {
  constexpr std::int64_t kSize = kStreamedBytes / 4 + 13;
  const Tensor x = spread({kSize});
  const Tensor y = x * 2 - 1;
  const Tensors plain{x * y + x, square(y)};
  for (const int threads : {1, 3}) {
    const int before = thread_count();
    set_thread_count(threads);
    Tensors results = fuse(Tensors{x * y + x, square(y)});
    eval(results);
    set_thread_count(before);
    for (std::size_t i = 0; i < plain.size(); ++i) {
      EXPECT_TRUE(std::ranges::equal(results[i].bytes(), plain[i].bytes())) << threads << ' ' << i;
    }
  }
}

TEST(StreamCopy, CopiesAnyPlaceAndLength) {
  std::vector<std::byte> source(300);
  for (std::size_t i = 0; i < source.size(); ++i) source[i] = std::byte(i * 7 % 251 + 1);
  for (std::size_t place = 0; place < 70; place += 3) {
    for (std::size_t bytes = 0; bytes < 200; bytes += 11) {
      std::vector<std::byte> target(300), expected(300);
      std::memcpy(expected.data() + place, source.data() + 5, bytes);
      stream_copy(target.data() + place, source.data() + 5, bytes);
      finish_streaming();
      EXPECT_EQ(target, expected) << place << ' ' << bytes;
    }
  }
}

TEST(Fuse, GivesTheBitsOfTheOperationsAloneForRandomGraphs) {
  for (std::uint64_t seed = 0; seed < 3000; ++seed) {
    testing::RandomGraph graph(seed);
    const Tensors plain = graph.outputs();
    const Tensors results = fuse(plain);
    eval(results);
    for (std::size_t i = 0; i < plain.size(); ++i) {
      expect_same_bits(results[i], plain[i], "seed " + std::to_string(seed));
      if (::testing::Test::HasFailure()) return;
    }
  }
}

}  // namespace
}  // namespace gradus
