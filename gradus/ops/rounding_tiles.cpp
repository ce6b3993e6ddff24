#include "gradus/ops/rounding_tiles.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gradus/ops/rounding_tiles.cpp"
#include "hwy/foreach_target.h"  // first: it includes this file once per instruction set

#include "gradus/ops/elementwise_tiles-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gradus {
namespace HWY_NAMESPACE {
namespace {

using std::int32_t;
using std::int64_t;
using std::uint8_t;

struct Floor {
  template <class D, class V>
  V operator()(D, V x) const {
    return hn::Floor(x);
  }
};

struct Ceil {
  template <class D, class V>
  V operator()(D, V x) const {
    return hn::Ceil(x);
  }
};

struct Round {
  template <class D, class V>
  V operator()(D, V x) const {
    return hn::Round(x);
  }
};

struct Truncate {
  template <class D, class V>
  V operator()(D, V x) const {
    return hn::Trunc(x);
  }
};

/// Integers are their own rounding.
struct Same {
  template <class T>
  T operator()(T x) const {
    return x;
  }
};

constexpr Tiles kSame = scalar_row<Same, 1, bool, uint8_t, int32_t, int64_t>();

constexpr TileTable<RoundingRow> make_table() {
  using Row = RoundingRow;
  TileTable<RoundingRow> table{};
  table[Row::floor] = vector_row<Floor, 1, float, double>(kSame);
  table[Row::ceil] = vector_row<Ceil, 1, float, double>(kSame);
  table[Row::round] = vector_row<Round, 1, float, double>(kSame);
  table[Row::truncate] = vector_row<Truncate, 1, float, double>(kSame);
  return table;
}

constexpr TileTable<RoundingRow> kTable = make_table();

}  // namespace

const Tiles* find_rounding_tiles() { return kTable.rows; }

}  // namespace HWY_NAMESPACE
}  // namespace gradus
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gradus {

GRADUS_EXPORT(find_rounding_tiles);
const Tiles* rounding_tiles() { return GRADUS_DISPATCH(find_rounding_tiles)(); }

}  // namespace gradus
#endif
