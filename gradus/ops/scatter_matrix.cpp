#include "gradus/ops/scatter_matrix.h"

#include <fmt/format.h>

#include <cmath>

#include "gradus/base/error.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/gram.h"
#include "gradus/ops/gram_blocks.h"
#include "gradus/ops/pull_back.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"

namespace gradus {
namespace {

Specs infer(const InferContext& context) {
  require_matrices(context, 0);
  const Shape& shape = context.shape(0);
  if (shape[shape.rank() - 2] == 0) {
    throw Error(ErrorCode::shape, "scatter_matrix",
                fmt::format("there must be rows, not {}", context.inputs[0].signature()), {shape});
  }
  return {{vector_shape(shape, shape.back()), context.dtype(0)},
          {matrix_shape(shape, shape.back(), shape.back()), context.dtype(0)}};
}

Tensors compose(const Tensors& inputs, const Attributes&) {
  const Tensor& x = inputs[0];
  const Tensor centre = mean(x, {.axes = {-2}, .keep_axes = true});
  return {squeeze(centre, {-2}), gram(x - centre)};
}

Inputs vjp(const VjpContext& context) { return pull_back_through(compose, context); }

/// Rows that are centred, and multiplied while they lie in the second-level cache: as many as
/// OpenBLAS's kernels take at once, since what is left of a tile would cost as much as a whole one.
constexpr std::int64_t kTileRows = 320;

/// The mean (n) of `rows` rows. What they differ by from the first is small where the mean is
/// large; few are added in T, and their sums in double precision.
template <class T>
void mean_of_rows(const T* x, std::int64_t rows, std::int64_t n, std::vector<T>& part, double* to) {
  constexpr std::int64_t kPart = 32;
  std::fill_n(to, n, 0.0);
  for (std::int64_t begin = 0; begin < rows; begin += kPart) {
    std::fill(part.begin(), part.end(), T{0});
    for (std::int64_t row = begin; row < std::min(begin + kPart, rows); ++row) {
      T* const sums = part.data();
#pragma omp simd
      for (std::int64_t k = 0; k < n; ++k) sums[k] += x[row * n + k] - x[k];
    }
    for (std::int64_t k = 0; k < n; ++k) to[k] += part[static_cast<std::size_t>(k)];
  }
  for (std::int64_t k = 0; k < n; ++k)
    to[k] = static_cast<double>(x[k]) + to[k] / static_cast<double>(rows);
}

/// Each tile of rows is centred by its own mean; what the means differ by is added in the end
/// (Chan, Golub, LeVeque 1979, "Updating formulae and a pairwise algorithm for computing sample
/// variances", equation 2.1b, for several tiles at once).
template <class T>
class TiledScatter {
 public:
  TiledScatter(const T* x, std::int64_t m, std::int64_t n) : x_(x), m_(m), n_(n) {
    const std::int64_t rows = rows_of_piece(m, n);
    tiles_of_piece_ = (rows + kTileRows - 1) / kTileRows;
    const std::int64_t tiles = piece_count(m, n) * tiles_of_piece_;
    means_.resize(static_cast<std::size_t>(tiles * n));
    counts_.resize(static_cast<std::size_t>(tiles));
  }

  void compute(T* mean, T* c) {
    sum_of_pieces<T>(m_, n_, c,
                     [&](std::int64_t first, std::int64_t count, const blas::Matrix<T>& triangle) {
                       add_tiles(first, count, triangle);
                     });
    std::vector<double> total(static_cast<std::size_t>(n_));
    for (std::size_t t = 0; t < counts_.size(); ++t) {
      for (std::int64_t k = 0; k < n_; ++k) total[at(k)] += counts_[t] * mean_of(t)[k];
    }
    for (double& sum : total) sum /= static_cast<double>(m_);
    std::vector<T> apart(means_.size());
    for (std::size_t t = 0; t < counts_.size(); ++t) {
      T* const row = apart.data() + static_cast<std::int64_t>(t) * n_;
      const double weight = std::sqrt(counts_[t]);
      for (std::int64_t k = 0; k < n_; ++k) {
        row[k] = static_cast<T>(weight * (mean_of(t)[k] - total[at(k)]));
      }
    }
    {
      const OneThread guard;
      const auto tiles = static_cast<std::int64_t>(counts_.size());
      blas::syrk<T>('N', {apart.data(), n_, tiles, n_}, T{1}, {c, n_, n_, n_});
    }
    std::transform(total.begin(), total.end(), mean,
                   [](double value) { return static_cast<T>(value); });
    mirror(c, n_);
  }

 private:
  static std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }
  double* mean_of(std::size_t tile) { return means_.data() + static_cast<std::int64_t>(tile) * n_; }

  void add_tiles(std::int64_t first, std::int64_t count, const blas::Matrix<T>& triangle) {
    std::vector<T> centred(at(std::min(kTileRows, count) * n_)), part(at(n_));
    std::size_t tile = at(first / rows_of_piece(m_, n_) * tiles_of_piece_);
    for (std::int64_t begin = 0; begin < count; begin += kTileRows, ++tile) {
      const std::int64_t rows = std::min(kTileRows, count - begin);
      const T* const from = x_ + (first + begin) * n_;
      mean_of_rows(from, rows, n_, part, mean_of(tile));
      counts_[tile] = static_cast<double>(rows);
      std::transform(mean_of(tile), mean_of(tile) + n_, part.begin(),
                     [](double value) { return static_cast<T>(value); });
      for (std::int64_t row = 0; row < rows; ++row) {
        T* const to = centred.data() + row * n_;
        const T* const mean = part.data();
#pragma omp simd
        for (std::int64_t k = 0; k < n_; ++k) to[k] = from[row * n_ + k] - mean[k];
      }
      blas::syrk<T>('N', {centred.data(), n_, rows, n_}, begin == 0 ? T{0} : T{1}, triangle);
    }
  }

  const T* x_;
  std::int64_t m_, n_, tiles_of_piece_ = 0;
  std::vector<double> means_, counts_;  // of each tile
};

const char* refuse_tiles(const KernelContext& context) {
  return context.input().shape.back() > kMostGramColumns ? "the matrices have many columns"
                                                         : nullptr;
}

/// Calls f(x, m, n, mean, matrix) for every matrix of a batch, its rows contiguous.
template <class F>
void for_each_matrix_of(const KernelContext& context, F f) {
  Array& means = context.allocate(0);
  Array& c = context.allocate(1);
  const Array x = row_major_copy(context.input());
  const Matrices matrices(x.shape);
  const std::int64_t n = matrices.columns;
  with_real(c.dtype, [&]<class T>() {
    for (std::int64_t i = 0; i < matrices.count; ++i) {
      f(x.data<T>() + i * matrices.elements(), matrices.rows, n, means.mutable_data<T>() + i * n,
        c.mutable_data<T>() + i * n * n);
    }
  });
}

void run_tiles(const KernelContext& context) {
  choose_blas_kernels();
  for_each_matrix_of(context, []<class T>(const T* x, std::int64_t m, std::int64_t n, T* mean,
                                          T* c) { TiledScatter<T>(x, m, n).compute(mean, c); });
}

void run_blocks(const KernelContext& context) {
  for_each_matrix_of(
      context, []<class T>(const T* x, std::int64_t m, std::int64_t n, T* mean, T* c) {
        std::vector<double> centre(static_cast<std::size_t>(n));
        std::vector<T> part(static_cast<std::size_t>(n)), centred(static_cast<std::size_t>(m * n));
        mean_of_rows(x, m, n, part, centre.data());
        std::transform(centre.begin(), centre.end(), mean,
                       [](double value) { return static_cast<T>(value); });
        for (std::int64_t row = 0; row < m; ++row) {
          T* const to = centred.data() + row * n;
          for (std::int64_t k = 0; k < n; ++k) to[k] = x[row * n + k] - mean[k];
        }
        multiply_by_blocks<T>({centred.data(), n, 1}, m, n, c);
      });
}

void run_reference(const KernelContext& context) {
  for_each_matrix_of(
      context, []<class T>(const T* x, std::int64_t m, std::int64_t n, T* mean, T* c) {
        std::vector<double> centre(static_cast<std::size_t>(n));
        for (std::int64_t k = 0; k < n; ++k) {
          for (std::int64_t row = 0; row < m; ++row) {
            centre[static_cast<std::size_t>(k)] +=
                static_cast<double>(x[row * n + k]) / static_cast<double>(m);
          }
          mean[k] = static_cast<T>(centre[static_cast<std::size_t>(k)]);
        }
        for (std::int64_t p = 0; p < n; ++p) {
          for (std::int64_t q = 0; q < n; ++q) {
            double sum = 0;
            for (std::int64_t row = 0; row < m; ++row) {
              sum += (static_cast<double>(x[row * n + p]) - centre[static_cast<std::size_t>(p)]) *
                     (static_cast<double>(x[row * n + q]) - centre[static_cast<std::size_t>(q)]);
            }
            c[p * n + q] = static_cast<T>(sum);
          }
        }
      });
}

std::vector<Sample> samples() {
  return {
      {.name = "batch",
       .inputs = {Tensor{{{1, 2}, {-3, 1}, {2, 5}}, {{0.5f, -1}, {2, 0}, {1, 1}}}}},
      {.name = "one row", .inputs = {Tensor{{1, 2, 3}}}},
      {.name = "several tiles",
       .inputs = {reshape(linspace(-1, 2, 3 * 1100), {1100, 3})},
       .tolerance = 2e-5},  // f32: over a thousand squares are added
      {.name = "several pieces",
       .inputs = {reshape(linspace(-1, 1, 3 * 9000), {9000, 3})},
       .tolerance = 2e-4},  // as above, 9,000
  };
}

}  // namespace

const OpDef kScatterMatrix{
    .name = "scatter_matrix",
    .doc = "The mean of rows x and (x - mean)^T (x - mean). (..., m, n) -> (..., n), (..., n, n)",
    .infer = infer,
    .vjp = vjp,
    .kernels = {{"tiles", refuse_tiles, run_tiles},
                {"blocks", nullptr, run_blocks},
                {"reference", nullptr, run_reference}},
    .samples = samples,
    .multiply_adds = gram_multiply_adds,
};

ScatterMatrix scatter_matrix(const Tensor& x) {
  const auto parts = apply_all(kScatterMatrix, {x});
  return {parts[0], parts[1]};
}

}  // namespace gradus
