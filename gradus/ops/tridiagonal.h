// Internal: eigenvalues and eigenvectors of symmetric tridiagonal matrices by divide and conquer,
// on several threads (LAPACK's stedc has one, and computes vectors even where nobody wants them).
// f32 and f64.
#pragma once

#include <cstdint>

namespace gradus {

/// With diagonal d (n) and e (n - 1) beside it: d becomes the eigenvalues in ascending order,
/// vectors (n, n), unless it is nullptr, gets the eigenvectors in columns, column by column; e is
/// overwritten. Errors are a few units of rounding of the largest eigenvalue, also in blocks of
/// much smaller ones. False if an iteration does not converge. Work is cut by size, so bits do not
/// depend on threads.
template <class T>
bool solve_tridiagonal(std::int64_t n, T* d, T* e, T* vectors);

}  // namespace gradus
