#include "gradus/ops/moments.h"

#include <algorithm>
#include <cstring>

#include "gradus/ops/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gradus/ops/moments.cpp"
#include "hwy/foreach_target.h"  // first: it includes this file once per instruction set

#include "gradus/ops/moment_vectors-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gradus {
namespace HWY_NAMESPACE {
namespace {

void clear(void* to, std::int64_t count) {
  std::fill_n(static_cast<Moments*>(to), count, Moments{0, 0, 0});
}

template <class T>
void rows(const void* from, Plane plane, void* to) {
  const T* x = static_cast<const T*>(from);
  for (std::int64_t row = 0; row < plane.rows; ++row, x += plane.stride) {
    static_cast<Moments*>(to)[row].take(row_moments(x, plane.columns));
  }
}

constexpr std::int64_t kTall = 64;  // rows that share a centre

/// The moments of up to kTall rows of as many columns as the vectors u... hold, or of the first
/// `count` columns of one vector.
template <class T, std::size_t... u>
void stripe(const T* x, std::int64_t height, std::int64_t stride, std::int64_t count,
            Moments* totals, std::index_sequence<u...>) {
  using V = hn::Vec<Tag<T>>;
  const Tag<T> d;
  constexpr std::int64_t lanes = lanes_of(Tag<T>());
  constexpr std::int64_t width = sizeof...(u) * lanes;
  const V zero = hn::Zero(d);
  const auto load = [&](std::int64_t row, std::int64_t place) HWY_ATTR {
    const T* const at = x + row * stride + place;
    return count < lanes ? load_first(d, at, count, zero) : hn::LoadU(d, at);
  };
  V sums[] = {(static_cast<void>(u), zero)...};
  for (std::int64_t row = 0; row < height; ++row) {
    ((sums[u] = hn::Add(sums[u], load(row, u * lanes))), ...);
  }
  const V share = hn::Set(d, static_cast<T>(1.0 / static_cast<double>(height)));
  const V centres[] = {hn::Mul(sums[u], share)...};
  V gaps[] = {(static_cast<void>(u), zero)...};
  V squares[] = {(static_cast<void>(u), zero)...};
  for (std::int64_t row = 0; row < height; ++row) {
    const V centred[] = {hn::Sub(load(row, u * lanes), centres[u])...};
    ((gaps[u] = hn::Add(gaps[u], centred[u])), ...);
    ((squares[u] = hn::MulAdd(centred[u], centred[u], squares[u])), ...);
  }
  HWY_ALIGN T parts[3][width];
  (hn::Store(centres[u], d, parts[0] + u * lanes), ...);
  (hn::Store(gaps[u], d, parts[1] + u * lanes), ...);
  (hn::Store(squares[u], d, parts[2] + u * lanes), ...);
  for (std::int64_t j = 0; j < std::min(count, width); ++j) {
    totals[j].take(centred_moments(height, parts[0][j], parts[1][j], parts[2][j]));
  }
}

template <class T>
void columns(const void* from, Plane plane, void* to) {
  constexpr std::int64_t lanes = lanes_of(Tag<T>());
  for (std::int64_t row = 0; row < plane.rows; row += kTall) {
    const T* const x = static_cast<const T*>(from) + row * plane.stride;
    auto* const totals = static_cast<Moments*>(to);
    const std::int64_t height = std::min(kTall, plane.rows - row);
    std::int64_t j = 0;
    for (; j + 4 * lanes <= plane.columns; j += 4 * lanes) {
      stripe(x + j, height, plane.stride, 4 * lanes, totals + j, std::make_index_sequence<4>());
    }
    for (; j < plane.columns; j += lanes) {
      stripe(x + j, height, plane.stride, plane.columns - j, totals + j,
             std::make_index_sequence<1>());
    }
  }
}

void merge(void* to, const void* from, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) {
    static_cast<Moments*>(to)[i].take(static_cast<const Moments*>(from)[i]);
  }
}

void finish_moments(const void* from, std::int64_t first, std::int64_t count,
                    const FoldResults& results) {
  std::memcpy(results.outputs[0] + static_cast<std::size_t>(first) * sizeof(Moments), from,
              static_cast<std::size_t>(count) * sizeof(Moments));
}

template <class T>
void finish_variance(const void* from, std::int64_t first, std::int64_t count,
                     const FoldResults& results) {
  T* const y = reinterpret_cast<T*>(results.outputs[0]) + first;
  for (std::int64_t i = 0; i < count; ++i) {
    const Moments& moments = static_cast<const Moments*>(from)[i];
    y[i] = static_cast<T>(moments.squares / std::max(moments.count - results.parameter, 0.0));
  }
}

template <class T>
constexpr Fold moment_fold(decltype(Fold::finish) finish) {
  return {.element = sizeof(T),
          .total = sizeof(Moments),
          .clear = clear,
          .rows = rows<T>,
          .columns = columns<T>,
          .merge = merge,
          .finish = finish};
}

template <class T>
constexpr MomentFolds kFolds{.moments = moment_fold<T>(finish_moments),
                             .variance = moment_fold<T>(finish_variance<T>)};

const MomentFolds* find_folds(DType dtype) {
  return dtype == DType::f32 ? &kFolds<float> : &kFolds<double>;
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace gradus
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gradus {

GRADUS_EXPORT(find_folds);

const MomentFolds& moment_folds(DType dtype) { return *GRADUS_DISPATCH(find_folds)(dtype); }

}  // namespace gradus
#endif
