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
  T rest[kCount] = {};
  const auto one_by_one = [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      T total = kAdds ? y[i] : T(0);
#pragma GCC unroll 4
      for (int k = 0; k < kCount; ++k) {
        const T value = columns.data[k * columns.leading + i];
        if (kAdds) total += value * factors[k];
        if (kSums) rest[k] += value * x[i];
      }
      if (kAdds) y[i] = total;
    }
  };
  std::int64_t i = columns.head < columns.n ? columns.head : columns.n;
  one_by_one(0, i);
  for (; i + lanes <= columns.n; i += lanes) {
    auto total = kAdds ? hn::LoadU(d, y + i) : hn::Zero(d);
    const auto other = kSums ? hn::LoadU(d, x + i) : hn::Zero(d);
#pragma GCC unroll 4
    for (int k = 0; k < kCount; ++k) {
      const auto value = hn::LoadU(d, columns.data + k * columns.leading + i);
      if (kAdds) total = hn::MulAdd(value, factor[k], total);
      if (kSums) sum[k] = hn::MulAdd(value, other, sum[k]);
    }
    if (kAdds) hn::StoreU(total, d, y + i);
  }
  one_by_one(i, columns.n);
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
