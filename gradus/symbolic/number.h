#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace gradus::symbolic {

/// A number of an expression: a fraction, exact, or where that would not fit, a double.
class Number {
 public:
  Number() = default;
  Number(std::int64_t value) : numerator_(value) {}
  /// In lowest terms; the denominator must not be 0.
  Number(std::int64_t numerator, std::int64_t denominator);
  static Number inexact(double value);
  /// The exact fraction that a decimal ("0.25", "1e-3") names, or else the nearest double. Nothing
  /// if the text is not a number.
  static std::optional<Number> parse(const std::string& text);

  bool is_exact() const { return denominator_ != 0; }
  bool is_integer() const { return denominator_ == 1; }
  bool is_zero() const { return value() == 0; }
  bool is_one() const { return is_integer() && numerator_ == 1; }
  bool is_negative() const { return value() < 0; }
  std::int64_t numerator() const { return numerator_; }
  std::int64_t denominator() const { return denominator_; }  ///< 0 if it is not exact
  double value() const;
  /// True if it prints as a decimal: not exact, or of a long denominator that divides a power
  /// of 10.
  bool is_decimal() const;
  /// "3", "1/3", "0.0125"
  std::string to_string() const;

  friend Number operator+(const Number& a, const Number& b);
  friend Number operator*(const Number& a, const Number& b);
  friend Number operator-(const Number& a);
  friend bool operator==(const Number& a, const Number& b);

 private:
  std::int64_t numerator_ = 0;
  std::int64_t denominator_ = 1;
  double inexact_ = 0;
};

/// a to a power, where that is exact: an integer power of a fraction, an exact root. 0 has no
/// negative powers.
std::optional<Number> exact_power(const Number& a, const Number& exponent);

}  // namespace gradus::symbolic
