#include <fmt/format.h>

#include <numeric>

#include "gradus/base/error.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/double_double.h"
#include "gradus/ops/factorization.h"
#include "gradus/ops/lapack.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/triangle.h"

namespace gradus {
namespace {

Specs infer(const InferContext& context) {
  require_matrices(context, 0);
  require_matching_rows(context);
  const Shape& a = context.shape(0);
  const Shape& b = context.shape(1);
  if (a[a.rank() - 2] < a.back()) {
    throw Error(ErrorCode::shape, context.op.name,
                fmt::format("{} has fewer rows than columns: no solution is unique (the one of "
                            "minimum norm is found by singular values)",
                            a.to_string()),
                {a});
  }
  return {{matrix_shape(b, a.back(), b.back()), context.dtype(1)}};
}

/// With z = (a^T a)^-1 gx: gb = a z and ga = (b - a x) z^T - gb x^T.
Inputs vjp(const VjpContext& context) {
  const Tensor& a = context.inputs[0];
  const Tensor& b = context.inputs[1];
  const Tensor& x = context.output();
  const Tensor r = apply_all(kQr, {a}, QrAttributes{})[1];
  const Tensor half = triangular_solve(r, context.gradient(), {.upper = true, .transposed = true});
  const Tensor z = triangular_solve(r, half, {.upper = true});
  const Tensor of_b = matmul(a, z);
  Inputs result{Tensor(), of_b};
  if (context.needed[0]) {
    result[0] = matmul(b - matmul(a, x), matrix_transpose(z)) - matmul(of_b, matrix_transpose(x));
  }
  return result;
}

using Values = std::vector<double>;
using Extended = std::vector<DoubleDouble>;

/// One matrix of full column rank, factored: q r = (a with its columns scaled by powers of two, so
/// that the scales cost no bit) in the order `order`. Columns lie one after the other.
class Factored {
 public:
  Factored(const KernelContext& context, std::int64_t i, std::int64_t rows, std::int64_t columns,
           Values a)
      : m_(rows), n_(columns), a_(std::move(a)), scales_(static_cast<std::size_t>(columns)) {
    scale();
    factors_ = a_;
    tau_.resize(static_cast<std::size_t>(n_));
    order_.resize(static_cast<std::size_t>(n_));
    check_status("least_squares",
                 LAPACKE_dgeqp3(LAPACK_COL_MAJOR, lapack::size(m_), lapack::size(n_),
                                factors_.data(), lapack::size(m_), order_.data(), tau_.data()));
    const double tolerance =
        static_cast<double>(std::max(m_, n_)) * std::numeric_limits<double>::epsilon();
    for (std::int64_t k = 0; k < n_; ++k) {
      if (std::abs(r(k, k)) > tolerance * std::abs(r(0, 0))) continue;
      refuse_matrix(context, i,
                    fmt::format("has linearly dependent columns (rank {} of {}): use singular "
                                "values for the solution of minimum norm",
                                k, n_));
    }
  }

  /// The solution for one right side: by the factors, then refined with residuals of twice the
  /// precision (Bjorck 1967, "Iterative refinement of linear least squares solutions I").
  Values solve(const double* b) const {
    Extended x(static_cast<std::size_t>(n_)), residual(static_cast<std::size_t>(m_));
    Values f(b, b + m_), g(static_cast<std::size_t>(n_));
    double before = std::numeric_limits<double>::infinity();
    constexpr int kSteps = 20;
    for (int step = 0; step < kSteps; ++step) {
      const Values change = correct(f, g);
      const double size = largest(change);
      if (!(size < before / 2) && step > 1) break;  // as good as it gets
      before = size;
      for (std::size_t k = 0; k < x.size(); ++k) x[k] += change[k];
      for (std::size_t k = 0; k < residual.size(); ++k) residual[k] += f[k];
      if (size <= std::numeric_limits<double>::epsilon() / 4 * largest(x)) break;
      remainders(b, x, residual, f, g);
    }
    Values result(x.size());
    for (std::size_t k = 0; k < x.size(); ++k) result[k] = x[k].high * scales_[k];
    return result;
  }

 private:
  double r(std::int64_t row, std::int64_t column) const {
    return factors_[static_cast<std::size_t>(column * m_ + row)];
  }

  void scale() {
    for (std::int64_t c = 0; c < n_; ++c) {
      double* column = a_.data() + c * m_;
      double most = 0;
      for (std::int64_t k = 0; k < m_; ++k) most = std::max(most, std::abs(column[k]));
      double square = 0;
      for (std::int64_t k = 0; k < m_ && most > 0; ++k) square += std::pow(column[k] / most, 2);
      const int exponent = most > 0 ? std::ilogb(most) + std::ilogb(std::sqrt(square)) : 0;
      scales_[static_cast<std::size_t>(c)] = std::ldexp(1.0, -exponent);
      for (std::int64_t k = 0; k < m_; ++k) column[k] = std::ldexp(column[k], -exponent);
    }
  }

  static double largest(const Values& values) {
    double most = 0;
    for (const double value : values) most = std::max(most, std::abs(value));
    return most;
  }
  static double largest(const Extended& values) {
    double most = 0;
    for (const DoubleDouble value : values) most = std::max(most, std::abs(value.high));
    return most;
  }

  void multiply_q(char transposed, Values& values) const {
    check_status("least_squares",
                 LAPACKE_dormqr(LAPACK_COL_MAJOR, 'L', transposed, lapack::size(m_), 1,
                                lapack::size(n_), factors_.data(), lapack::size(m_), tau_.data(),
                                values.data(), lapack::size(m_)));
  }
  void solve_r(char transposed, Values& values) const {
    check_status(
        "least_squares",
        LAPACKE_dtrtrs(LAPACK_COL_MAJOR, 'U', transposed, 'N', lapack::size(n_), 1, factors_.data(),
                       lapack::size(m_), values.data(), lapack::size(n_)));
  }

  /// Solves dr + a dx = f, a^T dr = g. Returns dx; f becomes dr.
  Values correct(Values& f, const Values& g) const {
    Values h(static_cast<std::size_t>(n_));
    for (std::size_t k = 0; k < h.size(); ++k) h[k] = g[static_cast<std::size_t>(order_[k] - 1)];
    solve_r('T', h);
    multiply_q('T', f);
    Values ordered(h.size());
    for (std::size_t k = 0; k < h.size(); ++k) {
      ordered[k] = f[k] - h[k];
      f[k] = h[k];
    }
    solve_r('N', ordered);
    multiply_q('N', f);
    Values change(h.size());
    for (std::size_t k = 0; k < h.size(); ++k) {
      change[static_cast<std::size_t>(order_[k] - 1)] = ordered[k];
    }
    return change;
  }

  /// f = b - r - a x and g = -a^T r.
  void remainders(const double* b, const Extended& x, const Extended& residual, Values& f,
                  Values& g) const {
    Extended sums(residual.size());
    for (std::size_t k = 0; k < sums.size(); ++k) {
      sums[k] = {-residual[k].high, -residual[k].low};
      sums[k] += b[k];
    }
    for (std::size_t c = 0; c < x.size(); ++c) {
      const double* column = a_.data() + static_cast<std::int64_t>(c) * m_;
      const DoubleDouble minus{-x[c].high, -x[c].low};
      DoubleDouble product;
      for (std::size_t k = 0; k < sums.size(); ++k) {
        sums[k].add_product(column[k], minus);
        product.add_product(column[k], residual[k]);
      }
      g[c] = -product.high;
    }
    for (std::size_t k = 0; k < sums.size(); ++k) f[k] = sums[k].high;
  }

  std::int64_t m_, n_;
  Values a_, scales_, factors_, tau_;
  std::vector<lapack_int> order_;
};

Values by_columns(const Values& rows, std::int64_t m, std::int64_t n) {
  Values columns(rows.size());
  for (std::int64_t r = 0; r < m; ++r) {
    for (std::int64_t c = 0; c < n; ++c) {
      columns[static_cast<std::size_t>(c * m + r)] = rows[static_cast<std::size_t>(r * n + c)];
    }
  }
  return columns;
}

void run_lapack(const KernelContext& context) {
  Array& x = context.allocate();
  const Matrices matrices(context.input(0).shape), sides(context.input(1).shape);
  const std::int64_t m = matrices.rows, n = matrices.columns, k = sides.columns;
  if (x.shape.size() == 0) return;
  for_each_matrix(matrices.count, 2 * m * n * n, [&](std::int64_t i) {
    const Factored factored(context, i, m, n, by_columns(matrix_in_double(context, 0, i), m, n));
    const Values b = by_columns(matrix_in_double(context, 1, i), m, k);
    Values solution;
    for (std::int64_t c = 0; c < k; ++c) {
      const Values column = factored.solve(b.data() + c * m);
      solution.insert(solution.end(), column.begin(), column.end());
    }
    write_part(x, i, by_columns(solution, k, n));
  });
}

/// The normal equations, by elimination in long double.
void run_reference(const KernelContext& context) {
  Array& x = context.allocate();
  const Matrices matrices(context.input(0).shape), sides(context.input(1).shape);
  const auto m = static_cast<std::size_t>(matrices.rows);
  const auto n = static_cast<std::size_t>(matrices.columns);
  const auto k = static_cast<std::size_t>(sides.columns);
  for (std::int64_t i = 0; i < matrices.count; ++i) {
    const Values a = matrix_in_double(context, 0, i), b = matrix_in_double(context, 1, i);
    std::vector<long double> equations(n * (n + k));
    for (std::size_t p = 0; p < n; ++p) {
      for (std::size_t q = 0; q < n + k; ++q) {
        for (std::size_t row = 0; row < m; ++row) {
          const long double other = q < n ? a[row * n + q] : b[row * k + q - n];
          equations[p * (n + k) + q] += a[row * n + p] * other;
        }
      }
    }
    for (std::size_t p = 0; p < n; ++p) {
      for (std::size_t row = 0; row < n; ++row) {
        if (row == p) continue;
        const long double factor = equations[row * (n + k) + p] / equations[p * (n + k) + p];
        for (std::size_t q = 0; q < n + k; ++q) {
          equations[row * (n + k) + q] -= factor * equations[p * (n + k) + q];
        }
      }
    }
    Values solution;
    for (std::size_t p = 0; p < n; ++p) {
      for (std::size_t q = 0; q < k; ++q) {
        solution.push_back(
            static_cast<double>(equations[p * (n + k) + n + q] / equations[p * (n + k) + p]));
      }
    }
    write_part(x, i, solution);
  }
}

std::vector<Sample> samples() {
  const Tensor a{{{1, 2}, {-3, 1}, {2, 5}, {0.5f, -1}}, {{2, 0}, {1, -3}, {0, 5}, {4, -1}}};
  const Tensor b{{{1, 2, 0}, {3, -4, 1}, {5, 6, 2}, {0, 1, 1}},
                 {{-1, 0.5f, 1}, {2, -3, 1}, {1, 7, 0}, {2, 2, 2}}};
  return {
      {.name = "batch", .inputs = {a, b}},
      {.name = "square", .inputs = {Tensor{{{3, 2}, {4, 1}}}, Tensor{{{1, 0}, {2, 1}}}}},
      {.name = "no right side", .inputs = {a, zeros({2, 4, 0})}},
      {.name = "no columns", .inputs = {zeros({2, 4, 0}), b}},
  };
}

}  // namespace

const OpDef kLeastSquares{
    .name = "least_squares",
    .doc =
        "The x of smallest |a x - b|, a of full column rank, by QR factors with refinement. "
        "(..., m, n), (..., m, k) -> (..., n, k)",
    .minimum_inputs = 2,
    .maximum_inputs = 2,
    .infer = infer,
    .vjp = vjp,
    .refuses = "matrices that are not finite or whose columns depend on each other",
    .kernels = {{"lapack", nullptr, run_lapack}, {"reference", nullptr, run_reference}},
    .samples = samples,
};

}  // namespace gradus
