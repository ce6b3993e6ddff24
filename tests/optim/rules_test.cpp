// The rules of the optimisers against their published formulas, in double.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "gradus/optim/adagrad.h"
#include "gradus/optim/adam.h"
#include "gradus/optim/rmsprop.h"
#include "gradus/optim/sgd.h"
#include "tests/optim/point.h"
#include "tests/support/error_of.h"
#include "tests/support/tensors.h"

namespace gradus::optim {
namespace {

using testing::error_of;
using testing::near;

constexpr double kStart = 1.5;
constexpr double kCurvature = 0.7;  // gradient 2 * 0.7 * w
constexpr int kSteps = 40;

void expect_path(Optimizer& optimizer, const std::vector<double>& expected) {
  const auto path = descend(optimizer, kStart, kCurvature, kSteps);
  for (int i = 0; i < kSteps; ++i) {
    EXPECT_NEAR(path[i], expected[i], 2e-5) << optimizer.kind() << ", step " << i + 1;
  }
}

/// The path that `rule`, from parameter and gradient to the next parameter, takes.
template <class Rule>
std::vector<double> path_of(Rule rule) {
  std::vector<double> path;
  double w = kStart;
  for (int i = 0; i < kSteps; ++i) path.push_back(w = rule(w, 2 * kCurvature * w));
  return path;
}

TEST(Sgd, ShrinksAQuadraticGeometrically) {
  // w_t = w_0 (1 - 2 a rate)^t
  Sgd optimizer{{.learning_rate = 0.1f}};
  const auto path = descend(optimizer, kStart, kCurvature, kSteps);
  for (int t = 0; t < kSteps; ++t) {
    EXPECT_NEAR(path[t], kStart * std::pow(1 - 0.2 * kCurvature, t + 1), 1e-6);
  }
}

TEST(Sgd, WeightDecayIsAnL2Penalty) {
  Sgd optimizer{{.learning_rate = 0.1f, .weight_decay = 0.5f}};
  expect_path(optimizer, path_of([](double w, double g) { return w - 0.1 * (g + 0.5 * w); }));
}

TEST(Sgd, MomentumFollowsPolyak) {
  // The linear recurrence w_{t+1} = w_t - r g_t + m (w_t - w_{t-1}), by its closed form: the
  // roots of z^2 - (1 + m - 2 a r) z + m.
  const double m = 0.9, r = 0.05, h = 2 * kCurvature * r;
  Sgd optimizer{{.learning_rate = 0.05f, .momentum = 0.9f}};
  const auto path = descend(optimizer, kStart, kCurvature, kSteps);
  const double half = (1 + m - h) / 2;
  ASSERT_LT(half * half, m);  // complex roots: a damped oscillation
  const double angle = std::acos(half / std::sqrt(m));
  const double w1 = kStart * (1 - h);
  const double sine = (w1 / std::sqrt(m) - kStart * std::cos(angle)) / std::sin(angle);
  for (int t = 1; t <= kSteps; ++t) {
    const double expected =
        std::pow(m, t / 2.0) * (kStart * std::cos(angle * t) + sine * std::sin(angle * t));
    EXPECT_NEAR(path[t - 1], expected, 2e-5) << t;
  }
}

TEST(Sgd, NesterovLooksAhead) {
  Sgd optimizer{{.learning_rate = 0.05f, .momentum = 0.8f, .nesterov = true}};
  double v = 0;
  expect_path(optimizer, path_of([&](double w, double g) {
                v = 0.8 * v + g;
                return w - 0.05 * (g + 0.8 * v);
              }));
}

TEST(Sgd, FirstVelocityIsNotDampened) {
  Sgd optimizer{
      {.learning_rate = 0.05f, .momentum = 0.8f, .dampening = 0.3f, .weight_decay = 0.2f}};
  double v = 0;
  bool first = true;
  expect_path(optimizer, path_of([&](double w, double g) {
                g += 0.2 * w;
                v = first ? g : 0.8 * v + 0.7 * g;
                first = false;
                return w - 0.05 * v;
              }));
}

TEST(Sgd, RefusesOptionsOutOfRange) {
  EXPECT_STREQ(error_of([] { Sgd{{.learning_rate = -1}}; }).what(),
               "sgd: learning_rate must be 0 or more, not -1");
  EXPECT_EQ(error_of([] { Sgd{{.momentum = -0.1f}}; }).code(), ErrorCode::invalid_argument);
  EXPECT_STREQ(error_of([] { Sgd{{.nesterov = true}}; }).what(),
               "sgd: nesterov needs momentum and no dampening; they are 0 and 0");
}

TEST(AdaGrad, DividesByTheRootOfTheSumOfSquares) {
  AdaGrad optimizer{{.learning_rate = 0.3f}};
  double s = 0;
  expect_path(optimizer, path_of([&](double w, double g) {
                s += g * g;
                return w - 0.3 * g / (std::sqrt(s) + 1e-10);
              }));
}

TEST(RmsProp, DividesByTheRootOfTheMeanOfSquares) {
  RmsProp optimizer{{.learning_rate = 0.02f, .alpha = 0.9f, .weight_decay = 0.1f}};
  double s = 0;
  expect_path(optimizer, path_of([&](double w, double g) {
                g += 0.1 * w;
                s = 0.9 * s + 0.1 * g * g;
                return w - 0.02 * g / (std::sqrt(s) + 1e-8);
              }));
}

TEST(Adam, FirstStepsAreOfTheSizeOfTheLearningRate) {
  // Whatever the gradients' size: m / sqrt(v) = g / |g| after the correction.
  for (const float scale : {1e-3f, 1.0f, 1e3f}) {
    Adam optimizer{{.learning_rate = 0.25f, .epsilon = 0}};
    Point point({1, 1, -1});
    optimizer.step(point, {Tensor{scale, -scale, 3 * scale}});
    EXPECT_THAT(point.w, near({0.75, 1.25, -1.25}, 1e-5));
  }
}

/// Kingma and Ba 2015, algorithm 1.
struct AdamRule {
  double rate, beta1, beta2, epsilon;
  double m = 0, v = 0;
  int t = 0;
  double step(double g) {
    ++t;
    m = beta1 * m + (1 - beta1) * g;
    v = beta2 * v + (1 - beta2) * g * g;
    const double corrected_m = m / (1 - std::pow(beta1, t));
    const double corrected_v = v / (1 - std::pow(beta2, t));
    return rate * corrected_m / (std::sqrt(corrected_v) + epsilon);
  }
};

TEST(Adam, FollowsItsAlgorithm) {
  Adam optimizer{{.learning_rate = 0.1f, .beta1 = 0.8f, .beta2 = 0.95f, .weight_decay = 0.3f}};
  AdamRule rule{0.1, 0.8, 0.95, 1e-8};
  expect_path(optimizer, path_of([&](double w, double g) { return w - rule.step(g + 0.3 * w); }));
}

TEST(AdamW, TakesTheDecayFromTheParameterItself) {
  // Loshchilov and Hutter 2019, algorithm 2, with the decay times the learning rate.
  AdamW optimizer{{.learning_rate = 0.1f, .beta1 = 0.8f, .beta2 = 0.95f, .weight_decay = 0.3f}};
  AdamRule rule{0.1, 0.8, 0.95, 1e-8};
  expect_path(optimizer,
              path_of([&](double w, double g) { return w - rule.step(g) - 0.1 * 0.3 * w; }));
}

TEST(Adam, RefusesOptionsOutOfRange) {
  EXPECT_STREQ(error_of([] { Adam{{.beta1 = 1}}; }).what(), "adam: beta1 must be in [0, 1), not 1");
  EXPECT_EQ(error_of([] { AdamW{{.epsilon = -1}}; }).operation(), "adamw");
  EXPECT_EQ(error_of([] { Adam{{.learning_rate = NAN}}; }).code(), ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace gradus::optim
