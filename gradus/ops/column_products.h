// Internal: products with a few columns of a matrix, which lies column by column, in one pass over
// them. f32 and f64.
#pragma once

#include <cstdint>

namespace gradus {

/// `count` columns of n elements, one every `leading` elements; count is at most kColumnGroup.
template <class T>
struct Columns {
  const T* data;
  std::int64_t leading, n, count;
};
inline constexpr std::int64_t kColumnGroup = 4;

/// sums[k] = column k times x. The order of additions follows from where the columns lie within
/// lines of the cache: in memory of allocate(), which begins with a line, a call gives the same
/// bits always.
template <class T>
void column_sums(const Columns<T>& columns, const T* x, T* sums);
/// y += column k * factors[k], over all k.
template <class T>
void add_columns(const Columns<T>& columns, const T* factors, T* y);
/// Both at once.
template <class T>
void add_columns_and_sum(const Columns<T>& columns, const T* factors, T* y, const T* x, T* sums);

}  // namespace gradus
