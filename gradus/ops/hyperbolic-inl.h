// Internal: vector code of hyperbolic functions.
// Hyperbolic functions, their inverses and the logistic curve: include after hwy/foreach_target.h.

#if defined(GRADUS_OPS_HYPERBOLIC_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef GRADUS_OPS_HYPERBOLIC_INL_H_
#undef GRADUS_OPS_HYPERBOLIC_INL_H_
#else
#define GRADUS_OPS_HYPERBOLIC_INL_H_
#endif

#include "gradus/ops/exponential-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gradus {
namespace HWY_NAMESPACE {

struct Tanh {
  template <class D, class V>
  V operator()(D d, V x) const {
    // exp(-2|x|) - 1 is in (-1, 0]: nothing overflows.
    const V t = expm1_below_zero(d, hn::Mul(hn::Abs(x), hn::Set(d, -2)));
    return hn::CopySign(hn::Div(t, hn::Add(t, hn::Set(d, 2))), x);
  }
};

/// g * (1 - y^2)
struct TanhGradient {
  template <class D, class V>
  V operator()(D d, V g, V y) const {
    return hn::Mul(g, hn::NegMulAdd(y, y, hn::Set(d, 1)));
  }
};

/// a / b for b of ordinary size, to the last bit or nearly, without the divider where that takes a
/// vector no faster than a dozen other operations: from an approximate reciprocal by Newton's
/// method.
template <class D, class V>
HWY_INLINE V divide_beside([[maybe_unused]] D d, V a, V b) {
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL
  if constexpr (sizeof(hn::TFromD<D>) == 4) {
    const V rough = hn::ApproximateReciprocal(b);  // 14 bits
    const V reciprocal = hn::MulAdd(hn::NegMulAdd(b, rough, hn::Set(d, 1)), rough, rough);
    const V quotient = hn::Mul(a, reciprocal);
    return hn::MulAdd(hn::NegMulAdd(b, quotient, a), reciprocal, quotient);
  }
#endif
  return hn::Div(a, b);
}

/// 1 / (1 + exp(-x)). `kBeside`: among other functions that divide, see divide_beside().
template <bool kBeside>
struct SigmoidOf {
  template <class D, class V>
  V operator()(D d, V x) const {
    const V one = hn::Set(d, 1);
    const V e = Exp{}(d, hn::Neg(hn::Abs(x)));
    const V above = hn::IfThenElse(hn::Lt(x, hn::Zero(d)), e, one);
    const V below = hn::Add(one, e);
    return kBeside ? divide_beside(d, above, below) : hn::Div(above, below);
  }
};
using Sigmoid = SigmoidOf<false>;
using BusySigmoid = SigmoidOf<true>;

struct Sinh {
  template <class D, class V>
  V operator()(D d, V x) const {
    const V one = hn::Set(d, 1);
    const V half = hn::Set(d, 0.5);
    const V magnitude = hn::Abs(x);
    const V t = Expm1{}(d, magnitude);
    const V near = hn::Mul(half, hn::Add(t, hn::Div(t, hn::Add(t, one))));
    const V far = scaled_exp(d, magnitude, hn::Zero(d), hn::Neg(one));
    return hn::CopySign(hn::IfThenElse(hn::Lt(magnitude, hn::Set(d, 22)), near, far), x);
  }
};

struct Cosh {
  template <class D, class V>
  V operator()(D d, V x) const {
    const V half_exp = scaled_exp(d, hn::Abs(x), hn::Zero(d), hn::Set(d, -1));
    return hn::Add(half_exp, hn::Div(hn::Set(d, 0.25), half_exp));
  }
};

/// From here on x^2 + 1 and x^2 - 1 are x^2, which may overflow further on.
template <class T>
constexpr T kAlmostInfinite = sizeof(T) == 4 ? T(0x1p14) : T(0x1p30);

/// log(2 x) for large x.
template <class D, class V>
HWY_INLINE V log_of_double(D d, V x) {
  return hn::Add(Log{}(d, x), hn::Set(d, static_cast<hn::TFromD<D>>(0x1.62e42fefa39efp-1)));
}

struct Asinh {
  template <class D, class V>
  V operator()(D d, V x) const {
    const V one = hn::Set(d, 1);
    const V magnitude = hn::Abs(x);
    const auto large = hn::Gt(magnitude, hn::Set(d, kAlmostInfinite<hn::TFromD<D>>));
    const V inside = hn::IfThenElse(large, one, magnitude);
    const V square = hn::Mul(inside, inside);
    const V root = hn::Sqrt(hn::Add(square, one));
    const V near = Log1p{}(d, hn::Add(inside, hn::Div(square, hn::Add(one, root))));
    return hn::CopySign(hn::IfThenElse(large, log_of_double(d, magnitude), near), x);
  }
};

struct Acosh {
  template <class D, class V>
  V operator()(D d, V x) const {
    const V one = hn::Set(d, 1);
    const auto large = hn::Gt(x, hn::Set(d, kAlmostInfinite<hn::TFromD<D>>));
    const V t = hn::Sub(hn::IfThenElse(large, one, x), one);
    const V near = Log1p{}(d, hn::Add(t, hn::Sqrt(hn::Mul(t, hn::Add(t, hn::Set(d, 2))))));
    const V y = hn::IfThenElse(large, log_of_double(d, x), near);
    return hn::IfThenElse(hn::Lt(x, one), not_a_number(d), y);
  }
};

struct Atanh {
  template <class D, class V>
  V operator()(D d, V x) const {
    const V one = hn::Set(d, 1);
    const V magnitude = hn::Abs(x);
    const V ratio = hn::Div(hn::Add(magnitude, magnitude), hn::Sub(one, magnitude));
    const V y = hn::Mul(hn::Set(d, 0.5), Log1p{}(d, ratio));
    const V bounded = hn::IfThenElse(hn::Gt(magnitude, one), not_a_number(d), y);
    return hn::CopySign(bounded, x);
  }
};

}  // namespace HWY_NAMESPACE
}  // namespace gradus
HWY_AFTER_NAMESPACE();

#endif
