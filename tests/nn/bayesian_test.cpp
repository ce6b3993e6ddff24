#include "gradus/nn/bayesian.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "gradus/nn/activation.h"
#include "gradus/nn/dropout.h"
#include "gradus/nn/gradients.h"
#include "gradus/nn/linear.h"
#include "gradus/nn/sequential.h"
#include "gradus/ops/activation.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/optim/adam.h"
#include "tests/support/error_of.h"
#include "tests/support/tensors.h"

namespace gradus::nn {
namespace {

using testing::error_of;
using testing::near;

TEST(BayesianLinear, DrawsItsWeightsInTrainingAndHasTheirMeansInEvaluation) {
  const BayesianLinear layer{{.in = 3, .out = 2, .deviation = 0.5f}};
  const Tensor x{{1, 2, 3}, {0, 1, 0}};
  Context evaluation;
  EXPECT_THAT(layer(x, evaluation),
              near(linear(x, layer.weight_mean, *layer.bias_mean).to_vector<double>(), 1e-6));
  Context one{.training = true, .key = Key(1)};
  Context same = one;
  const auto first = layer(x, one).to_vector<float>();
  EXPECT_NE(first, layer(x, one).to_vector<float>());
  EXPECT_EQ(first, layer(x, same).to_vector<float>());
  Context without_key{.training = true};
  EXPECT_EQ(error_of([&] { layer(x, without_key); }).code(), ErrorCode::invalid_argument);
}

TEST(BayesianLinear, DivergenceIsThatOfItsGaussians) {
  BayesianLinear layer{{.in = 1, .out = 1, .bias = false, .prior_deviation = 2, .deviation = 0.5f}};
  layer.weight_mean = testing::column({3});
  // log(2 / 0.5) + (0.25 + 9) / 8 - 1/2.
  EXPECT_NEAR(layer.kl_divergence().item<float>(), std::log(4.0) + 9.25 / 8 - 0.5, 1e-5);
}

TEST(BayesianLinear, DivergencesOfANetworkAddUp) {
  Sequential model{BayesianLinear{{.in = 2, .out = 3}}, Tanh{}, Linear{{.in = 3, .out = 3}},
                   BayesianLinear{{.in = 3, .out = 1, .bias = false}}};
  BayesianLinear first{{.in = 2, .out = 3}};
  BayesianLinear last{{.in = 3, .out = 1, .bias = false}};
  const float expected = first.kl_divergence().item<float>() + last.kl_divergence().item<float>();
  EXPECT_NEAR(posterior_divergence(model).item<float>(), expected, 1e-4);
  Linear plain{{.in = 2, .out = 2}};
  EXPECT_EQ(posterior_divergence(plain).item<float>(), 0);
}

TEST(BayesianLinear, LearnsTheExactPosteriorOfALinearModel) {
  // Columns are orthogonal, so the posterior of y = x w + noise is a product of Gaussians of
  // precision 1 / prior^2 + sum of squares / noise^2.
  constexpr std::int64_t n = 64;
  constexpr double noise = 0.5;
  std::vector<float> numbers;
  for (std::int64_t i = 0; i < n; ++i) {
    numbers.push_back(i % 2 == 0 ? 1.0f : -1.0f);
    numbers.push_back(i % 4 < 2 ? 0.25f : -0.25f);
  }
  const Tensor x = Tensor::from(numbers, Shape{n, 2});
  const Tensor y =
      matmul(x, testing::column({0.7f, -1.5f})) + random_normal(Key(2), {n, 1}, 0, noise);
  BayesianLinear model{{.in = 2, .out = 1, .bias = false, .prior_deviation = 1}};
  optim::Adam optimizer{{.learning_rate = 0.02f}};
  std::vector<double> mean_sum(2, 0), deviation_sum(2, 0);
  constexpr int kSteps = 1500, kCounted = 750;
  for (int step = 0; step < kSteps; ++step) {
    Context context{.training = true, .key = Key(3).fold_in(static_cast<std::uint64_t>(step))};
    const auto [loss, gradients] = value_and_grad(model, [&] {
      const Tensor fit = mean(square(model(x, context) - y)) * (0.5 / (noise * noise));
      return fit + posterior_divergence(model) / static_cast<double>(n);
    });
    optimizer.step(model, gradients);
    if (step < kSteps - kCounted) continue;
    // Gradients are noisy: averages over the last steps are looked at.
    const auto means = model.weight_mean.to_vector<double>();
    const auto deviations = softplus(model.weight_rho).to_vector<double>();
    for (std::size_t i = 0; i < 2; ++i) {
      mean_sum[i] += means[i] / kCounted;
      deviation_sum[i] += deviations[i] / kCounted;
    }
  }
  const auto products = matmul(transpose(x), y).to_vector<double>();
  const double squares[] = {64, 4};
  for (std::size_t i = 0; i < 2; ++i) {
    const double precision = 1 + squares[i] / (noise * noise);
    const double deviation = 1 / std::sqrt(precision);
    EXPECT_NEAR(mean_sum[i], products[i] / (noise * noise) / precision, 0.3 * deviation) << i;
    EXPECT_NEAR(deviation_sum[i], deviation, 0.1 * deviation) << i;
  }
  // The prediction at (1, 0) varies as its weight does.
  const auto prediction = monte_carlo(model, Tensor{{1, 0}}, 500, Key(4));
  EXPECT_NEAR(prediction.deviation.item<float>(), deviation_sum[0], 0.2 * deviation_sum[0]);
}

TEST(BayesianLinear, RefusesDeviationsThatAreNone) {
  EXPECT_EQ(error_of([] { BayesianLinear{{.in = 1, .out = 1, .deviation = 0}}; }).code(),
            ErrorCode::invalid_argument);
  EXPECT_EQ(error_of([] { BayesianLinear{{.in = 0, .out = 1}}; }).code(),
            ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace gradus::nn
