#include "gradus/ops/trigonometric_tiles.h"

#include <cmath>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gradus/ops/trigonometric_tiles.cpp"
#include "hwy/foreach_target.h"  // first: it includes this file once per instruction set

#include "gradus/ops/elementwise_tiles-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gradus {
namespace HWY_NAMESPACE {
namespace {

using std::int32_t;
using std::int64_t;
using std::uint8_t;

struct Sin {
  template <class T>
  T operator()(T x) const {
    return static_cast<T>(std::sin(x));
  }
};

struct Cos {
  template <class T>
  T operator()(T x) const {
    return static_cast<T>(std::cos(x));
  }
};

struct Tan {
  template <class T>
  T operator()(T x) const {
    return static_cast<T>(std::tan(x));
  }
};

struct Asin {
  template <class T>
  T operator()(T x) const {
    return static_cast<T>(std::asin(x));
  }
};

struct Acos {
  template <class T>
  T operator()(T x) const {
    return static_cast<T>(std::acos(x));
  }
};

struct Atan {
  template <class T>
  T operator()(T x) const {
    return static_cast<T>(std::atan(x));
  }
};

struct Sinh {
  template <class T>
  T operator()(T x) const {
    return static_cast<T>(std::sinh(x));
  }
};

struct Cosh {
  template <class T>
  T operator()(T x) const {
    return static_cast<T>(std::cosh(x));
  }
};

struct Tanh {
  template <class T>
  T operator()(T x) const {
    return static_cast<T>(std::tanh(x));
  }
};

struct Asinh {
  template <class T>
  T operator()(T x) const {
    return static_cast<T>(std::asinh(x));
  }
};

struct Acosh {
  template <class T>
  T operator()(T x) const {
    return static_cast<T>(std::acosh(x));
  }
};

struct Atanh {
  template <class T>
  T operator()(T x) const {
    return static_cast<T>(std::atanh(x));
  }
};

struct Atan2 {
  template <class T>
  T operator()(T a, T b) const {
    return static_cast<T>(std::atan2(a, b));
  }
};

struct Hypot {
  template <class T>
  T operator()(T a, T b) const {
    return static_cast<T>(std::hypot(a, b));
  }
};

struct TanhGradient {
  template <class T>
  T operator()(T a, T b) const {
    return static_cast<T>(a * (1 - b * b));
  }
};

constexpr TileTable<TrigonometricRow> make_table() {
  using Row = TrigonometricRow;
  TileTable<TrigonometricRow> table{};
  table[Row::sin] = scalar_row<Sin, 1, float, double>();
  table[Row::cos] = scalar_row<Cos, 1, float, double>();
  table[Row::tan] = scalar_row<Tan, 1, float, double>();
  table[Row::asin] = scalar_row<Asin, 1, float, double>();
  table[Row::acos] = scalar_row<Acos, 1, float, double>();
  table[Row::atan] = scalar_row<Atan, 1, float, double>();
  table[Row::sinh] = scalar_row<Sinh, 1, float, double>();
  table[Row::cosh] = scalar_row<Cosh, 1, float, double>();
  table[Row::tanh] = scalar_row<Tanh, 1, float, double>();
  table[Row::asinh] = scalar_row<Asinh, 1, float, double>();
  table[Row::acosh] = scalar_row<Acosh, 1, float, double>();
  table[Row::atanh] = scalar_row<Atanh, 1, float, double>();
  table[Row::atan2] = scalar_row<Atan2, 2, float, double>();
  table[Row::hypot] = scalar_row<Hypot, 2, float, double>();
  table[Row::tanh_gradient] = scalar_row<TanhGradient, 2, float, double>();
  return table;
}

constexpr TileTable<TrigonometricRow> kTable = make_table();

}  // namespace

const Tiles* find_trigonometric_tiles() { return kTable.rows; }

}  // namespace HWY_NAMESPACE
}  // namespace gradus
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gradus {

GRADUS_EXPORT(find_trigonometric_tiles);
const Tiles* trigonometric_tiles() { return GRADUS_DISPATCH(find_trigonometric_tiles)(); }

}  // namespace gradus
#endif
