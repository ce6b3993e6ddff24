#include "gradus/ops/triangle.h"

#include <algorithm>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/comparison.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/select.h"

namespace gradus {
namespace {

void check(const char* operation, const Tensor& x, int rank) {
  if (!x.defined()) {
    throw Error(ErrorCode::invalid_argument, operation, "the input is an undefined tensor");
  }
  if (x.rank() >= rank) return;
  throw Error(ErrorCode::shape, operation,
              fmt::format("takes {}, not {}",
                          rank == 2 ? "matrices (..., m, n)" : "vectors (..., n)", x.signature()),
              {x.shape()});
}

/// Column minus row. -> i64 (m, n)
Tensor diagonals_of(const Tensor& x) {
  const auto line = [](std::int64_t n) { return arange(0, static_cast<double>(n), 1, DType::i64); };
  return expand_dims(line(x.dim(-1)), 0) - expand_dims(line(x.dim(-2)), 1);
}

Tensor number(std::int64_t value) { return Tensor(value); }

}  // namespace

Tensor lower_triangle(const Tensor& x, std::int64_t offset) {
  check("lower_triangle", x, 2);
  return where(less_equal(diagonals_of(x), number(offset)), x, Tensor::scalar(0, x.dtype()));
}

Tensor upper_triangle(const Tensor& x, std::int64_t offset) {
  check("upper_triangle", x, 2);
  return where(greater_equal(diagonals_of(x), number(offset)), x, Tensor::scalar(0, x.dtype()));
}

Tensor diagonal(const Tensor& x, std::int64_t offset) {
  check("diagonal", x, 2);
  const std::int64_t rows = x.dim(-2), columns = x.dim(-1);
  const std::int64_t row = std::max<std::int64_t>(0, -offset);
  const std::int64_t column = std::max<std::int64_t>(0, offset);
  const std::int64_t length = std::min(rows - row, columns - column);
  if (offset <= -rows || offset >= columns || length <= 0) {
    if (offset == 0) return slice(flatten(x, -2, -1), -1, {0, 0});
    throw Error(ErrorCode::index, "diagonal",
                fmt::format("there is no diagonal {} in {}", offset, x.signature()), {x.shape()});
  }
  const std::int64_t first = row * columns + column;
  return slice(flatten(x, -2, -1), -1,
               {first, first + (length - 1) * (columns + 1) + 1, columns + 1});
}

Tensor diagonal_matrix(const Tensor& x) {
  check("diagonal_matrix", x, 1);
  const Tensor one = eye(x.dim(-1), x.dim(-1), 0, DType::boolean);
  return where(one, expand_dims(x, -1), Tensor::scalar(0, x.dtype()));
}

Tensor matrix_transpose(const Tensor& x) {
  check("matrix_transpose", x, 2);
  return swap_axes(x, -1, -2);
}

}  // namespace gradus
