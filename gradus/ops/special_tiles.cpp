#include "gradus/ops/special_tiles.h"

#include <cmath>
#include <limits>
#include <numbers>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gradus/ops/special_tiles.cpp"
#include "hwy/foreach_target.h"  // first: it includes this file once per instruction set

#include "gradus/ops/elementwise_tiles-inl.h"
#include "gradus/ops/normal-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gradus {
namespace HWY_NAMESPACE {
namespace {

/// log |Gamma|, by the C library in double precision.
struct Lgamma {
  template <class T>
  T operator()(T x) const {
    int sign;  // lgamma() would write it to a global variable
    return static_cast<T>(::lgamma_r(static_cast<double>(x), &sign));
  }
};

/// The recurrence up to 10, then the asymptotic series (Abramowitz and Stegun 1964, 6.3.5, 6.3.18).
struct Digamma {
  template <class T>
  T operator()(T value) const {
    const auto x = static_cast<double>(value);
    if (x == 0) return static_cast<T>(std::copysign(HUGE_VAL, -x));
    if (x > 0) return static_cast<T>(of_positive(x));
    const double fraction = x - std::floor(x);
    if (!(fraction > 0)) return std::numeric_limits<T>::quiet_NaN();  // a pole, or -infinity
    return static_cast<T>(of_positive(1 - x) -
                          std::numbers::pi / std::tan(std::numbers::pi * fraction));
  }

 private:
  static double of_positive(double x) {
    double shift = 0;
    for (; x < 10; ++x) shift += 1 / x;
    const double r = 1 / (x * x);
    // Bernoulli's numbers B(2k) / (2k).
    constexpr double kSeries[] = {1.0 / 12,  -1.0 / 120,     1.0 / 252, -1.0 / 240,
                                  1.0 / 132, -691.0 / 32760, 1.0 / 12};
    double sum = 0;
    for (int k = 6; k >= 0; --k) sum = (sum + kSeries[k]) * r;
    return std::log(x) - 0.5 / x - sum - shift;
  }
};

constexpr TileTable<SpecialRow> make_table() {
  using Row = SpecialRow;
  TileTable<SpecialRow> table{};
  table[Row::erf] = vector_row<Erf, 1, float, double>();
  table[Row::erfc] = vector_row<Widened<Erfc>, 1, float>(vector_row<Erfc, 1, double>());
  table[Row::lgamma] = scalar_row<Lgamma, 1, float, double>();
  table[Row::digamma] = scalar_row<Digamma, 1, float, double>();
  return table;
}

constexpr TileTable<SpecialRow> kTable = make_table();

}  // namespace

const Tiles* find_special_tiles() { return kTable.rows; }

}  // namespace HWY_NAMESPACE
}  // namespace gradus
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gradus {

GRADUS_EXPORT(find_special_tiles);
const Tiles* special_tiles() { return GRADUS_DISPATCH(find_special_tiles)(); }

}  // namespace gradus
#endif
