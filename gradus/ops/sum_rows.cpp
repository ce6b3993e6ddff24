#include "gradus/ops/sum_rows.h"

#include <algorithm>

#include "gradus/base/parallel.h"
#include "gradus/memory/allocator.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gradus/ops/sum_rows.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep

#include "gradus/ops/targets.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace gradus {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

/// Sets a vector of totals to the sum of one vector of each row.
template <class D, class T>
HWY_INLINE void sum_vector(D d, const T* rows, std::int64_t count, std::int64_t step, T* total) {
  // Four sums, so that an addition need not wait for the one before.
  auto a = hn::Zero(d), b = hn::Zero(d), c = hn::Zero(d), e = hn::Zero(d);
  std::int64_t i = 0;
  for (; i + 4 <= count; i += 4, rows += 4 * step) {
    a = hn::Add(a, hn::LoadU(d, rows));
    b = hn::Add(b, hn::LoadU(d, rows + step));
    c = hn::Add(c, hn::LoadU(d, rows + 2 * step));
    e = hn::Add(e, hn::LoadU(d, rows + 3 * step));
  }
  for (; i < count; ++i, rows += step) a = hn::Add(a, hn::LoadU(d, rows));
  hn::StoreU(hn::Add(hn::Add(a, b), hn::Add(c, e)), d, total);
}

template <class T>
void sum_rows_as(const std::byte* bytes, std::int64_t count, std::int64_t columns,
                 std::int64_t step, std::byte* to) {
  const T* rows = reinterpret_cast<const T*>(bytes);
  T* total = reinterpret_cast<T*>(to);
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  std::int64_t j = 0;
  for (; j + lanes <= columns; j += lanes) sum_vector(d, rows + j, count, step, total + j);
  const hn::CappedTag<T, 1> one;
  for (; j < columns; ++j) sum_vector(one, rows + j, count, step, total + j);
}

void sum_block(DType dtype, const std::byte* rows, std::int64_t count, std::int64_t columns,
               std::int64_t step, std::byte* total) {
  if (dtype == DType::f32) {
    sum_rows_as<float>(rows, count, columns, step, total);
  } else {
    sum_rows_as<double>(rows, count, columns, step, total);
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace gradus
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gradus {
namespace {
GRADUS_EXPORT(sum_block);
}  // namespace

void sum_rows(DType dtype, const std::byte* rows, std::int64_t count, std::int64_t columns,
              std::int64_t step, std::byte* total) {
  // Blocks that stay in the first-level cache while their columns are read one after the other.
  const std::int64_t block =
      std::max<std::int64_t>(32, (1 << 14) / std::max<std::int64_t>(1, columns));
  const std::int64_t blocks = (count + block - 1) / block;
  const auto item = static_cast<std::int64_t>(size_of(dtype));
  if (blocks <= 1) {
    return GRADUS_DISPATCH(sum_block)(dtype, rows, count, columns, step, total);
  }
  const Buffer parts = allocate(static_cast<std::size_t>(blocks * columns * item));
  parallel_for(blocks, std::max<std::int64_t>(1, (1 << 18) / (block * columns + 1)),
               [&](std::int64_t begin, std::int64_t end) {
                 for (std::int64_t i = begin; i < end; ++i) {
                   GRADUS_DISPATCH(sum_block)
                   (dtype, rows + i * block * step * item, std::min(block, count - i * block),
                    columns, step, parts.data() + i * columns * item);
                 }
               });
  sum_rows(dtype, parts.data(), blocks, columns, columns, total);
}

}  // namespace gradus
#endif
