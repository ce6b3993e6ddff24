// Internal: vector code of exponentials and logarithms.
// Exponentials, logarithms and what is made of them: include after hwy/foreach_target.h.

#if defined(GRADUS_OPS_EXPONENTIAL_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef GRADUS_OPS_EXPONENTIAL_INL_H_
#undef GRADUS_OPS_EXPONENTIAL_INL_H_
#else
#define GRADUS_OPS_EXPONENTIAL_INL_H_
#endif

#include <cstdint>

#include "gradus/ops/polynomial-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gradus {
namespace HWY_NAMESPACE {

template <class T>
struct ExponentialConstants;

template <>
struct ExponentialConstants<float> {
  /// (exp(r) - 1 - r) / r^2 for |r| <= log(2) / 2.
  static constexpr float kExp[] = {0x1.000000p-1f, 0x1.555554p-3f,  0x1.5554b2p-5f,
                                   0x1.11118cp-7f, 0x1.6d7210p-10f, 0x1.a030cep-13f};
  /// (2 artanh(s) / s - 2) / z as a function of z = s^2, for sqrt(1/2) <= (1 + s) / (1 - s) <=
  /// sqrt(2).
  static constexpr float kLog[] = {0x1.55557ap-1f, 0x1.995ed0p-2f, 0x1.31e0eep-2f};
  // The high part of each constant leaves room for an exact product with an exponent, or with the
  // high part of a logarithm.
  static constexpr float kLn2High = 0x1.63p-1f;
  static constexpr float kLn2Low = -0x1.bd0106p-13f;
  static constexpr float kLog2eHigh = 0x1.716p+0f;
  static constexpr float kLog2eLow = -0x1.7135a8p-13f;
  static constexpr float kLog10eHigh = 0x1.bccp-2f;
  static constexpr float kLog10eLow = -0x1.09d5b2p-15f;
  static constexpr float kLog10Of2High = 0x1.344p-2f;
  static constexpr float kLog10Of2Low = 0x1.3509f8p-18f;
  static constexpr std::uint32_t kHighBits = 0xfffff000u;
  static constexpr std::uint32_t kSqrtHalf = 0x3f3504f3u;
  static constexpr float kOverflow = 89;
  static constexpr float kUnderflow = -104;
};

template <>
struct ExponentialConstants<double> {
  static constexpr double kExp[] = {
      0x1.0000000000000p-1,  0x1.5555555555559p-3,  0x1.555555555553fp-5,  0x1.111111110f6d3p-7,
      0x1.6c16c16c1f096p-10, 0x1.a01a01afd6cf6p-13, 0x1.a01a017bc0a9dp-16, 0x1.71ddf8768c812p-19,
      0x1.27e5363172560p-22, 0x1.af5e848e2da17p-26, 0x1.1ee88a7af64d6p-29};
  static constexpr double kLog[] = {
      0x1.5555555555592p-1, 0x1.999999997fee9p-2, 0x1.24924941e0c09p-2, 0x1.c71c52164daa4p-3,
      0x1.74663c53551ddp-3, 0x1.39a1fb9f74519p-3, 0x1.2f02e59d227bfp-3};
  static constexpr double kLn2High = 0x1.62e42ffp-1;
  static constexpr double kLn2Low = -0x1.718432a1b0e26p-35;
  static constexpr double kLog2eHigh = 0x1.7154764p+0;
  static constexpr double kLog2eLow = 0x1.2b82fe1777d10p-28;
  static constexpr double kLog10eHigh = 0x1.bcb7b14p-2;
  static constexpr double kLog10eLow = 0x1.26e50e32a6ab7p-30;
  static constexpr double kLog10Of2High = 0x1.3441350ap-2;
  static constexpr double kLog10Of2Low = -0x1.0c0219dc1da99p-39;
  static constexpr std::uint64_t kHighBits = 0xfffffffff8000000u;
  static constexpr std::uint64_t kSqrtHalf = 0x3fe6a09e667f3bcdu;
  static constexpr double kOverflow = 710;
  static constexpr double kUnderflow = -746;
};

template <class D>
using ExponentialOf = ExponentialConstants<hn::TFromD<D>>;

/// exp(x + tail) = (1 + rest) * 2^n.
template <class V>
struct ReducedExp {
  V rest, n;
};

template <class D, class V, class... Tail>
HWY_INLINE ReducedExp<V> reduce_exp(D d, V x, Tail... tail) {
  using C = ExponentialOf<D>;
  const V rounder = hn::Set(d, kRounder<hn::TFromD<D>>);
  const V log2e = hn::Set(d, C::kLog2eHigh + C::kLog2eLow);
  const V n = hn::Sub(hn::MulAdd(x, log2e, rounder), rounder);
  const V high = hn::NegMulAdd(n, hn::Set(d, C::kLn2High), x);
  V r = hn::NegMulAdd(n, hn::Set(d, C::kLn2Low), high);
  if constexpr (sizeof...(tail) > 0) r = hn::Add(r, tail...);
  return {hn::MulAdd(hn::Mul(r, r), polynomial(d, r, C::kExp), r), n};
}

/// x within the bounds beyond which exp(x), and half of it, is infinite or 0, as it is at them.
template <class D, class V>
HWY_INLINE V within_range_of_exp(D d, V x) {
  using C = ExponentialOf<D>;
  return at_least(d, at_most(d, x, C::kOverflow + 2), C::kUnderflow);
}

/// exp(x + tail) * 2^exponent, |tail| small beside 1, the exponent 0 or -1.
template <class D, class V>
HWY_INLINE V scaled_exp(D d, V x, V tail, V exponent) {
  const auto [rest, n] = reduce_exp(d, within_range_of_exp(d, x), tail);
  return scale(d, hn::Add(rest, hn::Set(d, 1)), hn::Add(n, exponent));
}

struct Exp {
  template <class D, class V>
  V operator()(D d, V x) const {
    const auto [rest, n] = reduce_exp(d, within_range_of_exp(d, x));
    return scale(d, hn::Add(rest, hn::Set(d, 1)), n);
  }
};

struct Exp2 {
  template <class D, class V>
  V operator()(D d, V x) const {
    using C = ExponentialOf<D>;
    const V rounder = hn::Set(d, kRounder<hn::TFromD<D>>);
    constexpr bool is_single = sizeof(hn::TFromD<D>) == 4;
    const V inside = at_least(d, at_most(d, x, is_single ? 130 : 1026), is_single ? -151 : -1076);
    const V n = hn::Sub(hn::Add(inside, rounder), rounder);
    const V r = hn::Mul(hn::Sub(inside, n), hn::Set(d, C::kLn2High + C::kLn2Low));
    const V rest = hn::MulAdd(hn::Mul(r, r), polynomial(d, r, C::kExp), r);
    return scale(d, hn::Add(rest, hn::Set(d, 1)), n);
  }
};

/// exp(-x) - 1 is -1 from here on.
template <class T>
constexpr T kExpm1Reach = T(0.75) * ExponentialConstants<T>::kOverflow;

/// exp(x) - 1 for x <= 0.
template <class D, class V>
HWY_INLINE V expm1_below_zero(D d, V x) {
  const auto [rest, n] = reduce_exp(d, at_least(d, x, -kExpm1Reach<hn::TFromD<D>>));
  const V power = whole_power_of_two(d, n);
  return hn::MulAdd(power, rest, hn::Sub(power, hn::Set(d, 1)));
}

struct Expm1 {
  template <class D, class V>
  V operator()(D d, V x) const {
    using C = ExponentialOf<D>;
    // Beyond the bounds the result is -1 or infinite, as it is at them.
    const V inside = at_least(d, at_most(d, x, C::kOverflow), -kExpm1Reach<hn::TFromD<D>>);
    const auto [rest, n] = reduce_exp(d, inside);
    const V rounder = hn::Set(d, kRounder<hn::TFromD<D>>);
    // Twice half the result: 2^n itself may overflow before the result does.
    const V half_power = power_of_two(d, hn::Add(hn::Sub(n, hn::Set(d, 1)), rounder));
    const V half = hn::MulAdd(half_power, rest, hn::Sub(half_power, hn::Set(d, 0.5)));
    const V y = hn::IfThenElse(hn::Eq(n, hn::Zero(d)), rest, hn::Add(half, half));
    return hn::CopySign(y, x);  // keeps -0
  }
};

/// log(m * 2^e) where x = m * 2^e with m around 1, in parts: log(m) = f - half_square + rest.
template <class V>
struct ReducedLog {
  V e, f, half_square, rest;
};

/// Parts of log(x + missing), x > 0; `missing`, if given, is far smaller than x.
template <class D, class V, class... Missing>
HWY_INLINE ReducedLog<V> reduce_log(D d, V x, Missing... missing) {
  using T = hn::TFromD<D>;
  using C = ExponentialOf<D>;
  const TagBits<D> bits;
  const V smallest_normal = hn::Set(d, std::numeric_limits<T>::min());
  const V lift = hn::Set(d, sizeof(T) == 4 ? T(0x1p24) : T(0x1p54));
  const auto subnormal = hn::Lt(x, smallest_normal);
  const V normal = hn::IfThenElse(subnormal, hn::Mul(x, lift), x);
  constexpr auto one = static_cast<hwy::MakeUnsigned<T>>(kExponentBias<T>) << kMantissaBits<T>;
  const auto shifted = hn::Add(hn::BitCast(bits, normal), hn::Set(bits, one - C::kSqrtHalf));
  const auto exponent = hn::ShiftRight<kMantissaBits<T>>(shifted);
  const auto mantissa =
      hn::And(shifted, hn::Set(bits, (hwy::MakeUnsigned<T>{1} << kMantissaBits<T>)-1));
  const V m = hn::BitCast(d, hn::Add(mantissa, hn::Set(bits, C::kSqrtHalf)));
  const V rounder = hn::Set(d, kRounder<T>);
  const V biased = hn::BitCast(d, hn::Add(hn::BitCast(bits, rounder), exponent));
  const V bias = hn::IfThenElse(
      subnormal, hn::Set(d, kRounder<T> + kExponentBias<T> + (sizeof(T) == 4 ? 24 : 54)),
      hn::Set(d, kRounder<T> + kExponentBias<T>));
  const V e = hn::Sub(biased, bias);
  V f = hn::Sub(m, hn::Set(d, 1));
  if constexpr (sizeof...(missing) > 0) {
    const V down = power_of_two(d, hn::Sub(rounder, e));
    f = hn::IfThenElse(hn::Lt(e, hn::Set(d, 100)), hn::MulAdd(missing..., down, f), f);
  }
  // log(1 + f) = 2 artanh(s) with s = f / (2 + f), and 2 s = f - half_square + s half_square.
  const V s = hn::Div(f, hn::Add(f, hn::Set(d, 2)));
  const V z = hn::Mul(s, s);
  const V half_square = hn::Mul(hn::Mul(f, f), hn::Set(d, 0.5));
  const V rest = hn::Mul(s, hn::MulAdd(z, polynomial(d, z, C::kLog), half_square));
  return {e, f, half_square, rest};
}

/// y, but what a logarithm is at 0, below, at infinity and of NaN.
template <class D, class V>
HWY_INLINE V with_log_limits(D d, V x, V y) {
  const V zero = hn::Zero(d);
  const V inf = infinity(d);
  const V above = hn::IfThenElse(hn::Lt(x, inf), y, x);
  const V at_zero = hn::IfThenElse(hn::Eq(x, zero), hn::Neg(inf), above);
  return hn::IfThenElse(hn::Lt(x, zero), not_a_number(d), at_zero);
}

/// log of the parts.
template <class D, class V>
HWY_INLINE V natural_log(D d, const ReducedLog<V>& parts) {
  using C = ExponentialOf<D>;
  const V low = hn::MulAdd(parts.e, hn::Set(d, C::kLn2Low), parts.rest);
  const V m = hn::Sub(parts.f, hn::Sub(parts.half_square, low));
  return hn::MulAdd(parts.e, hn::Set(d, C::kLn2High), m);
}

struct Log {
  template <class D, class V>
  V operator()(D d, V x) const {
    return with_log_limits(d, x, natural_log(d, reduce_log(d, x)));
  }
};

struct Log1p {
  template <class D, class V>
  V operator()(D d, V x) const {
    const V one = hn::Set(d, 1);
    const V sum = hn::Add(x, one);
    // What the sum lost (Knuth).
    const V part = hn::Sub(sum, one);
    const V lost = hn::Add(hn::Sub(one, hn::Sub(sum, part)), hn::Sub(x, part));
    const V y = with_log_limits(d, sum, natural_log(d, reduce_log(d, sum, lost)));
    return hn::IfThenElse(hn::Eq(x, hn::Zero(d)), x, y);  // keeps -0
  }
};

/// e * unit + log(m) * factor for constants in two parts, as exact as the type allows: whole powers
/// of the base give whole numbers.
template <class D, class V, class T>
HWY_INLINE V log_in_base(D d, const ReducedLog<V>& parts, T unit_high, T unit_low, T factor_high,
                         T factor_low) {
  const TagBits<D> bits;
  const V rough = hn::Sub(parts.f, parts.half_square);
  const V high =
      hn::BitCast(d, hn::And(hn::BitCast(bits, rough), hn::Set(bits, ExponentialOf<D>::kHighBits)));
  const V low = hn::Add(hn::Sub(hn::Sub(parts.f, high), parts.half_square), parts.rest);
  const V product = hn::Mul(high, hn::Set(d, factor_high));
  const V whole = hn::Mul(parts.e, hn::Set(d, unit_high));
  const V sum = hn::Add(whole, product);
  V rest = hn::Mul(parts.e, hn::Set(d, unit_low));
  rest = hn::MulAdd(hn::Add(low, high), hn::Set(d, factor_low), rest);
  rest = hn::MulAdd(low, hn::Set(d, factor_high), rest);
  // Where e is not 0, it is the larger part of the sum.
  rest = hn::Add(rest, hn::Add(hn::Sub(whole, sum), product));
  return hn::Add(sum, rest);
}

struct Log2 {
  template <class D, class V>
  V operator()(D d, V x) const {
    using C = ExponentialOf<D>;
    const auto parts = reduce_log(d, x);
    using T = hn::TFromD<D>;
    return with_log_limits(d, x, log_in_base(d, parts, T(1), T(0), C::kLog2eHigh, C::kLog2eLow));
  }
};

struct Log10 {
  template <class D, class V>
  V operator()(D d, V x) const {
    using C = ExponentialOf<D>;
    const auto parts = reduce_log(d, x);
    return with_log_limits(
        d, x,
        log_in_base(d, parts, C::kLog10Of2High, C::kLog10Of2Low, C::kLog10eHigh, C::kLog10eLow));
  }
};

/// log(exp(a) + exp(b))
struct LogAddExp {
  template <class D, class V>
  V operator()(D d, V a, V b) const {
    const V larger = hn::IfThenElse(hn::Gt(a, b), a, b);
    // Equal infinities have the difference 0.
    const V difference = hn::IfThenZeroElse(hn::Eq(a, b), hn::Sub(a, b));
    const V y = hn::Add(larger, Log1p{}(d, Exp{}(d, hn::Neg(hn::Abs(difference)))));
    return hn::IfThenElse(hn::Or(hn::IsNaN(a), hn::IsNaN(b)), not_a_number(d), y);
  }
};

/// The cube root, for f64.
struct Cbrt {
  template <class D, class V>
  V operator()(D d, V x) const {
    /// x^(1/3) for sqrt(1/2) <= x <= sqrt(2), to 20 bits.
    static constexpr double kCbrt[] = {0x1.afcf5f41405eap-2,  0x1.0e57181da2f0bp+0,
                                       -0x1.ac11b0bb4eaadp-1, 0x1.059da8e1b7e20p-1,
                                       -0x1.6fbc28381bad2p-3, 0x1.b9a21de4bb658p-6};
    const V magnitude = hn::Abs(x);
    const auto parts = split(d, magnitude);
    const V rounder = hn::Set(d, kRounder<double>);
    const V third = hn::Sub(hn::MulAdd(parts.e, hn::Set(d, 1.0 / 3), rounder), rounder);
    const V rest = hn::NegMulAdd(third, hn::Set(d, 3), parts.e);  // -1, 0 or 1
    const V m = hn::Mul(parts.m, power_of_two(d, hn::Add(rest, rounder)));
    V y = polynomial(d, parts.m, kCbrt);
    y = hn::IfThenElse(hn::Gt(rest, hn::Zero(d)), hn::Mul(y, hn::Set(d, 0x1.428a2f98d728bp+0)), y);
    y = hn::IfThenElse(hn::Lt(rest, hn::Zero(d)), hn::Mul(y, hn::Set(d, 0x1.965fea53d6e3dp-1)), y);
    for (int step = 0; step < 2; ++step) {  // Newton: 40 bits, then all
      const V square = hn::Mul(y, y);
      const V error = hn::NegMulAdd(square, y, m);
      y = hn::Add(y, hn::Div(error, hn::Mul(square, hn::Set(d, 3))));
    }
    y = hn::CopySign(hn::Mul(y, power_of_two(d, hn::Add(third, rounder))), x);
    const auto ordinary = hn::And(hn::Gt(magnitude, hn::Zero(d)), hn::Lt(magnitude, infinity(d)));
    return hn::IfThenElse(ordinary, y, x);  // 0, infinity and NaN are their own roots
  }

 private:
  template <class V>
  struct Parts {
    V m, e;
  };
  /// x = m * 2^e with sqrt(1/2) <= m < sqrt(2).
  template <class D, class V>
  static HWY_INLINE Parts<V> split(D d, V x) {
    const auto reduced = reduce_log(d, x);
    return {hn::Add(reduced.f, hn::Set(d, 1)), reduced.e};
  }
};

/// x to the power y in f64, as exact as f32 needs, for operands that are f32: the logarithm's error
/// grows with the exponent.
struct PowerOfSingle {
  template <class D, class V>
  V operator()(D d, V x, V y) const {
    const V zero = hn::Zero(d);
    const V one = hn::Set(d, 1);
    const V half = hn::Set(d, 0.5);
    const V magnitude = hn::Abs(x);
    const auto whole = hn::Eq(hn::Floor(y), y);
    const V half_y = hn::Mul(y, half);
    const auto odd = hn::And(whole, hn::Not(hn::Eq(hn::Floor(half_y), half_y)));
    V result = Exp{}(d, hn::Mul(y, Log{}(d, magnitude)));
    const auto negative = hn::Lt(x, zero);
    const auto finite = hn::Lt(magnitude, infinity(d));
    result =
        hn::IfThenElse(hn::And(hn::And(negative, finite), hn::Not(whole)), not_a_number(d), result);
    result = hn::IfThenElse(odd, hn::CopySign(result, x), result);
    // 1 to any power and anything to the power 0 is 1, and -1 to an infinite one.
    const auto infinite_y = hn::Eq(hn::Abs(y), infinity(d));
    const auto unit = hn::Or(hn::Eq(x, one), hn::And(hn::Eq(magnitude, one), infinite_y));
    return hn::IfThenElse(hn::Or(hn::Eq(y, zero), unit), one, result);
  }
};

}  // namespace HWY_NAMESPACE
}  // namespace gradus
HWY_AFTER_NAMESPACE();

#endif
