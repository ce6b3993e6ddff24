#include "gradus/ops/column_products.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gradus/ops/column_products.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep

#include "gradus/ops/targets.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace gradus {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

/// Whether loads through a mask read nothing beyond it. (Smaller numbers are better targets.)
constexpr bool kMasks = HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX2;

/// What is done with `count` columns, 1 to 4: constants, so that sums and factors stay in
/// registers.
template <int kCount, bool kAdds, bool kSums, class D, class T>
HWY_INLINE void go_over(D d, const Columns<T>& columns, const T* factors, T* y, const T* x,
                        T* sums) {
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  hn::Vec<D> factor[kCount], sum[kCount];
#pragma GCC unroll 4
  for (int k = 0; k < kCount; ++k) {
    factor[k] = hn::Set(d, kAdds ? factors[k] : T(0));
    sum[k] = hn::Zero(d);
  }
  const auto step = [&](auto load, auto store, std::int64_t i) HWY_ATTR {
    auto total = kAdds ? load(y + i) : hn::Zero(d);
    const auto other = kSums ? load(x + i) : hn::Zero(d);
#pragma GCC unroll 4
    for (int k = 0; k < kCount; ++k) {
      const auto value = load(columns.data + k * columns.leading + i);
      if (kAdds) total = hn::MulAdd(value, factor[k], total);
      if (kSums) sum[k] = hn::MulAdd(value, other, sum[k]);
    }
    if (kAdds) store(total, y + i);
  };
  const auto masked_step = [&](std::int64_t i, std::int64_t count) HWY_ATTR {
    const auto some = hn::FirstN(d, static_cast<std::size_t>(count));
    step([d, some](const T* from) HWY_ATTR { return hn::MaskedLoad(some, d, from); },
         [d, some](auto value, T* to) HWY_ATTR { hn::BlendedStore(value, some, d, to); }, i);
  };
  std::int64_t i = 0;
  if (kMasks && columns.n >= 2 * lanes) {  // up to where vectors do not cross lines of the cache
    const auto elements = reinterpret_cast<std::uintptr_t>(columns.data) / sizeof(T);
    i = (lanes - static_cast<std::int64_t>(elements) % lanes) % lanes;
    if (i > 0) masked_step(0, i);
  }
  for (; i + lanes <= columns.n; i += lanes) {
    step([d](const T* from) HWY_ATTR { return hn::LoadU(d, from); },
         [d](auto value, T* to) HWY_ATTR { hn::StoreU(value, d, to); }, i);
  }
  T rest[kCount] = {};
  if (kMasks && i < columns.n) {
    masked_step(i, columns.n - i);
    i = columns.n;
  }
  for (; i < columns.n; ++i) {
    for (int k = 0; k < kCount; ++k) {
      const T value = columns.data[k * columns.leading + i];
      if (kAdds) y[i] += value * factors[k];
      if (kSums) rest[k] += value * x[i];
    }
  }
#pragma GCC unroll 4
  for (int k = 0; k < kCount && kSums; ++k) {
    sums[k] = hn::GetLane(hn::SumOfLanes(d, sum[k])) + rest[k];
  }
}

template <bool kAdds, bool kSums, class T>
HWY_INLINE void choose(const Columns<T>& columns, const T* factors, T* y, const T* x, T* sums) {
  const hn::ScalableTag<T> d;
  switch (columns.count) {
    case 1:
      return go_over<1, kAdds, kSums>(d, columns, factors, y, x, sums);
    case 2:
      return go_over<2, kAdds, kSums>(d, columns, factors, y, x, sums);
    case 3:
      return go_over<3, kAdds, kSums>(d, columns, factors, y, x, sums);
    default:
      return go_over<4, kAdds, kSums>(d, columns, factors, y, x, sums);
  }
}

void sums_f32(const Columns<float>& columns, const float* x, float* sums) {
  choose<false, true>(columns, static_cast<const float*>(nullptr), static_cast<float*>(nullptr), x,
                      sums);
}
void sums_f64(const Columns<double>& columns, const double* x, double* sums) {
  choose<false, true>(columns, static_cast<const double*>(nullptr), static_cast<double*>(nullptr),
                      x, sums);
}
void add_f32(const Columns<float>& columns, const float* factors, float* y) {
  choose<true, false>(columns, factors, y, static_cast<const float*>(nullptr),
                      static_cast<float*>(nullptr));
}
void add_f64(const Columns<double>& columns, const double* factors, double* y) {
  choose<true, false>(columns, factors, y, static_cast<const double*>(nullptr),
                      static_cast<double*>(nullptr));
}
void both_f32(const Columns<float>& columns, const float* factors, float* y, const float* x,
              float* sums) {
  choose<true, true>(columns, factors, y, x, sums);
}
void both_f64(const Columns<double>& columns, const double* factors, double* y, const double* x,
              double* sums) {
  choose<true, true>(columns, factors, y, x, sums);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace gradus
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gradus {
namespace {
GRADUS_EXPORT(sums_f32);
GRADUS_EXPORT(sums_f64);
GRADUS_EXPORT(add_f32);
GRADUS_EXPORT(add_f64);
GRADUS_EXPORT(both_f32);
GRADUS_EXPORT(both_f64);
}  // namespace

template <>
void column_sums(const Columns<float>& columns, const float* x, float* sums) {
  GRADUS_DISPATCH(sums_f32)(columns, x, sums);
}
template <>
void column_sums(const Columns<double>& columns, const double* x, double* sums) {
  GRADUS_DISPATCH(sums_f64)(columns, x, sums);
}
template <>
void add_columns(const Columns<float>& columns, const float* factors, float* y) {
  GRADUS_DISPATCH(add_f32)(columns, factors, y);
}
template <>
void add_columns(const Columns<double>& columns, const double* factors, double* y) {
  GRADUS_DISPATCH(add_f64)(columns, factors, y);
}
template <>
void add_columns_and_sum(const Columns<float>& columns, const float* factors, float* y,
                         const float* x, float* sums) {
  GRADUS_DISPATCH(both_f32)(columns, factors, y, x, sums);
}
template <>
void add_columns_and_sum(const Columns<double>& columns, const double* factors, double* y,
                         const double* x, double* sums) {
  GRADUS_DISPATCH(both_f64)(columns, factors, y, x, sums);
}

}  // namespace gradus
#endif
