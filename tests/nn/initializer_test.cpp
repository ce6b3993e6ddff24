#include "gradus/nn/initializer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <string>

#include "gradus/ops/matmul.h"
#include "gradus/ops/rearrange.h"
#include "tests/support/error_of.h"
#include "tests/support/tensors.h"

namespace gradus::nn {
namespace {

using testing::error_of;

struct Moments {
  double mean = 0, variance = 0, largest = 0;
};

Moments moments_of(const Tensor& x) {
  Moments m;
  const auto values = x.to_vector<double>();
  const auto n = static_cast<double>(values.size());
  for (const double v : values) {
    m.mean += v / n;
    m.largest = std::max(m.largest, std::abs(v));
  }
  for (const double v : values) m.variance += (v - m.mean) * (v - m.mean) / n;
  return m;
}

TEST(Fans, CountTheKernel) {
  EXPECT_EQ(fans_of({30, 20}).in, 20);
  EXPECT_EQ(fans_of({30, 20}).out, 30);
  EXPECT_EQ(fans_of({8, 4, 3, 5}).in, 60);
  EXPECT_EQ(fans_of({8, 4, 3, 5}).out, 120);
  EXPECT_EQ(error_of([] { fans_of({3}); }).code(), ErrorCode::shape);
}

TEST(Initializer, RulesHaveTheirPublishedVariance) {
  // (out, in, kernel...) with fan in 200 * 6 and fan out 100 * 6
  const Shape shape{100, 200, 2, 3};
  const double in = 1200, out = 600;
  struct Case {
    Initializer rule;
    double variance;
    bool uniform;
  };
  const Case cases[] = {
      {{.kind = Initialization::fan_in_uniform}, 1 / in / 3, true},
      {{.kind = Initialization::xavier_uniform}, 2 / (in + out), true},
      {{.kind = Initialization::xavier_normal}, 2 / (in + out), false},
      {{.kind = Initialization::he_uniform}, 2 / in, true},
      {{.kind = Initialization::he_normal}, 2 / in, false},
      {{.kind = Initialization::he_normal, .gain = 3}, 9 * 2 / in, false},
      {{.kind = Initialization::normal, .deviation = 0.5f}, 0.25, false},
      {{.kind = Initialization::uniform, .low = -2, .high = 2}, 16.0 / 12, true},
  };
  for (const Case& c : cases) {
    const Moments m = moments_of(c.rule(Key(1), shape));
    const double deviation = std::sqrt(c.variance);
    // 120,000 values: four standard errors of mean and variance
    EXPECT_NEAR(m.mean, 0, 4 * deviation / std::sqrt(120000.0));
    EXPECT_NEAR(m.variance / c.variance, 1, 4 * std::sqrt(2.0 / 120000));
    if (c.uniform) {
      EXPECT_LE(m.largest, std::sqrt(3.0) * deviation * (1 + 1e-6));
      EXPECT_GT(m.largest, 0.999 * std::sqrt(3.0) * deviation);
    } else {
      EXPECT_GT(m.largest, 3.5 * deviation);
    }
  }
}

TEST(Initializer, ConstantsAreConstant) {
  const Initializer constant{.kind = Initialization::constant, .value = 0.25f};
  const Initializer zero{.kind = Initialization::zeros};
  EXPECT_THAT(constant(Key(1), {3}), testing::near({0.25, 0.25, 0.25}));
  EXPECT_THAT(zero(Key(1), {2, 1}), testing::near({0, 0}));
}

TEST(Initializer, OrthogonalRowsOrColumnsAreOrthonormal) {
  const Initializer rule{.kind = Initialization::orthogonal, .gain = 2};
  const Tensor wide = rule(Key(1), {4, 9}, DType::f64);
  const Tensor tall = rule(Key(2), {9, 4}, DType::f64);
  const Tensor kernel = reshape(rule(Key(3), {4, 3, 2, 2}, DType::f64), Dims{4, 12});
  for (const Tensor& product : {matmul(wide, transpose(wide)), matmul(transpose(tall), tall),
                                matmul(kernel, transpose(kernel))}) {
    const auto values = product.to_vector<double>();
    for (int i = 0; i < 4; ++i) {
      for (int j = 0; j < 4; ++j) EXPECT_NEAR(values[i * 4 + j], i == j ? 4 : 0, 1e-13);
    }
  }
}

TEST(Initializer, OrthogonalMatricesHaveNoPreferredSign) {
  // Without the sign correction the first element of Q would have one sign for all keys.
  const Initializer rule{.kind = Initialization::orthogonal};
  int positive = 0;
  for (int i = 0; i < 64; ++i) {
    positive += rule(Key(static_cast<std::uint64_t>(i)), {3, 3}).to_vector<double>()[0] > 0;
  }
  EXPECT_GT(positive, 16);
  EXPECT_LT(positive, 48);
}

TEST(Initializer, SparseGivesEachUnitItsConnections) {
  const Initializer rule{.kind = Initialization::sparse, .connections = 3};
  const auto values = rule(Key(1), {50, 20}).to_vector<double>();
  std::set<std::size_t> places;
  for (std::size_t unit = 0; unit < 50; ++unit) {
    int connections = 0;
    for (std::size_t i = 0; i < 20; ++i) {
      if (values[unit * 20 + i] == 0) continue;
      ++connections;
      places.insert(i);
    }
    EXPECT_EQ(connections, 3);
  }
  EXPECT_GT(places.size(), 15u);
}

TEST(Initializer, SparseKeepsAllOfFewInputs) {
  const Initializer rule{.kind = Initialization::sparse};
  for (const double v : rule(Key(1), {4, 5}).to_vector<double>()) EXPECT_NE(v, 0);
}

TEST(Initializer, RulesForWeightsRefuseOneAxis) {
  EXPECT_STREQ(
      error_of([] { Initializer{.kind = Initialization::orthogonal}(Key(1), {3}); }).what(),
      "orthogonal: takes a weight of two or more axes, not shape [3]");
}

TEST(Initializer, EveryRuleHasAName) {
  EXPECT_EQ(initialization_names().size(), static_cast<std::size_t>(Initialization::sparse) + 1);
  EXPECT_STREQ(initialization_names()[static_cast<std::size_t>(Initialization::orthogonal)],
               "orthogonal");
}

}  // namespace
}  // namespace gradus::nn
