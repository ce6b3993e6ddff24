#include "gradus/symbolic/number.h"

#include <charconv>
#include <cmath>
#include <limits>
#include <numeric>

#include <fmt/format.h>

namespace gradus::symbolic {
namespace {

__extension__ typedef __int128 Wide;

constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();

Wide gcd(Wide a, Wide b) {
  while (b != 0) {
    const Wide rest = a % b;
    a = b;
    b = rest;
  }
  return a < 0 ? -a : a;
}

/// The fraction where it fits, or the nearest double.
Number fraction(Wide numerator, Wide denominator) {
  if (denominator < 0) {
    numerator = -numerator;
    denominator = -denominator;
  }
  const Wide common = gcd(numerator, denominator);
  numerator /= common;
  denominator /= common;
  if (numerator > kMost || numerator < -kMost || denominator > kMost) {
    return Number::inexact(static_cast<double>(numerator) / static_cast<double>(denominator));
  }
  return {static_cast<std::int64_t>(numerator), static_cast<std::int64_t>(denominator)};
}

/// The root if it is an integer.
std::optional<std::int64_t> exact_root(std::int64_t value, std::int64_t degree) {
  if (degree < 1 || degree > 62 || value < 0) return std::nullopt;
  const auto root = static_cast<std::int64_t>(
      std::llround(std::pow(static_cast<double>(value), 1 / static_cast<double>(degree))));
  Wide power = 1;
  for (std::int64_t i = 0; i < degree && power <= kMost; ++i) power *= root;
  return power == value ? std::optional(root) : std::nullopt;
}

}  // namespace

Number::Number(std::int64_t numerator, std::int64_t denominator) {
  const std::int64_t common = std::gcd(numerator, denominator);
  const std::int64_t sign = denominator < 0 ? -1 : 1;
  numerator_ = sign * numerator / common;
  denominator_ = sign * denominator / common;
}

Number Number::inexact(double value) {
  Number number;
  number.denominator_ = 0;
  number.inexact_ = value;
  return number;
}

std::optional<Number> Number::parse(const std::string& text) {
  double nearest = 0;
  const auto [rest, fault] = std::from_chars(text.data(), text.data() + text.size(), nearest);
  if (fault == std::errc::result_out_of_range || fault != std::errc() ||
      rest != text.data() + text.size()) {
    return std::nullopt;
  }
  Wide digits = 0;
  int exponent = 0;
  std::size_t i = 0;
  bool after_point = false;
  for (; i < text.size() && text[i] != 'e' && text[i] != 'E'; ++i) {
    if (text[i] == '.') {
      after_point = true;
      continue;
    }
    digits = digits * 10 + (text[i] - '0');
    if (digits > kMost) return inexact(nearest);
    if (after_point) --exponent;
  }
  if (i < text.size()) {
    int given = 0;
    const char* start = text.data() + i + 1;
    if (*start == '+') ++start;
    std::from_chars(start, text.data() + text.size(), given);
    if (std::abs(given) > 40) return inexact(nearest);
    exponent += given;
  }
  if (std::abs(exponent) > 18) return digits == 0 ? Number(0) : inexact(nearest);
  Wide scale = 1;
  for (int k = 0; k < std::abs(exponent); ++k) scale *= 10;
  return exponent < 0 ? fraction(digits, scale) : fraction(digits * scale, 1);
}

double Number::value() const {
  return is_exact() ? static_cast<double>(numerator_) / static_cast<double>(denominator_)
                    : inexact_;
}

bool Number::is_decimal() const {
  if (!is_exact()) return true;
  if (denominator_ < 1000) return false;
  std::int64_t rest = denominator_;
  for (const int factor : {2, 5}) {
    while (rest % factor == 0) rest /= factor;
  }
  return rest == 1;
}

std::string Number::to_string() const {
  if (is_integer()) return fmt::format("{}", numerator_);
  if (is_decimal()) return fmt::format("{}", value());
  return fmt::format("{}/{}", numerator_, denominator_);
}

Number operator+(const Number& a, const Number& b) {
  if (!a.is_exact() || !b.is_exact()) return Number::inexact(a.value() + b.value());
  return fraction(Wide{a.numerator_} * b.denominator_ + Wide{b.numerator_} * a.denominator_,
                  Wide{a.denominator_} * b.denominator_);
}

Number operator*(const Number& a, const Number& b) {
  if (!a.is_exact() || !b.is_exact()) return Number::inexact(a.value() * b.value());
  return fraction(Wide{a.numerator_} * b.numerator_, Wide{a.denominator_} * b.denominator_);
}

Number operator-(const Number& a) { return Number(-1) * a; }

bool operator==(const Number& a, const Number& b) {
  return a.is_exact() == b.is_exact() && a.numerator_ == b.numerator_ &&
         a.denominator_ == b.denominator_ && a.inexact_ == b.inexact_;
}

std::optional<Number> exact_power(const Number& a, const Number& exponent) {
  if (!a.is_exact() || !exponent.is_exact()) return std::nullopt;
  if (a.is_zero() && exponent.is_negative()) return std::nullopt;
  const auto top = exact_root(a.numerator(), exponent.denominator());
  const auto bottom = exact_root(a.denominator(), exponent.denominator());
  if (!exponent.is_integer() && (!top || !bottom)) return std::nullopt;
  Number base = exponent.is_integer() ? a : Number(*top, *bottom);
  if (exponent.is_negative()) base = Number(base.denominator(), base.numerator());
  const std::int64_t count = std::abs(exponent.numerator());
  if (count > 64 && !base.is_one() && !base.is_zero() && !(base == Number(-1))) {
    return std::nullopt;
  }
  if (base.is_one() || base.is_zero() || base == Number(-1)) {
    if (count == 0) return Number(1);
    return count % 2 == 0 ? base * base : base;
  }
  Number result(1);
  for (std::int64_t i = 0; i < count; ++i) result = result * base;
  return result.is_exact() ? std::optional(result) : std::nullopt;
}

}  // namespace gradus::symbolic
