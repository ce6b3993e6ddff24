// Internal: the step size of a sampler, by dual averaging.
#pragma once

#include <cmath>

namespace gradus::stats {

/// Hoffman and Gelman 2014, section 3.2, with their constants.
class StepSizeAdaptation {
 public:
  StepSizeAdaptation(double step_size, double target)
      : target_(target), center_(std::log(10 * step_size)), log_step_(std::log(step_size)) {}

  double step_size() const { return std::exp(log_step_); }
  /// The one to keep: an average that later steps weigh more in.
  double averaged() const { return count_ == 0 ? step_size() : std::exp(log_average_); }

  void take(double acceptance) {
    constexpr double kShrinkage = 0.05;  // gamma
    constexpr double kDelay = 10;        // t0
    constexpr double kDecay = 0.75;      // kappa
    ++count_;
    const double weight = 1 / (count_ + kDelay);
    error_ = (1 - weight) * error_ + weight * (target_ - acceptance);
    log_step_ = center_ - std::sqrt(count_) / kShrinkage * error_;
    const double share = std::pow(count_, -kDecay);
    log_average_ = share * log_step_ + (1 - share) * log_average_;
  }

 private:
  double target_, center_, log_step_;
  double log_average_ = 0;
  double error_ = 0;
  double count_ = 0;
};

}  // namespace gradus::stats
