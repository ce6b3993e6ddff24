#include "gradus/stats/estimation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "gradus/ops/reduce.h"
#include "gradus/stats/bernoulli.h"
#include "gradus/stats/laplace.h"
#include "gradus/stats/normal.h"
#include "reals.h"
#include "tests/support/error_of.h"

namespace gradus::stats {
namespace {

using testing::error_of;
using testing::message_of;
using testing::real;
using testing::reals;

Tensor plain_mean(const Tensor& x) { return mean(x); }
Tensor sample_of_eight() { return reals({4.1, 5.2, 6.3, 5.9, 4.8, 7.1, 5.5, 6.6}); }

// SciPy 1.17.1: norm.interval(0.95, ...), t.interval(0.9, 7, ...), chi2.ppf,
// binomtest(7, 20).proportion_ci(0.95, "wilson").
TEST(Intervals, AreThoseOfSciPy) {
  const Interval known = z_interval(sample_of_eight(), 1.2, 0.95);
  EXPECT_NEAR(known.low, 4.8559577053901934, 1e-12);
  EXPECT_NEAR(known.high, 6.5190422946098066, 1e-12);
  EXPECT_NEAR(known.estimate, 5.6875, 1e-14);
  const Interval student = t_interval(sample_of_eight(), 0.9);
  EXPECT_NEAR(student.low, 5.025909558667619, 1e-12);
  EXPECT_NEAR(student.high, 6.349090441332381, 1e-12);
  const Interval spread = variance_interval(sample_of_eight());
  EXPECT_NEAR(spread.low, 0.4264566618781426, 1e-12);
  EXPECT_NEAR(spread.high, 4.040993278108553, 1e-11);
  const Interval share = proportion_interval(7, 20);
  EXPECT_NEAR(share.low, 0.1811918241010821, 1e-12);
  EXPECT_NEAR(share.high, 0.5671457233147637, 1e-12);
  EXPECT_EQ(proportion_interval(0, 5).low, 0);
}

TEST(Intervals, HoldTheirParameterAsOftenAsTheySay) {
  const Normal truth(real(3), real(2));
  int held = 0;
  constexpr int kRuns = 1000;
  for (std::uint64_t seed = 0; seed < kRuns; ++seed) {
    const Interval interval = t_interval(truth.sample(Key(seed), {6}), 0.9);
    held += interval.low < 3 && 3 < interval.high ? 1 : 0;
  }
  EXPECT_NEAR(held / static_cast<double>(kRuns), 0.9, 4 * std::sqrt(0.09 / kRuns));
}

TEST(Intervals, RefuseBadSamplesAndLevels) {
  EXPECT_EQ(message_of([] { t_interval(reals({1})); }),
            "t_interval: takes a sample of at least 2 observations, not f64[1]");
  EXPECT_EQ(error_of([] { t_interval(reals({1, NAN, 2})); }).code(), ErrorCode::invalid_argument);
  EXPECT_EQ(error_of([] { t_interval(reals({1, 2}), 1.0); }).code(), ErrorCode::invalid_argument);
  EXPECT_EQ(error_of([] {
              z_interval(reals({1, 2}), -1, 0.9);
            }).code(),
            ErrorCode::invalid_argument);
  EXPECT_EQ(error_of([] { proportion_interval(3, 2); }).code(), ErrorCode::invalid_argument);
}

// SciPy 1.17.1: scipy.stats.bootstrap of the mean with 200,000 resamples. With 4,000, an end is off
// by about 0.02.
TEST(Bootstrap, HasTheIntervalsOfSciPy) {
  const Tensor x = reals({1.36,  2.039, 0.04,  0.005, 1.101, 3.26,  1.347, 1.511, 5.634, 12.116,
                          6.573, 0.003, 4.538, 0.145, 2.139, 1.698, 6.3,   0.708, 0.614, 2.984,
                          0.074, 0.271, 2.06,  1.549, 3.475, 0.827, 0.896, 3.704, 3.45,  0.647,
                          0.422, 2.447, 1.077, 1.709, 2.097, 2.464, 5.856, 0.307, 2.932, 2.248});
  const auto with = [&](BootstrapMethod method) {
    return bootstrap(plain_mean, x, Key(1), {.replicates = 4000, .method = method});
  };
  const Bootstrap percentile = with(BootstrapMethod::percentile);
  EXPECT_NEAR(percentile.interval.low, 1.65, 0.06);
  EXPECT_NEAR(percentile.interval.high, 3.102, 0.06);
  EXPECT_NEAR(percentile.standard_error, 0.3724, 0.02);
  EXPECT_NEAR(percentile.bias, 0, 0.03);
  EXPECT_EQ(percentile.replicates.shape(), Shape{4000});
  const Bootstrap basic = with(BootstrapMethod::basic);
  EXPECT_NEAR(basic.interval.low, 1.529, 0.06);
  EXPECT_NEAR(basic.interval.high, 2.981, 0.06);
  const Bootstrap bca = with(BootstrapMethod::bca);
  EXPECT_NEAR(bca.interval.low, 1.733, 0.06);
  EXPECT_NEAR(bca.interval.high, 3.261, 0.06);
}

TEST(Bootstrap, RefusesWhatHasNoReplicates) {
  EXPECT_EQ(error_of([] { bootstrap(plain_mean, reals({1}), Key(1)); }).code(), ErrorCode::shape);
  EXPECT_EQ(error_of([] {
              bootstrap([](const Tensor& x) { return x; }, reals({1, 2}), Key(1));
            }).code(),
            ErrorCode::shape);
  EXPECT_EQ(error_of([] {
              bootstrap(plain_mean, reals({2, 2, 2}), Key(1), {.level = 1.5});
            }).code(),
            ErrorCode::invalid_argument);
  // A constant sample: every replicate is the estimate.
  const Bootstrap constant = bootstrap(plain_mean, reals({2, 2, 2}), Key(1));
  EXPECT_EQ(constant.interval.low, 2);
  EXPECT_EQ(constant.interval.high, 2);
}

TEST(Estimators, MeasuredBiasIsThatOfTheTheory) {
  const Statistic biased = [](const Tensor& x) { return var(x, {.correction = 0}); };
  const Statistic unbiased = [](const Tensor& x) { return var(x); };
  const Normal truth(real(1), real(2));
  const SimulationOptions options{.sample_sizes = {5, 50}, .repetitions = 4000};
  const auto with_n = measure_estimator(biased, 4, truth, Key(1), options);
  const auto with_less = measure_estimator(unbiased, 4, truth, Key(2), options);
  for (std::size_t i = 0; i < 2; ++i) {
    const double n = static_cast<double>(options.sample_sizes[i]);
    // E = (n - 1) / n sigma^2, Var of the unbiased one = 2 sigma^4 / (n - 1).
    EXPECT_NEAR(with_n[i].bias, -4 / n, 5 * with_n[i].bias_error);
    EXPECT_NEAR(with_less[i].bias, 0, 5 * with_less[i].bias_error);
    EXPECT_NEAR(with_less[i].variance, 32 / (n - 1), 0.15 * 32 / (n - 1));
    EXPECT_NEAR(with_n[i].squared_error, with_n[i].variance + with_n[i].bias * with_n[i].bias,
                1e-10);
  }
  EXPECT_LT(with_less[1].squared_error, with_less[0].squared_error / 5);  // consistent
}

TEST(Estimators, EfficiencyOfTheMedianDependsOnTheDistribution) {
  // Variances pi / (2 n) against 1 / n for the normal distribution, 1 / n against 2 / n for
  // Laplace's, for large n.
  EXPECT_NEAR(relative_efficiency(plain_mean, median, Normal(real(0), real(1)), 101, Key(3), 4000),
              M_PI / 2, 0.12);
  EXPECT_GT(relative_efficiency(median, plain_mean, Laplace(real(0), real(1)), 101, Key(4), 2000),
            1.5);
}

TEST(Median, IsTheMiddle) {
  EXPECT_EQ(median(reals({3, 1, 2})).item<double>(), 2);
  EXPECT_EQ(median(reals({4, 3, 1, 2})).item<double>(), 2.5);
}

}  // namespace
}  // namespace gradus::stats
