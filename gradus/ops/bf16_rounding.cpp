#include "gradus/ops/bf16_rounding.h"

#include <algorithm>

#include "gradus/base/parallel.h"
#include "gradus/memory/allocator.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gradus/ops/bf16_rounding.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep

#include "gradus/ops/targets.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace gradus {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

/// What bf16(float) does, on the words of whole vectors. Highway's own conversions differ between
/// its targets.
void round_words(const std::uint32_t* from, std::int64_t count, std::uint16_t* to) {
  const hn::ScalableTag<std::uint32_t> d;
  const hn::Rebind<std::uint16_t, decltype(d)> narrow;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const auto one = hn::Set(d, 1u), bias = hn::Set(d, 0x7fffu), quiet = hn::Set(d, 0x400000u);
  const auto magnitude = hn::Set(d, 0x7fffffffu), infinity = hn::Set(d, 0x7f800000u);
  std::int64_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    const auto word = hn::LoadU(d, from + i);
    const auto odd = hn::And(hn::ShiftRight<16>(word), one);
    const auto rounded = hn::Add(word, hn::Add(bias, odd));
    const auto is_nan = hn::Gt(hn::And(word, magnitude), infinity);
    const auto result = hn::IfThenElse(is_nan, hn::Or(word, quiet), rounded);
    // At most 0xffff, so that no saturation changes it.
    hn::StoreU(hn::DemoteTo(narrow, hn::BitCast(hn::RebindToSigned<decltype(d)>(),
                                                hn::ShiftRight<16>(result))),
               narrow, to + i);
  }
  for (; i < count; ++i) to[i] = bf16(reinterpret_cast<const float*>(from)[i]).bits;
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace gradus
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gradus {

GRADUS_EXPORT(round_words);

void round_to_bf16(const float* from, std::int64_t count, bf16* to) {
  static_assert(sizeof(bf16) == sizeof(std::uint16_t));
  constexpr std::int64_t kPiece = 1 << 17;  // elements worth a thread of their own
  parallel_for(count, kPiece, [&](std::int64_t begin, std::int64_t end) {
    GRADUS_DISPATCH(round_words)
    (reinterpret_cast<const std::uint32_t*>(from + begin), end - begin,
     reinterpret_cast<std::uint16_t*>(to + begin));
  });
}

Buffer dense_as_bf16(const Array& array) {
  const std::int64_t count = array.shape.size();
  const Buffer rounded = allocate(static_cast<std::size_t>(count) * sizeof(bf16));
  round_to_bf16(array.data<float>(), count, reinterpret_cast<bf16*>(rounded.data()));
  return rounded;
}

Array rounded_to_bf16(const Array& array) {
  Array result{.shape = array.shape, .dtype = array.dtype, .strides = {}, .buffer = {}};
  allocate_row_major(result);
  if (is_dense(array.shape, array.strides)) result.strides = array.strides;
  copy_strided(array.shape, sizeof(float), array.bytes(), array.strides, result.mutable_bytes(),
               result.strides);
  float* values = result.mutable_data<float>();
  parallel_for(array.shape.size(), 1 << 16, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      values[i] = static_cast<float>(bf16(values[i]));
    }
  });
  return result;
}

}  // namespace gradus
#endif
