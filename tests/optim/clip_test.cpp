#include "gradus/optim/clip.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/support/error_of.h"
#include "tests/support/tensors.h"

namespace gradus::optim {
namespace {

using testing::column;
using testing::error_of;
using testing::near;

TEST(ClipByValue, LimitsEveryElement) {
  const auto clipped = clip_by_value({Tensor{-3, 0.5f, 2}, Tensor(), column({9.0f})}, 1.5);
  EXPECT_THAT(clipped[0], near({-1.5, 0.5, 1.5}));
  EXPECT_FALSE(clipped[1].defined());
  EXPECT_THAT(clipped[2], near({1.5}));
}

TEST(ClipByNorm, ScalesAllGradientsTogether) {
  const nn::Gradients gradients{Tensor{3, 0}, Tensor(), column({4.0f})};
  const auto clipped = clip_by_norm(gradients, 1);
  EXPECT_THAT(clipped.norm, near({5}));
  EXPECT_THAT(clipped.gradients[0], near({0.6, 0}));
  EXPECT_THAT(clipped.gradients[2], near({0.8}));
  EXPECT_THAT(global_norm(clipped.gradients), near({1}));
}

TEST(ClipByNorm, LeavesShortGradientsAsTheyAre) {
  const auto clipped = clip_by_norm({Tensor{0.3f, -0.4f}}, 1);
  EXPECT_THAT(clipped.norm, near({0.5}));
  EXPECT_EQ(clipped.gradients[0].to_vector<float>(), (std::vector<float>{0.3f, -0.4f}));
}

TEST(ClipByNorm, ReportsAnInfiniteNorm) {
  const float infinity = std::numeric_limits<float>::infinity();
  const auto clipped = clip_by_norm({Tensor{1, infinity}}, 1);
  EXPECT_TRUE(std::isinf(clipped.norm.item<float>()));
  EXPECT_EQ(clipped.gradients[0].to_vector<float>(), (std::vector<float>{1, infinity}));
}

TEST(Clip, RefusesALimitThatIsNotPositive) {
  EXPECT_STREQ(error_of([] { clip_by_norm({}, 0); }).what(),
               "clip_by_norm: the limit must be positive, not 0");
  EXPECT_EQ(error_of([] { clip_by_value({}, -1); }).code(), ErrorCode::invalid_argument);
}

TEST(GlobalNorm, OfNothingIsZero) { EXPECT_THAT(global_norm({}), near({0})); }

}  // namespace
}  // namespace gradus::optim
