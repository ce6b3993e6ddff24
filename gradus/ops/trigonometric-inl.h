// Internal: vector code of circular functions.
// Circular functions and their inverses, in f64: include after hwy/foreach_target.h. Those of f32
// are computed through them (Widened).

#if defined(GRADUS_OPS_TRIGONOMETRIC_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef GRADUS_OPS_TRIGONOMETRIC_INL_H_
#undef GRADUS_OPS_TRIGONOMETRIC_INL_H_
#else
#define GRADUS_OPS_TRIGONOMETRIC_INL_H_
#endif

#include <cmath>
#include <cstdint>

#include "gradus/ops/polynomial-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gradus {
namespace HWY_NAMESPACE {

/// An angle less multiples of pi/2: sine and cosine of the rest in [-pi/4, pi/4], and the multiple
/// in the low bits of `quarter`.
template <class D>
struct ReducedAngle {
  hn::Vec<D> sine, cosine;
  hn::Vec<TagBits<D>> quarter;
};

/// Beyond this, multiples of pi/2 are not exact in three parts.
constexpr double kLargestAngle = 0x1p20;

template <class D, class V>
HWY_INLINE ReducedAngle<D> reduce_angle(D d, V x) {
  /// (sin(r) / r - 1) / r^2 and (cos(r) - 1 + r^2 / 2) / r^4 as functions of r^2.
  static constexpr double kSin[] = {
      -0x1.5555555555555p-3,  0x1.111111111110bp-7,  -0x1.a01a01a018a6ap-13, 0x1.71de3a533050fp-19,
      -0x1.ae64528d30c27p-26, 0x1.61208c158f98ap-33, -0x1.aaa22dc9f8a5fp-41};
  static constexpr double kCos[] = {
      0x1.5555555555555p-5,  -0x1.6c16c16c16c0fp-10, 0x1.a01a01a018cc8p-16, -0x1.27e4fb75eb61bp-22,
      0x1.1eed8c909ae8bp-29, -0x1.939323e7cece5p-37, 0x1.aabcffa784611p-45};
  const V rounder = hn::Set(d, kRounder<double>);
  const V rounded = hn::MulAdd(x, hn::Set(d, 0x1.45f306dc9c883p-1), rounder);
  const V n = hn::Sub(rounded, rounder);
  // pi/2 in parts of 33 bits, whose products with n are exact (Cody and Waite 1980).
  V r = hn::NegMulAdd(n, hn::Set(d, 0x1.921fb544p+0), x);
  r = hn::NegMulAdd(n, hn::Set(d, 0x1.0b4611a6p-34), r);
  r = hn::NegMulAdd(n, hn::Set(d, 0x1.3198a2ep-69), r);
  r = hn::NegMulAdd(n, hn::Set(d, 0x1.b839a252049c1p-104), r);
  const V z = hn::Mul(r, r);
  const V sine = hn::MulAdd(hn::Mul(z, r), polynomial(d, z, kSin), r);
  const V tail = hn::MulAdd(hn::Mul(z, z), polynomial(d, z, kCos), hn::Mul(z, hn::Set(d, -0.5)));
  return {sine, hn::Add(hn::Set(d, 1), tail), hn::BitCast(TagBits<D>(), rounded)};
}

/// y, but exact(x) in lanes where x is too large for reduce_angle.
template <class D, class V>
HWY_INLINE V with_large_angles(D d, V x, V y, double (*exact)(double)) {
  const auto small = hn::Le(hn::Abs(x), hn::Set(d, kLargestAngle));
  if (HWY_LIKELY(hn::AllTrue(d, small))) return y;
  HWY_ALIGN double angles[hn::MaxLanes(d)];
  HWY_ALIGN double results[hn::MaxLanes(d)];
  hn::Store(x, d, angles);
  hn::Store(y, d, results);
  for (std::size_t i = 0; i < hn::Lanes(d); ++i) {
    if (!(std::fabs(angles[i]) <= kLargestAngle)) results[i] = exact(angles[i]);
  }
  return hn::Load(d, results);
}

/// The sign bit where bit 1 of `quarter` is set.
template <class D>
HWY_INLINE hn::Vec<D> sign_of_half_turn(D d, hn::Vec<TagBits<D>> quarter) {
  const TagBits<D> bits;
  return hn::BitCast(d, hn::ShiftLeft<62>(hn::And(quarter, hn::Set(bits, 2))));
}
template <class D>
HWY_INLINE hn::Mask<D> is_odd(D d, hn::Vec<TagBits<D>> quarter) {
  const TagBits<D> bits;
  const auto one = hn::Set(bits, 1);
  return hn::RebindMask(d, hn::Eq(hn::And(quarter, one), one));
}

struct Sin {
  template <class D, class V>
  V operator()(D d, V x) const {
    const auto angle = reduce_angle(d, x);
    const V size = hn::IfThenElse(is_odd(d, angle.quarter), angle.cosine, angle.sine);
    const V y = hn::Xor(size, sign_of_half_turn(d, angle.quarter));
    return with_large_angles(d, x, hn::IfThenElse(hn::Eq(x, hn::Zero(d)), x, y), std::sin);
  }
};

struct Cos {
  template <class D, class V>
  V operator()(D d, V x) const {
    const auto angle = reduce_angle(d, x);
    const TagBits<D> bits;
    const V size = hn::IfThenElse(is_odd(d, angle.quarter), angle.sine, angle.cosine);
    const auto ahead = hn::Add(angle.quarter, hn::Set(bits, 1));
    return with_large_angles(d, x, hn::Xor(size, sign_of_half_turn(d, ahead)), std::cos);
  }
};

struct Tan {
  template <class D, class V>
  V operator()(D d, V x) const {
    const auto angle = reduce_angle(d, x);
    const auto odd = is_odd(d, angle.quarter);
    const V above = hn::IfThenElse(odd, hn::Neg(angle.cosine), angle.sine);
    const V y = hn::Div(above, hn::IfThenElse(odd, angle.sine, angle.cosine));
    return with_large_angles(d, x, hn::IfThenElse(hn::Eq(x, hn::Zero(d)), x, y), std::tan);
  }
};

constexpr double kHalfPi = 0x1.921fb54442d18p+0;
constexpr double kHalfPiLow = 0x1.1a62633145c07p-54;

/// (asin(x) / x - 1) for |x| <= 1/2, given z = x^2.
template <class D, class V>
HWY_INLINE V asin_excess(D d, V z) {
  static constexpr double kAsin[] = {
      0x1.5555555555577p-3, 0x1.333333332e101p-4, 0x1.6db6db72142c2p-5, 0x1.f1c71a94652f7p-6,
      0x1.6e8bdeedc6b38p-6, 0x1.1c49ef84ddbadp-6, 0x1.ca1f9fbfd50cdp-7, 0x1.758500305dedbp-7,
      0x1.613f56c78ba24p-7, 0x1.e5ce20ba34d1bp-9, 0x1.63a7b844f2ef4p-6, -0x1.580c92ab06f6cp-6,
      0x1.0b4b38c9296cep-5};
  return hn::Mul(z, polynomial(d, z, kAsin));
}

/// Half of acos(x) for x in [1/2, 1]: asin(sqrt((1 - x) / 2)).
template <class D, class V>
HWY_INLINE V half_acos(D d, V x) {
  const V half = hn::Set(d, 0.5);
  const V z = hn::Mul(hn::Sub(hn::Set(d, 1), x), half);
  const V root = hn::Sqrt(z);
  // What the root lost: (z - root^2) / (2 root), with a root of half the bits and its rest.
  const V short_root = hn::And(root, hn::BitCast(d, hn::Set(TagBits<D>(), 0xfffffffff8000000u)));
  const V lost = hn::Div(hn::NegMulAdd(short_root, short_root, z), hn::Add(root, short_root));
  const V exact = hn::MulAdd(root, asin_excess(d, z), lost);
  return hn::IfThenElse(hn::Eq(z, hn::Zero(d)), z, hn::Add(short_root, exact));
}

struct Asin {
  template <class D, class V>
  V operator()(D d, V x) const {
    const V magnitude = hn::Abs(x);
    const V near = hn::MulAdd(magnitude, asin_excess(d, hn::Mul(x, x)), magnitude);
    const V angle = half_acos(d, magnitude);
    const V low = hn::NegMulAdd(angle, hn::Set(d, 2), hn::Set(d, kHalfPi));
    const V far = hn::Add(low, hn::Set(d, kHalfPiLow));
    return hn::CopySign(hn::IfThenElse(hn::Gt(magnitude, hn::Set(d, 0.5)), far, near), x);
  }
};

struct Acos {
  template <class D, class V>
  V operator()(D d, V x) const {
    const V half_pi = hn::Set(d, kHalfPi);
    const V low = hn::Set(d, kHalfPiLow);
    const V excess = hn::Mul(x, asin_excess(d, hn::Mul(x, x)));
    const V near = hn::Sub(half_pi, hn::Add(x, hn::Sub(excess, low)));
    const V angle = half_acos(d, hn::Abs(x));
    const V twice = hn::Add(angle, angle);
    const V behind = hn::Mul(hn::Sub(half_pi, hn::Sub(angle, low)), hn::Set(d, 2));
    const V far = hn::IfThenElse(hn::Lt(x, hn::Zero(d)), behind, twice);
    return hn::IfThenElse(hn::Le(hn::Abs(x), hn::Set(d, 0.5)), near, far);
  }
};

/// atan(num / den) in [0, pi/2] for num, den >= 0, not both 0 nor both infinite.
template <class D, class V>
HWY_INLINE V atan_of_ratio(D d, V num, V den) {
  /// (atan(t) / t - 1) / t^2 for |t| <= tan(pi/8), as a function of t^2.
  static constexpr double kAtan[] = {
      -0x1.555555555553dp-2, 0x1.99999999957bep-3, -0x1.24924922a9ea5p-3, 0x1.c71c70e4e554dp-4,
      -0x1.745cf8bea9de4p-4, 0x1.3b11173cec4e0p-4, -0x1.10eba4bee158ap-4, 0x1.df0e43d5cc1f7p-5,
      -0x1.9cce68909264dp-5, 0x1.37cb4d5ed0451p-5, -0x1.2554f100fc5e7p-6};
  // Turned by -pi/4 or -pi/2 where that brings the ratio below tan(pi/8).
  const V tan_pi_8 = hn::Set(d, 0x1.a827999fcef32p-2);
  const auto steep = hn::Gt(hn::Mul(num, tan_pi_8), den);
  const auto middle = hn::AndNot(steep, hn::Gt(num, hn::Mul(den, tan_pi_8)));
  const V above =
      hn::IfThenElse(steep, hn::Neg(den), hn::IfThenElse(middle, hn::Sub(num, den), num));
  const V below = hn::IfThenElse(steep, num, hn::IfThenElse(middle, hn::Add(num, den), den));
  const V t = hn::Div(above, below);
  const V z = hn::Mul(t, t);
  const V turn = hn::IfThenElse(steep, hn::Set(d, 1), hn::IfThenElseZero(middle, hn::Set(d, 0.5)));
  const V rest =
      hn::MulAdd(turn, hn::Set(d, kHalfPiLow), hn::Mul(hn::Mul(t, z), polynomial(d, z, kAtan)));
  return hn::Add(hn::Mul(turn, hn::Set(d, kHalfPi)), hn::Add(t, rest));
}

struct Atan {
  template <class D, class V>
  V operator()(D d, V x) const {
    return hn::CopySign(atan_of_ratio(d, hn::Abs(x), hn::Set(d, 1)), x);
  }
};

/// The angle of the point (x, y).
struct Atan2 {
  template <class D, class V>
  V operator()(D d, V y, V x) const {
    const V one = hn::Set(d, 1);
    V num = hn::Abs(y);
    V den = hn::Abs(x);
    // Neither sums nor products with these overflow, or vanish unless the ratio does.
    const auto huge = hn::Or(hn::Gt(num, hn::Set(d, 0x1p1000)), hn::Gt(den, hn::Set(d, 0x1p1000)));
    const auto tiny = hn::And(hn::Lt(num, hn::Set(d, 0x1p-900)), hn::Lt(den, hn::Set(d, 0x1p-900)));
    const V factor =
        hn::IfThenElse(huge, hn::Set(d, 0x1p-100), hn::IfThenElse(tiny, hn::Set(d, 0x1p150), one));
    num = hn::Mul(num, factor);
    den = hn::Mul(den, factor);
    // Of equal ones, 0 and infinity among them: zeros on the axis, infinities on the diagonal.
    const auto both_infinite = hn::And(hn::Eq(num, infinity(d)), hn::Eq(den, infinity(d)));
    num = hn::IfThenElse(both_infinite, one, num);
    den = hn::IfThenElse(
        hn::Or(both_infinite, hn::And(hn::Eq(num, hn::Zero(d)), hn::Eq(den, hn::Zero(d)))), one,
        den);
    const V angle = atan_of_ratio(d, num, den);
    const V pi = hn::Set(d, 2 * kHalfPi);
    const V behind = hn::Sub(pi, hn::Sub(angle, hn::Set(d, 2 * kHalfPiLow)));
    const TagBits<D> bits;
    const auto left =
        hn::RebindMask(d, hn::Ne(hn::ShiftRight<63>(hn::BitCast(bits, x)), hn::Zero(bits)));
    return hn::CopySign(hn::IfThenElse(left, behind, angle), y);
  }
};

/// sqrt(a^2 + b^2) without overflow.
struct Hypot {
  template <class D, class V>
  V operator()(D d, V a, V b) const {
    const V x = hn::Abs(a);
    const V y = hn::Abs(b);
    const V larger = hn::IfThenElse(hn::Gt(x, y), x, y);
    const auto huge = hn::Gt(larger, hn::Set(d, 0x1p500));
    const auto tiny = hn::Lt(larger, hn::Set(d, 0x1p-500));
    const V one = hn::Set(d, 1);
    const V down =
        hn::IfThenElse(huge, hn::Set(d, 0x1p-600), hn::IfThenElse(tiny, hn::Set(d, 0x1p600), one));
    const V up =
        hn::IfThenElse(huge, hn::Set(d, 0x1p600), hn::IfThenElse(tiny, hn::Set(d, 0x1p-600), one));
    const V u = hn::Mul(x, down);
    const V v = hn::Mul(y, down);
    const V root = hn::Mul(hn::Sqrt(hn::MulAdd(u, u, hn::Mul(v, v))), up);
    const auto infinite = hn::Or(hn::Eq(x, infinity(d)), hn::Eq(y, infinity(d)));
    return hn::IfThenElse(infinite, infinity(d), root);  // even beside NaN
  }
};

}  // namespace HWY_NAMESPACE
}  // namespace gradus
HWY_AFTER_NAMESPACE();

#endif
