// Products and convolutions in bf16 against f32 of operands rounded by hand.
#include "gradus/ops/precision.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "gradus/autodiff/grad.h"
#include "gradus/base/half.h"
#include "gradus/base/parallel.h"
#include "gradus/core/array.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/bf16_rounding.h"
#include "gradus/ops/convolution.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/random.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/select.h"
#include "gradus/ops/transcendental.h"

namespace gradus {
namespace {

constexpr auto kBf16 = ProductPrecision::bf16;

Tensor normal(std::uint64_t seed, const Shape& shape) {
  return random_normal(Key(seed), shape).eval();
}

Tensor rounded(const Tensor& x) { return cast(cast(x, DType::bf16), DType::f32).eval(); }

template <class F>
auto in_bf16(F&& f) {
  const ProductPrecisionScope scope(kBf16);
  return f();
}

double largest_difference(const Tensor& a, const Tensor& b) {
  return max(absolute(a - b)).item<double>();
}

/// Sums of about `terms` products of numbers of about 1, in any order: f32 rounds by 2^-24 of a
/// partial sum, of which there are `terms`.
double rounding(std::int64_t terms) { return static_cast<double>(terms) * 0x1p-22; }

/// A number with 8 bits of significance, ties to even: bfloat16 of what is neither tiny nor huge.
double to_8_bits(double x) {
  int exponent = 0;
  const double fraction = std::frexp(x, &exponent);
  return std::ldexp(std::nearbyint(fraction * 256), exponent - 8);
}

std::vector<double> to_8_bits(const Tensor& x) {
  std::vector<double> values;
  for (const float value : x.to_vector<float>()) values.push_back(to_8_bits(value));
  return values;
}

/// A sum of products, added up in double precision.
struct Sum {
  double value = 0, magnitude = 0;  // of the terms, and of their absolute values
  std::int64_t terms = 0;

  void add(double term) {
    value += term;
    magnitude += std::abs(term);
    ++terms;
  }
  /// How far a number is off, in units of what f32 may: 2^-24 of the magnitude for each addition,
  /// in any order.
  double error_of(float found) const {
    return std::abs(found - value) / (static_cast<double>(terms) * 0x1p-24 * magnitude);
  }
};

TEST(Bf16Rounding, IsToNearestWithTiesToEven) {
  const float infinity = std::numeric_limits<float>::infinity();
  const float nan = std::numeric_limits<float>::quiet_NaN();
  // bf16 has 8 bits of significance: steps of 2^-7 above 1.
  const std::vector<float> from{1,         1 + 0x1p-8f,  1 + 0x3p-8f, 1 + 0x1.1p-8f, -1 - 0x1p-8f,
                                0,         -0.0f,        infinity,    -infinity,     nan,
                                0x1p-133f, 0x1.fep+127f, 0x1.fffp127f};
  const std::vector<float> expected{
      1,        1,         1 + 0x1p-6f, 1 + 0x1p-7f, -1,           0,       -0.0f,
      infinity, -infinity, nan,         0x1p-133f,   0x1.fep+127f, infinity};
  for (const std::size_t copies : {1, 5}) {  // whole vectors and the rest of one
    std::vector<float> numbers;
    for (std::size_t i = 0; i < copies; ++i)
      numbers.insert(numbers.end(), from.begin(), from.end());
    std::vector<bf16> result(numbers.size());
    round_to_bf16(numbers.data(), static_cast<std::int64_t>(numbers.size()), result.data());
    for (std::size_t i = 0; i < result.size(); ++i) {
      const float value = static_cast<float>(result[i]), wanted = expected[i % from.size()];
      if (std::isnan(wanted)) {
        EXPECT_TRUE(std::isnan(value));
      } else {
        EXPECT_EQ(value, wanted) << numbers[i];
        EXPECT_EQ(std::signbit(value), std::signbit(wanted));
      }
    }
  }
}

TEST(ProductPrecision, IsASumOfProductsOfRoundedOperands) {
  const std::int64_t m = 96, n = 130, k = 100;
  const Tensor a = normal(1, {m, k}), b = normal(2, {k, n});
  const auto found = in_bf16([&] { return matmul(a, b).to_vector<float>(); });
  const std::vector<double> left = to_8_bits(a), right = to_8_bits(b);
  double worst = 0;
  for (std::int64_t i = 0; i < m; ++i) {
    for (std::int64_t j = 0; j < n; ++j) {
      Sum sum;
      for (std::int64_t l = 0; l < k; ++l) sum.add(left[i * k + l] * right[l * n + j]);
      worst = std::max(worst, sum.error_of(found[i * n + j]));
    }
  }
  EXPECT_LE(worst, 1);
}

TEST(ProductPrecision, LiesWithinItsBoundOfTheExactProduct) {
  // Each operand is off by 2^-9 of itself at most, so a product by 2^-8 and a little.
  const std::int64_t m = 96, n = 130, k = 100;
  const Tensor a = normal(1, {m, k}), b = normal(2, {k, n});
  const Tensor found = in_bf16([&] { return matmul(a, b).eval(); });
  const Tensor exact = matmul(cast(a, DType::f64), cast(b, DType::f64));
  const Tensor bound = matmul(absolute(a), absolute(b)) * (0x1.04p-8 + k * 0x1p-24);
  EXPECT_LE(max(absolute(cast(found, DType::f64) - exact) / bound).item<double>(), 1);
  EXPECT_GT(largest_difference(found, exact), 0x1p-8);  // it is not f32
}

TEST(ProductPrecision, OfConvolutionsIsThatOfTheirDefinition) {
  const std::int64_t batch = 6, in = 9, out = 10, side = 17, kernel = 3, y_side = side - kernel + 1;
  const Tensor x = normal(1, {batch, in, side, side}),
               weight = normal(2, {out, in, kernel, kernel});
  const auto found = in_bf16([&] { return convolution(x, weight).to_vector<float>(); });
  const std::vector<double> image = to_8_bits(x), filter = to_8_bits(weight);
  double worst = 0;
  for (std::int64_t at = 0; at < batch * out * y_side * y_side; ++at) {
    const std::int64_t column = at % y_side, row = at / y_side % y_side;
    const std::int64_t o = at / (y_side * y_side) % out, b = at / (y_side * y_side * out);
    Sum sum;
    for (std::int64_t tap = 0; tap < in * kernel * kernel; ++tap) {
      const std::int64_t v = tap % kernel, u = tap / kernel % kernel, i = tap / (kernel * kernel);
      sum.add(image[((b * in + i) * side + row + u) * side + column + v] *
              filter[o * in * kernel * kernel + tap]);
    }
    worst = std::max(worst, sum.error_of(found[at]));
  }
  EXPECT_LE(worst, 1);
}

TEST(ProductPrecision, RoundsOperandsAndSumsInF32) {
  struct Sizes {
    std::int64_t m, n, k;
  };
  for (const auto& [m, n, k] :
       std::vector<Sizes>{{64, 96, 256}, {33, 129, 300}, {32, 200, 170}, {128, 96, 784}}) {
    const Tensor a = normal(1, {m, k}), b = normal(2, {k, n}), bias = normal(3, {n});
    const Tensor plain = in_bf16([&] { return matmul(a, b).eval(); });
    EXPECT_LE(largest_difference(plain, matmul(rounded(a), rounded(b))), rounding(k))
        << m << n << k;
    const Tensor weight = transpose(b).eval();
    const Tensor affine = in_bf16([&] { return linear(a, weight, bias).eval(); });
    EXPECT_LE(largest_difference(affine, linear(rounded(a), rounded(weight), bias)), rounding(k));
    const Tensor columns = transpose(normal(4, {k, m}));
    EXPECT_LE(largest_difference(in_bf16([&] { return matmul(columns, b).eval(); }),
                                 matmul(rounded(columns), rounded(b))),
              rounding(k));
  }
}

TEST(ProductPrecision, LeavesWhatIsSmallInF32) {
  struct Sizes {
    std::int64_t m, n, k;
  };
  for (const auto& [m, n, k] : std::vector<Sizes>{
           {1, 1, 1}, {3, 5, 7}, {0, 4, 3}, {64, 10, 512}, {1, 512, 784}, {64, 64, 64}}) {
    const Tensor a = normal(1, {m, k}), b = normal(2, {k, n});
    EXPECT_EQ(in_bf16([&] { return matmul(a, b).to_vector<float>(); }),
              matmul(a, b).to_vector<float>());
  }
}

TEST(ProductPrecision, TakesOperandsOfAnyStrides) {
  const Tensor wide = normal(1, {160, 400}), b = normal(2, {100, 128});
  const Tensor every_second = slice(wide, 1, {0, 200, 2}),
               every_third = slice(wide, 0, {0, 160, 3});
  const Tensor right = normal(5, {400, 64});
  EXPECT_LE(largest_difference(in_bf16([&] { return matmul(every_second, b).eval(); }),
                               matmul(rounded(every_second), rounded(b))),
            rounding(100));
  EXPECT_LE(largest_difference(in_bf16([&] { return matmul(every_third, right).eval(); }),
                               matmul(rounded(every_third), rounded(right))),
            rounding(400));
}

TEST(ProductPrecision, HoldsForConvolutionsAndTheirGradients) {
  struct Case {
    Shape x, weight;
    ConvolutionOptions options;
    bool takes_data, takes_weight;  // what is large enough to be computed in bf16
  };
  for (const Case& c : std::vector<Case>{
           {{16, 16, 9, 9}, {24, 16, 3, 3}, {.padding = {1}}, true, false},
           {{16, 64, 9, 9},
            {72, 64, 3, 3},
            {.padding = {1}, .algorithm = ConvolutionAlgorithm::direct},
            true,
            true},
           {{64, 32, 8, 8}, {16, 32, 5, 5}, {.stride = {2}, .padding = {2}}, true, false},
           {{20, 64, 9, 9}, {64, 64, 1, 1}, {}, true, false},
           {{64, 8, 20}, {16, 8, 3}, {}, true, false},
           {{2, 8, 12, 12}, {8, 8, 5, 5}, {}, false, false},
           {{20, 1, 12, 12}, {8, 1, 5, 5}, {}, false, false},
           {{20, 16, 12, 12},
            {8, 16, 3, 3},
            {.algorithm = ConvolutionAlgorithm::winograd},
            false,
            false},
           {{20, 32, 9, 9}, {32, 16, 3, 3}, {.padding = {1}, .groups = 2}, false, false}}) {
    const Tensor x = normal(1, c.x), weight = normal(2, c.weight), bias = normal(3, {c.weight[0]});
    const auto f = [&](const Tensor& a, const Tensor& w) {
      return convolution(a, w, bias, c.options);
    };
    const auto in_precision = [](bool bf16, const Tensor& tensor) {
      return bf16 ? rounded(tensor) : tensor;
    };
    const Tensor y = in_bf16([&] { return f(x, weight).eval(); });
    const std::int64_t terms = c.weight.size() / c.weight[0];
    EXPECT_LE(
        largest_difference(y, f(in_precision(c.takes_data, x), in_precision(c.takes_data, weight))),
        rounding(terms));

    const Tensor seed = normal(4, y.shape());
    const auto gradients = [&](const Tensor& a, const Tensor& w, const Tensor& g) {
      return grad([&](const Tensors& v) { return sum(f(v[0], v[1]) * g); })({a, w});
    };
    const Tensors in_half = in_bf16([&] {
      Tensors found = gradients(x, weight, seed);
      for (Tensor& tensor : found) tensor.eval();
      return found;
    });
    const std::int64_t positions = y.shape().size() / y.dim(1);
    for (std::size_t i = 0; i < 2; ++i) {
      const bool takes = i == 0 ? c.takes_data : c.takes_weight;
      const Tensors expected =
          gradients(in_precision(takes, x), in_precision(takes, weight), in_precision(takes, seed));
      EXPECT_LE(largest_difference(in_half[i], expected[i]), rounding(4 * (terms + positions)));
    }
  }
}

TEST(ProductPrecision, DerivativesAreComputedAsTheProductIs) {
  // The scope is closed before the derivative's operations are built.
  const Tensor x = normal(1, {160, 96}), weight = normal(2, {128, 96});
  const Tensor seed = normal(3, {160, 128});
  const auto loss = [&](const Tensors& v) {
    return sum(in_bf16([&] { return linear(v[0], v[1]); }) * seed);
  };
  const Tensors found = grad(loss)({x, weight});
  EXPECT_LE(largest_difference(found[0], matmul(rounded(seed), rounded(weight))), rounding(128));
  EXPECT_LE(largest_difference(found[1], matmul(transpose(rounded(seed)), rounded(x))),
            rounding(160));
}

TEST(ProductPrecision, GradientsOfANetworkLieNearThoseOfF32) {
  const Tensor x = normal(1, {128, 64}), first = normal(2, {128, 64}) / 8,
               second = normal(3, {10, 128}) / 11;
  const auto loss = [&](const Tensors& v) {
    return mean(square(linear(tanh(linear(x, v[0])), v[1])));
  };
  const Tensors full = grad(loss)({first, second});
  const Tensors half = in_bf16([&] { return grad(loss)({first, second}); });
  for (std::size_t i = 0; i < 2; ++i) {
    // Relative rounding of 2^-9 in each operand of three products, of random sign.
    const double distance =
        sqrt(sum(square(half[i] - full[i])) / sum(square(full[i]))).item<double>();
    EXPECT_LT(distance, 4 * 0x1p-8);
    EXPECT_GT(distance, 0x1p-14);  // it is not f32
  }
}

TEST(ProductPrecision, HasSecondDerivativesNearThoseOfF32) {
  const Tensor x = normal(1, {128, 96}), weight = normal(2, {128, 96}) / 10;
  const Tensor direction = normal(3, {128, 96});
  const auto product = [&] {
    const auto loss = [&](const Tensors& v) { return sum(square(tanh(linear(x, v[0])))); };
    return grad([&](const Tensors& v) { return sum(grad(loss)(v)[0] * direction); })({weight})[0]
        .eval();
  };
  const Tensor full = product(), half = in_bf16(product);
  const double distance = sqrt(sum(square(half - full)) / sum(square(full))).item<double>();
  // Five products one after the other, each with operands off by 2^-9 at most.
  EXPECT_LT(distance, 10 * 0x1p-9);
  EXPECT_GT(distance, 0x1p-14);  // it is not f32
}

TEST(ProductPrecision, LeavesOtherTypesAndOtherOperationsAlone) {
  const Tensor a = cast(normal(1, {128, 96}), DType::f64),
               b = cast(normal(2, {96, 128}), DType::f64);
  EXPECT_EQ(largest_difference(in_bf16([&] { return matmul(a, b).eval(); }), matmul(a, b)), 0);
  const Tensor x = normal(3, {50});
  EXPECT_EQ(largest_difference(in_bf16([&] { return (exp(x) * x).eval(); }), exp(x) * x), 0);
  EXPECT_EQ(product_precision(), ProductPrecision::full);
}

TEST(ProductPrecision, GivesTheSameBitsAtAnyNumberOfThreads) {
  const int before = thread_count();
  const Tensor a = normal(1, {400, 784}), b = normal(2, {784, 512});
  const Tensor x = normal(3, {128, 64, 8, 8}), weight = normal(4, {64, 64, 3, 3});
  const auto gradient =
      grad([&](const Tensors& v) { return sum(square(convolution(v[0], v[1]))); });
  std::vector<std::vector<std::vector<float>>> results;
  for (const int threads : {1, 2, 3}) {
    set_thread_count(threads);
    results.push_back(in_bf16([&] {
      const Tensors gradients = gradient({x, weight});
      return std::vector{matmul(a, b).to_vector<float>(), gradients[0].to_vector<float>(),
                         gradients[1].to_vector<float>()};
    }));
  }
  set_thread_count(before);
  EXPECT_EQ(results[0], results[1]);
  EXPECT_EQ(results[0], results[2]);
}

}  // namespace
}  // namespace gradus
