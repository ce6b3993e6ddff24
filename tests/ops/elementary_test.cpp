// The error of elementary functions in units in the last place, against the C library in long
// double (64 significant bits), on every instruction set that runs here.

#include <gtest/gtest.h>
#include <hwy/highway.h>

#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "gradus/ops/activation.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/targets.h"
#include "gradus/ops/transcendental.h"
#include "tests/support/error_of.h"
#include "tests/support/rounding_units.h"

namespace gradus {
namespace {

using testing::error_of;
using testing::kExactError;
using testing::kFormat;
using testing::units_between;

using Exact = long double (*)(long double);

/// A function, what it is, and its largest error in units in the last place of f32 and of f64.
struct Row {
  const OpDef* op;
  Exact exact;
  double f32_bound, f64_bound;
};

long double sigmoid_of(long double x) { return 1 / (1 + std::exp(-x)); }
long double softplus_of(long double x) {
  return std::fmax(x, 0.0L) + std::log1p(std::exp(-std::fabs(x)));
}

// Square roots are correctly rounded, and f32 through f64 (Widened) nearly so. A polynomial loses
// half a unit each in the reduced argument, in the polynomial's last step and in the last addition:
// 1.5. Each rounded step around it, a division or a log1p of a rounded argument, adds a half to
// one; erfc in f64 divides, multiplies by two rounded factors and scales. SSE4 fuses no product
// with an addition: that takes asin to 1.51.
const Row kRows[] = {
    {&kSqrt, std::sqrt, 0.5, 0.5},       {&kCbrt, std::cbrt, 0.51, 1},
    {&kExp, std::exp, 1.5, 1.5},         {&kExp2, std::exp2, 1.5, 1.5},
    {&kExpm1, std::expm1, 2, 2},         {&kLog, std::log, 1.5, 1.5},
    {&kLog2, std::log2, 1.5, 1.5},       {&kLog10, std::log10, 1.5, 1.5},
    {&kLog1p, std::log1p, 1.5, 1.5},     {&kSin, std::sin, 0.51, 1.5},
    {&kCos, std::cos, 0.51, 1.5},        {&kTan, std::tan, 0.51, 3},
    {&kAsin, std::asin, 0.51, 1.75},     {&kAcos, std::acos, 0.51, 1.5},
    {&kAtan, std::atan, 0.51, 1.5},      {&kSinh, std::sinh, 2.5, 2.5},
    {&kCosh, std::cosh, 2, 2},           {&kTanh, std::tanh, 2.5, 2.5},
    {&kAsinh, std::asinh, 2.5, 2.5},     {&kAcosh, std::acosh, 3, 3},
    {&kAtanh, std::atanh, 2.5, 2.5},     {&kErf, std::erf, 1.5, 1.5},
    {&kErfc, std::erfc, 0.51, 6},        {&kSigmoid, sigmoid_of, 2.5, 2.5},
    {&kSoftplus, softplus_of, 2.5, 2.5},
};

/// Points over all exponents, dense ones where functions bend, and neighbours of hard ones.
template <class T>
std::vector<T> points() {
  using Limits = std::numeric_limits<T>;
  std::mt19937_64 random(11);
  std::vector<T> points;
  for (int i = 0; i < 6000; ++i) {
    const T mantissa = T(1) + static_cast<T>(random() % (1 << 20)) / (1 << 20);
    const int span = Limits::max_exponent - Limits::min_exponent + Limits::digits;
    const int exponent = Limits::min_exponent - Limits::digits +
                         static_cast<int>(random() % static_cast<unsigned>(span));
    points.push_back(std::ldexp(mantissa, exponent));
    points.push_back(static_cast<T>(random() % (1 << 24)) / (1 << 24));        // [0, 1)
    points.push_back(static_cast<T>(random() % (1 << 24)) * 120 / (1 << 24));  // [0, 120)
    points.push_back(1 + std::ldexp(mantissa, -static_cast<int>(random() % 24)));
  }
  for (int k = 1; k < 400; ++k) points.push_back(static_cast<T>(k * 1.5707963267948966192L));
  for (const T hard : {T(0), Limits::denorm_min(), Limits::min(), Limits::max(), T(1), T(0.5),
                       static_cast<T>(std::log(Limits::max())), T(0x1p20), T(1.5)}) {
    points.push_back(hard);
    points.push_back(std::nextafter(hard, T(0)));
    points.push_back(std::nextafter(hard, Limits::infinity()));
  }
  const std::size_t half = points.size();
  for (std::size_t i = 0; i < half; ++i) points.push_back(-points[i]);
  return points;
}

/// The largest error that was met, and where.
struct Worst {
  double units = 0;
  std::string where;
  void take(double error, double a, double b = NAN) {
    if (error <= units) return;
    units = error;
    where = ::testing::PrintToString(a);
    if (!std::isnan(b)) where += ", " + ::testing::PrintToString(b);
  }
};

void expect_bound(const Worst& worst, const OpDef& op, DType dtype, double bound) {
  EXPECT_LE(worst.units, bound + kExactError)
      << op.name << " of " << name_of(dtype) << " at " << worst.where;
}

/// y = op(x), or of two operands, by the tile function.
template <class T>
std::vector<T> computed(const OpDef& op, const std::vector<T>& x,
                        const std::vector<T>& other = {}) {
  std::vector<T> y(x.size());
  const void* const inputs[] = {x.data(), other.data()};
  op.elementwise->tile(dtype_of<T>)(inputs, y.data(), static_cast<std::int64_t>(x.size()), {});
  return y;
}

template <class T>
void expect_bound(const Row& row, double bound) {
  static const std::vector<T> x = points<T>();
  const std::vector<T> y = computed(*row.op, x);
  Worst worst;
  for (std::size_t i = 0; i < x.size(); ++i) {
    worst.take(units_between(y[i], row.exact(x[i]), kFormat<T>), x[i]);
  }
  expect_bound(worst, *row.op, dtype_of<T>, bound);
}

/// Calls f on every instruction set that runs here.
void on_every_target(void (*f)()) {
  for (const std::int64_t target : usable_targets()) {
    SCOPED_TRACE(hwy::TargetName(target));
    const TargetScope scope(target);
    f();
  }
}

constexpr bool kIsLongDoubleLong = std::numeric_limits<long double>::digits >= 64;

TEST(Elementary, HaveTheErrorsThatAreStated) {
  on_every_target([] {
    for (const Row& row : kRows) {
      expect_bound<float>(row, row.f32_bound);
      if (kIsLongDoubleLong) expect_bound<double>(row, row.f64_bound);
    }
  });
}

/// f16 and bf16 are types for storage: functions of them are computed in f32 and rounded. The error
/// before that is 2^-13 or 2^-16 as many units.
template <class T>
void expect_bound_of_all_halves(const Row& row) {
  std::vector<float> x;
  for (unsigned bits = 0; bits < 0x10000; ++bits) {
    T value;
    value.bits = static_cast<std::uint16_t>(bits);
    x.push_back(static_cast<float>(value));
  }
  const std::vector<float> y = computed(*row.op, x);
  Worst worst;
  for (std::size_t i = 0; i < x.size(); ++i) {
    worst.take(units_between(static_cast<float>(T(y[i])), row.exact(x[i]), kFormat<T>), x[i]);
  }
  const int lost = kFormat<float>.digits - kFormat<T>.digits;
  expect_bound(worst, *row.op, dtype_of<T>, 0.5 + std::ldexp(row.f32_bound, -lost));
}

TEST(Elementary, RoundNearlyRightForEveryElementOfTheHalfTypes) {
  for (const Row& row : kRows) {
    expect_bound_of_all_halves<f16>(row);
    expect_bound_of_all_halves<bf16>(row);
  }
}

/// A function of two operands. Units are those at the result, or at `scale` of the operands.
struct PairRow {
  const OpDef* op;
  long double (*exact)(long double, long double);
  double f32_bound, f64_bound;
  long double (*scale)(long double, long double) = nullptr;
};

/// With the sign of b.
long double remainder_of(long double a, long double b) {
  const long double rest = std::fmod(a, b);
  if (rest == 0) return std::copysign(rest, b);
  return std::signbit(rest) == std::signbit(b) ? rest : rest + b;
}
long double floor_of_quotient(long double a, long double b) {
  if (b == 0) return a / b;
  const long double rest = std::fmod(a, b);  // with the sign of a
  const bool below = rest != 0 && std::signbit(rest) != std::signbit(b);
  const long double whole = std::round((a - rest) / b) - (below ? 1 : 0);
  return whole == 0 ? std::copysign(whole, a / b) : whole;
}
/// What log_add_exp adds to the larger operand.
long double rest_of_log_add_exp(long double a, long double b) {
  return std::log1p(std::exp(-std::fabs(a - b)));
}
long double log_add_exp_of(long double a, long double b) {
  return std::fmax(a, b) + rest_of_log_add_exp(a, b);
}
/// The largest of what log_add_exp adds and of the sum. What it adds is off as the difference of
/// the operands is, which exp() makes a relative error.
long double largest_term(long double a, long double b) {
  const long double rest = rest_of_log_add_exp(a, b) * (1 + std::fabs(a - b));
  const long double terms = std::fmax(std::fabs(std::fmax(a, b)), rest);
  return std::fmax(terms, std::fabs(log_add_exp_of(a, b)));
}

// One operation is correctly rounded, f32 through f64 nearly so. A quotient that has no bit to
// spare may be the next whole number. Of hypot, two squares and their sum are off by a unit, of
// which the root leaves a half to one.
const PairRow kPairRows[] = {
    {&kAdd, [](long double a, long double b) { return a + b; }, 0.5, 0.5},
    {&kSubtract, [](long double a, long double b) { return a - b; }, 0.5, 0.5},
    {&kMultiply, [](long double a, long double b) { return a * b; }, 0.5, 0.5},
    {&kDivide, [](long double a, long double b) { return a / b; }, 0.5, 0.5},
    {&kRemainder, remainder_of, 0.5, 0.5},
    {&kFloorDivide, floor_of_quotient, 2, 2},
    {&kPower, std::pow, 0.51, 1},
    {&kAtan2, std::atan2, 0.51, 2},
    {&kHypot, std::hypot, 0.51, 1.5},
    {&kLogAddExp, log_add_exp_of, 2, 2, largest_term},
};

/// Pairs of all sizes, of like sizes, and of numbers with a few bits, whose quotients may be whole.
template <class T>
void add_pairs(std::vector<T>& a, std::vector<T>& b) {
  std::mt19937_64 random(12);
  const std::vector<T> all = points<T>();
  const auto any = [&] { return all[random() % all.size()]; };
  const auto short_number = [&] {
    return static_cast<T>(static_cast<int>(random() % 65) - 32) / 4;
  };
  for (int i = 0; i < 20000; ++i) {
    a.push_back(any());
    b.push_back(any());
    a.push_back(a.back());
    b.push_back(a.back() * (1 + static_cast<T>(static_cast<int>(random() % 2001) - 1000) / 1000));
    a.push_back(short_number());
    b.push_back(short_number());
    a.push_back(std::fabs(any()));
    b.push_back(short_number());
  }
}

template <class T>
void expect_bound(const PairRow& row, double bound) {
  std::vector<T> a, b;
  add_pairs(a, b);
  const std::vector<T> y = computed(*row.op, a, b);
  Worst worst;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const long double exact = row.exact(a[i], b[i]);
    const long double scale = row.scale ? row.scale(a[i], b[i]) : exact;
    worst.take(units_between(y[i], exact, kFormat<T>, scale), a[i], b[i]);
  }
  expect_bound(worst, *row.op, dtype_of<T>, bound);
}

TEST(Elementary, OfTwoOperandsHaveTheErrorsThatAreStated) {
  on_every_target([] {
    for (const PairRow& row : kPairRows) {
      expect_bound<float>(row, row.f32_bound);
      if (kIsLongDoubleLong) expect_bound<double>(row, row.f64_bound);
    }
  });
}

// The promotion of operands comes first, and must not be blamed.
TEST(Elementary, OfNothingIsAnErrorOfTheOperationItself) {
  const Tensor nothing;
  EXPECT_EQ(error_of([&] { sin(nothing); }).what(),
            std::string("sin: an input is an undefined tensor"));
  EXPECT_EQ(error_of([&] { add(Tensor{1.0f}, nothing); }).operation(), "add");
  EXPECT_EQ(error_of([&] { divide(nothing, Tensor{1.0f}); }).operation(), "divide");
}

TEST(Elementary, AbsIsAbsolute) {
  EXPECT_EQ(abs(Tensor{-2.5, 0, 3}).to_vector<float>(), (std::vector<float>{2.5f, 0, 3}));
}

}  // namespace
}  // namespace gradus
