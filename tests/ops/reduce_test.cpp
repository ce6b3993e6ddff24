#include "gradus/ops/reduce.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "../support/error_of.h"
#include "../support/sample_variants.h"
#include "../support/tensors.h"
#include "gradus/autodiff/grad.h"
#include "gradus/autodiff/vjp.h"
#include "gradus/base/parallel.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce_axes.h"

namespace gradus {
namespace {

using ::testing::ElementsAre;
using testing::kInfinity;
using testing::kNan;

const Tensor kCube{{{1, 2}, {3, 4}, {5, 6}}, {{7, 8}, {9, 10}, {11, 12}}};  // (2, 3, 2)

Tensor none() { return Tensor::from(std::vector<float>{}, Shape{0, 3}); }

/// The gradient of sum(f(x) * weights) at x.
Tensor gradient_of(const std::function<Tensor(const Tensor&)>& f, const Tensor& x,
                   const Tensor& weights) {
  return vjp([&](const Tensors& in) { return Tensors{f(in[0])}; }, {x}).pullback({weights})[0];
}

TEST(Sum, AddsOverAnyAxes) {
  EXPECT_EQ(sum(kCube).item<float>(), 78);
  EXPECT_THAT(sum(kCube, {.axes = {0}}).to_vector<float>(), ElementsAre(8, 10, 12, 14, 16, 18));
  EXPECT_THAT(sum(kCube, {.axes = {1}}).to_vector<float>(), ElementsAre(9, 12, 27, 30));
  EXPECT_THAT(sum(kCube, {.axes = {-1}}).to_vector<float>(), ElementsAre(3, 7, 11, 15, 19, 23));
  EXPECT_THAT(sum(kCube, {.axes = {2, 0}}).to_vector<float>(), ElementsAre(18, 26, 34));
  EXPECT_EQ(sum(kCube, {.axes = {0, -1}, .keep_axes = true}).signature(), "f32[1, 3, 1]");
  EXPECT_EQ(sum(Tensor(2.5f)).item<float>(), 2.5f);
}

TEST(Sum, OfIntegersAndBooleansIsI64) {
  const auto large = Tensor::from(std::vector<std::int32_t>{2000000000, 2000000000});
  EXPECT_EQ(sum(large).signature(), "i64[]");
  EXPECT_EQ(sum(large).item<std::int64_t>(), 4000000000);
  EXPECT_EQ(sum(full({300}, 255, DType::u8)).item<std::int64_t>(), 76500);
  EXPECT_EQ(sum(ones({5}, DType::boolean)).item<std::int64_t>(), 5);
}

TEST(Sum, OfNothingIsZero) {
  EXPECT_EQ(sum(none()).item<float>(), 0);
  EXPECT_THAT(sum(none(), {.axes = {0}}).to_vector<float>(), ElementsAre(0, 0, 0));
  EXPECT_EQ(sum(none(), {.axes = {1}}).signature(), "f32[0]");
}

TEST(Sum, FollowsIeeeOverNanAndInfinity) {
  EXPECT_TRUE(std::isnan(sum(Tensor{1, kNan, 2}).item<float>()));
  EXPECT_EQ(sum(Tensor{1, kInfinity, 2}).item<float>(), kInfinity);
  EXPECT_TRUE(std::isnan(sum(Tensor{kInfinity, -kInfinity}).item<float>()));
}

// 0.1f is 13421773 / 2^27, so the exact sum of n of them is known.
// log2(10^7) = 23.3 roundings of 2^-24, the bound of a pairwise sum (Higham 2002, section 4.2).
constexpr double kPairwise = 24 * 0x1p-24;

TEST(Sum, OfTenMillionElementsHasTheErrorOfPairwiseSums) {
  const std::int64_t n = 10'000'000;
  const auto x = Tensor::from(std::vector<float>(static_cast<std::size_t>(n), 0.1f));
  const double exact = static_cast<double>(n) * (13421773.0 / 134217728.0);
  EXPECT_NEAR(sum(x).item<double>(), exact, exact * kPairwise);
  EXPECT_NEAR(mean(x).item<double>(), 13421773.0 / 134217728.0, 0.1 * kPairwise);
  const Tensor columns = reshape(x, {n / 10, 10});
  for (const double total : sum(columns, {.axes = {0}}).to_vector<double>()) {
    EXPECT_NEAR(total, exact / 10, exact / 10 * kPairwise);
  }
}

TEST(Sum, LosesAtMostABlockBesideALargeTotal) {
  // 2^24 + 2^16 ones: a running f32 total would stop at 2^24. Only the ones that share a lane of
  // the first block with the large number are lost to it, one rounding each: at most 80.
  std::vector<float> values((1 << 16) + 1, 1.0f);
  values[0] = 16777216.0f;
  EXPECT_NEAR(sum(Tensor::from(values)).item<float>(), 16777216.0f + 65536.0f,
              80 * 0x1p-24 * 16777216.0f);
}

TEST(Sum, GivesTheSameBitsOnAnyNumberOfThreads) {
  std::mt19937 random(5);
  std::normal_distribution<float> normal;
  std::vector<float> values(3'000'000);
  for (float& value : values) value = normal(random);
  const Tensor x = Tensor::from(values, Shape{3000, 1000});
  const int before = thread_count();
  std::vector<std::vector<float>> results;
  for (const int threads : {1, 2, 5}) {
    set_thread_count(threads);
    std::vector<float> bits;
    for (const Dims& axes : {Dims{}, Dims{0}, Dims{1}}) {
      for (const Tensor& y : {sum(x, {.axes = axes}), var(x, {.axes = axes}),
                              log_sum_exp(x, {.axes = axes}), max(x, {.axes = axes})}) {
        const auto part = y.to_vector<float>();
        bits.insert(bits.end(), part.begin(), part.end());
      }
    }
    results.push_back(bits);
  }
  set_thread_count(before);
  EXPECT_EQ(results[0], results[1]);
  EXPECT_EQ(results[0], results[2]);
}

TEST(Sum, KeepsTheLayoutOfWhatItKeeps) {
  // (2, 3, 4) stored with axis 1 innermost, as images with channels last
  const Tensor x = transpose(reshape(arange(0, 24), {2, 4, 3}), {0, 2, 1});
  const Tensor y = sum(x, {.axes = {0}});
  EXPECT_EQ(y.array().strides, (Strides{1, 3}));
  EXPECT_THAT(sum(x, {.axes = {0, 2}}).to_vector<float>(), ElementsAre(84, 92, 100));
}

TEST(Mean, OfIntegersIsF32) {
  EXPECT_EQ(mean(Tensor::from(std::vector<std::int32_t>{1, 2})).signature(), "f32[]");
  EXPECT_EQ(mean(Tensor::from(std::vector<std::int32_t>{1, 2})).item<float>(), 1.5f);
  EXPECT_EQ(mean(ones({4}, DType::boolean)).item<float>(), 1);
}

TEST(Mean, OfNothingIsNan) { EXPECT_TRUE(std::isnan(mean(none()).item<float>())); }

TEST(Extremum, IsNanWhereAnyElementIs) {
  for (std::size_t place = 0; place < 100; place += 7) {
    std::vector<float> values(100, 1.0f);
    values[place] = kNan;
    EXPECT_TRUE(std::isnan(max(Tensor::from(values)).item<float>())) << place;
    EXPECT_TRUE(std::isnan(min(Tensor::from(values)).item<float>())) << place;
    const Tensor columns = max(Tensor::from(values, Shape{5, 20}), {.axes = {0}});
    EXPECT_TRUE(std::isnan(columns.to_vector<float>()[place % 20])) << place;
  }
}

TEST(Extremum, TakesInfinitiesAndAllElementTypes) {
  EXPECT_EQ(max(Tensor{-kInfinity, -kInfinity}).item<float>(), -kInfinity);
  EXPECT_EQ(min(Tensor{3, -kInfinity, 2}).item<float>(), -kInfinity);
  EXPECT_EQ(max(Tensor::from(std::vector<std::int64_t>{INT64_MIN, -5})).item<std::int64_t>(), -5);
  EXPECT_EQ(min(Tensor::from(std::vector<std::uint8_t>{200, 7, 255})).signature(), "u8[]");
  EXPECT_EQ(min(Tensor::from(std::vector<std::uint8_t>{200, 7, 255})).item<int>(), 7);
  EXPECT_TRUE(max(Tensor::from_bytes(std::as_bytes(std::span("\0\1", 2)), {2}, DType::boolean))
                  .item<bool>());
}

TEST(Extremum, SharesTheGradientOfTiesEqually) {
  const Tensor x{{3, 1, 3}, {2, 2, 2}};
  const auto largest = [](const Tensor& t) { return max(t, {.axes = {1}}); };
  EXPECT_THAT(gradient_of(largest, x, Tensor{2, 6}).to_vector<float>(),
              ElementsAre(1, 0, 1, 2, 2, 2));
}

TEST(Extremum, OfNothingIsAnError) {
  EXPECT_STREQ(testing::error_of([] { max(none()); }).what(),
               "max: nothing to reduce in shape [0, 3]");
  EXPECT_STREQ(testing::error_of([] { min(none(), {.axes = {0}}); }).what(),
               "min: nothing to reduce in shape [0, 3]");
  EXPECT_EQ(max(none(), {.axes = {1}}).size(), 0);  // no results, so none is missing
}

TEST(Prod, MultipliesWithoutLosingIntegers) {
  EXPECT_EQ(prod(Tensor::from(std::vector<std::int32_t>{100000, 100000})).item<std::int64_t>(),
            10'000'000'000);
  EXPECT_THAT(prod(kCube, {.axes = {1}}).to_vector<float>(), ElementsAre(15, 48, 693, 960));
  EXPECT_EQ(prod(none()).item<float>(), 1);
}

TEST(Prod, HasTheRightGradientBesideZeros) {
  const auto product = [](const Tensor& t) { return prod(t, {.axes = {1}}); };
  const Tensor x{{2, 3, 4}, {2, 0, 4}, {0, 3, 0}};
  EXPECT_THAT(gradient_of(product, x, Tensor{1, 1, 1}).to_vector<float>(),
              ElementsAre(12, 8, 6, 0, 8, 0, 0, 0, 0));
}

TEST(Any, AndAllFollowNumPyOverNothing) {
  EXPECT_FALSE(any(none()).item<bool>());
  EXPECT_TRUE(all(none()).item<bool>());
}

TEST(Any, CountsEveryNumberButZero) {
  const Tensor x{{0, 0, 0}, {0, kNan, 0}, {-1, 2, kInfinity}};
  EXPECT_THAT(any(x, {.axes = {1}}).to_vector<bool>(), ElementsAre(false, true, true));
  EXPECT_THAT(all(x, {.axes = {1}}).to_vector<bool>(), ElementsAre(false, false, true));
  EXPECT_EQ(all(x).signature(), "bool[]");
}

TEST(Var, DividesByTheCountLessTheCorrection) {
  const Tensor x{2, 4, 4, 4, 5, 5, 7, 9};
  EXPECT_FLOAT_EQ(var(x, {.correction = 0}).item<float>(), 4);
  EXPECT_FLOAT_EQ(var(x).item<float>(), 32.0f / 7);
  EXPECT_FLOAT_EQ(std_dev(x, {.correction = 0}).item<float>(), 2);
  EXPECT_FLOAT_EQ(std_dev(Tensor{3, 3, 3}).item<float>(), 0);
  EXPECT_TRUE(std::isnan(var(Tensor{3}).item<float>()));  // 0 / 0, as in NumPy
  EXPECT_FLOAT_EQ(var(Tensor::from(std::vector<std::int32_t>{1, 3})).item<float>(), 2);
}

TEST(StdDev, OfEqualNumbersHasTheDerivativeZero) {
  const auto deviation = [](const Tensor& x) { return std_dev(x); };
  EXPECT_THAT(grad(deviation)(Tensor{3, 3, 3}).to_vector<float>(), ElementsAre(0, 0, 0));
}

TEST(Var, IsRightWhenTheMeanIsFarLargerThanTheDeviations) {
  // mean 1e6, deviations -1, 0 and 1: squares of f32 near 1e12 are 65536 apart
  std::vector<float> values(30'000);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = 1e6f + static_cast<float>(i % 3) - 1;
  const Tensor x = Tensor::from(values);
  EXPECT_NEAR(var(x, {.correction = 0}).item<double>(), 2.0 / 3, 1e-6);
  const Tensor columns = reshape(x, {3000, 10});
  for (const double v : var(columns, {.axes = {0}, .correction = 0}).to_vector<double>()) {
    EXPECT_NEAR(v, 2.0 / 3, 1e-6);
  }
}

TEST(LogSumExp, DoesNotOverflow) {
  EXPECT_FLOAT_EQ(log_sum_exp(Tensor{1e4f, 1e4f}).item<float>(), 1e4f + std::log(2.0f));
  EXPECT_FLOAT_EQ(log_sum_exp(Tensor{-1e30f, -1e30f}).item<float>(), -1e30f);
  EXPECT_FLOAT_EQ(log_sum_exp(zeros({5000})).item<float>(), std::log(5000.0f));
  EXPECT_FLOAT_EQ(log_sum_exp(Tensor::from(std::vector<std::int32_t>{0, 0})).item<float>(),
                  std::log(2.0f));
}

TEST(LogSumExp, FollowsTheLimitsAtInfinity) {
  EXPECT_EQ(log_sum_exp(Tensor{kInfinity, 1}).item<float>(), kInfinity);
  EXPECT_EQ(log_sum_exp(Tensor{-kInfinity, 1}).item<float>(), 1);
  EXPECT_EQ(log_sum_exp(Tensor{-kInfinity, -kInfinity}).item<float>(), -kInfinity);
  EXPECT_TRUE(std::isnan(log_sum_exp(Tensor{kNan, kInfinity}).item<float>()));
  EXPECT_EQ(log_sum_exp(none()).item<float>(), -kInfinity);
}

TEST(Argmax, IsTheFirstOfEqualsAndTakesNanAsLargest) {
  const Tensor x{{1, 5, 5, 2}, {4, kNan, 9, kNan}, {-1, -1, -1, -1}};
  EXPECT_THAT(argmax(x).to_vector<std::int64_t>(), ElementsAre(1, 1, 0));
  EXPECT_THAT(argmin(x).to_vector<std::int64_t>(), ElementsAre(0, 1, 0));
  EXPECT_THAT(argmax(x, 0).to_vector<std::int64_t>(), ElementsAre(1, 1, 1, 1));
  EXPECT_EQ(argmax(kCube, 1).signature(), "i64[2, 2]");
}

TEST(Cumulative, RunsAlongAnyAxis) {
  const Tensor x{{1, 2, 3}, {4, 5, 6}};
  EXPECT_THAT(cumulative_sum(x).to_vector<float>(), ElementsAre(1, 3, 6, 4, 9, 15));
  EXPECT_THAT(cumulative_sum(x, 0).to_vector<float>(), ElementsAre(1, 2, 3, 5, 7, 9));
  EXPECT_THAT(cumulative_prod(x).to_vector<float>(), ElementsAre(1, 2, 6, 4, 20, 120));
  EXPECT_EQ(cumulative_sum(ones({3}, DType::boolean)).signature(), "i64[3]");
}

TEST(Cumulative, ProductHasTheRightGradientBesideZeros) {
  // y = (2, 0, 0): dy1/dx0 = 0, dy1/dx1 = 2, dy2/dx1 = 2 * 5, dy2/dx2 = 0
  const auto product = [](const Tensor& t) { return cumulative_prod(t); };
  EXPECT_THAT(gradient_of(product, Tensor{2, 0, 5}, Tensor{1, 1, 1}).to_vector<float>(),
              ElementsAre(1, 12, 0));
}

TEST(LinearRecurrence, IsAMovingAverage) {
  const Tensor decay{0.5f, 0.5f, 0.5f, 0.5f}, input{1, 1, 1, 1};
  EXPECT_THAT(linear_recurrence(decay, input).to_vector<float>(),
              ElementsAre(1, 1.5f, 1.75f, 1.875f));
}

TEST(SumTo, UndoesBroadcasting) {
  const Tensor x = ones({2, 3, 4});
  EXPECT_EQ(sum_to(x, {3, 1}).signature(), "f32[3, 1]");
  EXPECT_THAT(sum_to(x, {3, 1}).to_vector<float>(), ElementsAre(8, 8, 8));
  EXPECT_EQ(sum_to(x, {}).item<float>(), 24);
  EXPECT_TRUE(sum_to(x, x.shape()).is(x));
  EXPECT_STREQ(testing::error_of([&] { sum_to(x, {5}); }).what(),
               "sum_to: [2, 3, 4] is not [5] broadcast");
}

TEST(Reduce, NamesTheOperationInItsErrors) {
  EXPECT_STREQ(testing::error_of([] { sum(kCube, {.axes = {3}}); }).what(),
               "sum: axis 3 is out of range for shape [2, 3, 2]");
  EXPECT_STREQ(testing::error_of([] {
                 mean(kCube, {.axes = {1, -2}});
               }).what(),
               "mean: axis 1 appears twice in [1, -2] for shape [2, 3, 2]");
  EXPECT_STREQ(testing::error_of([] { sum(Tensor()); }).what(),
               "sum: the input is an undefined tensor");
  EXPECT_STREQ(testing::error_of([] { max(zeros({2}, DType::bf16)); }).what(),
               "max: does not compute on bf16; cast it to f32 first");
  EXPECT_STREQ(testing::error_of([] { argmax(none(), 0); }).what(),
               "argmax: axis 0 of shape [0, 3] is empty");
}

/// A tensor of random extents, order of axes in memory, gaps, repetition and direction.
Tensor random_layout(std::mt19937& random) {
  const auto pick = [&](int n) { return static_cast<std::int64_t>(random() % n); };
  const auto rank = static_cast<std::size_t>(pick(5));
  Dims dims(rank, 0), strides(rank, 0);
  std::vector<std::size_t> order(rank);
  for (std::size_t i = 0; i < rank; ++i) order[i] = i;
  std::shuffle(order.begin(), order.end(), random);
  std::int64_t step = 1, offset = 0;
  for (const std::size_t axis : order) {
    dims[axis] = axis == 0 && pick(8) == 0 ? 300 + pick(900) : 1 + pick(9);
    if (pick(10) == 0) continue;  // repeated
    step *= 1 + pick(6) / 5;
    strides[axis] = step;
    step *= dims[axis];
    if (pick(8) > 0) continue;
    offset += strides[axis] * (dims[axis] - 1);
    strides[axis] = -strides[axis];
  }
  std::vector<float> values(static_cast<std::size_t>(step));
  std::normal_distribution<float> normal;
  for (float& value : values) value = normal(random);
  Array array = Tensor::from(values).array();
  array.shape = Shape(dims);
  array.strides = strides;
  array.offset = offset;
  return Tensor::from_array(array);
}

TEST(Reduce, AgreesWithTheReferencesOverRandomLayouts) {
  std::mt19937 random(11);
  for (int round = 0; round < 300; ++round) {
    const Tensor x = random_layout(random);
    Dims axes;
    for (int axis = 0; axis < x.rank(); ++axis) {
      if (random() % 2) axes.push_back(axis);
    }
    axes = normalize_axes("test", axes, x.shape());
    const ReduceAttributes attributes{axes, random() % 2 == 0};
    const double size = std::sqrt(static_cast<double>(x.size()));
    for (const OpDef* op : {&kSum, &kMean, &kMax, &kMin, &kProd, &kAny, &kAll, &kLogSumExp}) {
      const auto expected = run_kernel(*op, op->reference(), {&x, 1}, attributes);
      const Tensor y = apply(*op, {x}, attributes);
      EXPECT_EQ(testing::difference(y.array(), expected[0], 2e-6 * (op == &kSum ? size : 1)), "")
          << op->name << " of " << x.shape().to_string() << ", " << axes.size() << " axes";
    }
  }
}

}  // namespace
}  // namespace gradus
