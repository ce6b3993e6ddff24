#include "gradus/optim/plateau.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "gradus/base/error.h"

namespace gradus::optim {
namespace {

Tensor number(double value) { return Tensor::scalar(value, DType::f64); }

}  // namespace

void PlateauOptions::fields(nn::OptionVisitor& v) {
  static constexpr const char* kDirections[] = {"minimize", "maximize"};
  v("factor", factor);
  v("patience", patience);
  v("threshold", threshold);
  v("cooldown", cooldown);
  v("minimum", minimum);
  v("direction", direction, kDirections);
}

Plateau::Plateau(const PlateauOptions& options)
    : options_(options),
      factor_(number(1)),
      best_(number(options.direction == Direction::minimize
                       ? std::numeric_limits<double>::infinity()
                       : -std::numeric_limits<double>::infinity())),
      waited_(number(0)),
      cooling_(number(0)) {
  if (!(options.factor > 0 && options.factor < 1)) {
    throw Error(ErrorCode::invalid_argument, "plateau",
                fmt::format("factor must be in (0, 1), not {}", options.factor));
  }
  if (options.patience < 0 || options.cooldown < 0) {
    throw Error(ErrorCode::invalid_argument, "plateau",
                fmt::format("patience and cooldown must be 0 or more, not {} and {}",
                            options.patience, options.cooldown));
  }
  if (!(options.threshold >= 0) || !(options.minimum >= 0)) {
    throw Error(ErrorCode::invalid_argument, "plateau",
                fmt::format("threshold and minimum must be 0 or more, not {} and {}",
                            options.threshold, options.minimum));
  }
}

bool Plateau::improves(double metric) const {
  const double best = best_.item<double>();
  const double threshold = options_.threshold;
  if (std::isinf(best)) return std::isfinite(metric);
  return options_.direction == Direction::minimize ? metric < best - std::abs(best) * threshold
                                                   : metric > best + std::abs(best) * threshold;
}

double Plateau::operator()(double metric) {
  auto waited = waited_.item<double>() + 1;
  auto cooling = cooling_.item<double>();
  if (improves(metric)) {
    best_ = number(metric);
    waited = 0;
  }
  if (cooling > 0) {
    --cooling;
    waited = 0;
  }
  if (waited > static_cast<double>(options_.patience)) {
    const double reduced = factor() * static_cast<double>(options_.factor);
    factor_ = number(std::max(reduced, std::min(factor(), double{options_.minimum})));
    cooling = static_cast<double>(options_.cooldown);
    waited = 0;
  }
  waited_ = number(waited);
  cooling_ = number(cooling);
  return factor();
}

void Plateau::visit(nn::Visitor& v) {
  v.buffer("factor", factor_);
  v.buffer("best", best_);
  v.buffer("waited", waited_);
  v.buffer("cooling", cooling_);
}

}  // namespace gradus::optim
