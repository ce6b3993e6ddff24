// Internal: vector code of polynomials.
// Pieces of elementary functions, compiled once per instruction set: include after
// hwy/foreach_target.h. The functions are written over a vector tag d and vectors, with explicit
// fused multiply-adds and no library calls, and hold over the whole range of f32 and f64. The
// coefficients of all polynomials are minimax in relative error, found by Remez's exchange in
// 200-bit arithmetic and rounded.

#if defined(GRADUS_OPS_POLYNOMIAL_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef GRADUS_OPS_POLYNOMIAL_INL_H_
#undef GRADUS_OPS_POLYNOMIAL_INL_H_
#else
#define GRADUS_OPS_POLYNOMIAL_INL_H_
#endif

#include <cstddef>
#include <limits>

#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace gradus {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

template <class D>
using TagBits = hn::RebindToUnsigned<D>;

/// c[0] + c[1] x + c[2] x^2 + ... by Horner's rule.
template <std::size_t i = 0, class D, class V, class T, std::size_t n>
HWY_INLINE V polynomial(D d, V x, const T (&c)[n]) {
  if constexpr (i + 1 == n) {
    return hn::Set(d, c[i]);
  } else {
    return hn::MulAdd(polynomial<i + 1>(d, x, c), x, hn::Set(d, c[i]));
  }
}

/// A number whose addition rounds small numbers to integers, which then stand in the low bits.
template <class T>
constexpr T kRounder = sizeof(T) == 4 ? T(0x1.8p23) : T(0x1.8p52);
template <class T>
constexpr int kMantissaBits = sizeof(T) == 4 ? 23 : 52;
template <class T>
constexpr int kExponentBias = sizeof(T) == 4 ? 127 : 1023;

/// 2^n from n + kRounder, for n within the exponents of normal numbers.
template <class D, class V>
HWY_INLINE V power_of_two(D d, V rounded) {
  using T = hn::TFromD<D>;
  const TagBits<D> bits;
  const auto biased = hn::Add(hn::BitCast(bits, rounded), hn::Set(bits, kExponentBias<T>));
  return hn::BitCast(d, hn::ShiftLeft<kMantissaBits<T>>(biased));
}

/// x, but `bound` where it is larger. NaN stays: of two numbers that do not compare, processors
/// take the second.
template <class D, class V>
HWY_INLINE V at_most(D d, V x, hn::TFromD<D> bound) {
  return hn::Min(hn::Set(d, bound), x);
}
template <class D, class V>
HWY_INLINE V at_least(D d, V x, hn::TFromD<D> bound) {
  return hn::Max(hn::Set(d, bound), x);
}

/// x * 2^n where the result may be subnormal or overflow; n is integral.
template <class D, class V>
HWY_INLINE V scale(D d, V x, V n) {
  const V rounder = hn::Set(d, kRounder<hn::TFromD<D>>);
  const V half = hn::MulAdd(n, hn::Set(d, 0.5), rounder);
  const V rest = hn::Add(hn::Sub(n, hn::Sub(half, rounder)), rounder);
  return hn::Mul(hn::Mul(x, power_of_two(d, half)), power_of_two(d, rest));
}

/// 2^n for integral n within the exponents of normal numbers.
template <class D, class V>
HWY_INLINE V whole_power_of_two(D d, V n) {
  return power_of_two(d, hn::Add(n, hn::Set(d, kRounder<hn::TFromD<D>>)));
}

#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL
// AVX-512 has an instruction for x * 2^n.
template <class T>
using Whole = hn::Vec<hn::ScalableTag<T>>;
HWY_INLINE Whole<float> scale(hn::ScalableTag<float>, Whole<float> x, Whole<float> n) {
  return Whole<float>{_mm512_scalef_ps(x.raw, n.raw)};
}
HWY_INLINE Whole<double> scale(hn::ScalableTag<double>, Whole<double> x, Whole<double> n) {
  return Whole<double>{_mm512_scalef_pd(x.raw, n.raw)};
}
HWY_INLINE Whole<float> whole_power_of_two(hn::ScalableTag<float> d, Whole<float> n) {
  return scale(d, hn::Set(d, 1), n);
}
HWY_INLINE Whole<double> whole_power_of_two(hn::ScalableTag<double> d, Whole<double> n) {
  return scale(d, hn::Set(d, 1), n);
}
#endif

template <class D>
HWY_INLINE hn::Vec<D> infinity(D d) {
  return hn::Set(d, std::numeric_limits<hn::TFromD<D>>::infinity());
}
template <class D>
HWY_INLINE hn::Vec<D> not_a_number(D d) {
  return hn::Set(d, std::numeric_limits<hn::TFromD<D>>::quiet_NaN());
}

/// F computed in f64, for f32: exact to the last bit or nearly, and no overflow on the way.
template <class F>
struct Widened {
  template <class D, class... V>
  hn::Vec<D> operator()(D d, V... x) const {
    const hn::Repartition<double, D> wide;
    const hn::Half<D> half;
    const auto low = F{}(wide, hn::PromoteTo(wide, hn::LowerHalf(half, x))...);
    const auto high = F{}(wide, hn::PromoteTo(wide, hn::UpperHalf(half, x))...);
    return hn::Combine(d, hn::DemoteTo(half, high), hn::DemoteTo(half, low));
  }
};

}  // namespace HWY_NAMESPACE
}  // namespace gradus
HWY_AFTER_NAMESPACE();

#endif
