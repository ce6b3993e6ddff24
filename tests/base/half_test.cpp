#include "gradus/base/half.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

namespace gradus {
namespace {

#ifdef __FLT16_MAX__  // the compiler's own binary16 is the reference
std::uint16_t compilers_bits(float value) {
  return std::bit_cast<std::uint16_t>(static_cast<_Float16>(value));
}

TEST(F16, WidensEveryValueAsTheCompilerDoes) {
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
    f16 half;
    half.bits = static_cast<std::uint16_t>(bits);
    const float expected = static_cast<float>(std::bit_cast<_Float16>(half.bits));
    const float actual = static_cast<float>(half);
    if (std::isnan(expected)) {
      EXPECT_TRUE(std::isnan(actual)) << bits;
    } else {
      EXPECT_EQ(std::bit_cast<std::uint32_t>(actual), std::bit_cast<std::uint32_t>(expected))
          << bits;
    }
  }
}

TEST(F16, RoundsAsTheCompilerDoes) {
  std::mt19937 random(1);
  for (int i = 0; i < 2000000; ++i) {
    const auto value = std::bit_cast<float>(static_cast<std::uint32_t>(random()));
    if (std::isnan(value)) continue;
    ASSERT_EQ(f16(value).bits, compilers_bits(value)) << value;
  }
  for (std::uint32_t bits = 0; bits < 0x7c00; ++bits) {  // ties between neighbours
    f16 low, high;
    low.bits = static_cast<std::uint16_t>(bits);
    high.bits = static_cast<std::uint16_t>(bits + 1);
    if (high.bits >= 0x7c00) continue;
    const float middle = (static_cast<float>(low) + static_cast<float>(high)) / 2;
    for (const float value : {middle, std::nextafter(middle, 0.0f), std::nextafter(middle, 1e9f)}) {
      ASSERT_EQ(f16(value).bits, compilers_bits(value)) << value;
      ASSERT_EQ(f16(-value).bits, compilers_bits(-value)) << value;
    }
  }
}
#endif

TEST(F16, KeepsInfinityAndNan) {
  EXPECT_EQ(f16(std::numeric_limits<float>::infinity()).bits, 0x7c00);
  EXPECT_EQ(f16(65520.0f).bits, 0x7c00);
  EXPECT_EQ(f16(65519.9f).bits, 0x7bff);
  EXPECT_TRUE(std::isnan(static_cast<float>(f16(std::nanf("")))));
}

TEST(Bf16, RoundsToNearestEven) {
  EXPECT_EQ(bf16(1.0f).bits, 0x3f80);
  EXPECT_EQ(bf16(1.00390625f).bits, 0x3f80);          // 1 + 2^-8: a tie, to the even mantissa
  EXPECT_EQ(bf16(1.01171875f).bits, 0x3f82);          // 1 + 3 * 2^-8: a tie, to the even mantissa
  EXPECT_EQ(bf16(1.0039063692092896f).bits, 0x3f81);  // just above the first tie
  EXPECT_EQ(bf16(3.4e38f).bits, 0x7f80);              // beyond the largest: infinity
  EXPECT_TRUE(std::isnan(static_cast<float>(bf16(std::bit_cast<float>(0x7f800001u)))));
  EXPECT_EQ(static_cast<float>(bf16(-2.5f)), -2.5f);
}

}  // namespace
}  // namespace gradus
