#include "gradus/linalg/pca.h"

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/linalg/eigen.h"
#include "gradus/linalg/low_rank.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/comparison.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/scatter_matrix.h"
#include "gradus/ops/select.h"
#include "gradus/ops/triangle.h"

namespace gradus::linalg {
namespace {

void require_rows(const char* operation, const Tensor& x) {
  if (!x.defined() || x.rank() != 2 || x.dim(0) < 2 || x.dim(1) < 1) {
    throw Error(ErrorCode::shape, operation,
                x.defined() ? fmt::format("takes two or more rows (n, d), not {}", x.signature())
                            : std::string("the input is an undefined tensor"));
  }
  if (x.dtype() == DType::f32 || x.dtype() == DType::f64) return;
  throw Error(ErrorCode::dtype, operation, fmt::format("takes f32 or f64, not {}", x.signature()));
}

void require_width(const char* operation, const Tensor& x, std::int64_t width) {
  if (x.defined() && x.rank() >= 1 && x.dim(-1) == width) return;
  throw Error(ErrorCode::shape, operation,
              x.defined() ? fmt::format("takes (..., {}), not {}", width, x.signature())
                          : std::string("the input is an undefined tensor"));
}

PcaSolver choose(const Tensor& x, PcaSolver solver) {
  if (solver != PcaSolver::automatic) return solver;
  const std::int64_t n = x.dim(0), d = x.dim(1);
  return n > 10 * d && d <= 1000 ? PcaSolver::covariance : PcaSolver::svd;
}

/// Standard deviations of the scores, 1 where there is none to divide by.
Tensor deviations(const Tensor& variances) {
  const Tensor zero = zeros_like(variances), one = ones_like(variances);
  const Tensor positive = greater(variances, zero);
  return where(positive, sqrt(where(positive, variances, one)), one);
}

}  // namespace

Covariance covariance(const Tensor& x) {
  require_rows("covariance", x);
  const auto [mean, scatter] = scatter_matrix(x);
  return {mean, scatter / static_cast<double>(x.dim(0) - 1)};
}

Pca pca(const Tensor& x, const PcaOptions& options) {
  require_rows("pca", x);
  const std::int64_t n = x.dim(0), most = std::min(n, x.dim(1));
  const std::int64_t k = options.components == 0 ? most : options.components;
  if (k < 1 || k > most) {
    throw Error(ErrorCode::invalid_argument, "pca",
                fmt::format("{} have 1 ... {} components, not {}", x.signature(), most, k),
                {x.shape()});
  }
  const auto left = static_cast<double>(n - 1);
  Pca result;
  result.whiten = options.whiten;
  Tensor total;
  if (choose(x, options.solver) == PcaSolver::covariance) {
    const Covariance found = covariance(x);
    const auto [values, vectors] = eigh(found.matrix);
    result.mean = found.mean;
    result.components = slice(flip(matrix_transpose(vectors), {0}), 0, {0, k});
    const Tensor variances = slice(flip(values), 0, {0, k});
    result.explained_variance = maximum(variances, zeros_like(variances));
    result.singular_values = sqrt(result.explained_variance * left);
    total = sum(diagonal(found.matrix));
  } else {
    result.mean = mean(x, {.axes = {0}});
    const Tensor centred = x - result.mean;
    const Svd parts = options.solver == PcaSolver::randomized
                          ? randomized_svd(options.key, centred, k)
                          : truncated_svd(centred, k);
    result.components = parts.vh;
    result.singular_values = parts.s;
    result.explained_variance = square(parts.s) / left;
    total = sum(square(centred)) / left;
  }
  const Tensor zero = zeros_like(total), one = ones_like(total);
  const Tensor constant = equal(total, zero);
  result.explained_variance_ratio = result.explained_variance / where(constant, one, total);
  return result;
}

Tensor Pca::transform(const Tensor& x) const {
  require_width("pca", x, mean.dim(0));
  const Tensor scores = matmul(x - mean, matrix_transpose(components));
  return whiten ? scores / deviations(explained_variance) : scores;
}

Tensor Pca::inverse_transform(const Tensor& scores) const {
  require_width("pca", scores, components.dim(0));
  const Tensor scaled = whiten ? scores * deviations(explained_variance) : scores;
  return matmul(scaled, components) + mean;
}

}  // namespace gradus::linalg
