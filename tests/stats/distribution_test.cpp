#include "gradus/stats/distribution.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "distribution_values.h"
#include "gradus/autodiff/grad.h"
#include "gradus/autodiff/jacobian.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/select.h"
#include "gradus/ops/transcendental.h"
#include "gradus/stats.h"
#include "reals.h"
#include "tests/support/error_of.h"
#include "tests/support/tensors.h"

namespace gradus::stats {
namespace {

using testing::DistributionValues;
using testing::error_of;
using testing::message_of;
using testing::near;
using testing::real;
using testing::reals;
using testing::values;

using Holder = Owned<Distribution>;

Holder make(const std::string& name, const Tensors& p) {
  if (name == "Normal") return Holder(make_owned<Normal>(p[0], p[1]));
  if (name == "Uniform") return Holder(make_owned<Uniform>(p[0], p[1]));
  if (name == "Exponential") return Holder(make_owned<Exponential>(p[0]));
  if (name == "Laplace") return Holder(make_owned<Laplace>(p[0], p[1]));
  if (name == "Gamma") return Holder(make_owned<Gamma>(p[0], p[1]));
  if (name == "Beta") return Holder(make_owned<Beta>(p[0], p[1]));
  if (name == "StudentT") return Holder(make_owned<StudentT>(p[0], p[1], p[2]));
  if (name == "Bernoulli") return Holder(make_owned<Bernoulli>(p[0]));
  if (name == "Binomial") return Holder(make_owned<Binomial>(p[0], p[1]));
  if (name == "Lomax") return Holder(make_owned<Lomax>(p[0], p[1]));
  if (name == "NegativeBinomial") return Holder(make_owned<NegativeBinomial>(p[0], p[1]));
  if (name == "Poisson") return Holder(make_owned<Poisson>(p[0]));
  return Holder(make_owned<Geometric>(p[0]));
}

Holder make(const DistributionValues& row) {
  Tensors parameters;
  for (const double p : row.parameters) parameters.push_back(real(p));
  return make(row.name, parameters);
}

/// Equal up to `relative` of the value and `absolute`; both NaN or one infinity also are.
void expect_values(const Tensor& actual, const std::vector<double>& expected, double relative,
                   double absolute, const std::string& what) {
  const auto found = values(actual);
  ASSERT_EQ(found.size(), expected.size()) << what;
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (std::isnan(expected[i]) ? std::isnan(found[i]) : found[i] == expected[i]) continue;
    EXPECT_LE(std::fabs(found[i] - expected[i]), relative * std::fabs(expected[i]) + absolute)
        << what << " " << i << ": " << found[i] << " instead of " << expected[i];
  }
}

void expect_row(const DistributionValues& row) {
  SCOPED_TRACE(row.name + std::to_string(row.parameters[0]));
  const Holder d = make(row);
  const Tensor x = reals(row.points);
  // SciPy has logarithms of large gamma functions to about 1e-13 of themselves.
  expect_values(d->log_prob(x), row.log_prob, 2e-13, 1e-12, "log_prob");
  // The tails of SciPy's t have nine digits or more.
  expect_values(d->cdf(x), row.cdf, 1e-9, 1e-15, "cdf");
  expect_values(d->survival(x), row.survival, 1e-9, 1e-15, "survival");
  expect_values(d->mean(), {row.mean}, 1e-14, 0, "mean");
  expect_values(d->variance(), {row.variance}, 1e-14, 0, "variance");
  expect_values(d->entropy(), {row.entropy}, 1e-12, 1e-13, "entropy");
}

TEST(Distributions, ContinuousOnesHaveTheValuesOfSciPy) {
  for (const auto& row : testing::kContinuous) expect_row(row);
}

TEST(Distributions, DiscreteOnesHaveTheValuesOfSciPy) {
  for (const auto& row : testing::kDiscrete) expect_row(row);
}

TEST(Distributions, QuantilesAreInversesOfDistributionFunctions) {
  const std::vector<double> p{1e-6, 0.01, 0.24, 0.26, 0.5, 0.74, 0.9, 0.999};
  for (const auto& row : testing::kContinuous) {
    SCOPED_TRACE(row.name);
    const Holder d = make(row);
    // Quantiles near an end of the support, as those of Beta(1/2, 1/2) near 1, are rounded there.
    expect_values(d->cdf(d->quantile(reals(p))), p, 1e-11, 1e-12, "cdf of quantile");
    EXPECT_TRUE(std::isnan(d->quantile(real(1.5)).item<double>()));
    EXPECT_TRUE(std::isnan(d->quantile(real(-0.1)).item<double>()));
  }
}

TEST(Distributions, QuantilesOfCountsAreTheSmallestOnes) {
  const std::vector<double> p{0.0001, 0.2, 0.5, 0.9, 0.99999};
  for (const auto& row : testing::kDiscrete) {
    SCOPED_TRACE(row.name);
    const Holder d = make(row);
    const Tensor k = d->quantile(reals(p));
    const auto at = values(d->cdf(k));
    const auto before = values(d->cdf(k - 1));
    for (std::size_t i = 0; i < p.size(); ++i) {
      EXPECT_GE(at[i], p[i]);
      EXPECT_LT(before[i], p[i]);
    }
    EXPECT_TRUE(std::isnan(d->quantile(real(1.5)).item<double>()));
  }
  // SciPy 1.17.1: stats.poisson(200).ppf(0.3), stats.binom(1000, 0.01).ppf(0.975).
  EXPECT_EQ(Poisson(real(200)).quantile(real(0.3)).item<double>(), 192);
  EXPECT_EQ(Binomial(real(1000), real(0.01)).quantile(real(0.975)).item<double>(), 17);
  EXPECT_EQ(Binomial(real(7), real(0.5)).quantile(real(1)).item<double>(), 7);
}

TEST(Distributions, DensitiesAreDerivativesOfDistributionFunctions) {
  for (const auto& row : testing::kContinuous) {
    SCOPED_TRACE(row.name);
    const Holder d = make(row);
    for (const double p : {0.05, 0.4, 0.5, 0.8}) {
      const Tensor x = d->quantile(real(p)).eval();
      const UnaryFunction cdf = [&](const Tensor& at) { return d->cdf(at); };
      const double density = d->prob(x).item<double>();
      if (std::string(row.name) == "Uniform" || density == 0) continue;
      EXPECT_NEAR(grad(cdf)(x).item<double>(), density, 1e-9 * density);
      const UnaryFunction quantile = [&](const Tensor& at) { return d->quantile(at); };
      EXPECT_NEAR(grad(quantile)(real(p)).item<double>(), 1 / density, 1e-8 / density);
    }
  }
}

/// A number of draws such that 1e5 of them give a mean that is off by 5 of its deviations once in a
/// million runs; the key is fixed, so the test either always passes or never.
constexpr std::int64_t kDraws = 100000;

/// No fourth moment: t of 3 degrees of freedom, Lomax of shape 2.5.
bool has_heavy_tails(const DistributionValues& row) {
  const std::string name = row.name;
  return (name == "StudentT" && row.parameters[0] < 5) || name == "Lomax";
}

TEST(Distributions, SamplesHaveTheMeanAndTheVariance) {
  std::uint64_t seed = 0;
  const auto check = [&](const DistributionValues& row) {
    SCOPED_TRACE(row.name + std::to_string(row.parameters[0]));
    const Holder d = make(row);
    const Tensor x = d->sample(Key(++seed), {kDraws});
    EXPECT_EQ(x.shape(), Shape{kDraws});
    if (std::isnan(row.variance) || has_heavy_tails(row)) return;
    const double n = static_cast<double>(kDraws);
    EXPECT_NEAR(mean(x).item<double>(), row.mean, 5 * std::sqrt(row.variance / n));
    const double fourth = mean(square(square(x - row.mean))).item<double>();
    EXPECT_NEAR(var(x).item<double>(), row.variance,
                5 * std::sqrt((fourth - row.variance * row.variance) / n));
  };
  for (const auto& row : testing::kContinuous) check(row);
  for (const auto& row : testing::kDiscrete) check(row);
}

TEST(Distributions, SamplesFollowTheDistributionFunction) {
  // Kolmogorov and Smirnov: sqrt(n) times the largest distance is above 2.5 once in 130,000 runs
  // (2 exp(-2 * 2.5^2)).
  std::uint64_t seed = 100;
  for (const auto& row : testing::kContinuous) {
    SCOPED_TRACE(row.name + std::to_string(row.parameters[0]));
    const Holder d = make(row);
    auto u = values(d->cdf(d->sample(Key(++seed), {20000})));
    std::sort(u.begin(), u.end());
    double distance = 0;
    for (std::size_t i = 0; i < u.size(); ++i) {
      const double place = static_cast<double>(i) / 20000;
      distance = std::max({distance, u[i] - place, place + 1.0 / 20000 - u[i]});
    }
    EXPECT_LT(distance * std::sqrt(20000.0), 2.5);
  }
}

TEST(Distributions, CountsAreDrawnWithTheirProbabilities) {
  std::uint64_t seed = 200;
  for (const auto& row : testing::kDiscrete) {
    SCOPED_TRACE(row.name + std::to_string(row.parameters[0]));
    const Holder d = make(row);
    const auto x = values(d->sample(Key(++seed), {kDraws}));
    const double from = std::max(0.0, std::floor(row.mean - 2 * std::sqrt(row.variance)));
    const double to = row.mean + 2 * std::sqrt(row.variance);
    for (double k = from; k <= to; k += std::max(1.0, std::floor((to - from) / 10))) {
      const double p = d->prob(real(k)).item<double>();
      const auto hits = static_cast<double>(std::count(x.begin(), x.end(), k));
      EXPECT_NEAR(hits / kDraws, p, 5 * std::sqrt(p * (1 - p) / kDraws) + 1e-12) << k;
    }
  }
}

TEST(Distributions, ReparametrisedSamplesMoveAlongTheQuantiles) {
  // With u = cdf(x) fixed, d x / d parameter = -(d cdf / d parameter) / density; the distribution
  // function is differentiated by central differences of its values.
  for (const auto& row : testing::kContinuous) {
    if (std::string(row.name) == "StudentT" || std::string(row.name) == "Beta") continue;
    SCOPED_TRACE(row.name + std::to_string(row.parameters[0]));
    for (std::size_t which = 0; which < row.parameters.size(); ++which) {
      const auto with = [&](double value) {
        Tensors p;
        for (const double number : row.parameters) p.push_back(real(number));
        p[which] = real(value);
        return p;
      };
      const double at = row.parameters[which];
      const Key key(77);
      const Tensor x = make(row)->sample(key, {}).eval();
      const UnaryFunction draw = [&](const Tensor& value) {
        Tensors p = with(at);
        p[which] = value;
        return make(row.name, p)->sample(key, {});
      };
      const double h = 1e-5;
      const double slope = (make(row.name, with(at + h))->cdf(x).item<double>() -
                            make(row.name, with(at - h))->cdf(x).item<double>()) /
                           (2 * h);
      const double expected = -slope / make(row)->prob(x).item<double>();
      EXPECT_NEAR(grad(draw)(real(at)).item<double>(), expected, 1e-6 * (1 + std::fabs(expected)));
    }
  }
}

TEST(Distributions, ExpectationsOfReparametrisedSamplesHaveTheirDerivatives) {
  // d E[x] / d a = b / (a + b)^2 for Beta(a, b); E|t| / scale does not depend on the scale.
  const ScalarFunction of_beta = [](const Tensors& p) {
    return mean(Beta(p[0], p[1]).sample(Key(5), {40000}));
  };
  const Tensors slopes = grad(of_beta)({real(2), real(3)});
  EXPECT_NEAR(slopes[0].item<double>(), 3.0 / 25, 2e-3);
  EXPECT_NEAR(slopes[1].item<double>(), -2.0 / 25, 2e-3);
  const ScalarFunction of_dirichlet = [](const Tensors& p) {
    return mean(select(Dirichlet(p[0]).sample(Key(6), {40000}), -1, 0));
  };
  EXPECT_THAT(grad(of_dirichlet)({reals({2, 3, 5})})[0],
              near({0.08, -0.02, -0.02}, 2e-3));  // (total - a1) / total^2, -a1 / total^2
}

TEST(Distributions, LogProbIsDifferentiableTwiceInTheParameters) {
  const UnaryFunction f = [](const Tensor& p) {
    return Gamma(select(p, 0, 0), select(p, 0, 1)).log_prob(real(1.5));
  };
  // d^2 / d shape^2 = -trigamma(shape), d^2 / d shape d rate = 1 / rate, -shape / rate^2.
  EXPECT_THAT(hessian(f)(reals({0.5, 2})), near({-4.9348022005446793, 0.5, 0.5, -0.125}, 1e-12));
}

TEST(Distributions, BroadcastTheirParametersAndKeepTheirTypes) {
  const Normal d(Tensor{0, 1, 2}, Tensor(2.f));
  EXPECT_EQ(d.batch_shape(), Shape{3});
  EXPECT_EQ(d.sample(Key(1), {4, 5}).shape(), (Shape{4, 5, 3}));
  EXPECT_EQ(d.sample(Key(1)).dtype(), DType::f32);
  EXPECT_EQ(d.mean().shape(), Shape{3});
  EXPECT_EQ(d.variance().shape(), Shape{3});
  EXPECT_EQ(d.entropy().shape(), Shape{3});
  EXPECT_EQ(d.log_prob(testing::column({1, 2})).shape(), (Shape{2, 3}));
  EXPECT_EQ(Poisson(Tensor(3)).sample(Key(1)).dtype(), DType::f32);  // an integer rate
}

TEST(Distributions, RefuseParametersOutsideTheirDomainByName) {
  EXPECT_EQ(message_of([] {
              Normal(Tensor{0, 0}, Tensor{1, -2}).sample(Key(1)).eval();
            }),
            "Normal: deviation must be positive and finite; element 1 is -2");
  EXPECT_EQ(message_of([] { Bernoulli(Tensor(1.5f)).mean().eval(); }),
            "Bernoulli: probability must be a probability; element 0 is 1.5");
  EXPECT_EQ(error_of([] { Gamma(Tensor(NAN), Tensor(1.f)).mean().eval(); }).code(),
            ErrorCode::invalid_argument);
  EXPECT_EQ(error_of([] { Normal(Tensor{1, 2}, Tensor{1, 2, 3}); }).code(), ErrorCode::shape);
  EXPECT_EQ(error_of([] { Normal(Tensor(), Tensor(1.f)); }).code(), ErrorCode::invalid_argument);
  EXPECT_EQ(error_of([] { Uniform(Tensor(1.f), Tensor(1.f)).mean().eval(); }).code(),
            ErrorCode::invalid_argument);
  EXPECT_EQ(error_of([] {
              Multinomial(2, Tensor{0.5f, 0.4f}).mean().eval();
            }).code(),
            ErrorCode::invalid_argument);
  EXPECT_EQ(error_of([] {
              Dirichlet(Tensor{1, 2}).cdf(Tensor{0.5f, 0.5f});
            }).code(),
            ErrorCode::unsupported);
}

TEST(Distributions, OfNanIsNan) {
  for (const auto& row : testing::kContinuous) {
    const Holder d = make(row);
    EXPECT_TRUE(std::isnan(d->log_prob(real(NAN)).item<double>())) << row.name;
    EXPECT_TRUE(std::isnan(d->cdf(real(NAN)).item<double>())) << row.name;
  }
}

// SciPy 1.17.1: stats.dirichlet([2, 3, 4]).logpdf([0.2, 0.3, 0.5]), .entropy(), .var().
TEST(Dirichlet, HasTheValuesOfSciPy) {
  const Dirichlet d(reals({2, 3, 4}));
  EXPECT_NEAR(d.log_prob(reals({0.2, 0.3, 0.5})).item<double>(), 2.0228711901914433, 1e-12);
  EXPECT_NEAR(d.entropy().item<double>(), -1.312553395814394, 1e-12);
  EXPECT_THAT(d.mean(), near({2 / 9., 3 / 9., 4 / 9.}, 1e-15));
  EXPECT_THAT(d.variance(), near({14 / 810., 18 / 810., 20 / 810.}, 1e-15));
  EXPECT_EQ(d.log_prob(reals({0.5, 0.6, 0.2})).item<double>(), -HUGE_VAL);
  const Tensor x = d.sample(Key(3), {20000});
  EXPECT_THAT(mean(x, {.axes = {0}}), near({2 / 9., 3 / 9., 4 / 9.}, 5e-3));
  EXPECT_THAT(var(x, {.axes = {0}}), near({14 / 810., 18 / 810., 20 / 810.}, 1e-3));
}

TEST(Dirichlet, OfSmallConcentrationsHasNoNan) {
  const Tensor x = Dirichlet(reals({1e-3, 1e-3, 1e-3})).sample(Key(4), {1000});
  EXPECT_THAT(sum(x, {.axes = {-1}}), near(std::vector<double>(1000, 1.0), 1e-12));
}

// SciPy 1.17.1: stats.multinomial(5, [0.2, 0.3, 0.5]).logpmf([1, 2, 2]).
TEST(Multinomial, HasTheValuesOfSciPyAndDrawsAllItsTrials) {
  const Multinomial d(5, reals({0.2, 0.3, 0.5}));
  EXPECT_NEAR(d.log_prob(reals({1, 2, 2})).item<double>(), std::log(0.135), 1e-13);
  EXPECT_EQ(d.log_prob(reals({1, 2, 3})).item<double>(), -HUGE_VAL);
  EXPECT_THAT(d.mean(), near({1, 1.5, 2.5}, 1e-15));
  EXPECT_THAT(d.variance(), near({0.8, 1.05, 1.25}, 1e-15));
  const Tensor x = d.sample(Key(8), {20000});
  EXPECT_EQ(x.shape(), (Shape{20000, 3}));
  EXPECT_THAT(sum(x, {.axes = {-1}}), near(std::vector<double>(20000, 5.0), 0));
  EXPECT_THAT(mean(x, {.axes = {0}}), near({1, 1.5, 2.5}, 0.04));
  EXPECT_THAT(var(x, {.axes = {0}}), near({0.8, 1.05, 1.25}, 0.06));
  const Tensor sure = Multinomial(4, reals({0, 1, 0})).sample(Key(9), {50});
  EXPECT_THAT(mean(sure, {.axes = {0}}), near({0, 4, 0}, 0));
}

TEST(Categorical, IsThatOfItsTable) {
  const Categorical d(reals({0.1, 0.2, 0.3, 0.2, 0.2}));
  // The course's example has X = 1 ... 5; indices start at 0.
  EXPECT_NEAR(d.mean().item<double>() + 1, 3.2, 1e-14);
  EXPECT_NEAR(d.variance().item<double>(), 1.56, 1e-14);
  EXPECT_NEAR(d.entropy().item<double>() / std::log(2.0), 2.2464, 5e-5);
  EXPECT_THAT(d.prob(Tensor::from(std::vector<std::int64_t>{0, 2, 5})), near({0.1, 0.3, 0}, 1e-15));
  EXPECT_THAT(d.cdf(reals({-1, 0, 2.5, 4})), near({0, 0.1, 0.6, 1}, 1e-14));
  EXPECT_THAT(d.quantile(reals({0, 0.05, 0.1, 0.35, 1, 2})), near({0, 0, 0, 2, 4, -1}, 0));
  const Categorical same = Categorical::from_logits(log(reals({1, 2, 3, 2, 2})));
  EXPECT_THAT(same.probabilities(), near({0.1, 0.2, 0.3, 0.2, 0.2}, 1e-15));
  EXPECT_NEAR(mean(cast(d.sample(Key(2), {50000}), DType::f64)).item<double>(), 2.2, 0.03);
}

// SciPy 1.17.1: 0.3 stats.norm(-1, 0.5) + 0.7 stats.norm(2, 1.5) at 0.5.
TEST(Mixture, IsTheWeightedSumOfItsComponents) {
  const Mixture d(reals({0.3, 0.7}), Normal(reals({-1, 2}), reals({0.5, 1.5})));
  EXPECT_NEAR(d.prob(real(0.5)).item<double>(), 0.1155787804894297, 1e-12);
  EXPECT_NEAR(d.cdf(real(0.5)).item<double>(), 0.4106537083425309, 1e-12);
  EXPECT_NEAR(d.mean().item<double>(), 1.1, 1e-15);
  EXPECT_NEAR(d.variance().item<double>(), 0.3 * (0.25 + 1) + 0.7 * (2.25 + 4) - 1.21, 1e-14);
  const Tensor x = d.quantile(reals({0.1, 0.5, 0.9}));
  EXPECT_THAT(d.cdf(x), near({0.1, 0.5, 0.9}, 1e-13));
  const UnaryFunction q = [&](const Tensor& p) { return d.quantile(p); };
  EXPECT_NEAR(grad(q)(real(0.5)).item<double>(), 1 / d.prob(d.quantile(real(0.5))).item<double>(),
              1e-9);
  const Tensor drawn = d.sample(Key(11), {50000});
  EXPECT_EQ(drawn.shape(), Shape{50000});
  EXPECT_NEAR(mean(drawn).item<double>(), 1.1, 0.05);
  EXPECT_NEAR(var(drawn).item<double>(), d.variance().item<double>(), 0.1);
  const auto shares = values(exp(d.log_responsibilities(real(-1))));
  EXPECT_NEAR(shares[0] + shares[1], 1, 1e-14);
  EXPECT_GT(shares[0], 0.8);
}

TEST(Mixture, OfVectorsAndOfBatches) {
  const Mixture vectors(reals({0.5, 0.5}),
                        Dirichlet(reshape(reals({5, 1, 1, 1, 1, 5}), Shape{2, 3})));
  EXPECT_EQ(vectors.batch_shape(), Shape{});
  EXPECT_EQ(vectors.sample(Key(1), {7}).shape(), (Shape{7, 3}));
  EXPECT_EQ(vectors.log_prob(vectors.sample(Key(1), {7})).shape(), Shape{7});
  EXPECT_THAT(vectors.mean(), near({3 / 7., 1 / 7., 3 / 7.}, 1e-14));
  const Mixture batch(reshape(reals({0.5, 0.5, 1, 0}), Shape{2, 2}),
                      Normal(reals({0, 4}), real(1)));
  EXPECT_EQ(batch.batch_shape(), Shape{2});
  EXPECT_THAT(batch.mean(), near({2, 0}, 1e-14));
  EXPECT_EQ(batch.sample(Key(1), {3}).shape(), (Shape{3, 2}));
  EXPECT_EQ(error_of([] {
              Mixture(reals({0.5, 0.5}), Normal(reals({1, 2, 3}), real(1)));
            }).code(),
            ErrorCode::shape);
}

// SciPy 1.17.1: stats.betabinom(8, 2, 3.5).logpmf([0, 3, 8]).
TEST(BetaBinomial, HasTheValuesOfSciPy) {
  const BetaBinomial d(real(8), real(2), real(3.5));
  EXPECT_THAT(
      d.log_prob(reals({0, 3, 8, 9})),
      near({-2.211235314405818, -1.7505630125889668, -4.500434708544517, -INFINITY}, 1e-12));
  EXPECT_NEAR(d.mean().item<double>(), 16 / 5.5, 1e-14);
  EXPECT_NEAR(d.variance().item<double>(), 8 * 7 * 13.5 / (5.5 * 5.5 * 6.5), 1e-13);
  const Tensor x = d.sample(Key(5), {50000});
  EXPECT_NEAR(mean(x).item<double>(), 16 / 5.5, 0.05);
  EXPECT_NEAR(var(x).item<double>(), 8 * 7 * 13.5 / (5.5 * 5.5 * 6.5), 0.1);
}

TEST(KlDivergence, IsTheExpectedLogarithmOfTheRatio) {
  const auto check = [](const Distribution& p, const Distribution& q, const char* what) {
    const double exact = kl_divergence(p, q).item<double>();
    const Tensor x = p.sample(Key(31), {kDraws});
    const Tensor ratio = p.log_prob(x) - q.log_prob(x);
    const double error = std::sqrt(var(ratio).item<double>() / static_cast<double>(kDraws));
    EXPECT_NEAR(mean(ratio).item<double>(), exact, 5 * error + 1e-12) << what;
    EXPECT_GT(exact, 0) << what;
    EXPECT_NEAR(kl_divergence(p, p).item<double>(), 0, 1e-12) << what;
  };
  check(Normal(real(0), real(1)), Normal(real(0.5), real(2)), "Normal");
  check(Uniform(real(0), real(1)), Uniform(real(-1), real(2)), "Uniform");
  check(Exponential(real(1)), Exponential(real(2.5)), "Exponential");
  check(Laplace(real(0), real(1)), Laplace(real(1), real(0.7)), "Laplace");
  check(Gamma(real(2), real(1)), Gamma(real(3), real(0.8)), "Gamma");
  check(Beta(real(2), real(3)), Beta(real(1.5), real(1.2)), "Beta");
  check(Dirichlet(reals({2, 3, 4})), Dirichlet(reals({1, 2, 2})), "Dirichlet");
  check(Bernoulli(real(0.3)), Bernoulli(real(0.6)), "Bernoulli");
  check(Binomial(real(10), real(0.3)), Binomial(real(10), real(0.4)), "Binomial");
  check(Poisson(real(3)), Poisson(real(5)), "Poisson");
  check(Geometric(real(0.3)), Geometric(real(0.5)), "Geometric");
  check(Categorical(reals({0.2, 0.8})), Categorical(reals({0.5, 0.5})), "Categorical");
  check(Multinomial(4, reals({0.2, 0.8})), Multinomial(4, reals({0.5, 0.5})), "Multinomial");
}

TEST(KlDivergence, OfOtherPairsIsRefusedAndOutsideTheSupportInfinite) {
  EXPECT_EQ(message_of([] { kl_divergence(Poisson(real(1)), Normal(real(0), real(1))); }),
            "kl_divergence: there is no closed form for Poisson and Normal");
  EXPECT_EQ(kl_divergence(Uniform(real(0), real(3)), Uniform(real(0), real(1))).item<double>(),
            HUGE_VAL);
  EXPECT_EQ(
      kl_divergence(Categorical(reals({0.5, 0.5})), Categorical(reals({1, 0}))).item<double>(),
      HUGE_VAL);
}

}  // namespace
}  // namespace gradus::stats
