// Products that packing would slow down: tiny ones, and those with so few rows (or columns) that
// reading the other operand is all the work.

#include <algorithm>

#include "gradus/base/parallel.h"
#include "gradus/memory/allocator.h"
#include "gradus/ops/product.h"
#include "gradus/ops/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gradus/ops/product_small.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"

#ifndef GRADUS_OPS_PRODUCT_SMALL_ONCE
#define GRADUS_OPS_PRODUCT_SMALL_ONCE
namespace gradus {
namespace {

/// A thin product seen with the few lines on the left: c (m, n), m small, columns of c at any step.
struct Thin {
  Product product;
  std::int64_t c_column = 1;
  std::int64_t bias_row = 0;     // step of the bias from row to row of c
  std::int64_t bias_column = 0;  // and from column to column
};

constexpr std::int64_t kSmallElements = 1024;  // of b, padded: a few KiB of the stack
constexpr std::int64_t kSmallWork = 4096;      // multiply-adds
constexpr std::int64_t kThinDots = 12;         // rows, where b is contiguous along k
constexpr std::int64_t kThinRows = 3;          // and where it is contiguous along n
constexpr std::int64_t kThinGrain = 1 << 18;   // elements of the long operand worth a thread

}  // namespace
}  // namespace gradus
#endif

HWY_BEFORE_NAMESPACE();
namespace gradus {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

/// Rows [row, row + kRows) of c, one vector of columns after the other; b is packed and padded.
template <int kRows, class T>
HWY_INLINE void multiply_small_rows(const Product& p, std::int64_t row, const T* b,
                                    std::int64_t width, const T* bias) {
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const T* a = reinterpret_cast<const T*>(p.a) + row * p.a_row;
  T* c = reinterpret_cast<T*>(p.c) + row * p.c_row;
  for (std::int64_t j = 0; j < p.n; j += lanes) {
    hn::Vec<decltype(d)> total[kRows];
#pragma GCC unroll 4
    for (int i = 0; i < kRows; ++i) total[i] = hn::Load(d, bias + j);
    for (std::int64_t l = 0; l < p.k; ++l) {
      const auto right = hn::Load(d, b + l * width + j);
#pragma GCC unroll 4
      for (int i = 0; i < kRows; ++i) {
        total[i] = hn::MulAdd(hn::Set(d, a[i * p.a_row + l * p.a_column]), right, total[i]);
      }
    }
    const std::int64_t columns = std::min(lanes, p.n - j);
#pragma GCC unroll 4
    for (int i = 0; i < kRows; ++i) {
      if (columns == lanes) {
        hn::StoreU(total[i], d, c + i * p.c_row + j);
      } else {
        alignas(64) T tail[hn::MaxLanes(d)];
        hn::Store(total[i], d, tail);
        for (std::int64_t at = 0; at < columns; ++at) c[i * p.c_row + j + at] = tail[at];
      }
    }
  }
}

template <class T>
void multiply_small_as(const Product& p) {
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const std::int64_t width = (p.n + lanes - 1) / lanes * lanes;
  alignas(64) T packed[kSmallElements];
  alignas(64) T bias[kSmallElements];
  const T* b = reinterpret_cast<const T*>(p.b);
  for (std::int64_t l = 0; l < p.k; ++l) {
    T* to = packed + l * width;
    for (std::int64_t j = 0; j < p.n; ++j) to[j] = b[l * p.b_row + j * p.b_column];
    for (std::int64_t j = p.n; j < width; ++j) to[j] = T(0);
  }
  const T* given = reinterpret_cast<const T*>(p.bias);
  for (std::int64_t j = 0; j < width; ++j) {
    bias[j] = given && j < p.n ? given[j * p.bias_step] : T(0);
  }
  std::int64_t row = 0;
  for (; row + 4 <= p.m; row += 4) multiply_small_rows<4, T>(p, row, packed, width, bias);
  for (; row < p.m; ++row) multiply_small_rows<1, T>(p, row, packed, width, bias);
}

void multiply_small(const Product& p) {
  p.dtype == DType::f32 ? multiply_small_as<float>(p) : multiply_small_as<double>(p);
}

/// Dot products of kRows rows of a and kColumns columns of b, all contiguous along k.
template <int kRows, int kColumns, class T>
HWY_INLINE void multiply_dots(const Thin& thin, const T* a, std::int64_t a_row, const T* b, T* c,
                              const T* bias) {
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const Product& p = thin.product;
  hn::Vec<decltype(d)> total[kRows][kColumns];
#pragma GCC unroll 4
  for (int i = 0; i < kRows; ++i) {
#pragma GCC unroll 4
    for (int j = 0; j < kColumns; ++j) total[i][j] = hn::Zero(d);
  }
  std::int64_t l = 0;
  for (; l + lanes <= p.k; l += lanes) {
    hn::Vec<decltype(d)> right[kColumns];
#pragma GCC unroll 4
    for (int j = 0; j < kColumns; ++j) right[j] = hn::LoadU(d, b + j * p.b_column + l);
#pragma GCC unroll 4
    for (int i = 0; i < kRows; ++i) {
      const auto left = hn::LoadU(d, a + i * a_row + l);
#pragma GCC unroll 4
      for (int j = 0; j < kColumns; ++j) total[i][j] = hn::MulAdd(left, right[j], total[i][j]);
    }
  }
#pragma GCC unroll 4
  for (int i = 0; i < kRows; ++i) {
#pragma GCC unroll 4
    for (int j = 0; j < kColumns; ++j) {
      T sum = hn::GetLane(hn::SumOfLanes(d, total[i][j]));
      for (std::int64_t rest = l; rest < p.k; ++rest) {
        sum += a[i * a_row + rest] * b[j * p.b_column + rest];
      }
      if (bias) sum += bias[i * thin.bias_row + j * thin.bias_column];
      c[i * p.c_row + j * thin.c_column] = sum;
    }
  }
}

template <int kRows, class T>
void multiply_dot_rows(const Thin& thin, std::int64_t row, const T* a, std::int64_t a_row,
                       std::int64_t begin, std::int64_t end) {
  const Product& p = thin.product;
  const T* b = reinterpret_cast<const T*>(p.b);
  T* c = reinterpret_cast<T*>(p.c) + row * p.c_row;
  const T* bias = reinterpret_cast<const T*>(p.bias);
  if (bias) bias += row * thin.bias_row;
  const auto bias_at = [&](std::int64_t j) { return bias ? bias + j * thin.bias_column : nullptr; };
  constexpr int kColumns = kRows == 1 ? 4 : 3;
  std::int64_t j = begin;
  for (; j + kColumns <= end; j += kColumns) {
    multiply_dots<kRows, kColumns, T>(thin, a, a_row, b + j * p.b_column, c + j * thin.c_column,
                                      bias_at(j));
  }
  for (; j < end; ++j) {
    multiply_dots<kRows, 1, T>(thin, a, a_row, b + j * p.b_column, c + j * thin.c_column,
                               bias_at(j));
  }
}

/// b is contiguous along k: dot products.
template <class T>
void multiply_thin_dots(const Thin& thin) {
  const Product& p = thin.product;
  const T* a = reinterpret_cast<const T*>(p.a);
  std::int64_t a_row = p.a_row;
  Buffer gathered;
  if (p.a_column != 1) {
    gathered = allocate(static_cast<std::size_t>(p.m * p.k) * sizeof(T));
    T* to = reinterpret_cast<T*>(gathered.data());
    for (std::int64_t i = 0; i < p.m; ++i) {
      for (std::int64_t l = 0; l < p.k; ++l) to[i * p.k + l] = a[i * p.a_row + l * p.a_column];
    }
    a = to;
    a_row = p.k;
  }
  const std::int64_t grain = std::max<std::int64_t>(12, kThinGrain / p.k / 12 * 12);
  parallel_for(p.n, grain, [&](std::int64_t begin, std::int64_t end) {
    std::int64_t row = 0;
    for (; row + 4 <= p.m; row += 4) {
      multiply_dot_rows<4, T>(thin, row, a + row * a_row, a_row, begin, end);
    }
    if (row + 2 <= p.m) {
      multiply_dot_rows<2, T>(thin, row, a + row * a_row, a_row, begin, end);
      row += 2;
    }
    if (row < p.m) multiply_dot_rows<1, T>(thin, row, a + row * a_row, a_row, begin, end);
  });
}

/// Adds kDepth rows of b, each times a number, to columns [begin, end) of a row of c.
template <int kDepth, class T>
HWY_INLINE void add_rows(const Product& p, const T* a, const T* b, T* c, std::int64_t count) {
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  hn::Vec<decltype(d)> left[kDepth];
#pragma GCC unroll 4
  for (int l = 0; l < kDepth; ++l) left[l] = hn::Set(d, a[l * p.a_column]);
  std::int64_t j = 0;
  for (; j + lanes <= count; j += lanes) {
    auto total = hn::LoadU(d, c + j);
#pragma GCC unroll 4
    for (int l = 0; l < kDepth; ++l) {
      total = hn::MulAdd(left[l], hn::LoadU(d, b + l * p.b_row + j), total);
    }
    hn::StoreU(total, d, c + j);
  }
  const hn::CappedTag<T, 1> one;
  for (; j < count; ++j) {
    auto total = hn::LoadU(one, c + j);
    for (int l = 0; l < kDepth; ++l) {
      total =
          hn::MulAdd(hn::Set(one, a[l * p.a_column]), hn::LoadU(one, b + l * p.b_row + j), total);
    }
    hn::StoreU(total, one, c + j);
  }
}

/// b is contiguous along n: its rows are read once, in order, and added up.
template <class T>
void multiply_thin_rows(const Thin& thin) {
  const Product& p = thin.product;
  const std::int64_t grain = std::max<std::int64_t>(64, kThinGrain / p.k / 64 * 64);
  parallel_for(p.n, grain, [&](std::int64_t begin, std::int64_t end) {
    const T* a = reinterpret_cast<const T*>(p.a);
    const T* b = reinterpret_cast<const T*>(p.b) + begin;
    const T* bias = reinterpret_cast<const T*>(p.bias);
    T* c = reinterpret_cast<T*>(p.c) + begin;
    for (std::int64_t i = 0; i < p.m; ++i) {
      for (std::int64_t j = begin; j < end; ++j) {
        c[i * p.c_row + j - begin] = bias ? bias[i * thin.bias_row + j * thin.bias_column] : T(0);
      }
    }
    std::int64_t l = 0;
    for (; l + 4 <= p.k; l += 4, b += 4 * p.b_row, a += 4 * p.a_column) {
      for (std::int64_t i = 0; i < p.m; ++i) {
        add_rows<4, T>(p, a + i * p.a_row, b, c + i * p.c_row, end - begin);
      }
    }
    for (; l < p.k; ++l, b += p.b_row, a += p.a_column) {
      for (std::int64_t i = 0; i < p.m; ++i) {
        add_rows<1, T>(p, a + i * p.a_row, b, c + i * p.c_row, end - begin);
      }
    }
  });
}

void multiply_thin(const Thin& thin) {
  const bool dots = thin.product.b_row == 1;
  if (thin.product.dtype == DType::f32) {
    dots ? multiply_thin_dots<float>(thin) : multiply_thin_rows<float>(thin);
  } else {
    dots ? multiply_thin_dots<double>(thin) : multiply_thin_rows<double>(thin);
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace gradus
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gradus {
namespace {

GRADUS_EXPORT(multiply_small);
GRADUS_EXPORT(multiply_thin);

bool is_vector_type(DType dtype) { return dtype == DType::f32 || dtype == DType::f64; }

/// c^T = b^T a^T
Product transposed(const Product& p) {
  Product t = p;
  t.m = p.n;
  t.n = p.m;
  t.a = p.b;
  t.a_row = p.b_column;
  t.a_column = p.b_row;
  t.b = p.a;
  t.b_row = p.a_column;
  t.b_column = p.a_row;
  t.c_row = 1;
  return t;
}

bool few_rows(const Product& p) {
  return (p.m <= kThinDots && p.b_row == 1) || (p.m <= kThinRows && p.b_column == 1);
}
bool few_columns(const Product& p) {  // rows of c^T must be contiguous, or be dot products
  return (p.n <= kThinDots && p.a_column == 1) || (p.n == 1 && p.a_row == 1);
}

}  // namespace

const char* refuse_small(const Product& p) {
  if (!is_vector_type(p.dtype)) return "neither f32 nor f64";
  if (p.multiply_adds() > kSmallWork) return "more than 4096 multiply-adds";
  // 16 is the largest number of lanes, so that the choice is the same on every processor.
  if ((p.n + 15) / 16 * 16 * std::max<std::int64_t>(p.k, 1) > kSmallElements) return "b too large";
  return nullptr;
}

void multiply_small(const Product& p) { GRADUS_DISPATCH(multiply_small)(p); }

const char* refuse_thin(const Product& p) {
  if (!is_vector_type(p.dtype)) return "neither f32 nor f64";
  if (p.m == 0 || p.n == 0 || p.k == 0) return "empty";
  return few_rows(p) || few_columns(p) ? nullptr : "many rows and columns";
}

void multiply_thin(const Product& p) {
  const bool as_it_is = few_rows(p) && !(few_columns(p) && p.n < p.m);
  const Thin thin =
      as_it_is ? Thin{p, 1, 0, p.bias_step} : Thin{transposed(p), p.c_row, p.bias_step, 0};
  GRADUS_DISPATCH(multiply_thin)(thin);
}

}  // namespace gradus
#endif
