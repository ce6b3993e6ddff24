#include "gradus/ops/comparison_tiles.h"

#include <bit>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gradus/ops/comparison_tiles.cpp"
#include "hwy/foreach_target.h"  // first: it includes this file once per instruction set

#include "gradus/ops/elementwise_tiles-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gradus {
namespace HWY_NAMESPACE {
namespace {

using std::int32_t;
using std::int64_t;
using std::uint8_t;

/// A mask as bytes of 0 and 1.
template <class D, class M>
hn::Vec<hn::Rebind<uint8_t, D>> bytes_of(D d, M mask) {
  const hn::RebindToUnsigned<D> unsigned_tag;
  const auto ones = hn::ShiftRight<8 * sizeof(hn::TFromD<D>) - 1>(
      hn::BitCast(unsigned_tag, hn::VecFromMask(d, mask)));
  return hn::TruncateTo(hn::Rebind<uint8_t, D>(), ones);
}
template <class D, class M>
requires(sizeof(hn::TFromD<D>) == 1) hn::Vec<D> bytes_of(D d, M mask) {
  return hn::And(hn::VecFromMask(d, mask), hn::Set(d, 1));
}

/// a <= b; integers have no such instruction, and no NaN.
template <class V>
auto at_most(V a, V b) {
  if constexpr (hwy::IsFloat<hn::TFromV<V>>()) {
    return hn::Le(a, b);
  } else {
    return hn::Not(hn::Gt(a, b));
  }
}

/// a != b, also where one is NaN (hn::Ne is false there).
template <class V>
auto differ(V a, V b) {
  return hn::Not(hn::Eq(a, b));
}

struct Equal {
  template <class D, class V>
  auto operator()(D d, V a, V b) const {
    return bytes_of(d, hn::Eq(a, b));
  }
};

struct NotEqual {
  template <class D, class V>
  auto operator()(D d, V a, V b) const {
    return bytes_of(d, differ(a, b));
  }
};

struct Less {
  template <class D, class V>
  auto operator()(D d, V a, V b) const {
    return bytes_of(d, hn::Lt(a, b));
  }
};

struct LessEqual {
  template <class D, class V>
  auto operator()(D d, V a, V b) const {
    return bytes_of(d, at_most(a, b));
  }
};

struct Greater {
  template <class D, class V>
  auto operator()(D d, V a, V b) const {
    return bytes_of(d, hn::Gt(a, b));
  }
};

struct GreaterEqual {
  template <class D, class V>
  auto operator()(D d, V a, V b) const {
    return bytes_of(d, at_most(b, a));
  }
};

struct IsNan {
  template <class D, class V>
  auto operator()(D d, V x) const {
    return bytes_of(d, hn::IsNaN(x));
  }
};

struct IsInfinite {
  template <class D, class V>
  auto operator()(D d, V x) const {
    return bytes_of(d, hn::IsInf(x));
  }
};

struct IsFinite {
  template <class D, class V>
  auto operator()(D d, V x) const {
    return bytes_of(d, hn::IsFinite(x));
  }
};

struct SignBit {
  template <class D, class V>
  auto operator()(D, V x) const {
    const hn::RebindToSigned<D> signed_tag;
    const auto bits = hn::BitCast(signed_tag, x);
    return bytes_of(signed_tag, hn::Lt(bits, hn::Zero(signed_tag)));
  }
};

/// 0 or 1, the same for every element.
template <bool answer>
struct Always {
  template <class T>
  bool operator()(T) const {
    return answer;
  }
};

struct LogicalAnd {
  template <class D, class V>
  auto operator()(D d, V a, V b) const {
    const V zero = hn::Zero(d);
    return bytes_of(d, hn::And(differ(a, zero), differ(b, zero)));
  }
};

struct LogicalOr {
  template <class D, class V>
  auto operator()(D d, V a, V b) const {
    const V zero = hn::Zero(d);
    return bytes_of(d, hn::Or(differ(a, zero), differ(b, zero)));
  }
};

struct LogicalXor {
  template <class D, class V>
  auto operator()(D d, V a, V b) const {
    const V zero = hn::Zero(d);
    return bytes_of(d, hn::Xor(differ(a, zero), differ(b, zero)));
  }
};

struct LogicalNot {
  template <class D, class V>
  auto operator()(D d, V x) const {
    return bytes_of(d, hn::Eq(x, hn::Zero(d)));
  }
};

/// Moves bits: T is the unsigned type of the elements' size.
struct Where {
  template <class D, class C, class V>
  V operator()(D d, C condition, V a, V b) const {
    return hn::IfThenElse(mask_of(d, condition), a, b);
  }

 private:
  template <class D, class C>
  static auto mask_of(D d, C condition) {
    constexpr std::size_t size = sizeof(hn::TFromD<D>);
    const auto zero = hn::Zero(d);
    if constexpr (size == 1) {
      return hn::Ne(condition, zero);
    } else if constexpr (size == 8) {
      const hn::Rebind<std::uint32_t, D> middle;
      return hn::Ne(hn::PromoteTo(d, hn::PromoteTo(middle, condition)), zero);
    } else {
      return hn::Ne(hn::PromoteTo(d, condition), zero);
    }
  }
};

constexpr Tiles where_row() {
  using std::uint16_t;
  using std::uint32_t;
  using std::uint64_t;
  constexpr TileFunction by_size[] = {vector_tile<Where, uint8_t, bool, uint8_t, uint8_t>,
                                      vector_tile<Where, uint16_t, bool, uint16_t, uint16_t>,
                                      vector_tile<Where, uint32_t, bool, uint32_t, uint32_t>,
                                      vector_tile<Where, uint64_t, bool, uint64_t, uint64_t>};
  Tiles tiles;
  for (const DType dtype : kAllDTypes) {
    tiles.by_dtype[static_cast<int>(dtype)] = by_size[std::bit_width(size_of(dtype)) - 1];
  }
  return tiles;
}

template <class F>
constexpr Tiles comparison_row() {
  return predicate_row<F, 2, bool, uint8_t, int32_t, int64_t, float, double>();
}

constexpr TileTable<ComparisonRow> make_table() {
  using Row = ComparisonRow;
  TileTable<ComparisonRow> table{};
  table[Row::equal] = comparison_row<Equal>();
  table[Row::not_equal] = comparison_row<NotEqual>();
  table[Row::less] = comparison_row<Less>();
  table[Row::less_equal] = comparison_row<LessEqual>();
  table[Row::greater] = comparison_row<Greater>();
  table[Row::greater_equal] = comparison_row<GreaterEqual>();
  constexpr Tiles no = scalar_row<Always<false>, 1, bool, uint8_t, int32_t, int64_t>();
  constexpr Tiles yes = scalar_row<Always<true>, 1, bool, uint8_t, int32_t, int64_t>();
  table[Row::is_nan] = predicate_row<IsNan, 1, float, double>(no);
  table[Row::is_infinite] = predicate_row<IsInfinite, 1, float, double>(no);
  table[Row::is_finite] = predicate_row<IsFinite, 1, float, double>(yes);
  table[Row::sign_bit] = predicate_row<SignBit, 1, int32_t, int64_t, float, double>(
      scalar_row<Always<false>, 1, bool, uint8_t>());
  table[Row::logical_and] = comparison_row<LogicalAnd>();
  table[Row::logical_or] = comparison_row<LogicalOr>();
  table[Row::logical_xor] = comparison_row<LogicalXor>();
  table[Row::logical_not] =
      predicate_row<LogicalNot, 1, bool, uint8_t, int32_t, int64_t, float, double>();
  table[Row::where] = where_row();
  return table;
}

constexpr TileTable<ComparisonRow> kTable = make_table();

}  // namespace

const Tiles* find_comparison_tiles() { return kTable.rows; }

}  // namespace HWY_NAMESPACE
}  // namespace gradus
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gradus {

GRADUS_EXPORT(find_comparison_tiles);
const Tiles* comparison_tiles() { return GRADUS_DISPATCH(find_comparison_tiles)(); }

}  // namespace gradus
#endif
