#include "gradus/base/nearest_name.h"

#include <gtest/gtest.h>

#include <vector>

namespace gradus {
namespace {

TEST(NearestName, FindsSlipsOfTheFinger) {
  const std::vector<std::string> names = {"epochs", "batch_size", "learning_rate", "momentum"};
  EXPECT_EQ(nearest_name("epoch", names), "epochs");
  EXPECT_EQ(nearest_name("lerning_rate", names), "learning_rate");
  EXPECT_EQ(nearest_name("bacth_size", names), "batch_size");
  EXPECT_EQ(nearest_name("batch", names), "batch_size");
  EXPECT_EQ(nearest_name("zzz", names), "");
}

TEST(NearestName, FindsNamesOfWhichAPartIsAlike) {
  const std::vector<std::string> names = {"relu", "convolution", "fashion-mnist", "contains"};
  EXPECT_EQ(nearest_name("mnist", names), "fashion-mnist");
  EXPECT_EQ(nearest_name("conv2d", names), "convolution");
  EXPECT_EQ(nearest_name("cosine", names), "");
}

}  // namespace
}  // namespace gradus
