// Internal: the transforms of Winograd's convolution, compiled once per instruction set.
// Include after hwy/foreach_target.h.

#if defined(GRADUS_OPS_WINOGRAD_LINES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef GRADUS_OPS_WINOGRAD_LINES_INL_H_
#undef GRADUS_OPS_WINOGRAD_LINES_INL_H_
#else
#define GRADUS_OPS_WINOGRAD_LINES_INL_H_
#endif

#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace gradus {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// F(m, r) with m + r = 7: m outputs y of a filter g with r taps from six inputs x,
//
//     y = A^T [(G g) * (B^T x)],
//
// a product of polynomials, evaluated at six points and interpolated (Winograd 1980; Lavin and Gray
// 2016, section 4). For the points f = 0, a, -a, b, -b and infinity, with m(t) = t (t^2 - a^2) (t^2
// - b^2), row f of B^T has the coefficients of m(t) / (t - f), row f of G is (1, f, f^2, ...) /
// m'(f), and row i of A^T is f^i. Points f and -f share what is even and what is odd in them.
//
// Lavin and Gray take a = 1 and b = 2. With these, whose product is about 1, the error of F(4, 3)
// in both axes is 2.2 times smaller (measured over 16 to 512 channels), and every constant is exact
// but those of 1 / m'(f).
constexpr double kA = 5.0 / 8, kB = 3.0 / 2;
constexpr double kA2 = kA * kA, kB2 = kB * kB;
// 1 / m'(f)
constexpr double kAtZero = 1 / (kA2 * kB2);
constexpr double kAtA = 1 / (2 * kA2 * (kA2 - kB2));
constexpr double kAtB = 1 / (2 * kB2 * (kB2 - kA2));

constexpr double power(double base, int exponent) {
  return exponent == 0 ? 1 : base * power(base, exponent - 1);
}

template <class D>
HWY_INLINE hn::Vec<D> constant(D d, double value) {
  return hn::Set(d, static_cast<hn::TFromD<D>>(value));
}

/// B^T x: six inputs in the six points.
template <class D, class V = hn::Vec<D>>
HWY_INLINE void data_to_points(D d, const V* x, V* at) {
  const V a2 = constant(d, kA2), b2 = constant(d, kB2);
  const V a = constant(d, kA), b = constant(d, kB);
  const V even_a = hn::NegMulAdd(b2, x[2], x[4]), odd_a = hn::NegMulAdd(b2, x[1], x[3]);
  const V even_b = hn::NegMulAdd(a2, x[2], x[4]), odd_b = hn::NegMulAdd(a2, x[1], x[3]);
  const V sum = constant(d, kA2 + kB2), product = constant(d, kA2 * kB2);
  at[0] = hn::MulAdd(product, x[0], hn::NegMulAdd(sum, x[2], x[4]));
  at[1] = hn::MulAdd(a, odd_a, even_a);
  at[2] = hn::NegMulAdd(a, odd_a, even_a);
  at[3] = hn::MulAdd(b, odd_b, even_b);
  at[4] = hn::NegMulAdd(b, odd_b, even_b);
  at[5] = hn::MulAdd(product, x[1], hn::NegMulAdd(sum, x[3], x[5]));
}

/// c[kFrom] + c[kFrom + 2] square + c[kFrom + 4] square^2 + ..., below c[kCount].
template <int kFrom, int kCount, class V>
HWY_INLINE V every_second(V square, const V* c) {
  if constexpr (kFrom + 2 >= kCount) {
    return c[kFrom];
  } else {
    return hn::MulAdd(square, every_second<kFrom + 2, kCount>(square, c), c[kFrom]);
  }
}

/// A c: the polynomial with kCount coefficients c at the six points; at infinity, the last one.
template <int kCount, class D, class V = hn::Vec<D>>
HWY_INLINE void evaluate(D d, const V* c, V* at) {
  const V a = constant(d, kA), b = constant(d, kB);
  const V even_a = every_second<0, kCount>(constant(d, kA2), c);
  const V odd_a = every_second<1, kCount>(constant(d, kA2), c);
  const V even_b = every_second<0, kCount>(constant(d, kB2), c);
  const V odd_b = every_second<1, kCount>(constant(d, kB2), c);
  at[0] = c[0];
  at[1] = hn::MulAdd(a, odd_a, even_a);
  at[2] = hn::NegMulAdd(a, odd_a, even_a);
  at[3] = hn::MulAdd(b, odd_b, even_b);
  at[4] = hn::NegMulAdd(b, odd_b, even_b);
  at[5] = c[kCount - 1];
}

/// A^T m, the transpose of evaluate().
template <int kCount, class D, class V = hn::Vec<D>>
HWY_INLINE void collect(D d, const V* at, V* c) {
  const V even_a = hn::Add(at[1], at[2]), odd_a = hn::Sub(at[1], at[2]);
  const V even_b = hn::Add(at[3], at[4]), odd_b = hn::Sub(at[3], at[4]);
  c[0] = hn::Add(at[0], hn::Add(even_a, even_b));
#pragma GCC unroll 8
  for (int i = 1; i < kCount; ++i) {
    c[i] = hn::MulAdd(constant(d, power(kA, i)), i % 2 == 0 ? even_a : odd_a,
                      hn::Mul(constant(d, power(kB, i)), i % 2 == 0 ? even_b : odd_b));
  }
  c[kCount - 1] = hn::Add(c[kCount - 1], at[5]);
}

/// Multiplies what belongs to the finite points by 1 / m'(f).
template <class D, class V = hn::Vec<D>>
HWY_INLINE void scale_points(D d, V* at) {
  at[0] = hn::Mul(constant(d, kAtZero), at[0]);
  at[1] = hn::Mul(constant(d, kAtA), at[1]);
  at[2] = hn::Mul(constant(d, kAtA), at[2]);
  at[3] = hn::Mul(constant(d, kAtB), at[3]);
  at[4] = hn::Mul(constant(d, kAtB), at[4]);
}

/// G g: taps in the six points.
template <int kTaps, class D, class V = hn::Vec<D>>
HWY_INLINE void taps_to_points(D d, const V* g, V* at) {
  evaluate<kTaps>(d, g, at);
  scale_points(d, at);
}

/// G^T u, its transpose; scales `at`.
template <int kTaps, class D, class V = hn::Vec<D>>
HWY_INLINE void points_to_taps(D d, V* at, V* g) {
  scale_points(d, at);
  collect<kTaps>(d, at, g);
}

/// A transform of `kFrom` values into `kTo`, along both axes of a square: columns first, then rows.
/// load(i, j) gives a vector of the square, store(i, j, v) takes one, line(from, to) transforms.
template <int kFrom, int kTo, class D, class Load, class Line, class Store>
HWY_INLINE void transform_square(D, Load load, Line line, Store store) {
  using V = hn::Vec<D>;
  V half[kTo][kFrom];
#pragma GCC unroll 8
  for (int j = 0; j < kFrom; ++j) {
    V from[kFrom], to[kTo];
#pragma GCC unroll 8
    for (int i = 0; i < kFrom; ++i) from[i] = load(i, j);
    line(from, to);
#pragma GCC unroll 8
    for (int i = 0; i < kTo; ++i) half[i][j] = to[i];
  }
#pragma GCC unroll 8
  for (int i = 0; i < kTo; ++i) {
    V to[kTo];
    line(half[i], to);
#pragma GCC unroll 8
    for (int j = 0; j < kTo; ++j) store(i, j, to[j]);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace gradus
HWY_AFTER_NAMESPACE();

#endif
