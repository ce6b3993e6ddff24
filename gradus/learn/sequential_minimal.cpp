#include "gradus/learn/sequential_minimal.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include <fmt/format.h>

#include "gradus/base/error.h"

namespace gradus::learn {
namespace {

constexpr double kInfinite = std::numeric_limits<double>::infinity();
constexpr double kLeastCurvature = 1e-12;
constexpr std::int64_t kMostIterations = 10'000'000;

bool is_in_order(const BoxProgramme& programme) {
  for (std::size_t k = 0; k < programme.example.size(); ++k) {
    if (programme.example[k] != static_cast<std::int64_t>(k)) return false;
  }
  return true;
}

/// Variables in an order in which the first `active_` are worked on.
class MinimalSolver {
 public:
  MinimalSolver(const BoxProgramme& programme, KernelCache& kernel, const MinimalOptions& options)
      : kernel_(kernel),
        options_(options),
        lower_(programme.lower),
        upper_(programme.upper),
        linear_(programme.linear),
        example_(programme.example),
        gradient_(programme.linear),
        value_(programme.linear.size(), 0.0),
        variable_(programme.linear.size()),
        diagonal_(programme.linear.size()),
        active_(programme.linear.size()),
        in_order_(is_in_order(programme)) {
    std::iota(variable_.begin(), variable_.end(), std::size_t{0});
    for (std::size_t k = 0; k < diagonal_.size(); ++k) {
      diagonal_[k] = static_cast<double>(kernel_.diagonal(example_[k]));
    }
  }

  /// False if max_iterations were not enough.
  bool solve() {
    const auto period = static_cast<std::int64_t>(std::min<std::size_t>(active_, 1000));
    std::int64_t until_shrinking = period;
    for (;; ++iterations_) {
      if (iterations_ >= options_.max_iterations) return false;
      if (options_.shrinking && --until_shrinking == 0) {
        until_shrinking = period;
        shrink();
      }
      if (step()) continue;
      if (active_ == value_.size()) return true;
      // What was left out may have moved.
      restore();
      if (step()) {
        until_shrinking = 1;
        continue;
      }
      return true;
    }
  }

  BoxSolution solution() const {
    BoxSolution result{std::vector<double>(value_.size()), intercept(), iterations_};
    for (std::size_t k = 0; k < value_.size(); ++k) result.coefficients[variable_[k]] = value_[k];
    return result;
  }

 private:
  bool may_rise(std::size_t k) const { return value_[k] < upper_[k]; }
  bool may_fall(std::size_t k) const { return value_[k] > lower_[k]; }

  /// Changes a pair; false if none violates the conditions by more than the tolerance.
  bool step() {
    std::size_t i = active_;
    double most = -kInfinite;
    for (std::size_t k = 0; k < active_; ++k) {
      if (gradient_[k] > most && may_rise(k)) {
        most = gradient_[k];
        i = k;
      }
    }
    if (i == active_) return false;
    const float* row_i = kernel_.row(example_[i]);
    std::size_t j = active_;
    double least = kInfinite, best = -kInfinite;
    for (std::size_t k = 0; k < active_; ++k) {
      if (!may_fall(k)) continue;
      least = std::min(least, gradient_[k]);
      const double violation = most - gradient_[k];
      if (violation <= 0) continue;
      const double gain = violation * violation / curvature(i, k, row_i);
      if (gain > best) {
        best = gain;
        j = k;
      }
    }
    if (j == active_ || most - least <= options_.tolerance) return false;
    move(i, j, row_i);
    return true;
  }

  double curvature(std::size_t i, std::size_t k, const float* row_i) const {
    return std::max(diagonal_[i] + diagonal_[k] - 2 * static_cast<double>(row_i[example_[k]]),
                    kLeastCurvature);
  }

  void move(std::size_t i, std::size_t j, const float* row_i) {
    const double best = (gradient_[i] - gradient_[j]) / curvature(i, j, row_i);
    const double room_i = upper_[i] - value_[i], room_j = value_[j] - lower_[j];
    const double amount = std::min({best, room_i, room_j});
    // Bounds are met exactly, so that comparisons with them mean something.
    value_[i] = amount == room_i ? upper_[i] : value_[i] + amount;
    value_[j] = amount == room_j ? lower_[j] : value_[j] - amount;
    const float* row_j = kernel_.row(example_[j]);
    if (in_order_) {
      subtract(row_i, row_j, amount);
    } else {
      for (std::size_t k = 0; k < active_; ++k) {
        const std::int64_t e = example_[k];
        gradient_[k] -= amount * (static_cast<double>(row_i[e]) - static_cast<double>(row_j[e]));
      }
    }
  }

  /// The same where variable k is of example k: eight at a time.
  void subtract(const float* row_i, const float* row_j, double amount) {
    double* gradient = gradient_.data();
    std::size_t k = 0;
    for (; k + 8 <= active_; k += 8) {
      for (std::size_t lane = k; lane < k + 8; ++lane) {
        gradient[lane] -=
            amount * (static_cast<double>(row_i[lane]) - static_cast<double>(row_j[lane]));
      }
    }
    for (; k < active_; ++k) {
      gradient[k] -= amount * (static_cast<double>(row_i[k]) - static_cast<double>(row_j[k]));
    }
  }

  void shrink() {
    double most = -kInfinite, least = kInfinite;
    for (std::size_t k = 0; k < active_; ++k) {
      if (may_rise(k)) most = std::max(most, gradient_[k]);
      if (may_fall(k)) least = std::min(least, gradient_[k]);
    }
    if (!near_the_end_ && most - least <= 10 * options_.tolerance) {
      near_the_end_ = true;
      restore();
    }
    for (std::size_t k = 0; k < active_;) {
      const bool stuck =
          (!may_rise(k) && gradient_[k] > most) || (!may_fall(k) && gradient_[k] < least);
      if (stuck) {
        exchange(k, --active_);
        in_order_ = false;
      } else {
        ++k;
      }
    }
  }

  void exchange(std::size_t a, std::size_t b) {
    std::swap(lower_[a], lower_[b]);
    std::swap(upper_[a], upper_[b]);
    std::swap(linear_[a], linear_[b]);
    std::swap(example_[a], example_[b]);
    std::swap(gradient_[a], gradient_[b]);
    std::swap(value_[a], value_[b]);
    std::swap(variable_[a], variable_[b]);
    std::swap(diagonal_[a], diagonal_[b]);
  }

  /// All variables are active again, with gradients computed anew for those that were not.
  void restore() {
    const std::size_t count = value_.size();
    if (active_ == count) return;
    std::copy(linear_.begin() + static_cast<std::ptrdiff_t>(active_), linear_.end(),
              gradient_.begin() + static_cast<std::ptrdiff_t>(active_));
    for (std::size_t j = 0; j < count; ++j) {
      if (value_[j] == 0) continue;
      const float* row = kernel_.row(example_[j]);
      for (std::size_t k = active_; k < count; ++k) {
        gradient_[k] -= value_[j] * static_cast<double>(row[example_[k]]);
      }
    }
    active_ = count;
  }

  /// The mean gradient of free variables; if there are none, the middle of what the others allow.
  double intercept() const {
    double sum = 0, most = -kInfinite, least = kInfinite;
    std::int64_t count = 0;
    for (std::size_t k = 0; k < value_.size(); ++k) {
      if (may_rise(k) && may_fall(k)) {
        sum += gradient_[k];
        ++count;
      }
      if (may_rise(k)) most = std::max(most, gradient_[k]);
      if (may_fall(k)) least = std::min(least, gradient_[k]);
    }
    return count > 0 ? sum / static_cast<double>(count) : (most + least) / 2;
  }

  KernelCache& kernel_;
  MinimalOptions options_;
  std::vector<double> lower_, upper_, linear_;
  std::vector<std::int64_t> example_;
  std::vector<double> gradient_;  // z_k - sum_l b_l K_kl
  std::vector<double> value_;     // b
  std::vector<std::size_t> variable_;
  std::vector<double> diagonal_;
  std::size_t active_;
  bool in_order_;  // variable k is of example k, for all that are active
  bool near_the_end_ = false;
  std::int64_t iterations_ = 0;
};

}  // namespace

BoxSolution solve_box(const char* kind, const BoxProgramme& programme, KernelCache& kernel,
                      const MinimalOptions& chosen) {
  MinimalOptions options = chosen;
  if (options.max_iterations == 0) {
    options.max_iterations =
        std::max(kMostIterations, 100 * static_cast<std::int64_t>(programme.linear.size()));
  }
  MinimalSolver solver(programme, kernel, options);
  if (!solver.solve()) {
    throw Error(ErrorCode::numeric, kind,
                fmt::format("{} iterations do not suffice; scaled features or a smaller penalty "
                            "may need fewer",
                            options.max_iterations));
  }
  BoxSolution solution = solver.solution();
  // Gradients that are not numbers violate nothing.
  if (!std::isfinite(solution.intercept)) {
    throw Error(ErrorCode::numeric, kind, "the kernel of some examples is not finite");
  }
  return solution;
}

}  // namespace gradus::learn
