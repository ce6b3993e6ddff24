#pragma once

#include <cstdint>
#include <random>
#include <string>

#include "gradus/symbolic/expression.h"

namespace gradus::symbolic {

/// Formulas of x and y that are smooth and of moderate size where x and y are between 0.5 and 1.5.
class RandomFormulas {
 public:
  explicit RandomFormulas(std::uint32_t seed) : words_(seed) {}

  Expression draw(int depth) {
    if (depth == 0) return leaf();
    switch (pick(8)) {
      case 0:
        return draw(depth - 1) + draw(depth - 1);
      case 1:
        return draw(depth - 1) - draw(depth - 1);
      case 2:
      case 3:
        return draw(depth - 1) * draw(depth - 1);
      case 4:
        return draw(depth - 1) / (Expression(2) + power(draw(depth - 1), 2));
      case 5:
        return power(draw(depth - 1), static_cast<int>(pick(3)) + 1);
      case 6:
        return power(Expression(1) + power(draw(depth - 1), 2), Number(1, 2));
      default:
        constexpr const char* kNames[] = {"sin", "cos", "tanh", "atan", "sigmoid", "softplus"};
        return Expression::call(kNames[pick(6)], draw(depth - 1));
    }
  }

 private:
  std::uint32_t pick(std::uint32_t count) { return words_() % count; }
  Expression leaf() {
    switch (pick(5)) {
      case 0:
        return Number(static_cast<std::int64_t>(pick(7)) - 3,
                      1 + static_cast<std::int64_t>(pick(3)));
      case 1:
      case 2:
        return Expression::variable("y");
      default:
        return Expression::variable("x");
    }
  }

  std::mt19937 words_;
};

}  // namespace gradus::symbolic
