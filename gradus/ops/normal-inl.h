// Internal: vector code of the normal distribution.
// The error function and the normal distribution: include after hwy/foreach_target.h.

#if defined(GRADUS_OPS_NORMAL_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef GRADUS_OPS_NORMAL_INL_H_
#undef GRADUS_OPS_NORMAL_INL_H_
#else
#define GRADUS_OPS_NORMAL_INL_H_
#endif

#include <cstdint>

#include "gradus/ops/exponential-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gradus {
namespace HWY_NAMESPACE {

template <class T>
struct NormalConstants;

template <>
struct NormalConstants<float> {
  /// (erf(x) / x - 1) for |x| <= 1, as a function of x^2.
  static constexpr float kErf[] = {0x1.06eba8p-3f,  -0x1.81273ep-2f, 0x1.ce2cf8p-4f,
                                   -0x1.b7f910p-6f, 0x1.5405bep-8f,  -0x1.a3f71ep-11f,
                                   0x1.496a12p-14f};
  /// Mills' ratio times the normal density at 0: Phi(-x) exp(x^2 / 2) (x + kShift) for x >= 0, as a
  /// function of (x - kShift) / (x + kShift), up to where Phi(-x) vanishes.
  static constexpr float kMills[] = {0x1.754a76p-1f,  -0x1.04c72ap-1f,  0x1.d71386p-3f,
                                     -0x1.832d0ap-5f, -0x1.56d5fcp-7f,  0x1.c8bd7ep-8f,
                                     0x1.0ca418p-10f, -0x1.0eab82p-10f, -0x1.00a4d4p-12f,
                                     0x1.13424ep-13f, 0x1.c8cd38p-15f};
  static constexpr float kShift = 3;
  static constexpr std::uint32_t kHalfOfBits = 0xfffff000u;
};

template <>
struct NormalConstants<double> {
  static constexpr double kErf[] = {
      0x1.06eba8214db69p-3,  -0x1.812746b0379e6p-2,  0x1.ce2f21a042b21p-4,  -0x1.b82ce312849afp-6,
      0x1.565bcd0db0530p-8,  -0x1.c02db3d8f264ep-11, 0x1.f9a321a195b9dp-14, -0x1.f4d1df40274b3p-17,
      0x1.b9def1de3f8ebp-20, -0x1.5f1d38354a7c9p-23, 0x1.f7a41b6768ef8p-27, -0x1.386acc14bb471p-30,
      0x1.0579a08899394p-34};
  static constexpr double kMills[] = {
      0x1.89d3abe1f95aep-1,   -0x1.54ad03f27ca18p-1,  0x1.fb31653876f89p-2,
      -0x1.410ed5f87594cp-2,  0x1.51f6329f01ba8p-3,   -0x1.1b1c254ca3fb6p-4,
      0x1.54b4d4f48aa49p-6,   -0x1.88590e985759bp-9,  -0x1.a25037785cf97p-11,
      0x1.1daf1ae024270p-11,  -0x1.f21492d6e886cp-15, -0x1.a17013635d5dep-15,
      0x1.17df128f7f7b4p-16,  0x1.0b14e52e80b76p-18,  -0x1.73e07c9cdad4ap-19,
      -0x1.674a1dfc99afcp-22, 0x1.d4694c50c75ebp-22,  0x1.597fa303d6fe2p-25,
      -0x1.2cf465afa638bp-24, -0x1.269b5165c5e0dp-27, 0x1.711e7997eddfep-27,
      0x1.305dc8250cb25p-29,  -0x1.3a32081890896p-30, -0x1.9c632d71ad397p-32};
  static constexpr double kShift = 5;
  static constexpr std::uint64_t kHalfOfBits = 0xfffffffff8000000u;
};

template <class D>
using NormalOf = NormalConstants<hn::TFromD<D>>;

/// exp(-factor x^2), right to the last bits although x^2 is not.
template <class D, class V>
HWY_INLINE V gaussian(D d, V x, hn::TFromD<D> factor) {
  const V cut = hn::And(x, hn::BitCast(d, hn::Set(TagBits<D>(), NormalOf<D>::kHalfOfBits)));
  const V minus = hn::Set(d, -factor);
  const V exact = hn::Mul(hn::Mul(cut, cut), minus);
  const V rest = hn::Mul(hn::Mul(hn::Sub(x, cut), hn::Add(x, cut)), minus);
  return scaled_exp(d, exact, rest, hn::Zero(d));
}

/// Phi(-x) exp(x^2 / 2) for x >= 0.
template <class D, class V>
HWY_INLINE V mills_ratio(D d, V x) {
  using C = NormalOf<D>;
  const V below = hn::Add(x, hn::Set(d, C::kShift));
  const V u = hn::Div(hn::Sub(x, hn::Set(d, C::kShift)), below);
  return hn::Div(polynomial(d, u, C::kMills), below);
}

/// erf(x) for |x| <= 1.
template <class D, class V>
HWY_INLINE V inner_erf(D d, V x) {
  return hn::MulAdd(x, polynomial(d, hn::Mul(x, x), NormalOf<D>::kErf), x);
}

/// Where the tails are 0 and nothing overflows.
template <class D, class V>
HWY_INLINE V bounded_magnitude(D d, V x) {
  const V bound = hn::Set(d, 1000);
  const V magnitude = hn::Abs(x);
  return hn::IfThenElse(hn::Gt(magnitude, bound), bound, magnitude);
}

/// erfc(x) for x >= 0, bounded.
template <class D, class V>
HWY_INLINE V upper_erfc(D d, V x) {
  const V tail =
      mills_ratio(d, hn::Mul(x, hn::Set(d, static_cast<hn::TFromD<D>>(0x1.6a09e667f3bcdp+0))));
  return hn::Mul(hn::Add(tail, tail), gaussian(d, x, 1));
}

struct Erf {
  template <class D, class V>
  V operator()(D d, V x) const {
    const V one = hn::Set(d, 1);
    const V magnitude = bounded_magnitude(d, x);
    const V near = inner_erf(d, hn::IfThenElse(hn::Gt(magnitude, one), one, magnitude));
    const V far = hn::Sub(one, upper_erfc(d, magnitude));
    return hn::CopySign(hn::IfThenElse(hn::Gt(magnitude, one), far, near), x);
  }
};

struct Erfc {
  template <class D, class V>
  V operator()(D d, V x) const {
    const V half = hn::Set(d, 0.5);
    const V magnitude = bounded_magnitude(d, x);
    const V upper = upper_erfc(d, magnitude);
    const V far = hn::IfThenElse(hn::Lt(x, hn::Zero(d)), hn::Sub(hn::Set(d, 2), upper), upper);
    const auto inside = hn::Lt(magnitude, half);
    const V near = hn::Sub(hn::Set(d, 1), inner_erf(d, hn::IfThenElseZero(inside, x)));
    return hn::IfThenElse(inside, near, far);
  }
};

/// The normal distribution function, and the density times sqrt(2 pi).
template <class V>
struct Normal {
  V below, bell;
};

template <class D, class V>
HWY_INLINE Normal<V> normal(D d, V x) {
  using T = hn::TFromD<D>;
  const V half = hn::Set(d, static_cast<T>(0.5));
  const V magnitude = bounded_magnitude(d, x);
  const V bell = gaussian(d, magnitude, static_cast<T>(0.5));
  const V tail = hn::Mul(mills_ratio(d, magnitude), bell);
  const V far = hn::IfThenElse(hn::Lt(x, hn::Zero(d)), tail, hn::Sub(hn::Set(d, 1), tail));
  const auto inside = hn::Lt(magnitude, half);
  const V z =
      hn::Mul(hn::IfThenElseZero(inside, x), hn::Set(d, static_cast<T>(0x1.6a09e667f3bcdp-1)));
  const V near = hn::MulAdd(half, inner_erf(d, z), half);
  return {hn::IfThenElse(inside, near, far), bell};
}

}  // namespace HWY_NAMESPACE
}  // namespace gradus
HWY_AFTER_NAMESPACE();

#endif
