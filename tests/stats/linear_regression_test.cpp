#include "gradus/stats/linear_regression.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "gradus/linalg/least_squares.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "reals.h"
#include "tests/support/error_of.h"
#include "tests/support/tensors.h"

namespace gradus::stats {
namespace {

using testing::error_of;
using testing::near;
using testing::real;
using testing::reals;
using testing::values;

/// A column of ones and a number each, with targets.
Tensor five_inputs() { return reals({1, 0.5, 1, 1.5, 1, 2, 1, 3.5, 1, 4}, {5, 2}); }
Tensor five_targets() { return reals({1.1, 1.9, 3.2, 4.4, 5.3}); }
Tensor two_inputs() { return reals({1, 2.5, 1, 6}, {2, 2}); }
NormalGammaRegression prior_of_both() {
  return {reals({0.5, 0}), reals({2, 0.3, 0.3, 1}, {2, 2}), real(2), real(1.5)};
}

// By NumPy 2.4.6, with inverse matrices as the formulas stand in Murphy, eq. 7.54 to 7.73.
TEST(BayesianRegression, OfKnownNoiseIsThatOfTheFormulas) {
  const MultivariateNormal prior(reals({0.5, 0}), reals({4, 0.5, 0.5, 1}, {2, 2}));
  const MultivariateNormal after = posterior_of_weights(prior, five_inputs(), five_targets(), 0.6);
  EXPECT_THAT(after.mean(), near({0.6100709558663868, 1.121121062600847}, 1e-13));
  EXPECT_THAT(after.covariance(), near({0.26408510695160353, -0.08607908706124447,
                                        -0.08607908706124448, 0.03830414143067603},
                                       1e-14));
  const Normal further = predictive_of_weights(after, two_inputs(), 0.6);
  EXPECT_THAT(further.mean(), near({3.412873612368504, 7.33679733147147}, 1e-12));
  EXPECT_THAT(further.deviation(), near({0.6580961598331253, 0.9849290094829204}, 1e-13));
}

TEST(BayesianRegression, OfUnknownNoiseIsThatOfTheFormulas) {
  const NormalGammaRegression after =
      posterior_of_regression(prior_of_both(), five_inputs(), five_targets());
  EXPECT_THAT(after.mean, near({0.49441491757499273, 1.1389064048283941}, 1e-13));
  EXPECT_EQ(after.shape.item<double>(), 4.5);
  EXPECT_NEAR(after.rate.item<double>(), 2.319147374110436, 1e-13);
  EXPECT_THAT(after.weights().scale, near({0.40739424396106494, 0.1802710073372441}, 1e-13));
  EXPECT_THAT(after.weights().degrees, near({9}, 0));
  const StudentT further = after.predictive(two_inputs());
  EXPECT_THAT(further.location, near({3.341680929645978, 7.327853346545357}, 1e-12));
  EXPECT_THAT(further.scale, near({0.781369139187331, 1.0926437202606145}, 1e-12));
}

// SciPy 1.17.1: multivariate_t(X m, b / a (1 + X V X^T), 2 a).logpdf(y).
TEST(BayesianRegression, EvidenceIsTheProductOfPredictions) {
  const double evidence =
      log_evidence(prior_of_both(), five_inputs(), five_targets()).item<double>();
  EXPECT_NEAR(evidence, -7.146682632973274, 1e-12);
  NormalGammaRegression belief = prior_of_both();
  double sum_of_logs = 0;
  for (std::int64_t i = 0; i < 5; ++i) {
    const Tensor x = slice(five_inputs(), 0, {.start = i, .stop = i + 1});
    const Tensor y = slice(five_targets(), 0, {.start = i, .stop = i + 1});
    sum_of_logs += belief.predictive(x).log_prob(y).item<double>();
    belief = posterior_of_regression(belief, x, y);
  }
  EXPECT_NEAR(sum_of_logs, evidence, 1e-12);
}

TEST(BayesianRegression, OfAWeakPriorIsLeastSquares) {
  const NormalGammaRegression after = posterior_of_regression(
      NormalGammaRegression::weak_prior(2, 1e-10), five_inputs(), five_targets());
  const auto fit = linalg::least_squares(five_inputs(), five_targets());
  EXPECT_THAT(after.mean, near(values(fit.coefficients), 1e-8));
}

TEST(BayesianRegression, RefusesWhatDoesNotFit) {
  const NormalGammaRegression prior = prior_of_both();
  EXPECT_EQ(error_of([&] {
              posterior_of_regression(prior, reals({1, 2}), reals({1}));
            }).code(),
            ErrorCode::shape);
  EXPECT_EQ(error_of([&] {
              posterior_of_regression(prior, five_inputs(), reals({1, 2}));
            }).code(),
            ErrorCode::shape);
  EXPECT_EQ(error_of([&] {
              posterior_of_regression(prior, reals({1, NAN}, {1, 2}), reals({1})).rate.eval();
            }).code(),
            ErrorCode::invalid_argument);
  EXPECT_EQ(error_of([&] {
              posterior_of_weights(MultivariateNormal(reals({0, 0}), reals({1, 0, 0, 1}, {2, 2})),
                                   five_inputs(), five_targets(), 0);
            }).code(),
            ErrorCode::invalid_argument);
  EXPECT_EQ(error_of([] { NormalGammaRegression::weak_prior(0); }).code(),
            ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace gradus::stats
