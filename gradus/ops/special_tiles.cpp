#include "gradus/ops/special_tiles.h"

#include <cmath>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gradus/ops/special_tiles.cpp"
#include "hwy/foreach_target.h"  // first: it includes this file once per instruction set

#include "gradus/ops/elementwise_tiles-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gradus {
namespace HWY_NAMESPACE {
namespace {

using std::int32_t;
using std::int64_t;
using std::uint8_t;

struct Erf {
  template <class T>
  T operator()(T x) const {
    return static_cast<T>(std::erf(x));
  }
};

struct Erfc {
  template <class T>
  T operator()(T x) const {
    return static_cast<T>(std::erfc(x));
  }
};

struct Lgamma {
  template <class T>
  T operator()(T x) const {
    return static_cast<T>(std::lgamma(x));
  }
};

struct Digamma {
  template <class T>
  T operator()(T x) const {
    return static_cast<T>(digamma(static_cast<double>(x)));
  }

 private:
  static double digamma(double x) {
    if (x == 0) return std::copysign(HUGE_VAL, -x);
    if (x < 0) {
      if (x == std::floor(x)) return NAN;
      return digamma(1 - x) - 3.14159265358979323846 / std::tan(3.14159265358979323846 * x);
    }
    double shift = 0;
    for (; x < 20; ++x) shift += 1 / x;
    const double r = 1 / (x * x);
    return std::log(x) - 0.5 / x - r * (1.0 / 12 - r * (1.0 / 120 - r * (1.0 / 252 - r / 240))) -
           shift;
  }
};

constexpr TileTable<SpecialRow> make_table() {
  using Row = SpecialRow;
  TileTable<SpecialRow> table{};
  table[Row::erf] = scalar_row<Erf, 1, float, double>();
  table[Row::erfc] = scalar_row<Erfc, 1, float, double>();
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
