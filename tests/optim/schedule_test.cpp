#include "gradus/optim/schedule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>

#include "gradus/optim/plateau.h"
#include "gradus/optim/schedule_kinds.h"
#include "tests/support/error_of.h"

namespace gradus::optim {
namespace {

using testing::error_of;

TEST(Schedule, ConstantIsOne) { EXPECT_EQ(constant()(1e9), 1); }

TEST(Schedule, StepDecayFallsAtMultiples) {
  const Schedule schedule = step_decay({.every = 10, .factor = 0.5f});
  EXPECT_EQ(schedule(0), 1);
  EXPECT_EQ(schedule(9.99), 1);
  EXPECT_EQ(schedule(10), 0.5);
  EXPECT_EQ(schedule(35), 0.125);
}

TEST(Schedule, ExponentialIsAPower) {
  const Schedule schedule = exponential({.factor = 0.25f});
  EXPECT_EQ(schedule(0), 1);
  EXPECT_EQ(schedule(0.5), 0.5);
  EXPECT_EQ(schedule(2), 0.0625);
}

TEST(Schedule, CosineGoesFromOneToItsMinimumAndStays) {
  const Schedule schedule = cosine({.duration = 8, .minimum = 0.5f});
  EXPECT_DOUBLE_EQ(schedule(0), 1);
  EXPECT_DOUBLE_EQ(schedule(2), 0.5 + 0.25 * (1 + std::numbers::sqrt2 / 2));
  EXPECT_DOUBLE_EQ(schedule(4), 0.75);
  EXPECT_DOUBLE_EQ(schedule(8), 0.5);
  EXPECT_DOUBLE_EQ(schedule(100), 0.5);
}

TEST(Schedule, WarmUpRisesAlongALineAndHandsOver) {
  const Schedule schedule =
      warm_up({.duration = 4, .start = 0.5f}, step_decay({.every = 2, .factor = 0.5f}));
  EXPECT_EQ(schedule(0), 0.5);
  EXPECT_EQ(schedule(2), 0.75);
  EXPECT_EQ(schedule(4), 1);
  EXPECT_EQ(schedule(5.9), 1);
  EXPECT_EQ(schedule(6), 0.5);
}

TEST(Schedule, OneCycleRisesAndFallsAlongHalfCosines) {
  const Schedule schedule = one_cycle({.duration = 10, .rise = 0.25f, .start = 0.5f, .end = 0.25f});
  EXPECT_DOUBLE_EQ(schedule(0), 0.5);
  EXPECT_DOUBLE_EQ(schedule(1.25), 0.75);
  EXPECT_DOUBLE_EQ(schedule(2.5), 1);
  EXPECT_DOUBLE_EQ(schedule(6.25), 0.625);
  EXPECT_DOUBLE_EQ(schedule(10), 0.25);
  EXPECT_DOUBLE_EQ(schedule(11), 0.25);
}

TEST(Schedule, RefusesOptionsOutOfRange) {
  EXPECT_STREQ(error_of([] { cosine({}); }).what(), "cosine: duration must be positive, not 0");
  EXPECT_EQ(error_of([] { step_decay({.every = 0}); }).code(), ErrorCode::invalid_argument);
  EXPECT_EQ(error_of([] { exponential({.factor = -1}); }).code(), ErrorCode::invalid_argument);
  EXPECT_STREQ(error_of([] { one_cycle({.duration = 1, .rise = 1}); }).what(),
               "one_cycle: rise must be in (0, 1), not 1");
}

TEST(ScheduleKinds, TakeAnOpenDurationFromTheRun) {
  for (const ScheduleKind& kind : schedule_kinds()) {
    const auto maker = kind.maker();
    maker->infer(20);
    const Schedule schedule = maker->make();
    EXPECT_TRUE(std::isfinite(schedule(10))) << kind.name;
  }
  const auto maker = nn::find_kind(schedule_kinds(), "cosine")->maker();
  maker->infer(20);
  EXPECT_DOUBLE_EQ(maker->make()(10), 0.5);
}

TEST(Plateau, ReducesAfterPatienceHasRunOut) {
  Plateau plateau{{.factor = 0.5f, .patience = 2, .threshold = 0}};
  EXPECT_EQ(plateau(1.0), 1);
  EXPECT_EQ(plateau(0.9), 1);
  EXPECT_EQ(plateau(0.9), 1);   // 1 without improvement
  EXPECT_EQ(plateau(0.95), 1);  // 2
  EXPECT_EQ(plateau(0.9), 0.5);
  EXPECT_EQ(plateau(0.8), 0.5);
  EXPECT_EQ(plateau(0.8), 0.5);
  EXPECT_EQ(plateau(0.8), 0.5);
  EXPECT_EQ(plateau(0.8), 0.25);
}

TEST(Plateau, CountsOnlyImprovementsBeyondTheThreshold) {
  Plateau plateau{{.patience = 0, .threshold = 0.1f, .direction = Direction::maximize}};
  EXPECT_EQ(plateau(1.0), 1);
  EXPECT_EQ(plateau(1.2), 1);
  EXPECT_NEAR(plateau(1.3), 0.1, 1e-7);  // 1.32 would have been needed
}

TEST(Plateau, CoolsDownAndKeepsToItsMinimum) {
  Plateau plateau{{.factor = 0.5f, .patience = 0, .cooldown = 2, .minimum = 0.4f}};
  plateau(1);
  EXPECT_EQ(plateau(1), 0.5);
  EXPECT_EQ(plateau(1), 0.5);
  EXPECT_EQ(plateau(1), 0.5);
  EXPECT_FLOAT_EQ(plateau(1), 0.4f);
}

TEST(Plateau, DoesNotTakeNanForAnImprovement) {
  Plateau plateau{{.factor = 0.5f, .patience = 0}};
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(plateau(nan), 0.5);
  EXPECT_EQ(plateau(1), 0.5);
  EXPECT_EQ(plateau(nan), 0.25);
}

TEST(Plateau, ResumesFromItsState) {
  Plateau a{{.factor = 0.5f, .patience = 1}};
  a(1);
  a(1);
  Plateau b{{.factor = 0.5f, .patience = 1}};
  nn::load_state(b, nn::state(a));
  EXPECT_EQ(b(1), 0.5);
  EXPECT_EQ(b.factor(), 0.5);
}

TEST(Plateau, RefusesOptionsOutOfRange) {
  EXPECT_STREQ(error_of([] { Plateau{{.factor = 1}}; }).what(),
               "plateau: factor must be in (0, 1), not 1");
  EXPECT_EQ(error_of([] { Plateau{{.patience = -1}}; }).code(), ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace gradus::optim
