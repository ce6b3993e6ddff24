#include "gradus/stats/joint_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "gradus/ops/arithmetic.h"
#include "gradus/ops/rearrange.h"
#include "reals.h"
#include "tests/support/error_of.h"
#include "tests/support/tensors.h"

namespace gradus::stats {
namespace {

using testing::error_of;
using testing::message_of;
using testing::near;
using testing::real;
using testing::reals;

/// Weather (2 values), and whether the grass is wet (2).
JointTable weather() { return {{"rain", "wet"}, reals({0.56, 0.14, 0.03, 0.27}, {2, 2})}; }

TEST(JointTable, HasMarginalsInTheOrderAsked) {
  EXPECT_THAT(weather().marginal({"rain"}).probabilities, near({0.7, 0.3}, 1e-15));
  EXPECT_THAT(weather().marginal({"wet"}).probabilities, near({0.59, 0.41}, 1e-15));
  const JointTable turned = weather().marginal({"wet", "rain"});
  EXPECT_THAT(turned.probabilities, near({0.56, 0.03, 0.14, 0.27}, 1e-15));
  EXPECT_EQ(turned.variables, (std::vector<std::string>{"wet", "rain"}));
}

TEST(JointTable, IsConditionedOnObservations) {
  const JointTable after = weather().given({{"wet", 1}});
  EXPECT_EQ(after.variables, std::vector<std::string>{"rain"});
  EXPECT_THAT(after.probabilities, near({14 / 41., 27 / 41.}, 1e-14));
  EXPECT_THAT(weather().conditional({"wet"}, {"rain"}),
              near({0.56 / 0.7, 0.14 / 0.7, 0.1, 0.9}, 1e-14));
}

TEST(JointTable, KnowsIndependence) {
  EXPECT_FALSE(weather().are_independent({"rain"}, {"wet"}));
  const JointTable coins({"a", "b"}, reals({0.06, 0.24, 0.14, 0.56}, {2, 2}));
  EXPECT_TRUE(coins.are_independent({"a"}, {"b"}));
  // a and b are independent given c (a chain a - c - b), and not without it.
  std::vector<double> chain;
  for (const double c : {0.4, 0.6}) {
    for (const double a : {0.2, 0.8}) {
      for (const double b : {0.3, 0.7}) {
        chain.push_back(c * (c < 0.5 ? a : 1 - a) * (c < 0.5 ? b : 1 - b));
      }
    }
  }
  const JointTable table({"c", "a", "b"}, reals(chain, {2, 2, 2}));
  EXPECT_TRUE(table.are_independent({"a"}, {"b"}, {"c"}));
  EXPECT_FALSE(table.are_independent({"a"}, {"b"}));
}

TEST(JointTable, IsNormalisedOnlyWhenAsked) {
  const Tensor counts = reals({2, 6, 1, 1}, {2, 2});
  EXPECT_EQ(message_of([&] {
              JointTable({"x", "y"}, counts);
            }),
            "JointTable: the table adds up to 10, not 1: ask for it to be normalised");
  EXPECT_THAT(JointTable({"x", "y"}, counts, TableSum::normalize).probabilities,
              near({0.2, 0.6, 0.1, 0.1}, 1e-15));
}

TEST(JointTable, RefusesWhatIsNone) {
  const Tensor fine = reals({0.5, 0.5}, {2});
  EXPECT_EQ(error_of([&] { JointTable({"x", "y"}, fine); }).code(), ErrorCode::shape);
  EXPECT_EQ(error_of([] {
              JointTable({"x"}, reals({1.5, -0.5}, {2}));
            }).code(),
            ErrorCode::invalid_argument);
  EXPECT_EQ(error_of([] {
              JointTable({"x"}, reals({NAN, 1}, {2}));
            }).code(),
            ErrorCode::invalid_argument);
  EXPECT_EQ(error_of([] {
              JointTable({"x"}, reals({0, 0}, {2}), TableSum::normalize);
            }).code(),
            ErrorCode::numeric);
  EXPECT_EQ(error_of([] { JointTable({"x"}, reals({}, {0})); }).code(),
            ErrorCode::invalid_argument);
  EXPECT_EQ(error_of([] {
              JointTable({"x", "x"}, reals({1}, {1, 1}));
            }).code(),
            ErrorCode::invalid_argument);
  EXPECT_EQ(error_of([] { weather().marginal({"snow"}); }).code(), ErrorCode::not_found);
  EXPECT_EQ(error_of([] {
              weather().marginal({"wet", "wet"});
            }).code(),
            ErrorCode::invalid_argument);
  EXPECT_EQ(error_of([] { weather().given({{"wet", 2}}); }).code(), ErrorCode::index);
  const JointTable sure({"x", "y"}, reals({0.5, 0.5, 0, 0}, {2, 2}));
  EXPECT_EQ(error_of([&] { sure.given({{"x", 1}}); }).code(), ErrorCode::numeric);
}

// A disease that 1 % have, a test that finds 99 % of them and 5 % of the others: 1 / 6.
TEST(BayesRule, TurnsLikelihoodsRound) {
  const Tensor prior = reals({0.01, 0.99}, {2});
  EXPECT_THAT(posterior_probabilities(prior, reals({0.99, 0.05}, {2})),
              near({1 / 6., 5 / 6.}, 1e-14));
  const Tensor both = posterior_probabilities(prior, reals({0.01, 0.99, 0.95, 0.05}, {2, 2}));
  EXPECT_THAT(both, near({0.0001 / 0.9406, 1 / 6., 0.9405 / 0.9406, 5 / 6.}, 1e-14));
  EXPECT_EQ(error_of([&] {
              posterior_probabilities(reals({1, 2}, {2}), reals({1, 2}, {2})).eval();
            }).code(),
            ErrorCode::invalid_argument);
  EXPECT_EQ(error_of([&] {
              posterior_probabilities(prior, reals({1, 2, 3}, {3}));
            }).code(),
            ErrorCode::shape);
  // What no cause can bring about was not observed.
  EXPECT_EQ(error_of([&] {
              posterior_probabilities(prior, reals({0, 0}, {2})).eval();
            }).code(),
            ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace gradus::stats
