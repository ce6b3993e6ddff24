// Internal: vectors that are only partly in memory, compiled once per instruction set: include
// after hwy/foreach_target.h.

#if defined(GRADUS_OPS_EDGE_VECTORS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef GRADUS_OPS_EDGE_VECTORS_INL_H_
#undef GRADUS_OPS_EDGE_VECTORS_INL_H_
#else
#define GRADUS_OPS_EDGE_VECTORS_INL_H_
#endif

#include <cstddef>
#include <cstdint>

#include "gradus/ops/targets.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace gradus {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Masked loads and stores of f32 and f64 touch no memory outside the mask with AVX2 and AVX-512.
#if HWY_MEM_OPS_MIGHT_FAULT && HWY_TARGET != HWY_AVX2
#define GRADUS_COPY_EDGES 1
#else
#define GRADUS_COPY_EDGES 0
#endif

template <class D>
constexpr std::int64_t lanes_of(D) {
  return static_cast<std::int64_t>(hn::MaxLanes(D()));
}

/// The first `count` elements at p; `rest` in the lanes behind them.
template <class D, class T = hn::TFromD<D>, class V = hn::Vec<D>>
HWY_INLINE V load_first(D d, const T* p, std::int64_t count, V rest) {
#if GRADUS_COPY_EDGES
  HWY_ALIGN T lanes[hn::MaxLanes(d)];
  hn::Store(rest, d, lanes);
  for (std::int64_t i = 0; i < count; ++i) lanes[i] = p[i];
  return hn::Load(d, lanes);
#else
  const auto mask = hn::FirstN(d, static_cast<std::size_t>(count));
  return hn::IfThenElse(mask, hn::MaskedLoad(mask, d, p), rest);
#endif
}

/// Writes the first `count` lanes to p.
template <class D, class T = hn::TFromD<D>, class V = hn::Vec<D>>
HWY_INLINE void store_first(D d, V v, T* p, std::int64_t count) {
#if GRADUS_COPY_EDGES
  HWY_ALIGN T lanes[hn::MaxLanes(d)];
  hn::Store(v, d, lanes);
  for (std::int64_t i = 0; i < count; ++i) p[i] = lanes[i];
#else
  hn::BlendedStore(v, hn::FirstN(d, static_cast<std::size_t>(count)), d, p);
#endif
}

#undef GRADUS_COPY_EDGES

}  // namespace HWY_NAMESPACE
}  // namespace gradus
HWY_AFTER_NAMESPACE();

#endif
