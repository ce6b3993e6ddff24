// Internal: sums and extremes of vectors, compiled once per instruction set: include after
// hwy/foreach_target.h.

#if defined(GRADUS_OPS_FOLD_VECTORS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef GRADUS_OPS_FOLD_VECTORS_INL_H_
#undef GRADUS_OPS_FOLD_VECTORS_INL_H_
#else
#define GRADUS_OPS_FOLD_VECTORS_INL_H_
#endif

#include <algorithm>
#include <cstdint>
#include <limits>
#include <utility>

#include "gradus/ops/edge_vectors-inl.h"
#include "gradus/ops/fold.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace gradus {
namespace HWY_NAMESPACE {

/// Sums of up to kBlock f32 are formed in f32, in 32 lanes, whatever the width of a vector; sums of
/// these in f64.
template <class T>
struct SumOf {
  using Total = double;
  static constexpr Total kStart = 0;
  template <class D>
  static hn::Vec<D> start(D d) {
    return hn::Zero(d);
  }
  template <class V>
  static V combine(V a, V b) {
    return hn::Add(a, b);
  }
  template <class D, class V>
  static T across(D d, V v) {
    return hn::GetLane(hn::SumOfLanes(d, v));
  }
  static Total take(Total total, Total more) { return total + more; }
  template <class D, class V>
  static void take_lanes(D d, V v, Total* totals) {
    if constexpr (sizeof(T) == sizeof(Total)) {
      hn::StoreU(hn::Add(hn::LoadU(d, totals), v), d, totals);
    } else {
      const hn::Half<D> half;
      const hn::RepartitionToWide<D> wide;
      const auto low = hn::PromoteTo(wide, hn::LowerHalf(half, v));
      const auto high = hn::PromoteTo(wide, hn::UpperHalf(half, v));
      double* const upper = totals + hn::Lanes(wide);
      hn::StoreU(hn::Add(hn::LoadU(wide, totals), low), wide, totals);
      hn::StoreU(hn::Add(hn::LoadU(wide, upper), high), wide, upper);
    }
  }
};

/// Largest (or, with `smallest`, smallest) elements; a NaN stays.
template <class T, bool smallest>
struct ExtremeOf {
  using Total = T;
  static constexpr T kStart =
      smallest ? std::numeric_limits<T>::infinity() : -std::numeric_limits<T>::infinity();
  template <class D>
  static hn::Vec<D> start(D d) {
    return hn::Set(d, kStart);
  }
  template <class V>
  static V combine(V a, V b) {
    const auto better = smallest ? hn::Lt(b, a) : hn::Gt(b, a);
    return hn::IfThenElse(hn::Or(better, hn::IsNaN(b)), b, a);
  }
  template <class D, class V>
  static T across(D d, V v) {
    if (!hn::AllFalse(d, hn::IsNaN(v))) return std::numeric_limits<T>::quiet_NaN();
    return hn::GetLane(smallest ? hn::MinOfLanes(d, v) : hn::MaxOfLanes(d, v));
  }
  static Total take(Total total, Total more) {
    return more != more || (smallest ? more < total : more > total) ? more : total;
  }
  template <class D, class V>
  static void take_lanes(D d, V v, Total* totals) {
    hn::StoreU(combine(hn::LoadU(d, totals), v), d, totals);
  }
};

// A group of vectors that holds 32 f32 or 16 f64 whatever the instruction set, so that all of them
// add in the same order.
template <class T>
using Tag = hn::CappedTag<T, 128 / sizeof(T)>;
template <class T>
using Units = std::make_index_sequence<128 / sizeof(T) / hn::MaxLanes(Tag<T>())>;
template <class T>
constexpr std::int64_t kBlock = kFoldBlock / static_cast<std::int64_t>(sizeof(T));

/// The fold of an array of vectors, each with the one half the array further on.
template <std::size_t count, class Op, class V>
HWY_INLINE V halve(V* vectors) {
  if constexpr (count > 1) {
    for (std::size_t u = 0; u < count / 2; ++u) {
      vectors[u] = Op::combine(vectors[u], vectors[u + count / 2]);
    }
    return halve<count / 2, Op>(vectors);
  } else {
    return vectors[0];
  }
}

/// The fold of a few thousand contiguous elements at most. The vectors of a group are written out
/// by the template arguments so that they stay in registers.
template <class Op, class T, std::size_t... u>
HWY_INLINE T block(const T* x, std::int64_t count, std::index_sequence<u...>) {
  const Tag<T> d;
  constexpr std::int64_t lanes = lanes_of(Tag<T>());
  if (count <= lanes) return Op::across(d, load_first(d, x, count, Op::start(d)));
  if (count <= 2 * lanes) {
    const auto second = load_first(d, x + lanes, count - lanes, Op::start(d));
    return Op::across(d, Op::combine(hn::LoadU(d, x), second));
  }
  hn::Vec<Tag<T>> sums[] = {(static_cast<void>(u), Op::start(d))...};
  const T* const end = x + count;
  for (; x + sizeof...(u) * lanes <= end; x += sizeof...(u) * lanes) {
    ((sums[u] = Op::combine(sums[u], hn::LoadU(d, x + u * lanes))), ...);
  }
  const auto rest = [&](std::int64_t skipped) HWY_ATTR {
    const std::int64_t left = std::clamp<std::int64_t>(end - x - skipped, 0, lanes);
    return load_first(d, x + skipped, left, Op::start(d));
  };
  if (x < end) ((sums[u] = Op::combine(sums[u], rest(u * lanes))), ...);
  return Op::across(d, halve<sizeof...(u), Op>(sums));
}

template <class Op, class T>
HWY_INLINE T block(const T* x, std::int64_t count) {
  return block<Op>(x, count, Units<T>());
}

}  // namespace HWY_NAMESPACE
}  // namespace gradus
HWY_AFTER_NAMESPACE();

#endif
