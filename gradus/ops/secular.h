// Internal: the eigenvalues and eigenvectors of diag(d) + rho z z^T, many at once. f32 and f64.
#pragma once

#include <cstdint>

namespace gradus {

/// Poles and weights are read so many elements beyond their ends.
inline constexpr std::int64_t kBeyondPoles = 64;

/// 1 / rho + sum_i squares[i] / (poles[i] - x) = 0: n poles, ascending and different, squares and
/// rho above 0. Root j lies between poles j and j + 1, the last one beyond all poles.
template <class T>
struct SecularEquation {
  std::int64_t n;
  const T* poles;
  const T* squares;
  T rho;
};

/// Roots as a pole beside each and how far it is from there: differences to other poles then have
/// no cancellation.
template <class T>
struct SecularRoots {
  T* origins;
  T* offsets;
};

/// Roots [first, first + count). False if an iteration does not converge.
template <class T>
bool secular_roots(const SecularEquation<T>& equation, std::int64_t first, std::int64_t count,
                   const SecularRoots<T>& roots);

/// Elements [first, first + count) of the z^2 whose roots, for rho = 1, are exactly those given:
/// prod_j (root_j - pole_i) / prod_{j != i} (pole_j - pole_i) (Gu and Eisenstat 1995, "A
/// divide-and-conquer algorithm for the symmetric tridiagonal eigenproblem").
template <class T>
void exact_squares(std::int64_t n, const T* poles, const SecularRoots<T>& roots, std::int64_t first,
                   std::int64_t count, T* squares);

/// vector[i] = z[i] / (pole_i - root), made to have length 1.
template <class T>
void secular_vector(std::int64_t n, const T* poles, const T* z, T origin, T offset, T* vector);

}  // namespace gradus
