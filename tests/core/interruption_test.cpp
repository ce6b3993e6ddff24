#include "gradus/core/interruption.h"

#include <stdexcept>

#include <gtest/gtest.h>

#include "gradus/core/tensor.h"
#include "gradus/ops/arithmetic.h"

namespace gradus {
namespace {

int calls = 0;

/// While it lives, this thread's computations call `check`.
class Interrupted {
 public:
  explicit Interrupted(void (*check)()) {
    calls = 0;
    set_interruption(check);
  }
  ~Interrupted() { set_interruption(nullptr); }
  Interrupted(const Interrupted&) = delete;
  Interrupted& operator=(const Interrupted&) = delete;
};

TEST(Interruption, IsAskedBeforeEachOperation) {
  const Tensor sum = Tensor(1.0f) + Tensor(2.0f);
  const Tensor product = sum * Tensor(3.0f);
  const Interrupted counting([] { ++calls; });
  EXPECT_EQ(product.item<float>(), 9.0f);
  EXPECT_EQ(calls, 2);
}

TEST(Interruption, EndsAComputationThatCanBeTakenUpAgain) {
  const Tensor sum = Tensor(1.0f) + Tensor(2.0f);
  const Tensor product = sum * Tensor(3.0f);
  {
    const Interrupted second([] {
      if (++calls == 2) throw std::runtime_error("stop");
    });
    EXPECT_THROW(product.eval(), std::runtime_error);
  }
  EXPECT_TRUE(sum.is_evaluated());
  EXPECT_FALSE(product.is_evaluated());
  EXPECT_EQ(product.item<float>(), 9.0f);
}

}  // namespace
}  // namespace gradus
