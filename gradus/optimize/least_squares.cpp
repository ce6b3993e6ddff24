#include "gradus/optimize/least_squares.h"

#include <limits>

#include <fmt/format.h>

#include "gradus/autodiff/jacobian.h"
#include "gradus/base/error.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/select.h"
#include "gradus/optimize/qr_solve.h"

namespace gradus::optimize {
namespace {

constexpr const char* kLeastSquares = "minimize_least_squares";
constexpr double kFirstDamping = 1e-3;
constexpr double kRounding =
    100 * std::numeric_limits<double>::epsilon();  // of the first residuals
// Of Transtrum and Sethna 2012: how far along a step its curvature is measured, and how long the
// correction may be beside it.
constexpr double kProbe = 0.1;
constexpr double kLongestCorrection = 0.75;

/// Row-major (rows, columns).
struct Matrix {
  Vector values;
  std::size_t rows = 0;
  std::size_t columns = 0;

  double at(std::size_t i, std::size_t j) const { return values[i * columns + j]; }

  Vector times(const Vector& x) const {
    Vector result(rows, 0);
    for (std::size_t i = 0; i < rows; ++i) {
      for (std::size_t j = 0; j < columns; ++j) result[i] += at(i, j) * x[j];
    }
    return result;
  }
  Vector transposed_times(const Vector& y) const {
    Vector result(columns, 0);
    for (std::size_t i = 0; i < rows; ++i) {
      for (std::size_t j = 0; j < columns; ++j) result[j] += at(i, j) * y[i];
    }
    return result;
  }
  Vector column_lengths() const {
    Vector result(columns, 0);
    for (std::size_t i = 0; i < rows; ++i) {
      for (std::size_t j = 0; j < columns; ++j) result[j] += at(i, j) * at(i, j);
    }
    for (double& value : result) value = std::sqrt(value);
    return result;
  }
};

class Fit {
 public:
  Fit(const UnaryFunction& f, const Tensor& start, const LeastSquaresOptions& options)
      : f_(f), options_(options), start_(start) {
    if (!start.defined() || (start.dtype() != DType::f32 && start.dtype() != DType::f64) ||
        start.size() == 0) {
      throw Error(ErrorCode::dtype, kLeastSquares,
                  fmt::format("starts from an f32 or f64 tensor, not {}",
                              start.defined() ? start.signature() : "an undefined one"));
    }
    x_ = start.to_vector<double>();
    residuals_ = residuals_at(x_);
    if (!std::isfinite(largest(residuals_))) {
      throw Error(ErrorCode::numeric, kLeastSquares, "residuals are not finite at the start");
    }
    if (residuals_.size() < x_.size()) {
      throw Error(
          ErrorCode::shape, kLeastSquares,
          fmt::format("{} residuals cannot determine {} arguments", residuals_.size(), x_.size()));
    }
  }

  LeastSquaresFit run() && {
    Matrix j = jacobian_at(x_);
    Vector scale = scale_of(j, Vector(x_.size(), 0));
    const double first_sum = dot(residuals_, residuals_);
    const bool damps = options_.method == LeastSquaresMethod::levenberg_marquardt;
    double damping = damps ? kFirstDamping : 0;
    double growth = 2;
    record(0);
    while (!is_at_an_end(j)) {
      const auto straight = step_for(j, scale, damping, residuals_);
      if (!straight) {
        // Dependent columns: only a damped step is determined.
        if (!damps) {
          stop(StopReason::diverged);
          break;
        }
        damping = std::max(damping, 1e-16) * growth;
        growth *= 2;
        if (!std::isfinite(damping)) {
          stop(StopReason::line_search);
          break;
        }
        continue;
      }
      const double promised = promised_decrease(j, *straight, scale, damping);
      const auto correction =
          damps ? correction_of(j, scale, damping, *straight) : Vector(x_.size(), 0);
      const Vector step = correction ? plus(*straight, 1, *correction) : *straight;
      const Vector next_x = plus(x_, 1, step);
      Vector next = residuals_at(next_x);
      const double made = dot(residuals_, residuals_) - dot(next, next);
      const double length = relative_length(step, scale);
      const bool is_better = correction && std::isfinite(largest(next)) && (made > 0 || !damps);
      const double gain = made / promised;
      if (is_better) {
        x_ = next_x;
        residuals_ = std::move(next);
        ++result_.iterations;
        record(length);
        // Nielsen 1999: from 1/3 where the model held to 2 where it hardly did.
        damping *= std::max(1.0 / 3, 1 - std::pow(2 * gain - 1, 3));
        growth = 2;
        j = jacobian_at(x_);
        scale = scale_of(j, scale);
      } else if (!damps) {
        stop(StopReason::diverged);
        break;
      } else {
        damping *= growth;
        growth *= 2;
      }
      if (has_settled(promised, made, length, is_better)) break;
    }
    // What a perfect fit leaves is rounding, which no step lowers.
    const double rounding = kRounding * std::sqrt(first_sum);
    if (result_.reason == StopReason::line_search &&
        dot(residuals_, residuals_) <= rounding * rounding) {
      decrease_ = 0;
      stop(StopReason::value);
    }
    // Undamped steps may climb to where the model is flat.
    if (!damps && dot(residuals_, residuals_) > first_sum) stop(StopReason::diverged);
    return finish(j);
  }

 private:
  void stop(StopReason reason) { result_.reason = reason; }

  Tensor tensor(const Vector& x) const {
    return cast(Tensor::from(x, start_.shape()), start_.dtype()).eval();
  }

  Vector residuals_at(const Vector& x) {
    ++result_.evaluations;
    return f_(tensor(x)).to_vector<double>();
  }

  Matrix jacobian_at(const Vector& x) {
    ++result_.jacobians;
    const UnaryFunction flat = [this](const Tensor& at) { return reshape(f_(at), Dims{-1}); };
    return {jacobian(flat)(tensor(x)).to_vector<double>(), residuals_.size(), x_.size()};
  }

  /// The largest lengths of the columns of J so far, so that no unit of an argument matters, and an
  /// argument that has lost its influence does not run away (More 1978).
  static Vector scale_of(const Matrix& j, const Vector& before) {
    Vector scale = j.column_lengths();
    for (std::size_t i = 0; i < scale.size(); ++i) scale[i] = std::max(scale[i], before[i]);
    return scale;
  }

  /// Half the acceleration along the path that the step is the velocity of: it follows a curved
  /// valley where a straight step would have to be short. Nothing if it is so long that the step
  /// cannot be trusted.
  std::optional<Vector> correction_of(const Matrix& j, const Vector& scale, double damping,
                                      const Vector& step) {
    Vector bend = residuals_at(plus(x_, kProbe, step));
    const Vector linear = j.times(step);
    for (std::size_t i = 0; i < bend.size(); ++i) {
      bend[i] = 2 / kProbe * ((bend[i] - residuals_[i]) / kProbe - linear[i]);
    }
    if (!std::isfinite(largest(bend))) return std::nullopt;
    const auto acceleration = step_for(j, scale, damping, bend);
    if (!acceleration) return std::nullopt;
    const double ratio = scaled_length(*acceleration, scale) / scaled_length(step, scale);
    if (2 * ratio > kLongestCorrection) return std::nullopt;
    return scaled(*acceleration, 0.5);
  }

  static double scaled_length(const Vector& step, const Vector& scale) {
    double squares = 0;
    for (std::size_t i = 0; i < step.size(); ++i) squares += std::pow(scale[i] * step[i], 2);
    return std::sqrt(squares);
  }

  /// Minimises |J d + r|^2 + damping |scale d|^2.
  std::optional<Vector> step_for(const Matrix& j, const Vector& scale, double damping,
                                 const Vector& r) const {
    const std::size_t n = x_.size();
    Vector a = j.values;
    Vector b = scaled(r, -1);
    if (damping > 0) {
      for (std::size_t i = 0; i < n; ++i) {
        Vector row(n, 0);
        row[i] = std::sqrt(damping) * (scale[i] > 0 ? scale[i] : 1);
        a.insert(a.end(), row.begin(), row.end());
        b.push_back(0);
      }
    }
    const auto solution = solve_by_qr(a, b, n);
    return solution ? std::optional(solution->x) : std::nullopt;
  }

  /// Of the sum of squares, by the linear model: |J d|^2 + 2 damping |scale d|^2, which is never
  /// negative, whatever rounding does.
  static double promised_decrease(const Matrix& j, const Vector& step, const Vector& scale,
                                  double damping) {
    const Vector change = j.times(step);
    return dot(change, change) + 2 * damping * std::pow(scaled_length(step, scale), 2);
  }

  double relative_length(const Vector& step, const Vector& scale) const {
    const double moved = scaled_length(step, scale), size = scaled_length(x_, scale);
    return size > 0 ? moved / size : moved;
  }

  /// The largest cosine between the residuals and a column of J.
  double cosine(const Matrix& j) const {
    const Vector products = j.transposed_times(residuals_);
    const Vector lengths = j.column_lengths();
    const double length = std::sqrt(dot(residuals_, residuals_));
    double most = 0;
    for (std::size_t i = 0; i < products.size(); ++i) {
      if (lengths[i] > 0 && length > 0) {
        most = std::max(most, std::abs(products[i]) / (lengths[i] * length));
      }
    }
    return most;
  }

  bool is_at_an_end(const Matrix& j) {
    if (!std::isfinite(largest(j.values))) {
      stop(StopReason::diverged);
      return true;
    }
    cosine_ = cosine(j);
    if (cosine_ <= options_.gradient_tolerance) {
      stop(StopReason::gradient);
      return true;
    }
    return result_.iterations >= options_.iterations ||
           result_.evaluations >= 10 * options_.iterations + 10;
  }

  bool has_settled(double promised, double made, double length, bool is_better) {
    const double sum = dot(residuals_, residuals_);
    change_ = length;
    decrease_ = sum > 0 ? std::max(std::abs(made), promised) / sum : 0;
    // Refused though hardly anything was promised: what is left is rounding.
    const bool promises_nothing = sum > 0 && promised <= options_.value_tolerance * sum;
    if (decrease_ <= options_.value_tolerance || (!is_better && promises_nothing)) {
      stop(StopReason::value);
      return true;
    }
    if (length <= options_.step_tolerance) {
      // A short step that was refused says that no longer one could help.
      stop(is_better || length <= std::numeric_limits<double>::epsilon() ? StopReason::step
                                                                         : StopReason::line_search);
      return true;
    }
    return false;
  }

  void record(double step) {
    if (options_.record == Record::nothing) return;
    result_.path.push_back({{tensor(x_)}, dot(residuals_, residuals_), 0, step});
  }

  /// Square roots of the diagonal of s^2 (R'R)^-1.
  Tensor standard_errors(const Matrix& j) const {
    const std::size_t n = x_.size();
    if (residuals_.size() == n) return {};
    const auto solution = solve_by_qr(j.values, residuals_, n);
    if (!solution) return {};
    const double variance =
        dot(residuals_, residuals_) / static_cast<double>(residuals_.size() - n);
    Vector squares(n, 0);  // row sums of squares of R^-1
    for (std::size_t k = 0; k < n; ++k) {
      Vector column(n, 0);
      column[k] = 1;
      for (std::size_t i = k + 1; i-- > 0;) {
        for (std::size_t l = i + 1; l <= k; ++l) column[i] -= solution->r[i * n + l] * column[l];
        column[i] /= solution->r[i * n + i];
      }
      for (std::size_t i = 0; i <= k; ++i) squares[i] += column[i] * column[i];
    }
    for (double& value : squares) value = std::sqrt(variance * value);
    return tensor(squares);
  }

  LeastSquaresFit finish(const Matrix& j) {
    result_.x = tensor(x_);
    result_.residuals = f_(result_.x).eval();
    result_.sum_of_squares = dot(residuals_, residuals_);
    if (std::isfinite(largest(j.values))) result_.standard_errors = standard_errors(j);
    result_.report = fmt::format("{} after {} iterations ({} evaluations, {} Jacobians): {}",
                                 result_.converged() ? "converged" : "stopped", result_.iterations,
                                 result_.evaluations, result_.jacobians, explanation());
    return std::move(result_);
  }

  std::string explanation() const {
    switch (result_.reason) {
      case StopReason::gradient:
        return fmt::format(
            "the residuals are at right angles to every column of the Jacobian "
            "(largest cosine {:.2g})",
            cosine_);
      case StopReason::value:
        return fmt::format("the sum of squares decreases by no more than {:.2g} of itself",
                           decrease_);
      case StopReason::step:
        return fmt::format("the arguments change by no more than {:.2g} of themselves", change_);
      case StopReason::diverged:
        return "a step led to a higher or infinite sum of squares, or was not determined";
      case StopReason::line_search:
        return fmt::format(
            "no step lowers the sum of squares, {:.6g}; the largest cosine is {:.2g}",
            result_.sum_of_squares, cosine_);
      default:
        return fmt::format("that was the limit; the sum of squares is {:.6g}",
                           result_.sum_of_squares);
    }
  }

  const UnaryFunction& f_;
  const LeastSquaresOptions& options_;
  Tensor start_;
  Vector x_;
  Vector residuals_;
  LeastSquaresFit result_;
  double cosine_ = 0;
  double change_ = 0;
  double decrease_ = 0;
};

}  // namespace

bool LeastSquaresFit::converged() const {
  return reason == StopReason::gradient || reason == StopReason::value ||
         reason == StopReason::step;
}

LeastSquaresFit minimize_least_squares(const UnaryFunction& residuals, const Tensor& start,
                                       const LeastSquaresOptions& options) {
  if (!(options.gradient_tolerance >= 0 && options.value_tolerance >= 0 &&
        options.step_tolerance >= 0) ||
      options.iterations < 1) {
    throw Error(ErrorCode::invalid_argument, kLeastSquares,
                "tolerances must be at least 0 and iterations at least 1");
  }
  return Fit(residuals, start, options).run();
}

}  // namespace gradus::optimize
