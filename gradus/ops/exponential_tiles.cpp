#include "gradus/ops/exponential_tiles.h"

#include <cmath>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gradus/ops/exponential_tiles.cpp"
#include "hwy/foreach_target.h"  // first: it includes this file once per instruction set

#include "gradus/ops/elementwise_tiles-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gradus {
namespace HWY_NAMESPACE {
namespace {

using std::int32_t;
using std::int64_t;
using std::uint8_t;

struct Exp {
  template <class T>
  T operator()(T x) const {
    return static_cast<T>(std::exp(x));
  }
};

struct Exp2 {
  template <class T>
  T operator()(T x) const {
    return static_cast<T>(std::exp2(x));
  }
};

struct Expm1 {
  template <class T>
  T operator()(T x) const {
    return static_cast<T>(std::expm1(x));
  }
};

struct Log {
  template <class T>
  T operator()(T x) const {
    return static_cast<T>(std::log(x));
  }
};

struct Log2 {
  template <class T>
  T operator()(T x) const {
    return static_cast<T>(std::log2(x));
  }
};

struct Log10 {
  template <class T>
  T operator()(T x) const {
    return static_cast<T>(std::log10(x));
  }
};

struct Log1p {
  template <class T>
  T operator()(T x) const {
    return static_cast<T>(std::log1p(x));
  }
};

struct Cbrt {
  template <class T>
  T operator()(T x) const {
    return static_cast<T>(std::cbrt(x));
  }
};

struct Power {
  template <class T>
  T operator()(T a, T b) const {
    return static_cast<T>(std::pow(a, b));
  }
};

struct LogAddExp {
  template <class T>
  T operator()(T a, T b) const {
    return static_cast<T>(a == b ? a + std::log(T(2))
                                 : std::fmax(a, b) + std::log1p(std::exp(-std::fabs(a - b))) +
                                       (a + b) * 0);
  }
};

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

constexpr TileTable<ExponentialRow> make_table() {
  using Row = ExponentialRow;
  TileTable<ExponentialRow> table{};
  table[Row::exp] = scalar_row<Exp, 1, float, double>();
  table[Row::exp2] = scalar_row<Exp2, 1, float, double>();
  table[Row::expm1] = scalar_row<Expm1, 1, float, double>();
  table[Row::log] = scalar_row<Log, 1, float, double>();
  table[Row::log2] = scalar_row<Log2, 1, float, double>();
  table[Row::log10] = scalar_row<Log10, 1, float, double>();
  table[Row::log1p] = scalar_row<Log1p, 1, float, double>();
  table[Row::cbrt] = scalar_row<Cbrt, 1, float, double>();
  table[Row::log_add_exp] = scalar_row<LogAddExp, 2, float, double>();
  table[Row::power] =
      scalar_row<Power, 2, float, double>(scalar_row<IntegerPower, 2, uint8_t, int32_t, int64_t>());
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
