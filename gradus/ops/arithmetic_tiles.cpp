#include "gradus/ops/arithmetic_tiles.h"

#include <cmath>
#include <limits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gradus/ops/arithmetic_tiles.cpp"
#include "hwy/foreach_target.h"  // first: it includes this file once per instruction set

#include "gradus/ops/elementwise_tiles-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gradus {
namespace HWY_NAMESPACE {
namespace {

using std::int32_t;
using std::int64_t;
using std::uint8_t;

struct Add {
  template <class D, class V>
  V operator()(D, V a, V b) const {
    return hn::Add(a, b);
  }
};

struct Subtract {
  template <class D, class V>
  V operator()(D, V a, V b) const {
    return hn::Sub(a, b);
  }
};

struct Multiply {
  template <class D, class V>
  V operator()(D, V a, V b) const {
    return hn::Mul(a, b);
  }
};

/// Products of types that have no vector instruction, modulo 2^bits.
struct MultiplyOne {
  template <class T>
  T operator()(T a, T b) const {
    return static_cast<T>(static_cast<std::uint64_t>(a) * static_cast<std::uint64_t>(b));
  }
};

struct Or {
  template <class D, class V>
  V operator()(D, V a, V b) const {
    return hn::Or(a, b);
  }
};

struct And {
  template <class D, class V>
  V operator()(D, V a, V b) const {
    return hn::And(a, b);
  }
};

struct Divide {
  template <class D, class V>
  V operator()(D, V a, V b) const {
    return hn::Div(a, b);
  }
};

/// NumPy's npy_divmod: the quotient is rounded after the remainder is taken off, so that it and
/// the remainder agree.
template <class T>
T floating_remainder(T a, T b) {
  const T r = std::fmod(a, b);
  if (r == 0) return std::copysign(T(0), b);
  return (r < 0) != (b < 0) ? r + b : r;
}

struct FloorDivide {
  template <class T>
  T operator()(T a, T b) const {
    if constexpr (std::is_floating_point_v<T>) {
      if (b == 0) return a / b;
      // By the remainder with the sign of a, since a less the other one may overflow, and is NaN
      // for an infinite b.
      const T rest = std::fmod(a, b);
      const bool below = rest != 0 && std::signbit(rest) != std::signbit(b);
      const T quotient = (a - rest) / b - (below ? 1 : 0);
      if (quotient == 0) return std::copysign(T(0), a / b);
      const T down = std::floor(quotient);
      return quotient - down > T(0.5) ? down + 1 : down;
    } else {
      if (b == 0) return 0;
      if (std::is_signed_v<T> && b == static_cast<T>(-1)) {
        return static_cast<T>(0 - static_cast<std::make_unsigned_t<T>>(a));  // may not trap
      }
      const T quotient = static_cast<T>(a / b);
      return static_cast<T>(quotient - (a % b != 0 && (a < 0) != (b < 0)));
    }
  }
};

struct Remainder {
  template <class T>
  T operator()(T a, T b) const {
    if constexpr (std::is_floating_point_v<T>) {
      return floating_remainder(a, b);
    } else {
      if (b == 0) return 0;
      if (std::is_signed_v<T> && b == static_cast<T>(-1)) return 0;
      const T r = static_cast<T>(a % b);
      return r != 0 && (r < 0) != (b < 0) ? static_cast<T>(r + b) : r;
    }
  }
};

struct Maximum {
  template <class D, class V>
  V operator()(D, V a, V b) const {
    if constexpr (hwy::IsFloat<hn::TFromV<V>>()) {
      return hn::IfThenElse(hn::Or(hn::Gt(a, b), hn::IsNaN(a)), a, b);
    } else {
      return hn::Max(a, b);
    }
  }
};

struct Minimum {
  template <class D, class V>
  V operator()(D, V a, V b) const {
    if constexpr (hwy::IsFloat<hn::TFromV<V>>()) {
      return hn::IfThenElse(hn::Or(hn::Lt(a, b), hn::IsNaN(a)), a, b);
    } else {
      return hn::Min(a, b);
    }
  }
};

struct CopySign {
  template <class D, class V>
  V operator()(D, V a, V b) const {
    return hn::CopySign(a, b);
  }
};

struct Negative {
  template <class D, class V>
  V operator()(D d, V x) const {
    if constexpr (hwy::IsFloat<hn::TFromD<D>>()) {
      return hn::Xor(x, hn::SignBit(d));
    } else {
      return hn::Sub(hn::Zero(d), x);
    }
  }
};

struct Absolute {
  template <class D, class V>
  V operator()(D d, V x) const {
    if constexpr (hwy::IsFloat<hn::TFromD<D>>()) {
      return hn::Abs(x);
    } else {
      return hn::IfThenElse(hn::Lt(x, hn::Zero(d)), hn::Sub(hn::Zero(d), x), x);
    }
  }
};

struct Same {
  template <class T>
  T operator()(T x) const {
    return x;
  }
};

struct Sign {
  template <class D, class V>
  V operator()(D d, V x) const {
    const V zero = hn::Zero(d);
    const V one = hn::Set(d, 1);
    const V minus_one = hn::Set(d, static_cast<hn::TFromD<D>>(-1));
    const V below = hn::IfThenElse(hn::Lt(x, zero), minus_one, x);  // 0 and NaN stay
    return hn::IfThenElse(hn::Gt(x, zero), one, below);
  }
};

struct SignOne {
  uint8_t operator()(uint8_t x) const { return x != 0; }
};

struct Square {
  template <class D, class V>
  V operator()(D, V x) const {
    return hn::Mul(x, x);
  }
};

struct SquareOne {
  template <class T>
  T operator()(T x) const {
    return MultiplyOne{}(x, x);
  }
};

struct Reciprocal {
  template <class D, class V>
  V operator()(D d, V x) const {
    return hn::Div(hn::Set(d, 1), x);
  }
};

struct Sqrt {
  template <class D, class V>
  V operator()(D, V x) const {
    return hn::Sqrt(x);
  }
};

struct Rsqrt {
  template <class D, class V>
  V operator()(D d, V x) const {
    return hn::Div(hn::Set(d, 1), hn::Sqrt(x));
  }
};

struct OneMinusSquare {
  template <class D, class V>
  V operator()(D d, V x) const {
    const V one = hn::Set(d, 1);
    return hn::Mul(hn::Sub(one, x), hn::Add(one, x));
  }
};

constexpr TileTable<ArithmeticRow> make_table() {
  using Row = ArithmeticRow;
  TileTable<ArithmeticRow> table{};
  table[Row::add] =
      vector_row<Add, 2, uint8_t, int32_t, int64_t, float, double>(vector_row<Or, 2, bool>());
  table[Row::subtract] = vector_row<Subtract, 2, uint8_t, int32_t, int64_t, float, double>();
  table[Row::multiply] = vector_row<Multiply, 2, int32_t, float, double>(
      scalar_row<MultiplyOne, 2, uint8_t, int64_t>(vector_row<And, 2, bool>()));
  table[Row::divide] = vector_row<Divide, 2, float, double>();
  table[Row::floor_divide] = scalar_row<FloorDivide, 2, uint8_t, int32_t, int64_t, float, double>();
  table[Row::remainder] = scalar_row<Remainder, 2, uint8_t, int32_t, int64_t, float, double>();
  table[Row::maximum] =
      vector_row<Maximum, 2, uint8_t, int32_t, int64_t, float, double>(vector_row<Or, 2, bool>());
  table[Row::minimum] =
      vector_row<Minimum, 2, uint8_t, int32_t, int64_t, float, double>(vector_row<And, 2, bool>());
  table[Row::copy_sign] = vector_row<CopySign, 2, float, double>();
  table[Row::negative] = vector_row<Negative, 1, uint8_t, int32_t, int64_t, float, double>();
  table[Row::absolute] = vector_row<Absolute, 1, int32_t, int64_t, float, double>(
      scalar_row<Same, 1, uint8_t, bool>());
  table[Row::sign] =
      vector_row<Sign, 1, int32_t, int64_t, float, double>(scalar_row<SignOne, 1, uint8_t>());
  table[Row::square] =
      vector_row<Square, 1, int32_t, float, double>(scalar_row<SquareOne, 1, uint8_t, int64_t>());
  table[Row::reciprocal] = vector_row<Reciprocal, 1, float, double>();
  table[Row::sqrt] = vector_row<Sqrt, 1, float, double>();
  table[Row::rsqrt] = vector_row<Rsqrt, 1, float, double>();
  table[Row::one_minus_square] = vector_row<OneMinusSquare, 1, float, double>();
  return table;
}

constexpr TileTable<ArithmeticRow> kTable = make_table();

}  // namespace

const Tiles* find_arithmetic_tiles() { return kTable.rows; }

}  // namespace HWY_NAMESPACE
}  // namespace gradus
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gradus {

GRADUS_EXPORT(find_arithmetic_tiles);
const Tiles* arithmetic_tiles() { return GRADUS_DISPATCH(find_arithmetic_tiles)(); }

}  // namespace gradus
#endif
