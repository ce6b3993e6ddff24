#include "gradus/optimize/shifted_cholesky.h"

#include <limits>
#include <optional>

namespace gradus::optimize {
namespace {

/// The lower factor of A + shift I; nothing if that is not positive definite beyond rounding.
std::optional<Vector> factor(const Vector& a, std::size_t n, double shift, double floor) {
  Vector l(n * n, 0);
  for (std::size_t j = 0; j < n; ++j) {
    double pivot = a[j * n + j] + shift;
    for (std::size_t k = 0; k < j; ++k) pivot -= l[j * n + k] * l[j * n + k];
    if (!(pivot > floor)) return std::nullopt;
    const double diagonal = std::sqrt(pivot);
    l[j * n + j] = diagonal;
    for (std::size_t i = j + 1; i < n; ++i) {
      double rest = a[i * n + j];
      for (std::size_t k = 0; k < j; ++k) rest -= l[i * n + k] * l[j * n + k];
      l[i * n + j] = rest / diagonal;
    }
  }
  return l;
}

Vector solve(const Vector& l, Vector b) {
  const std::size_t n = b.size();
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t k = 0; k < i; ++k) b[i] -= l[i * n + k] * b[k];
    b[i] /= l[i * n + i];
  }
  for (std::size_t i = n; i-- > 0;) {
    for (std::size_t k = i + 1; k < n; ++k) b[i] -= l[k * n + i] * b[k];
    b[i] /= l[i * n + i];
  }
  return b;
}

}  // namespace

Vector solve_shifted(const Vector& a, const Vector& b) {
  const std::size_t n = b.size();
  double lowest = std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < n; ++i) lowest = std::min(lowest, a[i * n + i]);
  const double size = std::max(largest(a), std::numeric_limits<double>::min());
  const double floor = static_cast<double>(n) * std::numeric_limits<double>::epsilon() * size;
  double shift = lowest > 0 ? 0 : -lowest + 1e-3 * size;
  // Twice the sum of all elements makes any matrix diagonally dominant, so this ends.
  for (;;) {
    if (const auto l = factor(a, n, shift, floor)) return solve(*l, b);
    shift = std::max(2 * shift, 1e-3 * size);
  }
}

}  // namespace gradus::optimize
