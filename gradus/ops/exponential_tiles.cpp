#include "gradus/ops/exponential_tiles.h"

#include <cmath>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gradus/ops/exponential_tiles.cpp"
#include "hwy/foreach_target.h"  // first: it includes this file once per instruction set

#include "gradus/ops/elementwise_tiles-inl.h"
#include "gradus/ops/exponential-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gradus {
namespace HWY_NAMESPACE {
namespace {

using std::int32_t;
using std::int64_t;
using std::uint8_t;

/// By squaring, modulo 2^bits; a negative power leaves the part before the point.
struct IntegerPower {
  template <class T>
  T operator()(T base, T exponent) const {
    if constexpr (std::is_signed_v<T>) {
      if (exponent < 0) return base == 1 ? 1 : base == -1 ? (exponent % 2 != 0 ? -1 : 1) : 0;
    }
    std::uint64_t result = 1;
    for (auto square = static_cast<std::uint64_t>(base); exponent > 0; exponent /= 2) {
      if (exponent % 2 != 0) result *= square;
      square *= square;
    }
    return static_cast<T>(result);
  }
};

/// The exponent magnifies the error of a logarithm up to a thousand times: the C library's pow
/// carries more digits than f64 has.
struct PowerOfDouble {
  double operator()(double a, double b) const { return std::pow(a, b); }
};

constexpr TileTable<ExponentialRow> make_table() {
  using Row = ExponentialRow;
  TileTable<ExponentialRow> table{};
  table[Row::exp] = vector_row<Exp, 1, float, double>();
  table[Row::exp2] = vector_row<Exp2, 1, float, double>();
  table[Row::expm1] = vector_row<Expm1, 1, float, double>();
  table[Row::log] = vector_row<Log, 1, float, double>();
  table[Row::log2] = vector_row<Log2, 1, float, double>();
  table[Row::log10] = vector_row<Log10, 1, float, double>();
  table[Row::log1p] = vector_row<Log1p, 1, float, double>();
  table[Row::log_add_exp] = vector_row<LogAddExp, 2, float, double>();
  table[Row::cbrt] = vector_row<Widened<Cbrt>, 1, float>(vector_row<Cbrt, 1, double>());
  table[Row::power] =
      vector_row<Widened<PowerOfSingle>, 2, float>(scalar_row<PowerOfDouble, 2, double>(
          scalar_row<IntegerPower, 2, uint8_t, int32_t, int64_t>()));
  return table;
}

constexpr TileTable<ExponentialRow> kTable = make_table();

}  // namespace

const Tiles* find_exponential_tiles() { return kTable.rows; }

}  // namespace HWY_NAMESPACE
}  // namespace gradus
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gradus {

GRADUS_EXPORT(find_exponential_tiles);
const Tiles* exponential_tiles() { return GRADUS_DISPATCH(find_exponential_tiles)(); }

}  // namespace gradus
#endif
