#include "gradus/ops/reduction.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "gradus/ops/column_products.h"

namespace gradus {
namespace {

using blas::gemm;
using blas::gemv;
using blas::Matrix;
using blas::Vector;

constexpr std::int64_t kPanel = 32;  // columns reduced before the rest of the matrix is updated
constexpr std::int64_t kShortPanel = 16;  // where the rest stays in the second-level cache, about
constexpr std::int64_t kShort = 768;      // rows of it
constexpr std::int64_t kStrip = 128;      // columns, or rows, of a piece of work
constexpr std::int64_t kReflectors = 64;  // applied at once

/// As over_strips, of the columns below a diagonal: long and short ones take turns, so that threads
/// have about the same to do.
template <class F>
void over_triangle(std::int64_t n, std::int64_t strip, F f) {
  const std::int64_t strips = (n + strip - 1) / strip;
  over_strips(strips, 1, [&](std::int64_t turn, std::int64_t) {
    const std::int64_t i = turn % 2 == 0 ? turn / 2 : strips - 1 - turn / 2;
    f(i * strip, std::min(strip, n - i * strip));
  });
}

/// Columns of so many rows that are worth a thread when they are read once.
std::int64_t strip_of_rows(std::int64_t rows) {
  constexpr std::int64_t kElements = 1 << 16;
  return std::max(kStrip,
                  kElements / std::max<std::int64_t>(1, rows) / kColumnGroup * kColumnGroup);
}

/// Makes H = 1 - tau v v^T with H (alpha, x) = (beta, 0) and v = (1, ...): x gets the rest of v.
/// Returns tau and changes alpha to beta (larfg).
template <class T>
T make_reflector(std::int64_t n, T* alpha, T* x, std::int64_t step) {
  T tau = 0;
  check_status("reflector",
               lapack::Calls<T>::larfg(lapack::size(n), alpha, x, lapack::size(step), &tau));
  return tau;
}

template <class T>
T inner(std::int64_t n, const T* x, const T* y) {
  T sum[8] = {};  // eight sums, whose additions do not wait for each other
  std::int64_t k = 0;
  for (; k + 8 <= n; k += 8) {
    for (std::int64_t lane = 0; lane < 8; ++lane) sum[lane] += x[k + lane] * y[k + lane];
  }
  for (; k < n; ++k) sum[0] += x[k] * y[k];
  return ((sum[0] + sum[1]) + (sum[2] + sum[3])) + ((sum[4] + sum[5]) + (sum[6] + sum[7]));
}

/// Calls f(first, count) for groups of the columns [begin, begin + count).
template <class F>
void over_groups(std::int64_t begin, std::int64_t count, F f) {
  for (std::int64_t first = begin; first < begin + count; first += kColumnGroup) {
    f(first, std::min(kColumnGroup, begin + count - first));
  }
}

/// result = the sum of `count` parts of n elements each, added in order; part k has nothing up to
/// k * skip.
template <class T>
void add_parts(const std::vector<T>& parts, std::int64_t count, std::int64_t n, std::int64_t skip,
               T* result) {
  std::copy_n(parts.data(), n, result);
  for (std::int64_t k = 1; k < count; ++k) {
    const T* part = parts.data() + k * n;
    for (std::int64_t row = k * skip; row < n; ++row) result[row] += part[row];
  }
}

/// y += a x for columns [first, first + count) of a symmetric a, read on and below its diagonal,
/// and their mirror images. Each column comes from memory once.
template <class T>
void multiply_columns(const Matrix<T>& a, std::int64_t first, std::int64_t count, const T* x,
                      T* y) {
  over_groups(first, count, [&](std::int64_t column, std::int64_t width) {
    for (std::int64_t j = column; j < column + width; ++j) {
      y[j] += *a.at(j, j) * x[j];
      for (std::int64_t i = j + 1; i < column + width; ++i) {
        y[i] += *a.at(i, j) * x[j];
        y[j] += *a.at(i, j) * x[i];
      }
    }
    const std::int64_t end = column + width;
    T sums[kColumnGroup];
    add_columns_and_sum<T>({a.at(end, column), a.leading, a.rows - end, width}, x + column, y + end,
                           x + end, sums);
    for (std::int64_t k = 0; k < width; ++k) y[column + k] += sums[k];
  });
}

/// y = a x for a symmetric a, read on and below its diagonal.
template <class T>
void multiply_symmetric(const Matrix<T>& a, const T* x, T* y, std::vector<T>& parts) {
  const std::int64_t n = a.rows, strip = strip_of_rows(n), strips = (n + strip - 1) / strip;
  parts.resize(static_cast<std::size_t>(n * strips));
  over_triangle(n, strip, [&](std::int64_t first, std::int64_t count) {
    T* const part = parts.data() + first / strip * n;
    std::fill(part + first, part + n, T(0));
    multiply_columns(a, first, count, x, part);
  });
  add_parts(parts, strips, n, strip, y);
}

/// Exchanges the elements of each pair.
template <class T>
void swap_pairs(std::vector<T>& pairs) {
  for (std::size_t i = 0; i + 1 < pairs.size(); i += 2) std::swap(pairs[i], pairs[i + 1]);
}

/// Reduces half as many columns as `pairs` has (latrd): these get v_1, w_1, v_2, w_2, ..., and the
/// rest must lose v w^T + w v^T. Side by side, both take part in one product.
template <class T>
void reduce_panel(const Matrix<T>& a, const Matrix<T>& pairs, T* e, T* tau, std::vector<T>& parts) {
  const std::int64_t n = a.rows;
  std::vector<T> factors;
  for (std::int64_t j = 0; j < pairs.columns / 2; ++j) {
    const std::int64_t below = n - j - 1;
    T* const v = a.at(j + 1, j);
    {
      const OneThread guard;
      factors.resize(static_cast<std::size_t>(2 * j));
      for (std::int64_t k = 0; k < 2 * j; ++k)
        factors[static_cast<std::size_t>(k)] = *pairs.at(j, k);
      swap_pairs(factors);
      gemv('N', T(-1), pairs.part(j, 0, n - j, 2 * j), {factors.data(), 1}, T(1), {a.at(j, j), 1});
      tau[j] = make_reflector(below, v, v + 1, 1);
      e[j] = *v;
      *v = 1;
      std::copy_n(v, below, pairs.at(j + 1, 2 * j));
    }
    T* const target = pairs.at(j + 1, 2 * j + 1);
    multiply_symmetric(a.part(j + 1, j + 1, below, below), v, target, parts);
    const OneThread guard;
    const Matrix<T> before = pairs.part(j + 1, 0, below, 2 * j);
    gemv('T', T(1), before, {v, 1}, T(0), {factors.data(), 1});
    swap_pairs(factors);
    gemv('N', T(-1), before, {factors.data(), 1}, T(1), {target, 1});
    for (std::int64_t k = 0; k < below; ++k) target[k] *= tau[j];
    const T half = T(-0.5) * tau[j] * inner(below, target, v);
    for (std::int64_t k = 0; k < below; ++k) target[k] += half * v[k];
  }
}

/// What one pass over the rest of a matrix gives (Howell, Demmel, Fulton, Hammarling and Marmol
/// 2008, "Cache efficient bidiagonalization using BLAS 2.5 operators").
template <class T>
struct Pass {
  const T* v;  // (height), the reflector of the column
  T tau;
  const T* lost;         // (width), what a^T v has too much
  std::vector<T> y;      // (width) = tau (a^T v - lost)
  std::vector<T> row;    // (width): a row of the matrix, on return less y
  std::vector<T> image;  // (height) = a row
  std::vector<T> parts;
};

/// The row that the second product takes depends on the first, column by column: each column comes
/// from memory once for both.
template <class T>
void pass_over(const Matrix<T>& a, Pass<T>& pass) {
  const std::int64_t height = a.rows, width = a.columns;
  const std::int64_t strip = strip_of_rows(height);
  const std::int64_t strips = std::max<std::int64_t>(1, (width + strip - 1) / strip);
  pass.y.assign(static_cast<std::size_t>(width), T(0));
  pass.parts.assign(static_cast<std::size_t>(height * strips), T(0));
  over_strips(width, strip, [&](std::int64_t begin, std::int64_t count) {
    T* const part = pass.parts.data() + begin / strip * height;
    over_groups(begin, count, [&](std::int64_t first, std::int64_t columns) {
      const Columns<T> group{a.at(0, first), a.leading, height, columns};
      T* const y = pass.y.data() + first;
      T* const row = pass.row.data() + first;
      column_sums(group, pass.v, y);
      for (std::int64_t k = 0; k < columns; ++k) {
        y[k] = pass.tau * (y[k] - pass.lost[first + k]);
        row[k] -= y[k];
      }
      add_columns<T>(group, row, part);
    });
  });
  pass.image.resize(static_cast<std::size_t>(height));
  add_parts(pass.parts, strips, height, 0, pass.image.data());
}

/// Reduces the first kPanel columns and rows (labrd): x and y get what the rest must lose,
/// v y^T + x u^T.
template <class T>
void reduce_panels(const Matrix<T>& a, const Matrix<T>& x, const Matrix<T>& y, T* d, T* e, T* tau_q,
                   T* tau_p) {
  const std::int64_t m = a.rows, n = a.columns;
  std::vector<T> row(static_cast<std::size_t>(kPanel)), lost(static_cast<std::size_t>(n));
  std::vector<T> dense(static_cast<std::size_t>(n));
  Pass<T> pass{};
  for (std::int64_t j = 0; j < kPanel; ++j) {
    const std::int64_t height = m - j, width = n - j - 1;
    T* const v = a.at(j, j);
    T* const u = a.at(j, j + 1);
    const Matrix<T> above = a.part(0, j + 1, j, width);
    {
      // Column j, and what a^T v must lose: the matrix itself has not lost v y^T + x u^T yet.
      const OneThread guard;
      gemv('N', T(-1), a.part(j, 0, height, j), {y.at(j, 0), y.leading}, T(1), {v, 1});
      gemv('N', T(-1), x.part(j, 0, height, j), {a.at(0, j), 1}, T(1), {v, 1});
      tau_q[j] = make_reflector(height, v, a.at(std::min(j + 1, m - 1), j), 1);
      d[j] = *v;
      *v = 1;
      std::fill_n(lost.data(), width, T(0));
      gemv('T', T(1), a.part(j, 0, height, j), {v, 1}, T(0), {row.data(), 1});
      gemv('N', T(1), y.part(j + 1, 0, width, j), {row.data(), 1}, T(1), {lost.data(), 1});
      gemv('T', T(1), x.part(j, 0, height, j), {v, 1}, T(0), {row.data(), 1});
      gemv('T', T(1), above, {row.data(), 1}, T(1), {lost.data(), 1});
      // Row j, but for y_j, which the pass takes away.
      pass.row.resize(static_cast<std::size_t>(width));
      for (std::int64_t k = 0; k < width; ++k)
        pass.row[static_cast<std::size_t>(k)] = u[k * a.leading];
      gemv('N', T(-1), y.part(j + 1, 0, width, j), {a.at(j, 0), a.leading}, T(1),
           {pass.row.data(), 1});
      gemv('T', T(-1), above, {x.at(j, 0), x.leading}, T(1), {pass.row.data(), 1});
    }
    pass.v = v;
    pass.tau = tau_q[j];
    pass.lost = lost.data();
    pass_over(a.part(j, j + 1, height, width), pass);
    std::copy(pass.y.begin(), pass.y.end(), y.at(j + 1, j));
    const OneThread guard;
    // u = (row - beta e_1) / (row_1 - beta), and so is what the matrix makes of it.
    std::copy(pass.row.begin(), pass.row.end(), dense.begin());
    const T first = dense[0];
    tau_p[j] =
        make_reflector(width, dense.data(), dense.data() + std::min<std::int64_t>(1, width - 1), 1);
    const T beta = dense[0];
    e[j] = beta;
    dense[0] = 1;
    for (std::int64_t k = 0; k < width; ++k) u[k * a.leading] = dense[static_cast<std::size_t>(k)];
    T* const of_rows = x.at(j + 1, j);
    const T* const under = a.at(j + 1, j + 1);
    const T factor = tau_p[j] == 0 ? T(0) : 1 / (first - beta);
    for (std::int64_t k = 0; k < height - 1; ++k) {
      of_rows[k] = factor * (pass.image[static_cast<std::size_t>(k + 1)] - beta * under[k]);
    }
    gemv('T', T(1), y.part(j + 1, 0, width, j + 1), {dense.data(), 1}, T(0), {row.data(), 1});
    gemv('N', T(-1), a.part(j + 1, 0, height - 1, j + 1), {row.data(), 1}, T(1), {of_rows, 1});
    gemv('N', T(1), above, {dense.data(), 1}, T(0), {row.data(), 1});
    gemv('N', T(-1), x.part(j + 1, 0, height - 1, j), {row.data(), 1}, T(1), {of_rows, 1});
    for (std::int64_t k = 0; k < height - 1; ++k) of_rows[k] *= tau_p[j];
  }
}

/// The reflectors of columns [first, first + count), with their ones and zeros: (length - first,
/// count).
template <class T>
std::vector<T> dense_block(const Reflectors<T>& from, std::int64_t first, std::int64_t count) {
  const std::int64_t rows = from.length - first;
  std::vector<T> block(static_cast<std::size_t>(rows * count));
  for (std::int64_t j = 0; j < count; ++j) {
    T* column = block.data() + j * rows;
    column[j] = 1;
    for (std::int64_t row = j + 1; row < rows; ++row) {
      column[row] = from.data[(first + row) * from.row_step + (first + j) * from.column_step];
    }
  }
  return block;
}

}  // namespace

template <class T>
void tridiagonalize(const Matrix<T>& a, T* d, T* e, T* tau) {
  const std::int64_t n = a.rows, panel = n < kShort ? kShortPanel : kPanel;
  // Such a matrix goes from one processor's cache to another's slower than it is computed.
  std::optional<OneThread> alone;
  if (n < kShort) alone.emplace();
  std::vector<T> space(static_cast<std::size_t>(2 * n * panel)), parts;
  std::int64_t first = 0;
  for (; n - first > 2 * panel; first += panel) {
    const std::int64_t size = n - first, left = size - panel;
    const Matrix<T> rest = a.part(first, first, size, size);
    reduce_panel(rest, {space.data(), size, 2 * panel, size}, e + first, tau + first, parts);
    const Matrix<T> w{space.data() + size, size, panel, 2 * size};
    const Matrix<T> v = rest.part(panel, 0, left, panel);
    const Matrix<T> after = w.part(panel, 0, left, panel);
    over_triangle(left, kStrip, [&](std::int64_t column, std::int64_t count) {
      const std::int64_t height = left - column;
      const Matrix<T> to = rest.part(panel + column, panel + column, height, count);
      const auto lower = [&](const Matrix<T>& x) { return x.part(column, 0, height, panel); };
      const auto mirrored = [&](const Matrix<T>& x) { return x.part(column, 0, count, panel); };
      gemm('N', 'T', T(-1), lower(v), mirrored(after), T(1), to);
      gemm('N', 'T', T(-1), lower(after), mirrored(v), T(1), to);
    });
    for (std::int64_t j = 0; j < panel; ++j) {
      *rest.at(j + 1, j) = e[first + j];
      d[first + j] = *rest.at(j, j);
    }
  }
  const OneThread guard;
  check_status(
      "tridiagonalize",
      lapack::Calls<T>::sytrd(LAPACK_COL_MAJOR, 'L', lapack::size(n - first), a.at(first, first),
                              lapack::size(a.leading), d + first, e + first, tau + first));
}

template <class T>
void bidiagonalize(const Matrix<T>& a, T* d, T* e, T* tau_q, T* tau_p) {
  const std::int64_t m = a.rows, n = a.columns;
  std::vector<T> of_x(static_cast<std::size_t>(m * kPanel)),
      of_y(static_cast<std::size_t>(n * kPanel));
  std::int64_t first = 0;
  for (; n - first > 2 * kPanel; first += kPanel) {
    const std::int64_t height = m - first, width = n - first;
    const Matrix<T> rest = a.part(first, first, height, width);
    const Matrix<T> x{of_x.data(), height, kPanel, height}, y{of_y.data(), width, kPanel, width};
    reduce_panels(rest, x, y, d + first, e + first, tau_q + first, tau_p + first);
    const Matrix<T> v = rest.part(kPanel, 0, height - kPanel, kPanel);
    const Matrix<T> left = x.part(kPanel, 0, height - kPanel, kPanel);
    over_strips(width - kPanel, kStrip, [&](std::int64_t column, std::int64_t count) {
      const Matrix<T> to = rest.part(kPanel, kPanel + column, height - kPanel, count);
      gemm('N', 'T', T(-1), v, y.part(kPanel + column, 0, count, kPanel), T(1), to);
      gemm('N', 'N', T(-1), left, rest.part(0, kPanel + column, kPanel, count), T(1), to);
    });
    for (std::int64_t j = 0; j < kPanel; ++j) {
      *rest.at(j, j) = d[first + j];
      *rest.at(j, j + 1) = e[first + j];
    }
  }
  const OneThread guard;
  check_status("bidiagonalize", lapack::Calls<T>::gebrd(LAPACK_COL_MAJOR, lapack::size(m - first),
                                                        lapack::size(n - first), a.at(first, first),
                                                        lapack::size(a.leading), d + first,
                                                        e + first, tau_q + first, tau_p + first));
}

template <class T>
void apply_reflectors(const Reflectors<T>& reflectors, const Matrix<T>& c) {
  const std::int64_t blocks = (reflectors.count + kReflectors - 1) / kReflectors;
  struct Block {
    std::int64_t first, count;
    std::vector<T> v, t;  // H_first ... = 1 - v t v^T (larft)
  };
  std::vector<Block> all(static_cast<std::size_t>(blocks));
  parallel_for(blocks, 1, [&](std::int64_t begin, std::int64_t end) {
    const OneThread guard;
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t first = i * kReflectors;
      const std::int64_t count = std::min(kReflectors, reflectors.count - first);
      Block block{first, count, dense_block(reflectors, first, count),
                  std::vector<T>(static_cast<std::size_t>(count * count))};
      const auto rows = lapack::size(reflectors.length - first);
      check_status("reflectors",
                   lapack::Calls<T>::larft(LAPACK_COL_MAJOR, 'F', 'C', rows, lapack::size(count),
                                           block.v.data(), rows, reflectors.tau + first,
                                           block.t.data(), lapack::size(count)));
      all[static_cast<std::size_t>(i)] = std::move(block);
    }
  });
  over_strips(c.columns, kStrip, [&](std::int64_t column, std::int64_t width) {
    std::vector<T> space(static_cast<std::size_t>(2 * kReflectors * width));
    for (auto block = all.rbegin(); block != all.rend(); ++block) {
      const std::int64_t rows = reflectors.length - block->first, count = block->count;
      const Matrix<T> v{block->v.data(), rows, count, rows},
          t{block->t.data(), count, count, count};
      const Matrix<T> to = c.part(block->first, column, rows, width);
      const Matrix<T> product{space.data(), count, width, count};
      const Matrix<T> turned{space.data() + count * width, count, width, count};
      gemm('T', 'N', T(1), v, to, T(0), product);
      gemm('N', 'N', T(1), t, product, T(0), turned);
      gemm('N', 'N', T(-1), v, turned, T(1), to);
    }
  });
}

template <class T>
T largest_magnitude(const T* values, std::int64_t count) {
  T largest = 0;
  for (std::int64_t k = 0; k < count; ++k) largest = std::max(largest, std::abs(values[k]));
  return largest;
}

template <class T>
int scaling_exponent(T largest) {
  constexpr int kOrdinary = std::numeric_limits<T>::max_exponent / 4;
  const int exponent = largest > 0 ? std::ilogb(largest) : 0;
  return std::abs(exponent) < kOrdinary ? 0 : -exponent;
}

template <class T>
void scale(T* values, std::int64_t count, int exponent) {
  if (exponent == 0) return;
  for (std::int64_t k = 0; k < count; ++k) values[k] = std::ldexp(values[k], exponent);
}

template float largest_magnitude(const float*, std::int64_t);
template double largest_magnitude(const double*, std::int64_t);
template int scaling_exponent(float);
template int scaling_exponent(double);
template void scale(float*, std::int64_t, int);
template void scale(double*, std::int64_t, int);
template void tridiagonalize(const Matrix<float>&, float*, float*, float*);
template void tridiagonalize(const Matrix<double>&, double*, double*, double*);
template void bidiagonalize(const Matrix<float>&, float*, float*, float*, float*);
template void bidiagonalize(const Matrix<double>&, double*, double*, double*, double*);
template void apply_reflectors(const Reflectors<float>&, const Matrix<float>&);
template void apply_reflectors(const Reflectors<double>&, const Matrix<double>&);

}  // namespace gradus
