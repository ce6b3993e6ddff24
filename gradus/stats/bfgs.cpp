#include "gradus/stats/bfgs.h"

#include <algorithm>
#include <cmath>

#include "gradus/base/error.h"

namespace gradus::stats {
namespace {

using Numbers = std::vector<double>;

double inner(const Numbers& a, const Numbers& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

double largest(const Numbers& x) {
  double result = 0;
  for (const double value : x) result = std::fmax(result, std::fabs(value));
  return result;
}

/// An approximation of the inverse of the Hessian, (n, n).
class InverseHessian {
 public:
  explicit InverseHessian(std::size_t n) : n_(n) { reset(1); }

  void reset(double scale) {
    rows_.assign(n_ * n_, 0);
    for (std::size_t i = 0; i < n_; ++i) rows_[i * n_ + i] = scale;
  }
  Numbers times(const Numbers& x) const {
    Numbers result(n_, 0);
    for (std::size_t i = 0; i < n_; ++i) {
      for (std::size_t j = 0; j < n_; ++j) result[i] += rows_[i * n_ + j] * x[j];
    }
    return result;
  }
  /// Nocedal and Wright 2006, eq. 6.17, for a step and the change of the gradient along it.
  void update(const Numbers& step, const Numbers& change) {
    const double product = inner(step, change);
    const Numbers image = times(change);
    const double scale = (1 + inner(change, image) / product) / product;
    for (std::size_t i = 0; i < n_; ++i) {
      for (std::size_t j = 0; j < n_; ++j) {
        rows_[i * n_ + j] +=
            scale * step[i] * step[j] - (image[i] * step[j] + step[i] * image[j]) / product;
      }
    }
  }

 private:
  std::size_t n_;
  Numbers rows_;
};

Numbers moved(const Numbers& from, const Numbers& direction, double length) {
  Numbers result = from;
  for (std::size_t i = 0; i < from.size(); ++i) result[i] += length * direction[i];
  return result;
}

}  // namespace

Minimum minimize(const SmoothFunction& f, Numbers start, double tolerance, int maximum_iterations) {
  Minimum found;
  found.at = std::move(start);
  ValueAndGradient here = f(found.at);
  if (!std::isfinite(here.value)) {
    throw Error(ErrorCode::numeric, "minimize",
                "the function is not finite where the search starts");
  }
  InverseHessian inverse(found.at.size());
  bool is_fresh = true;
  for (; found.iterations < maximum_iterations; ++found.iterations) {
    found.has_converged = largest(here.gradient) <= tolerance;
    if (found.has_converged) break;
    Numbers direction = inverse.times(here.gradient);
    for (double& value : direction) value = -value;
    double slope = inner(direction, here.gradient);
    if (!(slope < 0)) {
      inverse.reset(1);
      is_fresh = true;
      for (std::size_t i = 0; i < direction.size(); ++i) direction[i] = -here.gradient[i];
      slope = inner(direction, here.gradient);
    }
    // A first step along the gradient says nothing about its length: at most 1 in any coordinate.
    double length = is_fresh ? std::fmin(1, 1 / largest(direction)) : 1;
    ValueAndGradient there = f(moved(found.at, direction, length));
    const auto is_lower = [&] {
      return std::isfinite(there.value) && there.value <= here.value + 1e-4 * length * slope;
    };
    while (!is_lower() && length > 1e-16) {
      length /= 2;
      there = f(moved(found.at, direction, length));
    }
    if (!is_lower()) {
      if (is_fresh) break;  // the gradient itself leads nowhere: rounding
      inverse.reset(1);
      is_fresh = true;
      continue;
    }
    const Numbers next = moved(found.at, direction, length);
    Numbers step = direction;
    Numbers change = there.gradient;
    for (std::size_t i = 0; i < step.size(); ++i) {
      step[i] = next[i] - found.at[i];
      change[i] -= here.gradient[i];
    }
    const double product = inner(step, change);
    if (product > 1e-300) {
      if (is_fresh) inverse.reset(product / inner(change, change));
      inverse.update(step, change);
      is_fresh = false;
    }
    found.at = next;
    here = std::move(there);
  }
  found.value = here.value;
  found.largest_slope = largest(here.gradient);
  return found;
}

}  // namespace gradus::stats
