#include "gradus/ops/random_transforms.h"

#include <array>
#include <bit>
#include <cstddef>

#include "gradus/ops/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gradus/ops/random_transforms.cpp"
#include "hwy/foreach_target.h"  // first: it includes this file once per instruction set

#include "hwy/highway.h"

// Products and sums are rounded one by one, so that every instruction set gives the same bits.

HWY_BEFORE_NAMESPACE();
namespace gradus {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

template <class D>
using Words = hn::RebindToUnsigned<D>;

template <class T>
struct Format;
template <>
struct Format<float> {
  using Word = std::uint32_t;
  static constexpr int kMantissa = 23;
  static constexpr Word kBias = 127;
  static constexpr std::size_t kLogarithmTerms = 5;  // remainder below 2e-9
  static constexpr std::size_t kAngleTerms = 6;      // remainder below 1e-10
};
template <>
struct Format<double> {
  using Word = std::uint64_t;
  static constexpr int kMantissa = 52;
  static constexpr Word kBias = 1023;
  static constexpr std::size_t kLogarithmTerms = 11;  // remainder below 1e-18
  static constexpr std::size_t kAngleTerms = 10;      // remainder below 1e-18
};

/// c[0] + c[1] x + c[2] x^2 + ...
template <class D, class T, std::size_t N>
HWY_INLINE hn::Vec<D> polynomial(D d, hn::Vec<D> x, const std::array<T, N>& c) {
  auto result = hn::Set(d, c[N - 1]);
  for (std::size_t i = N - 1; i-- > 0;) result = hn::Add(hn::Mul(result, x), hn::Set(d, c[i]));
  return result;
}

/// 2 / (2i + 1): log(1 + f) = 2 atanh(s) = s (2 + 2/3 s^2 + 2/5 s^4 + ...), s = f / (2 + f).
template <class T, std::size_t N>
constexpr std::array<T, N> logarithm_series() {
  std::array<T, N> c{};
  for (std::size_t i = 0; i < N; ++i) c[i] = static_cast<T>(2.0 / static_cast<double>(2 * i + 1));
  return c;
}

/// (-1)^i / (2i + first)!: cosine in x^2 for first = 0, sine over x for first = 1.
template <class T, std::size_t N>
constexpr std::array<T, N> circle_series(int first) {
  std::array<T, N> c{};
  double term = 1;
  for (std::size_t i = 0; i < N; ++i) {
    c[i] = static_cast<T>(term);
    const double n = 2 * static_cast<double>(i) + first;
    term /= -(n + 1) * (n + 2);
  }
  return c;
}

/// log(2^k (1 + f)), 1 + f within [sqrt(1/2), sqrt(2)].
template <class D>
HWY_INLINE hn::Vec<D> logarithm(D d, hn::Vec<D> k, hn::Vec<D> f) {
  using T = hn::TFromD<D>;
  static constexpr auto kSeries = logarithm_series<T, Format<T>::kLogarithmTerms>();
  const auto s = hn::Div(f, hn::Add(f, hn::Set(d, T(2))));
  const auto tail = hn::Mul(s, polynomial(d, hn::Mul(s, s), kSeries));
  return hn::Add(hn::Mul(k, hn::Set(d, T(0.69314718055994530942))), tail);
}

/// x = 2^k (1 + f), 1 + f within [sqrt(1/2), sqrt(2)]; x is positive and normal.
template <class D>
HWY_INLINE void split(D d, hn::Vec<D> x, hn::Vec<D>& k, hn::Vec<D>& f) {
  using T = hn::TFromD<D>;
  using F = Format<T>;
  using Word = typename F::Word;
  constexpr Words<D> dw;
  constexpr Word kOne = F::kBias << F::kMantissa;
  constexpr Word kRootHalf = std::bit_cast<Word>(T(0.70710678118654752440));
  const auto bits = hn::BitCast(dw, x);
  const auto biased =
      hn::ShiftRight<F::kMantissa>(hn::Add(bits, hn::Set(dw, kOne - kRootHalf)));  // k + bias
  const auto mantissa =
      hn::Add(hn::Sub(bits, hn::ShiftLeft<F::kMantissa>(biased)), hn::Set(dw, kOne));
  f = hn::Sub(hn::BitCast(d, mantissa), hn::Set(d, T(1)));
  // As the last bits of the number 2^mantissa, an integer becomes a floating number.
  constexpr T kLarge = static_cast<T>(Word{1} << F::kMantissa);
  const auto large = hn::Or(biased, hn::Set(dw, std::bit_cast<Word>(kLarge)));
  k = hn::Sub(hn::BitCast(d, large), hn::Set(d, kLarge + static_cast<T>(F::kBias)));
}

/// -log(u), u = (word + 1/2) / 2^32. Near u = 1 it is worked out from 1 - u, which has more bits.
template <class D>
    HWY_INLINE hn::Vec<D> standard_exponential(
        D d,
        hn::VFromD<hn::Repartition<std::uint32_t, D>> word) requires std::is_same_v < hn::TFromD<D>,
float > {
  constexpr Words<D> dw;
  const auto half = hn::Set(d, 0.5f);
  hn::Vec<D> k, f;
  split(d, hn::Add(hn::ConvertTo(d, word), half), k, f);
  k = hn::Sub(k, hn::Set(d, 32.f));
  const auto rest = hn::ConvertTo(d, hn::Not(word));  // 2^32 - 1 - word
  const auto near_one = hn::Mul(hn::Add(rest, half), hn::Set(d, -0x1p-32f));
  // 0xB504F334 / 2^32 is the root of 1/2.
  const auto is_near = hn::RebindMask(d, hn::Gt(word, hn::Set(dw, 0xB504F333u)));
  return hn::Neg(
      logarithm(d, hn::IfThenZeroElse(is_near, k), hn::IfThenElse(is_near, near_one, f)));
}

/// -log(u), u = (the upper 52 bits + 1/2) / 2^52.
template <class D>
    HWY_INLINE hn::Vec<D> standard_exponential(
        D d,
        hn::VFromD<hn::Repartition<std::uint64_t, D>> word) requires std::is_same_v < hn::TFromD<D>,
double > {
  constexpr Words<D> dw;
  const auto above_one = hn::BitCast(
      d, hn::Or(hn::ShiftRight<12>(word), hn::Set(dw, std::bit_cast<std::uint64_t>(1.0))));
  hn::Vec<D> k, f;
  split(d, hn::Sub(above_one, hn::Set(d, 1 - 0x1p-53)), k, f);
  return hn::Neg(logarithm(d, k, f));
}

/// The signed distance of a word from the next multiple of a quarter of its range, exactly or
/// rounded to 24 or cut to 51 bits, in units of the range.
template <class D>
HWY_INLINE hn::Vec<D> distance_from_quarter(D d, hn::Vec<Words<D>> rest) {
  if constexpr (sizeof(hn::TFromD<D>) == 4) {
    const hn::RebindToSigned<D> di;
    return hn::Mul(hn::ConvertTo(d, hn::BitCast(di, rest)), hn::Set(d, 0x1p-32f));
  } else {
    // Half a turn is added and taken off again, so that the number is not negative.
    constexpr Words<D> dw;
    const auto shifted = hn::ShiftRight<12>(hn::Add(rest, hn::Set(dw, std::uint64_t{1} << 63)));
    const auto above_one =
        hn::BitCast(d, hn::Or(shifted, hn::Set(dw, std::bit_cast<std::uint64_t>(1.0))));
    return hn::Sub(above_one, hn::Set(d, 1.5));
  }
}

/// Cosine and sine of word / 2^32 (or 2^64) of a turn.
template <class D>
HWY_INLINE void circle(D d, hn::Vec<Words<D>> word, hn::Vec<D>& cosine, hn::Vec<D>& sine) {
  using T = hn::TFromD<D>;
  constexpr Words<D> dw;
  constexpr int kBits = 8 * sizeof(T);
  static constexpr auto kCosine = circle_series<T, Format<T>::kAngleTerms>(0);
  static constexpr auto kSine = circle_series<T, Format<T>::kAngleTerms>(1);
  using Word = typename Format<T>::Word;
  const auto quarter =
      hn::ShiftRight<kBits - 2>(hn::Add(word, hn::Set(dw, Word{1} << (kBits - 3))));
  const auto rest = hn::Sub(word, hn::ShiftLeft<kBits - 2>(quarter));
  const auto x = hn::Mul(distance_from_quarter(d, rest), hn::Set(d, T(6.28318530717958647693)));
  const auto square = hn::Mul(x, x);
  const auto c = polynomial(d, square, kCosine);
  const auto s = hn::Mul(x, polynomial(d, square, kSine));
  // (c, s), (-s, c), (-c, -s), (s, -c) in the four quarters.
  const auto odd = hn::RebindMask(d, hn::TestBit(quarter, hn::Set(dw, Word{1})));
  const auto sign_of_sine = hn::ShiftLeft<kBits - 2>(hn::And(quarter, hn::Set(dw, Word{2})));
  const auto next = hn::Add(quarter, hn::Set(dw, Word{1}));
  const auto sign_of_cosine = hn::ShiftLeft<kBits - 2>(hn::And(next, hn::Set(dw, Word{2})));
  cosine = hn::Xor(hn::IfThenElse(odd, s, c), hn::BitCast(d, sign_of_cosine));
  sine = hn::Xor(hn::IfThenElse(odd, c, s), hn::BitCast(d, sign_of_sine));
}

/// Calls f(words, values) for whole vectors of elements; the last goes through a buffer.
template <class T, class F>
HWY_INLINE void for_each_vector(const std::uint32_t* words, std::int64_t count, std::int64_t lanes,
                                T* values, F f) {
  const auto* const source = reinterpret_cast<const typename Format<T>::Word*>(words);
  std::int64_t i = 0;
  for (; i + lanes <= count; i += lanes) f(source + i, values + i);
  if (i == count) return;
  HWY_ALIGN T rest[2 * hn::MaxLanes(hn::ScalableTag<T>())];
  f(source + i, rest);
  for (std::int64_t k = 0; i + k < count; ++k) values[i + k] = rest[k];
}

template <class T>
void make_uniform(const std::uint32_t* words, std::int64_t count, const UniformRange& range,
                  T* values) {
  using Word = typename Format<T>::Word;
  const hn::ScalableTag<T> d;
  const Words<hn::ScalableTag<T>> dw;
  const auto low = hn::Set(d, static_cast<T>(range.low));
  const auto width = hn::Set(d, static_cast<T>(range.width));
  const auto highest = hn::Set(d, static_cast<T>(range.highest));
  const auto make = [&](const Word* word, T* out) HWY_ATTR {
    hn::Vec<hn::ScalableTag<T>> u;
    const auto bits = hn::LoadU(dw, word);
    if constexpr (sizeof(T) == 4) {
      const hn::RebindToSigned<hn::ScalableTag<T>> di;
      u = hn::Mul(hn::ConvertTo(d, hn::BitCast(di, hn::ShiftRight<8>(bits))),
                  hn::Set(d, T(0x1p-24)));
    } else {
      // 53 bits: 52 behind a leading one, and the last below them.
      const auto one = hn::Set(dw, std::bit_cast<Word>(1.0));
      const auto last = hn::And(hn::ShiftRight<11>(bits), hn::Set(dw, Word{1}));
      const auto upper =
          hn::Sub(hn::BitCast(d, hn::Or(hn::ShiftRight<12>(bits), one)), hn::Set(d, T(1)));
      const auto lower = hn::Sub(hn::BitCast(d, hn::Or(last, one)), hn::Set(d, T(1)));
      u = hn::Add(upper, hn::Mul(lower, hn::Set(d, T(0.5))));
    }
    hn::StoreU(hn::Min(hn::Add(low, hn::Mul(width, u)), highest), d, out);
  };
  for_each_vector(words, count, static_cast<std::int64_t>(hn::Lanes(d)), values, make);
}

template <class T>
void make_normal(const std::uint32_t* words, std::int64_t count, double mean, double deviation,
                 T* values) {
  using Word = typename Format<T>::Word;
  const hn::ScalableTag<T> d;
  const Words<hn::ScalableTag<T>> dw;
  const auto shift = hn::Set(d, static_cast<T>(mean));
  const auto scale = hn::Set(d, static_cast<T>(deviation));
  const auto make = [&](const Word* word, T* out) HWY_ATTR {
    hn::Vec<Words<hn::ScalableTag<T>>> radius_word, angle_word;
    hn::LoadInterleaved2(dw, word, radius_word, angle_word);
    const auto half_square = standard_exponential(d, radius_word);
    const auto radius = hn::Sqrt(hn::Add(half_square, half_square));
    hn::Vec<hn::ScalableTag<T>> cosine, sine;
    circle(d, angle_word, cosine, sine);
    hn::StoreInterleaved2(hn::Add(shift, hn::Mul(scale, hn::Mul(radius, cosine))),
                          hn::Add(shift, hn::Mul(scale, hn::Mul(radius, sine))), d, out);
  };
  for_each_vector(words, count, 2 * static_cast<std::int64_t>(hn::Lanes(d)), values, make);
}

template <class T>
void make_gumbel(const std::uint32_t* words, std::int64_t count, T* values) {
  using Word = typename Format<T>::Word;
  const hn::ScalableTag<T> d;
  const Words<hn::ScalableTag<T>> dw;
  const auto make = [&](const Word* word, T* out) HWY_ATTR {
    hn::Vec<hn::ScalableTag<T>> k, f;
    split(d, standard_exponential(d, hn::LoadU(dw, word)), k, f);
    hn::StoreU(hn::Neg(logarithm(d, k, f)), d, out);
  };
  for_each_vector(words, count, static_cast<std::int64_t>(hn::Lanes(d)), values, make);
}

}  // namespace

template <class T>
inline constexpr RandomTransforms<T> kTransforms{make_uniform<T>, make_normal<T>, make_gumbel<T>};

const RandomTransforms<float>& float_transforms() { return kTransforms<float>; }
const RandomTransforms<double>& double_transforms() { return kTransforms<double>; }

}  // namespace HWY_NAMESPACE
}  // namespace gradus
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gradus {

GRADUS_EXPORT(float_transforms);
GRADUS_EXPORT(double_transforms);

template <>
const RandomTransforms<float>& random_transforms() {
  return GRADUS_DISPATCH(float_transforms)();
}
template <>
const RandomTransforms<double>& random_transforms() {
  return GRADUS_DISPATCH(double_transforms)();
}

}  // namespace gradus
#endif
