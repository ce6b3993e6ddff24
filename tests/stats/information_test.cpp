#include "gradus/stats/information.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "gradus/autodiff/grad.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/random.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/softmax.h"
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

constexpr auto kBits = InformationUnit::bits;

TEST(Information, OfEventsIsTheLogarithmOfTheirProbability) {
  EXPECT_THAT(self_information(reals({0.5, 0.25, 1}), kBits), near({1, 2, 0}, 1e-15));
  EXPECT_NEAR(self_information(Tensor::scalar(0.5, DType::f64)).item<double>(), std::log(2.0),
              1e-15);
  EXPECT_EQ(self_information(reals({0})).item<double>(), HUGE_VAL);
}

TEST(Entropy, IsThatOfTheWorkedExample) {
  EXPECT_NEAR(entropy(reals({0.1, 0.2, 0.3, 0.2, 0.2}), kBits).item<double>(), 2.2464, 5e-5);
  EXPECT_NEAR(entropy(reals({0.25, 0.25, 0.25, 0.25}), kBits).item<double>(), 2, 1e-15);
  EXPECT_EQ(entropy(reals({0, 1, 0})).item<double>(), 0);
}

// Cover and Thomas 2006, example 2.3.1: p = (1/2, 1/2), q = (1/4, 3/4).
TEST(KlDivergence, IsThatOfCoverAndThomas) {
  const Tensor p = reals({0.5, 0.5});
  const Tensor q = reals({0.25, 0.75});
  EXPECT_NEAR(kl_divergence(p, q, kBits).item<double>(), 1 - 0.5 * std::log2(3), 1e-14);
  EXPECT_NEAR(kl_divergence(q, p, kBits).item<double>(), 0.75 * std::log2(3) - 1, 1e-14);
  EXPECT_NEAR(cross_entropy(p, q, kBits).item<double>(), 2 - 0.5 * std::log2(3), 1e-14);
  EXPECT_EQ(kl_divergence(p, reals({1, 0})).item<double>(), HUGE_VAL);
  EXPECT_EQ(kl_divergence(reals({1, 0}), reals({1, 0})).item<double>(), 0);
}

// Cover and Thomas 2006, example 2.2.1: H(X) = 7/4, H(Y) = 2, H(Y|X) = 13/8, H(X|Y) = 11/8, I(X; Y)
// = 3/8 bits. Rows are X.
TEST(MutualInformation, IsThatOfCoverAndThomas) {
  const Tensor joint = reshape(reals({1 / 8., 1 / 16., 1 / 16., 1 / 4.,  //
                                      1 / 16., 1 / 8., 1 / 16., 0,       //
                                      1 / 32., 1 / 32., 1 / 16., 0,      //
                                      1 / 32., 1 / 32., 1 / 16., 0}),
                               Dims{4, 4});
  EXPECT_NEAR(mutual_information(joint, kBits).item<double>(), 3 / 8., 1e-14);
  EXPECT_NEAR(conditional_entropy(joint, kBits).item<double>(), 13 / 8., 1e-14);
  EXPECT_NEAR(conditional_entropy(transpose(joint), kBits).item<double>(), 11 / 8., 1e-14);
}

TEST(JensenShannonDivergence, IsSymmetricAndAtMostOneBit) {
  EXPECT_NEAR(jensen_shannon_divergence(reals({1, 0}), reals({0, 1}), kBits).item<double>(), 1,
              1e-15);
  // scipy.spatial.distance.jensenshannon([0.2, 0.3, 0.5], [0.6, 0.3, 0.1]) ** 2, SciPy 1.17.1.
  EXPECT_NEAR(
      jensen_shannon_divergence(reals({0.2, 0.3, 0.5}), reals({0.6, 0.3, 0.1})).item<double>(),
      0.12510060588454702, 1e-14);
}

TEST(Information, HoldsItsLawsForRandomTables) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const Tensor raw = random_normal(Key(seed), {3, 12}, 0, 2, DType::f64);
    const Tensor p = softmax(raw);
    const Tensor q = softmax(random_normal(Key(seed + 100), {3, 12}, 0, 2, DType::f64));
    EXPECT_GE(min(kl_divergence(p, q)).item<double>(), 0);
    EXPECT_LE(max(entropy(p)).item<double>(), std::log(12) + 1e-12);
    const Tensor joint = reshape(p, Dims{3, 3, 4});
    // H(X) + H(Y|X) = H(X, Y), I(X; Y) = H(Y) - H(Y|X).
    const Tensor of_x = entropy(sum(joint, {.axes = {-1}}));
    const Tensor of_y = entropy(sum(joint, {.axes = {-2}}));
    EXPECT_THAT(of_x + conditional_entropy(joint), near(entropy(p).to_vector<double>(), 1e-12));
    EXPECT_THAT(of_y - conditional_entropy(joint),
                near(mutual_information(joint).to_vector<double>(), 1e-12));
  }
}

TEST(Information, IsDifferentiable) {
  // d KL / d q = -p / q.
  const ScalarFunction f = [](const Tensors& x) { return kl_divergence(x[0], x[1]); };
  EXPECT_THAT(grad(f)({reals({0.5, 0.5}), reals({0.25, 0.75})})[1], near({-2, -2 / 3.}, 1e-12));
}

TEST(Information, RefusesWhatAreNoProbabilities) {
  EXPECT_EQ(message_of([] {
              entropy(reals({0.5, 0.4})).eval();
            }),
            "entropy: probabilities must add up to 1 (normalise them first); element 0 is 0.9");
  EXPECT_EQ(error_of([] {
              entropy(reals({1.5, -0.5})).eval();
            }).code(),
            ErrorCode::invalid_argument);
  EXPECT_EQ(error_of([] { entropy(reals({})); }).code(), ErrorCode::shape);
  EXPECT_EQ(error_of([] {
              kl_divergence(reals({1}), reals({0.5, 0.5}));
            }).code(),
            ErrorCode::shape);
  EXPECT_EQ(error_of([] { mutual_information(reals({0.5, 0.5})); }).code(), ErrorCode::shape);
}

}  // namespace
}  // namespace gradus::stats
