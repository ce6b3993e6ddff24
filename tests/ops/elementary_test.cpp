// The error of elementary functions in units in the last place, against the C library in long
// double (64 significant bits), on the best instruction set that runs here.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "gradus/ops/activation.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/transcendental.h"

namespace gradus {
namespace {

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
// one; erfc in f64 divides, multiplies by two rounded factors and scales.
const Row kRows[] = {
    {&kSqrt, std::sqrt, 0.5, 0.5},       {&kCbrt, std::cbrt, 0.51, 1},
    {&kExp, std::exp, 1.5, 1.5},         {&kExp2, std::exp2, 1.5, 1.5},
    {&kExpm1, std::expm1, 2, 2},         {&kLog, std::log, 1.5, 1.5},
    {&kLog2, std::log2, 1.5, 1.5},       {&kLog10, std::log10, 1.5, 1.5},
    {&kLog1p, std::log1p, 1.5, 1.5},     {&kSin, std::sin, 0.51, 1.5},
    {&kCos, std::cos, 0.51, 1.5},        {&kTan, std::tan, 0.51, 3},
    {&kAsin, std::asin, 0.51, 1.5},      {&kAcos, std::acos, 0.51, 1.5},
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

/// The distance between `actual` and `exact` in units in the last place of T at `exact`.
template <class T>
double units_between(T actual, long double exact) {
  using Limits = std::numeric_limits<T>;
  const T nearest = static_cast<T>(exact);
  if (std::isnan(exact) || std::isnan(actual))
    return std::isnan(exact) && std::isnan(actual) ? 0 : 1e9;
  if (actual == nearest && (actual != 0 || std::signbit(actual) == std::signbit(nearest)))
    return 0.5;
  if (std::isinf(exact) || std::isinf(actual)) return std::fabs(nearest) == Limits::max() ? 1 : 1e9;
  if (std::signbit(actual) != std::signbit(nearest)) return 1e9;
  const int exponent =
      std::max(exact == 0 ? Limits::min_exponent : std::ilogb(exact) + 1, Limits::min_exponent);
  return static_cast<double>(std::ldexp(std::fabs(actual - exact), Limits::digits - exponent));
}

template <class T>
void expect_bound(const Row& row, const Tiles* family, double bound) {
  const std::vector<T> x = points<T>();
  std::vector<T> y(x.size());
  const void* const inputs[] = {x.data()};
  const auto tile = family[row.op->elementwise->row].by_dtype[static_cast<int>(dtype_of<T>)];
  tile(inputs, y.data(), static_cast<std::int64_t>(x.size()), {});
  double worst = 0;
  T where = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double error = units_between(y[i], row.exact(x[i]));
    if (error > worst) {
      worst = error;
      where = x[i];
    }
  }
  EXPECT_LE(worst, bound) << row.op->name << " of " << name_of(dtype_of<T>) << " at "
                          << ::testing::PrintToString(where);
}

TEST(Elementary, HaveTheErrorsThatAreStated) {
  for (const Row& row : kRows) {
    const Tiles* family = row.op->elementwise->family();
    expect_bound<float>(row, family, row.f32_bound);
    if (std::numeric_limits<long double>::digits < 64) continue;
    expect_bound<double>(row, family, row.f64_bound);
  }
}

}  // namespace
}  // namespace gradus
