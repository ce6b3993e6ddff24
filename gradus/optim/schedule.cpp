#include "gradus/optim/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include <fmt/format.h>

#include "gradus/base/error.h"

namespace gradus::optim {
namespace {

void require(bool holds, const char* schedule, const char* option, const char* what, double value) {
  if (holds) return;
  throw Error(ErrorCode::invalid_argument, schedule,
              fmt::format("{} must be {}, not {}", option, what, value));
}

void require_positive(const char* schedule, const char* option, double value) {
  require(value > 0 && std::isfinite(value), schedule, option, "positive", value);
}

void require_factor(const char* schedule, const char* option, double value) {
  require(value >= 0 && std::isfinite(value), schedule, option, "0 or more", value);
}

/// From `start` to `end` along half a cosine, as `share` goes from 0 to 1.
double half_cosine(double start, double end, double share) {
  return end + (start - end) * (1 + std::cos(std::numbers::pi * share)) / 2;
}

}  // namespace

void StepDecayOptions::fields(nn::OptionVisitor& v) {
  v("every", every);
  v("factor", factor);
}
void ExponentialOptions::fields(nn::OptionVisitor& v) { v("factor", factor); }
void CosineOptions::fields(nn::OptionVisitor& v) {
  v("duration", duration);
  v("minimum", minimum);
}
void WarmUpOptions::fields(nn::OptionVisitor& v) {
  v("duration", duration);
  v("start", start);
}
void OneCycleOptions::fields(nn::OptionVisitor& v) {
  v("duration", duration);
  v("rise", rise);
  v("start", start);
  v("end", end);
}

Schedule constant() {
  return [](double) { return 1.0; };
}

Schedule step_decay(const StepDecayOptions& options) {
  require_positive("step_decay", "every", options.every);
  require_factor("step_decay", "factor", options.factor);
  return [options](double time) {
    return std::pow(double{options.factor}, std::floor(time / options.every));
  };
}

Schedule exponential(const ExponentialOptions& options) {
  require_factor("exponential", "factor", options.factor);
  return [options](double time) { return std::pow(double{options.factor}, time); };
}

Schedule cosine(const CosineOptions& options) {
  require_positive("cosine", "duration", options.duration);
  require_factor("cosine", "minimum", options.minimum);
  return [options](double time) {
    return half_cosine(1, options.minimum, std::clamp(time / options.duration, 0.0, 1.0));
  };
}

Schedule warm_up(const WarmUpOptions& options, Schedule after) {
  require_positive("warm_up", "duration", options.duration);
  require_factor("warm_up", "start", options.start);
  return [options, after = std::move(after)](double time) {
    if (time >= options.duration) return after(time - options.duration);
    return options.start + (1.0 - options.start) * time / options.duration;
  };
}

Schedule one_cycle(const OneCycleOptions& options) {
  require_positive("one_cycle", "duration", options.duration);
  require(options.rise > 0 && options.rise < 1, "one_cycle", "rise", "in (0, 1)", options.rise);
  require_factor("one_cycle", "start", options.start);
  require_factor("one_cycle", "end", options.end);
  return [options](double time) {
    const double share = std::clamp(time / options.duration, 0.0, 1.0);
    const double rise = options.rise;
    if (share < rise) return half_cosine(options.start, 1, share / rise);
    return half_cosine(1, options.end, (share - rise) / (1 - rise));
  };
}

}  // namespace gradus::optim
