#include "gradus/ops/vector_folds.h"

#include <algorithm>
#include <limits>
#include <utility>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gradus/ops/vector_folds.cpp"
#include "hwy/foreach_target.h"

#include "gradus/ops/edge_vectors-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gradus {
namespace HWY_NAMESPACE {
namespace {

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
constexpr std::int64_t kBlock = 8192 / static_cast<std::int64_t>(sizeof(T));
constexpr std::int64_t kTall = 64;     // rows that are added up in registers
constexpr std::int64_t kNarrow = 512;  // columns up to which this is faster

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

/// The fold of up to kBlock contiguous elements. The vectors of a group are written out by the
/// template arguments so that they stay in registers.
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
void rows(const void* from, Plane plane, void* to) {
  const T* x = static_cast<const T*>(from);
  auto* const totals = static_cast<typename Op::Total*>(to);
  for (std::int64_t row = 0; row < plane.rows; ++row, x += plane.stride) {
    for (std::int64_t i = 0; i < plane.columns; i += kBlock<T>) {
      const T part = block<Op>(x + i, std::min(kBlock<T>, plane.columns - i), Units<T>());
      totals[row] = Op::take(totals[row], part);
    }
  }
}

/// The fold of `count` (a power of two) vectors that lie `stride` elements apart, as a tree.
template <int count, class Op, class D, class T>
HWY_INLINE hn::Vec<D> tree(D d, const T* x, std::int64_t stride) {
  if constexpr (count == 1) {
    return hn::LoadU(d, x);
  } else {
    return Op::combine(tree<count / 2, Op>(d, x, stride),
                       tree<count / 2, Op>(d, x + count / 2 * stride, stride));
  }
}

/// `height` rows into the totals of their columns.
template <int height, class Op, class T>
void stripe(const T* x, std::int64_t columns, std::int64_t stride, typename Op::Total* totals) {
  const Tag<T> d;
  constexpr std::int64_t lanes = lanes_of(Tag<T>());
  constexpr std::int64_t line = std::max<std::int64_t>(lanes, 64 / sizeof(T));  // a cache line
  std::int64_t j = 0;
  for (; j + line <= columns; j += line) {
    for (std::int64_t u = 0; u < line; u += lanes) {
      Op::take_lanes(d, tree<height, Op>(d, x + j + u, stride), totals + j + u);
    }
  }
  for (; j + lanes <= columns; j += lanes) {
    Op::take_lanes(d, tree<height, Op>(d, x + j, stride), totals + j);
  }
  if (j == columns) return;
  auto rest = Op::start(d);
  for (int row = 0; row < height; ++row) {
    rest = Op::combine(rest, load_first(d, x + row * stride + j, columns - j, Op::start(d)));
  }
  HWY_ALIGN T parts[hn::MaxLanes(d)];
  hn::Store(rest, d, parts);
  for (std::int64_t i = j; i < columns; ++i) totals[i] = Op::take(totals[i], parts[i - j]);
}

/// Rows into the totals of as many columns as the vectors u... hold, kTall rows at a time.
template <class Op, class T, std::size_t... u>
void tall_stripe(const T* x, std::int64_t rows, std::int64_t stride, typename Op::Total* totals,
                 std::index_sequence<u...>) {
  const Tag<T> d;
  constexpr std::int64_t lanes = lanes_of(Tag<T>());
  for (std::int64_t row = 0; row < rows;) {
    hn::Vec<Tag<T>> sums[] = {(static_cast<void>(u), Op::start(d))...};
    for (const std::int64_t end = std::min(row + kTall, rows); row < end; ++row, x += stride) {
      ((sums[u] = Op::combine(sums[u], hn::LoadU(d, x + u * lanes))), ...);
    }
    (Op::take_lanes(d, sums[u], totals + u * lanes), ...);
  }
}

/// Stripes of the whole width, for rows that are long enough to be read at full speed.
template <class Op, class T>
void wide_columns(const T* x, Plane plane, typename Op::Total* totals) {
  std::int64_t row = 0;
  const auto at = [&] { return x + row * plane.stride; };
  for (; row + 16 <= plane.rows; row += 16) {
    stripe<16, Op>(at(), plane.columns, plane.stride, totals);
  }
  for (; row + 4 <= plane.rows; row += 4) {
    stripe<4, Op>(at(), plane.columns, plane.stride, totals);
  }
  for (; row < plane.rows; ++row) stripe<1, Op>(at(), plane.columns, plane.stride, totals);
}

template <class Op, class T>
void columns(const void* from, Plane plane, void* to) {
  const T* x = static_cast<const T*>(from);
  auto* totals = static_cast<typename Op::Total*>(to);
  if (plane.columns <= kNarrow) {
    const auto stripes = [&](auto vectors) HWY_ATTR {
      constexpr std::int64_t width = vectors.size() * lanes_of(Tag<T>());
      for (; plane.columns >= width; plane.columns -= width, x += width, totals += width) {
        tall_stripe<Op>(x, plane.rows, plane.stride, totals, vectors);
      }
    };
    stripes(std::make_index_sequence<2 * Units<T>::size()>());
    stripes(std::make_index_sequence<Units<T>::size() / 2>());
  }
  wide_columns<Op>(x, plane, totals);
}

template <class Op>
void clear(void* to, std::int64_t count) {
  auto* const totals = static_cast<typename Op::Total*>(to);
  std::fill(totals, totals + count, Op::kStart);
}

template <class Op>
void merge(void* to, const void* from, std::int64_t count) {
  auto* const totals = static_cast<typename Op::Total*>(to);
  const auto* const more = static_cast<const typename Op::Total*>(from);
  for (std::int64_t i = 0; i < count; ++i) totals[i] = Op::take(totals[i], more[i]);
}

template <class Op, class T>
void finish(const void* from, std::int64_t first, std::int64_t count, const FoldResults& results) {
  const auto* const totals = static_cast<const typename Op::Total*>(from);
  T* const y = reinterpret_cast<T*>(results.outputs[0]) + first;
  for (std::int64_t i = 0; i < count; ++i) y[i] = static_cast<T>(totals[i]);
}

template <class Op, class T>
void finish_mean(const void* from, std::int64_t first, std::int64_t count,
                 const FoldResults& results) {
  const auto* const totals = static_cast<const typename Op::Total*>(from);
  T* const y = reinterpret_cast<T*>(results.outputs[0]) + first;
  for (std::int64_t i = 0; i < count; ++i) y[i] = static_cast<T>(totals[i] / results.parameter);
}

template <class Op, class T>
constexpr Fold make_fold() {
  return {.element = sizeof(T),
          .total = sizeof(typename Op::Total),
          .clear = clear<Op>,
          .rows = rows<Op, T>,
          .columns = columns<Op, T>,
          .merge = merge<Op>,
          .finish = finish<Op, T>};
}

template <class T>
constexpr Fold make_mean() {
  Fold fold = make_fold<SumOf<T>, T>();
  fold.finish = finish_mean<SumOf<T>, T>;
  return fold;
}

template <class T>
constexpr Fold kFolds[] = {make_fold<SumOf<T>, T>(), make_mean<T>(),
                           make_fold<ExtremeOf<T, false>, T>(), make_fold<ExtremeOf<T, true>, T>()};

const Fold* find_fold(VectorFold kind, DType dtype) {
  const auto place = static_cast<std::size_t>(kind);
  return dtype == DType::f32 ? &kFolds<float>[place] : &kFolds<double>[place];
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace gradus
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gradus {

HWY_EXPORT(find_fold);

const Fold& vector_fold(VectorFold kind, DType dtype) {
  return *HWY_DYNAMIC_DISPATCH(find_fold)(kind, dtype);
}

}  // namespace gradus
#endif
