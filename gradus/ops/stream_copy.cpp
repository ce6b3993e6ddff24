#include "gradus/ops/stream_copy.h"

#include <algorithm>
#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gradus/ops/stream_copy.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep

#include "gradus/ops/targets.h"
#include "hwy/cache_control.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace gradus {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

/// Whole vectors, the target aligned for them; returns the bytes written.
std::size_t stream_vectors(std::uint8_t* target, const std::uint8_t* source, std::size_t bytes) {
  const hn::ScalableTag<std::uint8_t> d;
  const std::size_t lanes = hn::Lanes(d);
  std::size_t i = 0;
  for (; i + lanes <= bytes; i += lanes) hn::Stream(hn::LoadU(d, source + i), d, target + i);
  return i;
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace gradus
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gradus {

GRADUS_EXPORT(stream_vectors);

void stream_copy(void* target, const void* source, std::size_t bytes) {
  constexpr std::size_t kLine = 64;  // the longest vector
  auto* const to = static_cast<std::uint8_t*>(target);
  const auto* const from = static_cast<const std::uint8_t*>(source);
  const std::size_t skipped = (kLine - reinterpret_cast<std::uintptr_t>(target) % kLine) % kLine;
  const std::size_t head = std::min(bytes, skipped);
  std::memcpy(to, from, head);
  const std::size_t done =
      head + GRADUS_DISPATCH(stream_vectors)(to + head, from + head, bytes - head);
  std::memcpy(to + done, from + done, bytes - done);
}

void finish_streaming() { hwy::FlushStream(); }

}  // namespace gradus
#endif
