#include "gradus/ops/update.h"

#include <gtest/gtest.h>

#include <cmath>

#include "gradus/base/error.h"
#include "gradus/base/parallel.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/rearrange.h"

namespace gradus {
namespace {

const Tensor kRate(0.1f);

TEST(SgdUpdate, ShrinksAParabolaGeometrically) {
  // f = p^2 / 2: the gradient is p, so p after t steps is p0 (1 - rate)^t.
  Tensor p{4, -2, 1};
  for (int t = 0; t < 20; ++t) p = sgd_update(p, p, kRate, 0);
  const double factor = std::pow(0.9, 20);
  EXPECT_NEAR(p.data<float>()[0], 4 * factor, 1e-6);
  EXPECT_NEAR(p.data<float>()[1], -2 * factor, 1e-6);
}

TEST(SgdUpdate, AddsTheDecayToTheGradient) {
  const Tensor p = sgd_update(Tensor{2}, Tensor{1}, kRate, 0.5f);
  EXPECT_FLOAT_EQ(p.item<float>(), 2 - 0.1f * (1 + 0.5f * 2));
}

TEST(MomentumUpdate, SumsAConstantGradientAsAGeometricSeries) {
  // v_t = (1 - m^t) / (1 - m) for gradient 1.
  Tensor p{0};
  Tensor v{0};
  double sum = 0;
  for (int t = 1; t <= 15; ++t) {
    auto step = momentum_update(p, Tensor{1}, v, kRate, {.momentum = 0.5f});
    p = step.parameter;
    v = step.velocity;
    sum += (1 - std::pow(0.5, t)) / 0.5;
    EXPECT_NEAR(v.item<float>(), (1 - std::pow(0.5, t)) / 0.5, 1e-6);
  }
  EXPECT_NEAR(p.item<float>(), -0.1 * sum, 1e-5);
}

TEST(MomentumUpdate, LooksAheadWithNesterov) {
  const auto step =
      momentum_update(Tensor{1}, Tensor{2}, Tensor{3}, kRate, {.momentum = 0.5f, .nesterov = true});
  const float v = 0.5f * 3 + 2;
  EXPECT_FLOAT_EQ(step.velocity.item<float>(), v);
  EXPECT_FLOAT_EQ(step.parameter.item<float>(), 1 - 0.1f * (2 + 0.5f * v));
}

TEST(AdamUpdate, GoesByTheRateAtFirstWhateverTheGradient) {
  // The corrected moments after one step are g and g^2.
  const Tensor g{1e-3f, -5, 1e4f};
  const Tensor zero{0, 0, 0};
  const auto step = adam_update(zero, g, zero, zero, kRate, Tensor(1.0f), {});
  EXPECT_NEAR(step.parameter.data<float>()[0], -0.1, 1e-5);
  EXPECT_NEAR(step.parameter.data<float>()[1], 0.1, 1e-6);
  EXPECT_NEAR(step.parameter.data<float>()[2], -0.1, 1e-6);
}

TEST(AdamUpdate, FollowsAlgorithmOne) {
  // Kingma and Ba 2015, algorithm 1, in double precision.
  double p = 1.5;
  double m = 0;
  double v = 0;
  Tensor tp{1.5f};
  Tensor tm{0};
  Tensor tv{0};
  for (int t = 1; t <= 30; ++t) {
    const double g = std::cos(t) * p;
    m = 0.9f * m + (1 - 0.9f) * g;
    v = 0.999f * v + (1 - 0.999f) * g * g;
    const double corrected_m = m / (1 - std::pow(0.9f, t));
    const double corrected_v = v / (1 - std::pow(0.999f, t));
    const auto step =
        adam_update(tp, tp * std::cos(t), tm, tv, kRate, Tensor(static_cast<float>(t)), {});
    p -= 0.1f * corrected_m / (std::sqrt(corrected_v) + 1e-8);
    tp = step.parameter;
    tm = step.first_moment;
    tv = step.second_moment;
    EXPECT_NEAR(tp.item<float>(), p, 1e-4) << t;
  }
}

TEST(AdamUpdate, DecaysApartFromTheGradientWhereDecoupled) {
  // No gradient: AdamW shrinks the parameter by 1 - rate * decay, Adam goes by the rate.
  const Tensor zero{0};
  AdamOptions options{.decay = 0.5f, .decoupled = true};
  EXPECT_FLOAT_EQ(adam_update(Tensor{2}, zero, zero, zero, kRate, Tensor(1.0f), options)
                      .parameter.item<float>(),
                  2 * (1 - 0.1f * 0.5f));
  options.decoupled = false;
  EXPECT_NEAR(adam_update(Tensor{2}, zero, zero, zero, kRate, Tensor(1.0f), options)
                  .parameter.item<float>(),
              2 - 0.1f, 1e-6);
}

TEST(AdaGradUpdate, TakesStepsThatShrinkWithTheRootOfTheirNumber) {
  // For gradient 1, step t is rate / sqrt(t).
  Tensor p{0};
  Tensor s{0};
  double expected = 0;
  for (int t = 1; t <= 10; ++t) {
    const auto step = adagrad_update(p, Tensor{1}, s, kRate, 0, 0);
    p = step.parameter;
    s = step.accumulator;
    expected -= 0.1 / std::sqrt(t);
  }
  EXPECT_NEAR(p.item<float>(), expected, 1e-5);
}

TEST(RmsPropUpdate, AveragesSquares) {
  const auto step = rmsprop_update(Tensor{1}, Tensor{2}, Tensor{9}, kRate, 0.75f, 1e-6f, 0);
  EXPECT_FLOAT_EQ(step.accumulator.item<float>(), 0.75f * 9 + 0.25f * 4);
  EXPECT_NEAR(step.parameter.item<float>(), 1 - 0.1 * 2 / std::sqrt(7.75), 1e-6);
}

TEST(Updates, OverwriteValuesThatDie) {
  Tensor p = (Tensor{1, 2, 3} * 1).eval();
  Tensor m = (p * 0).eval();
  Tensor v = (p * 0).eval();
  const Tensor g{1, 1, 1};
  const std::byte* storage[] = {p.array().bytes(), m.array().bytes(), v.array().bytes()};
  auto step = adam_update(p, g, m, v, kRate, Tensor(1.0f), {});
  p = m = v = Tensor();
  eval({step.parameter, step.first_moment, step.second_moment});
  EXPECT_EQ(step.parameter.array().bytes(), storage[0]);
  EXPECT_EQ(step.first_moment.array().bytes(), storage[1]);
  EXPECT_EQ(step.second_moment.array().bytes(), storage[2]);
}

TEST(Updates, KeepTheLayoutOfTheParameter) {
  const Tensor p = transpose(Tensor{{1, 2, 3}, {4, 5, 6}});  // (3, 2), columns side by side
  const Tensor g{{1, 2}, {3, 4}, {5, 6}};
  const Tensor next = sgd_update(p, g, kRate, 0);
  EXPECT_EQ(next.array().strides, p.array().strides);
  const std::vector<float> values = next.to_vector<float>();
  EXPECT_FLOAT_EQ(values[1], 4 - 0.1f * 2);
  EXPECT_FLOAT_EQ(values[4], 3 - 0.1f * 5);
}

TEST(Updates, GiveTheSameBitsOnAnyNumberOfThreads) {
  std::vector<float> numbers(100003);
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = std::sin(static_cast<float>(i));
  const Tensor x = Tensor::from(numbers);
  const Tensor squares = square(x);
  const int before = thread_count();
  std::vector<std::vector<float>> results;
  for (const int threads : {1, 3}) {
    set_thread_count(threads);
    results.push_back(
        adam_update(x, x, x, squares, kRate, Tensor(2.0f), {}).parameter.to_vector<float>());
  }
  set_thread_count(before);
  EXPECT_EQ(results[0], results[1]);
}

TEST(Updates, SayWhichInputDoesNotFit) {
  const auto message = [](const auto& f) -> std::string {
    try {
      f();
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  };
  const Tensor p{1, 2};
  EXPECT_EQ(message([&] {
              sgd_update(p, Tensor{1, 2, 3}, kRate, 0);
            }),
            "sgd_update: the gradient is f32[3], but must be as the parameter, f32[2]");
  EXPECT_EQ(message([&] { adam_update(p, p, p, Tensor{1}, kRate, kRate, {}); }),
            "adam_update: the second moment is f32[1], but must be as the parameter, f32[2]");
  EXPECT_EQ(message([&] { momentum_update(p, p, p, p, {}); }),
            "momentum_update: the rate is f32[2], but must be 0-d");
  EXPECT_EQ(message([&] { adam_update(p, p, p, p, kRate, Tensor(1), {}); }),
            "adam_update: the step is i32[], but must be f32 or f64");
}

}  // namespace
}  // namespace gradus
