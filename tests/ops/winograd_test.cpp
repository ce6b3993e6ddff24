// Convolutions by Winograd's minimal filtering, against direct ones in float64.

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "../support/error_of.h"
#include "gradus/autodiff/grad.h"
#include "gradus/base/parallel.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/convolution.h"
#include "gradus/ops/convolution_kernels.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/select.h"

namespace gradus {
namespace {

Tensor normal(const Shape& shape, std::uint64_t seed, DType dtype = DType::f32) {
  std::mt19937_64 random(seed);
  std::normal_distribution<float> distribution;
  std::vector<float> elements(static_cast<std::size_t>(shape.size()));
  for (float& element : elements) element = distribution(random);
  return cast(Tensor::from(elements, shape), dtype);
}

/// Sizes of a convolution with stride 1; padding may differ before and after.
struct Case {
  Shape x, weight;
  Dims before = {1}, after = {1};

  ConvolutionOptions options(ConvolutionAlgorithm algorithm) const {
    return {.padding = before, .padding_after = after, .algorithm = algorithm};
  }
  std::string name() const { return x.to_string() + " and " + weight.to_string(); }
};

/// Extents that no tile divides, images smaller than a tile, channels that fill no vector, no
/// padding, more padding than the kernel is wide.
std::vector<Case> cases() {
  return {
      {{2, 16, 8, 8}, {16, 16, 3, 3}},
      {{3, 5, 7, 9}, {7, 5, 3, 3}},
      {{1, 1, 1, 1}, {1, 1, 3, 3}},
      {{2, 33, 5, 3}, {17, 33, 3, 3}, {0}, {0}},
      {{1, 4, 6, 6}, {40, 4, 3, 3}, {0, 2}, {3, 1}},
      {{1, 3, 2, 2}, {2, 3, 3, 3}, {4}, {5}},
      {{20, 24, 13, 11}, {20, 24, 3, 3}},
      {{1, 340, 4, 4}, {16, 340, 3, 3}},
      {{2, 16, 14, 14}, {32, 16, 5, 5}, {2}, {2}},
      {{3, 3, 7, 6}, {5, 3, 5, 5}, {0}, {0}},
      {{1, 2, 1, 3}, {19, 2, 5, 5}, {2}, {3}},
      {{30, 8, 9, 5}, {8, 8, 5, 5}, {6, 1}, {0, 4}},
  };
}

double root_mean_square(const std::vector<double>& values) {
  double total = 0;
  for (const double value : values) total += value * value;
  return std::sqrt(total / static_cast<double>(values.size()));
}

struct RelativeError {
  double largest, root_mean_square;
};

/// The distance from `exact`, in units of its root mean square.
RelativeError relative_error(const Tensor& actual, const Tensor& exact) {
  EXPECT_EQ(actual.shape(), exact.shape());
  std::vector<double> difference = actual.to_vector<double>();
  const std::vector<double> expected = exact.to_vector<double>();
  double largest = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    difference[i] -= expected[i];
    largest = std::max(largest, std::abs(difference[i]));
  }
  const double scale = root_mean_square(expected);
  return {largest / scale, root_mean_square(difference) / scale};
}

/// The result, and its gradients with respect to x, weight and bias for the gradient `g`.
Tensors result_and_gradients(const Case& c, DType dtype, ConvolutionAlgorithm algorithm) {
  const Tensors inputs{normal(c.x, 1, dtype), normal(c.weight, 2, dtype),
                       normal({c.weight[0]}, 3, dtype)};
  const auto f = [&](const Tensors& v) {
    return convolution(v[0], v[1], v[2], c.options(algorithm));
  };
  const Tensor y = f(inputs);
  const Tensor g = normal(y.shape(), 4, dtype);
  Tensors results = grad(ScalarFunction([&](const Tensors& v) { return sum(f(v) * g); }))(inputs);
  results.push_back(y);
  return results;
}

// Random errors have about twice the size of those of a direct sum, a few units of 2^-24 per root
// of the number of terms. Largest of the cases here: 3e-6.
TEST(Winograd, IsADirectConvolutionAndItsGradients) {
  for (const Case& c : cases()) {
    const Tensors exact = result_and_gradients(c, DType::f64, ConvolutionAlgorithm::direct);
    const Tensors single = result_and_gradients(c, DType::f32, ConvolutionAlgorithm::winograd);
    const Tensors twice = result_and_gradients(c, DType::f64, ConvolutionAlgorithm::winograd);
    for (std::size_t i = 0; i < exact.size(); ++i) {
      EXPECT_LT(relative_error(single[i], exact[i]).largest, 2e-5) << c.name() << ", result " << i;
      EXPECT_LT(relative_error(twice[i], exact[i]).largest, 4e-14) << c.name() << ", result " << i;
    }
  }
}

// What the header promises, and docs/benchmarks.md. Tiles of 4x4 with the points of Lavin and Gray
// would have 4 times the error of a direct sum.
TEST(Winograd, HasAtMostAboutTwiceTheErrorOfADirectSum) {
  for (const std::int64_t channels : {16, 64, 256, 512}) {
    for (const std::int64_t taps : {3, 5}) {
      const Case c{{2, channels, 12, 12}, {16, channels, taps, taps}, {taps / 2}, {taps / 2}};
      const Tensor exact = result_and_gradients(c, DType::f64, ConvolutionAlgorithm::direct)[3];
      const RelativeError error = relative_error(
          result_and_gradients(c, DType::f32, ConvolutionAlgorithm::winograd)[3], exact);
      EXPECT_LT(error.largest, 2e-5) << c.name();
      // A direct sum in order, its terms and errors independent: 2^-24 / sqrt(3) of the partial
      // sum at each of n additions, so sqrt(n / 6) * 2^-24 of the result.
      const double terms = static_cast<double>(channels * taps * taps);
      const double direct = std::sqrt(terms / 6) * std::ldexp(1, -24);
      EXPECT_LT(error.root_mean_square, 3 * direct) << c.name();
    }
  }
}

TEST(Winograd, HasTheSecondDerivativesOfADirectConvolution) {
  for (const Case& c : {Case{{2, 3, 5, 6}, {4, 3, 3, 3}}, Case{{1, 2, 6, 7}, {3, 2, 5, 5}}}) {
    const auto second = [&](ConvolutionAlgorithm algorithm) {
      const auto cubed = ScalarFunction([&](const Tensors& v) {
        const Tensor y = convolution(v[0], v[1], {}, c.options(algorithm));
        return sum(y * y * y);
      });
      const auto first = grad(cubed);
      return grad(ScalarFunction([&](const Tensors& v) {
        const Tensors gradients = first(v);
        return sum(square(gradients[0])) + sum(square(gradients[1]));
      }))({normal(c.x, 1, DType::f64), normal(c.weight, 2, DType::f64)});
    };
    const Tensors actual = second(ConvolutionAlgorithm::winograd);
    const Tensors expected = second(ConvolutionAlgorithm::direct);
    for (std::size_t i = 0; i < expected.size(); ++i) {
      EXPECT_LT(relative_error(actual[i], expected[i]).largest, 1e-12) << c.name();
    }
  }
}

TEST(Winograd, GivesTheSameBitsAtAnyNumberOfThreads) {
  const int before = thread_count();
  for (const Case& c :
       {Case{{40, 32, 14, 14}, {48, 32, 3, 3}}, Case{{7, 64, 9, 9}, {32, 64, 5, 5}}}) {
    set_thread_count(1);
    const Tensors one = result_and_gradients(c, DType::f32, ConvolutionAlgorithm::winograd);
    eval(one);
    for (const int threads : {2, 3, 5}) {
      set_thread_count(threads);
      const Tensors several = result_and_gradients(c, DType::f32, ConvolutionAlgorithm::winograd);
      for (std::size_t i = 0; i < one.size(); ++i) {
        EXPECT_EQ(several[i].to_vector<float>(), one[i].to_vector<float>())
            << threads << " threads, " << c.name() << ", result " << i;
      }
    }
    set_thread_count(before);
  }
}

/// The first kernel that takes the convolution.
std::string kernel_of(const Tensor& x, const Tensor& weight, const ConvolutionAttributes& given) {
  const Attributes attributes(given);
  const std::vector<const Array*> arrays{&x.array(), &weight.array()};
  const Tensor y = apply(kConvolution, {x, weight}, attributes);
  std::vector<Array> outputs{y.array()};
  const SmallVector<bool, 4> donatable(2, false);
  const KernelContext context(kConvolution, attributes, arrays, outputs,
                              {donatable.data(), donatable.size()});
  for (const Kernel& kernel : kConvolution.kernels) {
    if (!kernel.refuse || !kernel.refuse(context)) return kernel.name;
  }
  return "none";
}

TEST(Winograd, IsChosenForManyChannelsAndPositionsInSinglePrecision) {
  const ConvolutionAttributes same{{1, 1}, {1, 1}, {1, 1}, {1, 1}};
  const Tensor x = normal({2, 64, 16, 16}, 1), weight = normal({64, 64, 3, 3}, 2);
  EXPECT_EQ(kernel_of(x, weight, same), "winograd");
  ConvolutionAttributes direct = same;
  direct.algorithm = ConvolutionAlgorithm::direct;
  EXPECT_NE(kernel_of(x, weight, direct), "winograd");
  EXPECT_NE(kernel_of(cast(x, DType::f64), cast(weight, DType::f64), same), "winograd");
  EXPECT_NE(kernel_of(normal({2, 3, 16, 16}, 1), normal({64, 3, 3, 3}, 2), same), "winograd");
  // Four tiles do not make up for the transform of the weight.
  EXPECT_NE(kernel_of(normal({1, 64, 8, 8}, 1), weight, same), "winograd");
  ConvolutionAttributes forced = same;
  forced.algorithm = ConvolutionAlgorithm::winograd;
  EXPECT_EQ(kernel_of(normal({1, 64, 8, 8}, 1), weight, forced), "winograd");
}

TEST(Winograd, SaysWhyItCannotBeUsed) {
  const auto message = [](const Shape& x, const Shape& weight, ConvolutionOptions options) {
    options.algorithm = ConvolutionAlgorithm::winograd;
    return std::string(
        testing::error_of([&] { convolution(zeros(x), zeros(weight), {}, options); }).what());
  };
  EXPECT_EQ(message({1, 4, 8, 8}, {4, 4, 3, 3}, {.stride = {2}}),
            "convolution: of input [1, 4, 8, 8] and weight [4, 4, 3, 3] cannot use the algorithm "
            "winograd: the stride is not 1");
  const auto expect_reason = [](const std::string& text, const char* reason) {
    EXPECT_TRUE(text.ends_with(reason)) << text;
  };
  expect_reason(message({1, 4, 8, 8}, {4, 4, 3, 3}, {.dilation = {2}}), "the dilation is not 1");
  expect_reason(message({1, 4, 8, 8}, {4, 2, 3, 3}, {.groups = 2}), "there are groups");
  expect_reason(message({1, 4, 8, 8}, {4, 4, 7, 7}, {}), "the kernel is neither 3x3 nor 5x5");
  expect_reason(message({1, 4, 8, 8}, {4, 4, 3, 5}, {}), "the kernel is neither 3x3 nor 5x5");
  expect_reason(message({1, 4, 8}, {4, 4, 3}, {}), "there are not two spatial axes");
  expect_reason(std::string(testing::error_of([] {
                              convolution(ones({1, 1, 4, 4}, DType::i32),
                                          ones({1, 1, 3, 3}, DType::i32), {},
                                          {.algorithm = ConvolutionAlgorithm::winograd});
                            }).what()),
                "the numbers are integers");
}

}  // namespace
}  // namespace gradus
