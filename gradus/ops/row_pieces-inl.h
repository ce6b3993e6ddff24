// Internal: rows of several arrays, a vector of each at a time.
// Include after hwy/foreach_target.h.

#if defined(GRADUS_OPS_ROW_PIECES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef GRADUS_OPS_ROW_PIECES_INL_H_
#undef GRADUS_OPS_ROW_PIECES_INL_H_
#else
#define GRADUS_OPS_ROW_PIECES_INL_H_
#endif

#include "gradus/ops/edge_vectors-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gradus {
namespace HWY_NAMESPACE {

/// `count` elements of a row from `at` on, as many as a vector holds or the last ones.
template <class T>
struct Piece {
  using D = hn::ScalableTag<T>;
  using V = hn::Vec<D>;
  static constexpr std::int64_t kLanes = lanes_of(D());
  std::int64_t at, count;

  HWY_INLINE V load(const T* row) const {
    const D d;
    return count == kLanes ? hn::LoadU(d, row + at) : load_first(d, row + at, count, hn::Zero(d));
  }
  /// Zero if there is no row.
  HWY_INLINE V load_if(const T* row) const { return row ? load(row) : hn::Zero(D()); }
  HWY_INLINE void store(V v, T* row) const {
    const D d;
    count == kLanes ? hn::StoreU(v, d, row + at) : store_first(d, v, row + at, count);
  }
};

/// Calls f(piece) for all of a row of n elements.
template <class T, class F>
HWY_INLINE void for_pieces(std::int64_t n, F f) {
  constexpr std::int64_t kLanes = Piece<T>::kLanes;
  std::int64_t at = 0;
  for (; at + kLanes <= n; at += kLanes) f(Piece<T>{at, kLanes});
  if (at < n) f(Piece<T>{at, n - at});
}

/// Row `row` of an array with rows of `width` elements, or nullptr where there is no array.
template <class T>
HWY_INLINE const T* row_at(const std::byte* rows, std::int64_t row, std::int64_t width) {
  return rows ? reinterpret_cast<const T*>(rows) + row * width : nullptr;
}
template <class T>
HWY_INLINE T* row_at(std::byte* rows, std::int64_t row, std::int64_t width) {
  return reinterpret_cast<T*>(rows) + row * width;
}

}  // namespace HWY_NAMESPACE
}  // namespace gradus
HWY_AFTER_NAMESPACE();

#endif
