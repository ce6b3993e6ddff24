// Internal: how a matrix product lays out its operands.
// Include after hwy/foreach_target.h.

#if defined(GRADUS_OPS_PANELS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef GRADUS_OPS_PANELS_INL_H_
#undef GRADUS_OPS_PANELS_INL_H_
#else
#define GRADUS_OPS_PANELS_INL_H_
#endif

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace gradus {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// Transposes blocks of 16 bytes by 16 bytes: to[l * kWidth + i] = from[i * row + l].
template <class T>
HWY_INLINE void transpose_block(const T* from, std::int64_t row, T* to, std::int64_t width) {
  const hn::FixedTag<T, 16 / sizeof(T)> d;
  if constexpr (sizeof(T) == 4) {
    const auto r0 = hn::LoadU(d, from), r1 = hn::LoadU(d, from + row);
    const auto r2 = hn::LoadU(d, from + 2 * row), r3 = hn::LoadU(d, from + 3 * row);
    const hn::FixedTag<double, 2> wide;
    const auto low01 = hn::BitCast(wide, hn::InterleaveLower(d, r0, r1));
    const auto high01 = hn::BitCast(wide, hn::InterleaveUpper(d, r0, r1));
    const auto low23 = hn::BitCast(wide, hn::InterleaveLower(d, r2, r3));
    const auto high23 = hn::BitCast(wide, hn::InterleaveUpper(d, r2, r3));
    hn::StoreU(hn::BitCast(d, hn::InterleaveLower(wide, low01, low23)), d, to);
    hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(wide, low01, low23)), d, to + width);
    hn::StoreU(hn::BitCast(d, hn::InterleaveLower(wide, high01, high23)), d, to + 2 * width);
    hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(wide, high01, high23)), d, to + 3 * width);
  } else {
    const auto r0 = hn::LoadU(d, from), r1 = hn::LoadU(d, from + row);
    hn::StoreU(hn::InterleaveLower(d, r0, r1), d, to);
    hn::StoreU(hn::InterleaveUpper(d, r0, r1), d, to + width);
  }
}

/// Packs `count` (at most kWidth) lines of `depth` elements side by side:
/// to[l * kWidth + i] = from[i * line + l * step], zero for i >= count.
template <class T, std::int64_t kWidth>
void pack_panel(const T* from, std::int64_t line, std::int64_t step, std::int64_t count,
                std::int64_t depth, T* to) {
  constexpr std::int64_t kBlock = 16 / sizeof(T);
  if (line == 1 && count == kWidth) {
    for (std::int64_t l = 0; l < depth; ++l) {
      std::memcpy(to + l * kWidth, from + l * step, kWidth * sizeof(T));
    }
    return;
  }
  std::int64_t l = 0;
  if (step == 1 && count >= kBlock) {
    for (; l + kBlock <= depth; l += kBlock) {
      for (std::int64_t i = 0; i < count; i += kBlock) {
        const std::int64_t at = std::min(i, count - kBlock);  // the last two may overlap
        transpose_block(from + at * line + l, line, to + l * kWidth + at, kWidth);
      }
    }
  }
  for (; l < depth; ++l) {
    for (std::int64_t i = 0; i < count; ++i) to[l * kWidth + i] = from[i * line + l * step];
  }
  if (count == kWidth) return;
  for (l = 0; l < depth; ++l) {
    for (std::int64_t i = count; i < kWidth; ++i) to[l * kWidth + i] = T(0);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace gradus
HWY_AFTER_NAMESPACE();

#endif
