// Internal: small dense systems.
#pragma once

#include <optional>

#include "gradus/optimize/vectors.h"

namespace gradus::optimize {

/// What a QR factorisation of A (rows, columns), row-major with rows >= columns, gives.
struct QrSolution {
  Vector x;  ///< minimises |A x - b|
  Vector r;  ///< upper triangular (columns, columns), row-major
};

/// Nothing if the columns are dependent to rounding, or if A holds what is not finite.
std::optional<QrSolution> solve_by_qr(const Vector& a, const Vector& b, std::size_t columns);

}  // namespace gradus::optimize
