// Internal: the moments of contiguous elements, compiled once per instruction set: include after
// hwy/foreach_target.h.

#if defined(GRADUS_OPS_MOMENT_VECTORS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef GRADUS_OPS_MOMENT_VECTORS_INL_H_
#undef GRADUS_OPS_MOMENT_VECTORS_INL_H_
#else
#define GRADUS_OPS_MOMENT_VECTORS_INL_H_
#endif

#include <algorithm>
#include <cstdint>
#include <utility>

#include "gradus/ops/fold_vectors-inl.h"
#include "gradus/ops/moments.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace gradus {
namespace HWY_NAMESPACE {

/// The moments of `count` elements from the sums of their deviations from `centre`, first power and
/// second. The centre is near the mean, so that little cancels.
inline Moments centred_moments(std::int64_t count, double centre, double deviations,
                               double squares) {
  const auto n = static_cast<double>(count);
  return {n, centre + deviations / n, std::max(squares - deviations * deviations / n, 0.0)};
}

/// The moments of a few thousand elements: their mean, then the deviations from it.
template <class T>
Moments block_moments(const T* x, std::int64_t count) {
  const Tag<T> d;
  constexpr std::int64_t lanes = lanes_of(Tag<T>());
  const T centre = block<SumOf<T>>(x, count) / static_cast<T>(count);
  const auto centres = hn::Set(d, centre);
  auto gaps = hn::Zero(d), more_gaps = hn::Zero(d);
  auto squares = hn::Zero(d), more_squares = hn::Zero(d);
  std::int64_t i = 0;
  for (; i + 2 * lanes <= count; i += 2 * lanes) {
    const auto first = hn::Sub(hn::LoadU(d, x + i), centres);
    const auto second = hn::Sub(hn::LoadU(d, x + i + lanes), centres);
    gaps = hn::Add(gaps, first);
    more_gaps = hn::Add(more_gaps, second);
    squares = hn::MulAdd(first, first, squares);
    more_squares = hn::MulAdd(second, second, more_squares);
  }
  for (; i < count; i += lanes) {
    const std::int64_t left = std::min(lanes, count - i);
    const auto centred = hn::Sub(load_first(d, x + i, left, centres), centres);
    gaps = hn::Add(gaps, centred);
    squares = hn::MulAdd(centred, centred, squares);
  }
  const T gap = hn::GetLane(hn::SumOfLanes(d, hn::Add(gaps, more_gaps)));
  const T square = hn::GetLane(hn::SumOfLanes(d, hn::Add(squares, more_squares)));
  return centred_moments(count, centre, gap, square);
}

template <class T>
Moments row_moments(const T* x, std::int64_t count) {
  Moments moments{0, 0, 0};
  for (std::int64_t i = 0; i < count; i += kBlock<T>) {
    moments.take(block_moments(x + i, std::min(kBlock<T>, count - i)));
  }
  return moments;
}

}  // namespace HWY_NAMESPACE
}  // namespace gradus
HWY_AFTER_NAMESPACE();

#endif
