#include "gradus/ops/pooling.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "../support/error_of.h"
#include "../support/tensors.h"
#include "gradus/autodiff/grad.h"
#include "gradus/base/parallel.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/convolution.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/select.h"

namespace gradus {
namespace {

using testing::message_of;
using testing::values;

Tensor course_image() {
  return reshape(Tensor{{1, 3, 2, 1}, {4, 6, 5, 2}, {7, 2, 8, 3}, {1, 4, 9, 0}}, {1, 1, 4, 4});
}

Tensor random_images(const Shape& shape, std::mt19937_64& random) {
  std::uniform_real_distribution<float> distribution(-1, 1);
  std::vector<float> elements(static_cast<std::size_t>(shape.size()));
  for (float& element : elements) element = distribution(random);
  return Tensor::from(elements, shape);
}

TEST(Pooling, GivesTheValuesOfTheCourse) {
  EXPECT_EQ(values(max_pool(course_image())), (std::vector<double>{6, 5, 7, 9}));
  EXPECT_EQ(values(average_pool(course_image())), (std::vector<double>{3.5, 2.5, 3.5, 5}));
  EXPECT_EQ(global_max_pool(course_image()).item<float>(), 9);
  EXPECT_EQ(global_average_pool(course_image()).item<float>(), 3.625f);
  EXPECT_EQ(max_pool(zeros({1, 1, 32, 32})).shape(), (Shape{1, 1, 16, 16}));
}

/// Windows as strided slices of the padded input, one for each place in the window.
Tensors window_places(const Tensor& x, const PoolOptions& o, double padding_value) {
  const Tensor padded =
      pad(x, {0, 0, o.padding[0], o.padding[1]}, {0, 0, o.padding[0], o.padding[1]}, padding_value);
  Tensors places;
  for (std::int64_t i = 0; i < o.window[0]; ++i) {
    for (std::int64_t j = 0; j < o.window[1]; ++j) {
      const Tensor rows = slice(padded, 2, {i, padded.dim(2) - o.window[0] + 1 + i, o.stride[0]});
      places.push_back(slice(rows, 3, {j, padded.dim(3) - o.window[1] + 1 + j, o.stride[1]}));
    }
  }
  return places;
}

TEST(Pooling, AgreesWithSlicesAtAnyConfiguration) {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    std::mt19937_64 random(seed);
    const auto pick = [&](std::int64_t low, std::int64_t high) {
      return low + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(high - low + 1));
    };
    PoolOptions options;
    options.window = {pick(1, 4), pick(1, 4)};
    options.stride = {pick(1, 4), pick(1, 4)};
    options.padding = {pick(0, options.window[0] - 1), pick(0, options.window[1] - 1)};
    Tensor x = random_images({pick(1, 3), pick(1, 20), pick(4, 11), pick(4, 11)}, random);
    if (seed % 2) x = convolution(x, ones({x.dim(1), 1, 1, 1}), {}, {.groups = x.dim(1)});
    Tensor largest, total, counted;
    for (const Tensor& place :
         window_places(x, options, -std::numeric_limits<double>::infinity())) {
      largest = largest.defined() ? maximum(largest, place) : place;
    }
    for (const Tensor& place : window_places(x, options, 0)) {
      total = total.defined() ? total + place : place;
    }
    for (const Tensor& place : window_places(ones_like(x), options, 0)) {
      counted = counted.defined() ? counted + place : place;
    }
    EXPECT_EQ(values(max_pool(x, options)), values(largest)) << "seed " << seed;
    const auto average = values(average_pool(x, options)), expected = values(total / counted);
    ASSERT_EQ(average.size(), expected.size());
    for (std::size_t i = 0; i < average.size(); ++i) {
      ASSERT_NEAR(average[i], expected[i], 1e-6) << "seed " << seed;
    }
  }
}

TEST(MaxPool, NaNWinsAndMinusInfinityMayBeTheLargest) {
  const float nan = std::nanf(""), infinity = std::numeric_limits<float>::infinity();
  for (const std::int64_t channels : {1, 16}) {  // single elements and vectors
    const Tensor window = reshape(Tensor{{nan, 5}, {1, -infinity}}, {1, 1, 2, 2});
    const Tensor x = broadcast_to(window, {1, channels, 2, 2});
    for (const double value : values(max_pool(x))) EXPECT_TRUE(std::isnan(value));
    for (const double value : values(max_pool(full({1, channels, 2, 2}, -infinity)))) {
      EXPECT_EQ(value, -infinity);
    }
  }
}

TEST(MaxPool, SendsItsGradientToTheFirstOfEqualElements) {
  const auto gradient = grad(UnaryFunction([](const Tensor& x) { return sum(max_pool(x)); }));
  EXPECT_EQ(values(gradient(course_image())),
            (std::vector<double>{0, 0, 0, 0, 0, 1, 1, 0, 1, 0, 0, 0, 0, 0, 1, 0}));
  EXPECT_EQ(values(gradient(ones({1, 1, 2, 2}))), (std::vector<double>{1, 0, 0, 0}));
  // 19 channels: vectors and a rest.
  const auto many = values(gradient(ones({1, 19, 2, 2})));
  for (std::size_t i = 0; i < many.size(); ++i) EXPECT_EQ(many[i], i % 4 == 0 ? 1 : 0);
}

TEST(MaxPool, AddsUpTheGradientsOfOverlappingWindows) {
  const auto gradient = grad(UnaryFunction(
      [](const Tensor& x) { return sum(max_pool(x, {.window = {3}, .stride = {1}})); }));
  EXPECT_EQ(values(gradient(reshape(Tensor{0, 1, 5, 2, 0}, {1, 1, 5}))),
            (std::vector<double>{0, 0, 3, 0, 0}));
}

TEST(AveragePool, SharesItsGradientOutAndLeavesPaddingOut) {
  const auto gradient = grad(UnaryFunction([](const Tensor& x) {
    return sum(average_pool(x, {.window = {2}, .stride = {2}, .padding = {1}}));
  }));
  // Windows of one, two and one element.
  EXPECT_EQ(values(gradient(ones({1, 1, 4}))), (std::vector<double>{1, 0.5, 0.5, 1}));
}

TEST(Pooling, GivesTheSameBitsAtAnyNumberOfThreads) {
  const int before = thread_count();
  std::mt19937_64 random(1);
  const Tensor x = random_images({40, 24, 17, 19}, random);
  const auto step = grad(UnaryFunction([](const Tensor& v) {
    const PoolOptions options{.window = {3}, .stride = {2}, .padding = {1}};
    return sum(square(max_pool(v, options)) + square(average_pool(v, options)));
  }));
  set_thread_count(1);
  const auto one = step(x).to_vector<float>();
  set_thread_count(3);
  EXPECT_EQ(step(x).to_vector<float>(), one);
  set_thread_count(before);
}

TEST(Pooling, TakesIntegersForTheMaximumOnly) {
  const Tensor x = cast(course_image(), DType::i32);
  EXPECT_EQ(values(max_pool(x)), (std::vector<double>{6, 5, 7, 9}));
  EXPECT_EQ(message_of([&] { average_pool(x); }),
            "average_pool: takes f32 and f64, not i32: cast first");
  EXPECT_EQ(max_pool(cast(x, DType::bf16)).dtype(), DType::bf16);
}

TEST(Pooling, NamesWhatDoesNotFit) {
  EXPECT_EQ(message_of([] {
              max_pool(zeros({3, 3}));
            }),
            "max_pool: takes an input (batch, channels, 1 to 3 spatial axes), not shape [3, 3]");
  EXPECT_EQ(message_of([] {
              max_pool(zeros({1, 1, 3, 8}), {.window = {4}});
            }),
            "max_pool: a window of 4 is larger than the padded input, 3, on spatial axis 0 of "
            "shape [1, 1, 3, 8]");
  EXPECT_EQ(message_of([] {
              average_pool(zeros({1, 1, 8}), {.window = {2, 2}});
            }),
            "average_pool: window [2, 2] has 2 entries, but there is 1 spatial axis");
  EXPECT_EQ(message_of([] {
              max_pool(zeros({1, 1, 8, 8}), {.window = {2}, .padding = {2}});
            }),
            "max_pool: padding 2 must be below the window 2");
}

}  // namespace
}  // namespace gradus
