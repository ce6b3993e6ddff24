// Internal: the root of an increasing function of one number.
#pragma once

#include <cmath>

namespace gradus {

struct ValueAndSlope {
  double value, slope;
};

/// Where the increasing function f (number -> ValueAndSlope) is 0 within [low, high]: Newton's
/// steps, halving where they would leave the bracket. Ends where steps are no longer more than
/// rounding, at most after 200.
template <class F>
double monotone_root(F f, double start, double low, double high) {
  double x = std::fmin(std::fmax(start, low), high);
  double last_move = high - low;
  for (int step = 0; step < 200; ++step) {
    const auto [value, slope] = f(x);
    if (value == 0 || std::isnan(value)) break;
    (value < 0 ? low : high) = x;
    double next = x - value / slope;
    const double size = std::fmax(std::fabs(x), 1e-3);
    double move = std::fabs(next - x);
    if (move <= 4e-16 * size || (move >= last_move && move < 1e-9 * size)) return x;
    if (!(next > low && next < high)) {
      next = low / 2 + high / 2;
      move = std::fabs(next - x);
    }
    last_move = move;
    x = next;
  }
  return x;
}

}  // namespace gradus
