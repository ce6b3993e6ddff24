#include "gradus/ops/random.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "../support/error_of.h"
#include "gradus/base/parallel.h"
#include "gradus/base/philox.h"
#include "gradus/ops/random_words.h"
#include "gradus/ops/rearrange.h"

namespace gradus {
namespace {

using ::testing::ElementsAre;

using Words = std::array<std::uint32_t, 4>;

// The known answers of Random123 1.14.0 (kat_vectors), philox4x32 with 10 rounds.
TEST(Philox, GivesTheKnownAnswersOfRandom123) {
  constexpr std::uint32_t kOnes = 0xffffffff;
  EXPECT_EQ(philox({0, 0, 0, 0}, {0, 0}), (Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox({kOnes, kOnes, kOnes, kOnes}, {kOnes, kOnes}),
            (Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(RandomWords, AreThoseOfSingleBlocks) {
  const RandomKey key{0x299f31d0a4093822u, 0x0370734413198a2eu};
  // Also where the counter's lower word overflows in the middle of a vector.
  for (const std::uint64_t first :
       {std::uint64_t{0}, std::uint64_t{5}, 0xfffffffbu + std::uint64_t{0}, 0x85a308d3243f6a88u}) {
    for (const std::int64_t blocks : {1, 2, 3, 7, 8, 9, 100}) {
      std::vector<std::uint32_t> words(static_cast<std::size_t>(4 * blocks));
      fill_random_words(key, first, blocks, words.data());
      for (std::size_t i = 0; i < words.size(); ++i) {
        ASSERT_EQ(words[i], random_words(key, first + i / 4)[i % 4]) << first << " " << i;
      }
    }
  }
}

std::vector<std::int64_t> path_of(const Key& key) { return key.data().to_vector<std::int64_t>(); }

TEST(Key, HoldsSeedAndPath) {
  EXPECT_THAT(path_of(Key(42)), ElementsAre(42, 0));
  EXPECT_EQ(path_of(Key(~std::uint64_t{0}))[0], -1);
}

TEST(Key, FoldsInNumbersNamesAndTensors) {
  const Key key(42);
  EXPECT_EQ(path_of(key.fold_in(7)), path_of(key.fold_in(Tensor(std::int64_t{7}))));
  EXPECT_EQ(path_of(key.fold_in("weights")), path_of(key.fold_in("weights")));
  const RandomKey folded = fold_in({42, 0}, 7);
  EXPECT_EQ(path_of(key.fold_in(7))[1], static_cast<std::int64_t>(folded.path));
}

TEST(Key, GivesStreamsThatDiffer) {
  const Key key(42);
  std::set<std::vector<std::int64_t>> paths{path_of(key), path_of(Key(43))};
  for (std::uint64_t i = 0; i < 100; ++i) paths.insert(path_of(key.fold_in(i)));
  for (std::uint64_t i = 0; i < 100; ++i) paths.insert(path_of(key.fold_in(i).fold_in(0)));
  for (const Key& part : key.split(100)) paths.insert(path_of(part));
  for (const char* name : {"", "a", "b", "ab", "ba"}) paths.insert(path_of(key.fold_in(name)));
  EXPECT_EQ(paths.size(), 2u + 100 + 100 + 100 + 5);
}

TEST(Key, RefusesWhatIsNoKeyAndNoNumber) {
  EXPECT_STREQ(testing::error_of([] {
                 random_uniform(Key(Tensor{1, 2}), {3});
               }).what(),
               "random_uniform: the key is f32[2], not i64[2]");
  EXPECT_STREQ(testing::error_of([] { Key(1).fold_in(Tensor(1.f)); }).what(),
               "fold_in: the number is f32[], not a 0-d integer");
}

/// Kolmogorov's statistic sqrt(n) sup |F_n - F| of values against a distribution function. Above
/// 1.95 with probability 0.001.
template <class F>
double kolmogorov(std::vector<double> values, F distribution) {
  std::sort(values.begin(), values.end());
  const auto n = static_cast<double>(values.size());
  double largest = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double f = distribution(values[i]);
    largest =
        std::max({largest, static_cast<double>(i + 1) / n - f, f - static_cast<double>(i) / n});
  }
  return std::sqrt(n) * largest;
}

/// (chi^2 - k) / sqrt(2 k) with k = bins - 1: about normal with deviation 1 for many bins.
double chi_square(const std::vector<std::int64_t>& counts, const std::vector<double>& expected) {
  double sum = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const double difference = static_cast<double>(counts[i]) - expected[i];
    sum += difference * difference / expected[i];
  }
  const auto k = static_cast<double>(counts.size() - 1);
  return (sum - k) / std::sqrt(2 * k);
}

struct Moments {
  double mean = 0, variance = 0, skewness = 0, kurtosis = 0;
};
Moments moments_of(const std::vector<double>& values) {
  Moments m;
  const auto n = static_cast<double>(values.size());
  for (const double v : values) m.mean += v / n;
  for (const double v : values) {
    const double d = v - m.mean;
    m.variance += d * d / n;
    m.skewness += d * d * d / n;
    m.kurtosis += d * d * d * d / n;
  }
  m.skewness /= std::pow(m.variance, 1.5);
  m.kurtosis /= m.variance * m.variance;
  return m;
}

double normal_distribution(double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); }

constexpr std::int64_t kMany = 1 << 20;

TEST(RandomUniform, IsUniform) {
  for (const DType dtype : {DType::f32, DType::f64}) {
    const auto values = random_uniform(Key(1), {kMany}, -2, 6, dtype).to_vector<double>();
    EXPECT_LT(kolmogorov(values, [](double x) { return (x + 2) / 8; }), 1.95);
    const Moments m = moments_of(values);
    EXPECT_NEAR(m.mean, 2, 4 * 8 / std::sqrt(12.0 * kMany));
    EXPECT_NEAR(m.kurtosis, 1.8, 0.01);
    EXPECT_GE(*std::min_element(values.begin(), values.end()), -2);
    EXPECT_LT(*std::max_element(values.begin(), values.end()), 6);
  }
}

TEST(RandomUniform, NeighboursAreIndependent) {
  // Pairs in a 64 by 64 grid, at distances that would show blocks, lanes and tiles.
  const auto values = random_uniform(Key(2), {kMany}).to_vector<double>();
  for (const std::size_t lag : {1u, 2u, 3u, 4u, 8u, 16u, 32u, 64u, 1024u}) {
    std::vector<std::int64_t> counts(64 * 64);
    for (std::size_t i = 0; i + lag < values.size(); ++i) {
      ++counts[static_cast<std::size_t>(values[i] * 64) * 64 +
               static_cast<std::size_t>(values[i + lag] * 64)];
    }
    const double each = static_cast<double>(values.size() - lag) / 4096;
    EXPECT_LT(std::abs(chi_square(counts, std::vector<double>(4096, each))), 4) << lag;
  }
}

TEST(RandomUniform, NeverReachesTheUpperBound) {
  // Between 1 and the next number there is room for one value only; rounding would give both.
  const float next = std::nextafter(1.f, 2.f);
  for (const float value : random_uniform(Key(3), {10000}, 1, next).data<float>()) {
    ASSERT_EQ(value, 1.f);
  }
  // 2^24 + u rounds up to 2^24 + 1 or more for half of all u.
  for (const float value : random_uniform(Key(3), {10000}, 16777215, 16777216).data<float>()) {
    ASSERT_EQ(value, 16777215.f);
  }
  EXPECT_EQ(random_uniform(Key(3), {}, 5, 5).item<float>(), 5);
}

TEST(RandomUniform, TakesTheBitsItSays) {
  const Key key(77);
  const auto f32 = random_uniform(key, {9}).to_vector<float>();
  const auto f64 = random_uniform(key, {9}, 0, 1, DType::f64).to_vector<double>();
  for (std::uint64_t i = 0; i < 9; ++i) {
    const auto word = [](std::uint64_t n) { return random_words({77, 0}, n / 4)[n % 4]; };
    EXPECT_EQ(f32[i], static_cast<float>(word(i) >> 8) * 0x1p-24f);
    const std::uint64_t both = std::uint64_t{word(2 * i + 1)} << 32 | word(2 * i);
    EXPECT_EQ(f64[i], static_cast<double>(both >> 11) * 0x1p-53);
  }
}

TEST(RandomUniform, RefusesWhatIsNoInterval) {
  EXPECT_STREQ(
      testing::error_of([] { random_uniform(Key(1), {3}, 2, 1); }).what(),
      "random_uniform: low 2 and high 1 are not the bounds of an interval of finite length "
      "in f32");
  EXPECT_STREQ(testing::error_of([] { random_uniform(Key(1), {3}, -3e38, 3e38); }).what(),
               "random_uniform: low -3e+38 and high 3e+38 are not the bounds of an interval of "
               "finite length in f32");
  EXPECT_STREQ(testing::error_of([] { random_uniform(Key(1), {3}, 0, 1, DType::i32); }).what(),
               "random_uniform: makes numbers of f32 or f64, not i32");
}

TEST(RandomNormal, IsNormal) {
  for (const DType dtype : {DType::f32, DType::f64}) {
    const auto values = random_normal(Key(4), {kMany}, 0, 1, dtype).to_vector<double>();
    EXPECT_LT(kolmogorov(values, normal_distribution), 1.95);
    const Moments m = moments_of(values);
    EXPECT_NEAR(m.mean, 0, 4 / std::sqrt(kMany));
    EXPECT_NEAR(m.variance, 1, 4 * std::sqrt(2.0 / kMany));
    EXPECT_NEAR(m.skewness, 0, 4 * std::sqrt(6.0 / kMany));
    EXPECT_NEAR(m.kurtosis, 3, 4 * std::sqrt(24.0 / kMany));
  }
}

TEST(RandomNormal, HasTheTailsOfANormal) {
  const auto values = random_normal(Key(5), {16 * kMany}).to_vector<float>();
  for (const double bound : {2.0, 3.0, 4.0, 4.5, 5.0}) {
    for (const double sign : {-1.0, 1.0}) {
      std::int64_t count = 0;
      for (const float v : values) count += sign * static_cast<double>(v) > bound;
      const double expected = normal_distribution(-bound) * 16 * kMany;
      EXPECT_NEAR(static_cast<double>(count), expected, 4 * std::sqrt(expected) + 2) << bound;
    }
  }
}

TEST(RandomNormal, HasTheRightNumberOfSmallValues) {
  // Radii near 0 come from u near 1, where u itself has too few bits.
  const auto values = random_normal(Key(6), {16 * kMany}).to_vector<float>();
  for (const double bound : {1e-2, 1e-3, 1e-4}) {
    std::int64_t count = 0;
    for (const float v : values) count += std::abs(static_cast<double>(v)) < bound;
    const double expected = (1 - 2 * normal_distribution(-bound)) * 16 * kMany;
    EXPECT_NEAR(static_cast<double>(count), expected, 4 * std::sqrt(expected)) << bound;
  }
  // Squared radii of pairs are exponential with mean 2.
  std::vector<double> radii;
  for (std::size_t i = 0; i < static_cast<std::size_t>(kMany); i += 2) {
    radii.push_back(static_cast<double>(values[i]) * static_cast<double>(values[i]) +
                    static_cast<double>(values[i + 1]) * static_cast<double>(values[i + 1]));
  }
  EXPECT_LT(kolmogorov(radii, [](double r) { return 1 - std::exp(-r / 2); }), 1.95);
}

TEST(RandomNormal, NeighboursAreUncorrelated) {
  const auto values = random_normal(Key(7), {kMany}).to_vector<double>();
  for (const std::size_t lag : {1u, 2u, 4u, 32u, 1024u}) {
    double sum = 0;
    double of_squares = 0;
    for (std::size_t i = 0; i + lag < values.size(); ++i) {
      sum += values[i] * values[i + lag];
      of_squares += (values[i] * values[i] - 1) * (values[i + lag] * values[i + lag] - 1);
    }
    EXPECT_NEAR(sum / kMany, 0, 4 / std::sqrt(kMany)) << lag;
    EXPECT_NEAR(of_squares / kMany, 0, 4 * 2 / std::sqrt(kMany)) << lag;
  }
}

TEST(RandomNormal, RefusesWhatIsNoDistribution) {
  EXPECT_STREQ(testing::error_of([] { random_normal(Key(1), {3}, 0, -1); }).what(),
               "random_normal: mean 0 and deviation -1 are not those of a normal distribution");
}

TEST(RandomBernoulli, IsTrueAsOftenAsItShould) {
  for (const double p : {0.0, 0.001, 0.3, 0.5, 0.999, 1.0}) {
    const auto values = random_bernoulli(Key(8), {kMany}, p).to_vector<std::int64_t>();
    std::int64_t count = 0;
    for (const auto v : values) count += v;
    EXPECT_NEAR(static_cast<double>(count), p * kMany, 4 * std::sqrt(p * (1 - p) * kMany)) << p;
  }
  EXPECT_STREQ(testing::error_of([] { random_bernoulli(Key(1), {3}, 1.5); }).what(),
               "random_bernoulli: probability 1.5 is not in [0, 1]");
  EXPECT_STREQ(testing::error_of([] { random_bernoulli(Key(1), {3}, std::nan("")); }).what(),
               "random_bernoulli: probability nan is not in [0, 1]");
}

TEST(RandomInteger, IsUniform) {
  const auto values = random_integer(Key(9), {kMany}, -100, 900).to_vector<std::int64_t>();
  std::vector<std::int64_t> counts(1000);
  for (const auto v : values) ++counts.at(static_cast<std::size_t>(v + 100));
  EXPECT_LT(std::abs(chi_square(counts, std::vector<double>(1000, kMany / 1000.0))), 4);
}

TEST(RandomInteger, CoversTheLongestRanges) {
  for (const std::int64_t low : {INT64_MIN, INT64_MIN / 3, std::int64_t{-5000000000}}) {
    const std::int64_t high = low == INT64_MIN ? INT64_MAX : -low;
    const double range = static_cast<double>(high) - static_cast<double>(low);
    const auto values = random_integer(Key(10), {kMany}, low, high).to_vector<double>();
    EXPECT_LT(kolmogorov(values, [&](double x) { return (x - static_cast<double>(low)) / range; }),
              1.95);
  }
}

TEST(RandomInteger, KeepsToItsBounds) {
  for (const auto v : random_integer(Key(10), {100000}, 3, 5).to_vector<std::int64_t>()) {
    ASSERT_TRUE(v == 3 || v == 4);
  }
  EXPECT_STREQ(testing::error_of([] { random_integer(Key(1), {3}, 4, 4); }).what(),
               "random_integer: there is no integer in [4, 4)");
}

TEST(RandomPermutation, HoldsEachNumberOnce) {
  for (const std::int64_t n : {0, 1, 2, 5, 511, 512, 513, 5000}) {
    auto values = random_permutation(Key(11), n).to_vector<std::int64_t>();
    std::sort(values.begin(), values.end());
    for (std::int64_t i = 0; i < n; ++i) ASSERT_EQ(values[static_cast<std::size_t>(i)], i);
  }
}

TEST(RandomPermutation, GivesEveryOrderEquallyOften) {
  std::vector<std::int64_t> counts(120);
  const Key key(12);
  for (std::uint64_t round = 0; round < 24000; ++round) {
    const auto p = random_permutation(key.fold_in(round), 5).to_vector<std::int64_t>();
    std::size_t rank = 0;  // in lexicographic order
    for (std::size_t i = 0; i < 5; ++i) {
      std::size_t smaller = 0;
      for (std::size_t k = i + 1; k < 5; ++k) smaller += p[k] < p[i];
      rank = rank * (5 - i) + smaller;
    }
    ++counts.at(rank);
  }
  EXPECT_LT(std::abs(chi_square(counts, std::vector<double>(120, 200))), 4);
}

TEST(RandomCategorical, DrawsClassesByTheirProbabilities) {
  const double weights[] = {0.5, 0.2, 0.15, 0.1, 0.04, 0.01};
  std::vector<float> logits;
  for (const double w : weights) logits.push_back(static_cast<float>(std::log(w) + 3));
  logits.push_back(-INFINITY);
  const Tensor rows = broadcast_to(Tensor::from(logits), {200000, 7});
  std::vector<std::int64_t> counts(7);
  for (const auto c : random_categorical(Key(13), rows).to_vector<std::int64_t>()) {
    ++counts.at(static_cast<std::size_t>(c));
  }
  EXPECT_EQ(counts[6], 0);
  for (std::size_t i = 0; i < 6; ++i) {
    const double expected = weights[i] * 200000;
    EXPECT_NEAR(static_cast<double>(counts[i]), expected,
                4 * std::sqrt(expected * (1 - weights[i])))
        << i;
  }
}

TEST(RandomCategorical, RefusesRowsWithNothingToDraw) {
  const auto draw = [](const Tensor& logits) {
    return testing::error_of([&] { random_categorical(Key(1), logits).eval(); });
  };
  EXPECT_STREQ(draw(Tensor{{0, 0}, {-INFINITY, -INFINITY}}).what(),
               "random_categorical: logits of row 1 are all minus infinity");
  EXPECT_STREQ(draw(Tensor{{0, NAN}, {0, 0}}).what(),
               "random_categorical: logits of row 0 hold a NaN");
  EXPECT_STREQ(draw(Tensor(1.f)).what(),
               "random_categorical: logits of shape [] have no classes to draw from");
}

TEST(RandomValues, DependOnKeyAndPlaceOnly) {
  const Key key = Key(14).fold_in("values");
  const auto long_run = random_normal(key, {5001}).to_vector<float>();
  const auto square = random_normal(key, {50, 30}).to_vector<float>();
  EXPECT_TRUE(std::equal(square.begin(), square.end(), long_run.begin()));
  const auto integers = random_integer(key, {999}, 0, 1000).to_vector<std::int64_t>();
  const auto fewer = random_integer(key, {37}, 0, 1000).to_vector<std::int64_t>();
  EXPECT_TRUE(std::equal(fewer.begin(), fewer.end(), integers.begin()));
}

TEST(RandomValues, DoNotDependOnThreads) {
  const auto draw = [] {
    const Key key(15);
    std::vector<double> all = random_uniform(key, {300001}).to_vector<double>();
    for (const Tensor& more :
         {random_normal(key, {300001}), random_normal(key, {150001}, 0, 1, DType::f64),
          random_integer(key, {150001}, 0, 77), random_bernoulli(key, {300001}, 0.4),
          random_categorical(key, broadcast_to(Tensor{0, 1, 2}, {30001, 3}))}) {
      const auto values = more.to_vector<double>();
      all.insert(all.end(), values.begin(), values.end());
    }
    return all;
  };
  const int before = thread_count();
  set_thread_count(1);
  const auto one = draw();
  set_thread_count(5);
  const auto five = draw();
  set_thread_count(before);
  EXPECT_TRUE(one == five);
}

}  // namespace
}  // namespace gradus
