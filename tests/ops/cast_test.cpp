// Casts between every pair of element types: rounding, range, NaN.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <span>
#include <vector>

#include "gradus/ops/select.h"

namespace gradus {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr std::int64_t kSmallest = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kLargest = std::numeric_limits<std::int64_t>::max();

using Integers = std::vector<std::int64_t>;

Integers integers(const Tensor& x) { return cast(x, DType::i64).to_vector<std::int64_t>(); }

/// `value` through `dtype` and back: the nearest number of that type.
double through(double value, DType dtype) {
  return cast(cast(Tensor::from(std::vector<double>{value}), dtype), DType::f64)
      .to_vector<double>()[0];
}

/// The nearest multiple, halves to even, of the spacing of numbers with `digits` significant bits
/// and least exponent `lowest`, by the C library.
double rounded(double value, int digits, int lowest, double limit) {
  if (value == 0 || !std::isfinite(value)) return value;
  const int spacing = std::max(std::ilogb(value), lowest) - digits + 1;
  const double result = std::ldexp(std::nearbyint(std::ldexp(value, -spacing)), spacing);
  return std::fabs(result) > limit ? std::copysign(kInfinity, value) : result;
}
double as_f16(double value) { return rounded(value, 11, -14, 65504); }
double as_bf16(double value) { return rounded(value, 8, -126, 0x1.fep127); }

TEST(Cast, KeepsSmallIntegersBetweenAllElementTypes) {
  for (const DType from : kAllDTypes) {
    for (const DType to : kAllDTypes) {
      const Tensor x = cast(Tensor::from(Integers{0, 1, 100, 127}), from);
      const bool is_logical = from == DType::boolean || to == DType::boolean;
      EXPECT_EQ(integers(cast(x, to)),
                is_logical ? (Integers{0, 1, 1, 1}) : (Integers{0, 1, 100, 127}))
          << name_of(from) << " to " << name_of(to);
      EXPECT_EQ(cast(x, to).dtype(), to);
    }
  }
}

TEST(Cast, WrapsIntegersModuloTheirRange) {  // numpy.array(...).astype: two's complement
  const Tensor x = Tensor::from(Integers{-1, 256, 300, (1LL << 31), (1LL << 32) + 5, kSmallest});
  EXPECT_EQ(integers(cast(x, DType::u8)), (Integers{255, 0, 44, 0, 5, 0}));
  EXPECT_EQ(integers(cast(x, DType::i32)), (Integers{-1, 256, 300, -(1LL << 31), 5, 0}));
}

TEST(Cast, TruncatesAndSaturatesOnTheWayToIntegers) {
  const std::vector<double> values{1.9, -1.9, -0.5, 1e30, -1e30, kInfinity, -kInfinity, kNan};
  const std::int64_t top = std::numeric_limits<std::int32_t>::max();
  for (const DType from : {DType::f32, DType::f64, DType::bf16}) {
    const Tensor x = cast(Tensor::from(values), from);
    EXPECT_EQ(integers(cast(x, DType::u8)), (Integers{1, 0, 0, 255, 0, 255, 0, 0}));
    EXPECT_EQ(integers(cast(x, DType::i32)), (Integers{1, -1, 0, top, -top - 1, top, -top - 1, 0}));
    EXPECT_EQ(integers(x), (Integers{1, -1, 0, kLargest, kSmallest, kLargest, kSmallest, 0}));
  }
}

TEST(Cast, FindsTheEdgesOfIntegerRanges) {
  const auto edge = [](double value, DType to) {
    return integers(cast(Tensor::from(std::vector<double>{value}), to))[0];
  };
  EXPECT_EQ(edge(255.999, DType::u8), 255);
  EXPECT_EQ(edge(256, DType::u8), 255);
  EXPECT_EQ(edge(2147483647.5, DType::i32), 2147483647);
  EXPECT_EQ(edge(-2147483648.5, DType::i32), -2147483648LL);
  EXPECT_EQ(edge(0x1.fffffffffffffp62, DType::i64), 0x7ffffffffffffc00);
  EXPECT_EQ(edge(0x1p63, DType::i64), kLargest);
  EXPECT_EQ(edge(-0x1p63, DType::i64), kSmallest);
}

TEST(Cast, TakesAllButZeroForTrue) {
  const Tensor x = Tensor::from(std::vector<double>{0, -0.0, 0.1, kNan, -kInfinity, 5e-324});
  EXPECT_EQ(integers(cast(x, DType::boolean)), (Integers{0, 0, 1, 1, 1, 1}));
}

TEST(Cast, GivesEveryHalfPatternBackFromWiderTypes) {
  std::vector<std::uint16_t> patterns(0x10000);
  for (std::size_t i = 0; i < patterns.size(); ++i) patterns[i] = static_cast<std::uint16_t>(i);
  for (const DType half : {DType::f16, DType::bf16}) {
    const Tensor x = Tensor::from_bytes(std::as_bytes(std::span(patterns)), {0x10000}, half);
    const std::vector<double> values = x.to_vector<double>();
    for (const DType wide : {DType::f32, DType::f64}) {
      const Tensor back = cast(cast(x, wide), half);
      const std::vector<double> again = back.to_vector<double>();
      const auto* bits = reinterpret_cast<const std::uint16_t*>(back.bytes().data());
      for (std::size_t i = 0; i < patterns.size(); ++i) {
        if (std::isnan(values[i])) {  // stays NaN, with its sign; signalling ones become quiet
          ASSERT_EQ(bits[i] & 0x8000, patterns[i] & 0x8000) << i;
          ASSERT_TRUE(std::isnan(again[i])) << i;
          continue;
        }
        ASSERT_EQ(bits[i], patterns[i]) << name_of(half);
      }
    }
  }
}

TEST(Cast, RoundsF64ToHalvesOnce) {
  // Beside the middle of 1 and 1 + 2^-10, closer than f32 can tell: numpy.float16(x) is 1 + 2^-10.
  EXPECT_EQ(through(1 + 0x1p-11 + 0x1p-40, DType::f16), 1 + 0x1p-10);
  EXPECT_EQ(through(1 + 0x1p-11 - 0x1p-40, DType::f16), 1);
  EXPECT_EQ(through(1 + 0x1p-8 + 0x1p-40, DType::bf16), 1 + 0x1p-7);
  EXPECT_EQ(through(65520 - 0x1p-20, DType::f16), 65504);
  EXPECT_EQ(through(0x1p-25 + 0x1p-60, DType::f16), 0x1p-24);
  EXPECT_EQ(through(1e-300, DType::bf16), 0);
}

TEST(Cast, RoundsF64ToTheNearestHalfEverywhere) {
  std::mt19937_64 random(7);
  std::vector<double> values;
  for (int i = 0; i < 100000; ++i) {
    const double size = std::ldexp(1 + static_cast<double>(random() % 4096) / 4096,
                                   static_cast<int>(random() % 280) - 140);
    const double nudge = std::ldexp(size, -static_cast<int>(20 + random() % 32));
    const double value = size + (random() % 3 == 0 ? 0 : random() % 2 ? nudge : -nudge);
    values.push_back(random() % 2 ? value : -value);
  }
  const Tensor x = Tensor::from(values);
  const auto f16s = cast(x, DType::f16).to_vector<double>();
  const auto bf16s = cast(x, DType::bf16).to_vector<double>();
  for (std::size_t i = 0; i < values.size(); ++i) {
    ASSERT_EQ(f16s[i], as_f16(values[i])) << values[i];
    ASSERT_EQ(bf16s[i], as_bf16(values[i])) << values[i];
  }
}

TEST(Cast, RoundsIntegersToBf16Once) {
  // Beside the middle of 2^n and its neighbour 2^n + 2^(n - 7), closer than f32 or f64 can tell.
  for (const int n : {30, 40, 62}) {
    const std::int64_t power = std::int64_t{1} << n;
    const std::int64_t middle = power + (power >> 8);
    for (const std::int64_t sign : {1, -1}) {
      const Tensor x =
          Tensor::from(Integers{sign * (middle - 1), sign * middle, sign * (middle + 1)});
      EXPECT_EQ(integers(cast(x, DType::bf16)),
                (Integers{sign * power, sign * power, sign * (power + (power >> 7))}))
          << n;
    }
  }
  EXPECT_EQ(cast(Tensor::from(Integers{kSmallest}), DType::bf16).to_vector<double>()[0], -0x1p63);
}

}  // namespace
}  // namespace gradus
