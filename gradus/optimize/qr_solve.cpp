#include "gradus/optimize/qr_solve.h"

#include <limits>

#include "gradus/linalg/qr.h"

namespace gradus::optimize {

std::optional<QrSolution> solve_by_qr(const Vector& a, const Vector& b, std::size_t columns) {
  if (!std::isfinite(largest(a)) || !std::isfinite(largest(b))) return std::nullopt;
  const std::size_t rows = b.size();
  const Shape shape{static_cast<std::int64_t>(rows), static_cast<std::int64_t>(columns)};
  const linalg::Qr factors = linalg::qr(Tensor::from(a, shape));
  const Vector q = factors.q.to_vector<double>();
  QrSolution solution{Vector(columns, 0), factors.r.to_vector<double>()};
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t j = 0; j < columns; ++j) solution.x[j] += q[i * columns + j] * b[i];
  }
  // Each pivot against the rounding of its own column: columns may be of very different lengths.
  for (std::size_t j = 0; j < columns; ++j) {
    double square = 0;
    for (std::size_t i = 0; i <= j; ++i) square += std::pow(solution.r[i * columns + j], 2);
    const double pivot = std::abs(solution.r[j * columns + j]);
    const double rounding = static_cast<double>(rows) * std::numeric_limits<double>::epsilon();
    if (!(pivot > rounding * std::sqrt(square))) return std::nullopt;
  }
  for (std::size_t i = columns; i-- > 0;) {
    for (std::size_t j = i + 1; j < columns; ++j) {
      solution.x[i] -= solution.r[i * columns + j] * solution.x[j];
    }
    solution.x[i] /= solution.r[i * columns + i];
  }
  return solution;
}

}  // namespace gradus::optimize
