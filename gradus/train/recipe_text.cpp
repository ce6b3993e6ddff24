#include "gradus/train/recipe_text.h"

#include <cmath>

#include <fmt/format.h>

namespace gradus::train {

std::string number_text(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  std::string text = fmt::format("{}", value);
  if (text.find_first_of(".e") == text.npos) text += ".0";
  return text;
}

std::string number_text(float value) {
  return std::isfinite(value) ? number_text(std::stod(fmt::format("{}", value)))
                              : number_text(static_cast<double>(value));
}

std::string quoted(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      result += {'\\', c};
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      result += fmt::format("\\u{:04x}", static_cast<int>(c));
    } else {
      result += c;
    }
  }
  return result + '"';
}

std::string allowed_text(std::string_view kind, const Limits& limits) {
  const bool low = std::isfinite(limits.low);
  const bool high = std::isfinite(limits.high);
  std::string text(kind);
  if (low && high) {
    text += fmt::format(" in {}{}, {}{}", limits.above_low ? '(' : '[', limits.low, limits.high,
                        limits.below_high ? ')' : ']');
  } else if (low) {
    text += limits.above_low ? fmt::format(" above {}", limits.low)
                             : fmt::format(", {} or more", limits.low);
  } else if (high) {
    text += limits.below_high ? fmt::format(" below {}", limits.high)
                              : fmt::format(", {} or less", limits.high);
  }
  return text;
}

std::string allowed_integers_text(const Limits& limits) {
  const std::string one = allowed_text("an integer", limits);
  return one + (one == "an integer" ? " or a list of integers" : ", or a list of them");
}

bool is_within(double value, const Limits& limits) {
  return (limits.above_low ? value > limits.low : value >= limits.low) &&
         (limits.below_high ? value < limits.high : value <= limits.high);
}

}  // namespace gradus::train
