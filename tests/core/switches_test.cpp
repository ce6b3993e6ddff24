#include "gradus/core/switches.h"

#include <gtest/gtest.h>

#include "gradus/core/tensor.h"
#include "gradus/ops/arithmetic.h"

namespace gradus {
namespace {

/// More additions than may be pending outside a transform, with the value `links`.
Tensor long_chain(int links) {
  const Tensor one{1.0f};
  Tensor sum{0.0f};
  for (int i = 0; i < links; ++i) sum = sum + one;
  return sum;
}

TEST(DeferralScope, LeavesEverythingPendingUntilItIsRead) {
  if (is_eager()) GTEST_SKIP() << "GRADUS_EAGER evaluates everything at once";
  Tensor sum;
  {
    const DeferralScope outer;
    { const DeferralScope inner; }
    const Tensor almost = long_chain(9999);
    sum = almost + Tensor{1.0f};
    EXPECT_FALSE(almost.is_evaluated());
  }
  EXPECT_FALSE(sum.is_evaluated());
  EXPECT_EQ(sum.item<float>(), 10000);
}

}  // namespace
}  // namespace gradus
