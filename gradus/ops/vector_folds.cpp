#include "gradus/ops/vector_folds.h"

#include <algorithm>
#include <utility>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gradus/ops/vector_folds.cpp"
#include "hwy/foreach_target.h"

#include "gradus/ops/fold_vectors-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gradus {
namespace HWY_NAMESPACE {
namespace {

constexpr std::int64_t kTall = 64;     // rows that are added up in registers
constexpr std::int64_t kNarrow = 512;  // columns up to which that is faster

template <class Op, class T>
void rows(const void* from, Plane plane, void* to) {
  const T* x = static_cast<const T*>(from);
  auto* const totals = static_cast<typename Op::Total*>(to);
  for (std::int64_t row = 0; row < plane.rows; ++row, x += plane.stride) {
    for (std::int64_t i = 0; i < plane.columns; i += kBlock<T>) {
      const T part = block<Op>(x + i, std::min(kBlock<T>, plane.columns - i));
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

GRADUS_EXPORT(find_fold);

const Fold& vector_fold(VectorFold kind, DType dtype) {
  return *GRADUS_DISPATCH(find_fold)(kind, dtype);
}

}  // namespace gradus
#endif
