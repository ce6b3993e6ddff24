#include "gradus/learn/elastic_net.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/learn/examples.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/select.h"

namespace gradus::learn {
namespace {

constexpr std::int64_t kSweepsBetweenGaps = 10;

/// The coefficients, the residual they leave, and the features column after column.
class CoordinateDescent {
 public:
  /// l1, l2: the penalties times the number of examples.
  CoordinateDescent(const Tensor& columns, const Tensor& targets, double l1, double l2)
      : columns_(columns),
        examples_(static_cast<std::size_t>(columns.dim(1))),
        residual_(targets.to_vector<double>()),
        targets_(residual_),
        coefficients_(static_cast<std::size_t>(columns.dim(0))),
        lengths_(coefficients_.size()),
        l1_(l1),
        l2_(l2) {
    for (std::size_t f = 0; f < lengths_.size(); ++f) lengths_[f] = dot_of(column(f), column(f));
  }

  /// Sets every coefficient to its best value while the others stay; returns how far the one that
  /// changed most went.
  double sweep() {
    double most = 0;
    for (std::size_t f = 0; f < coefficients_.size(); ++f) {
      if (lengths_[f] == 0) continue;
      const double before = coefficients_[f];
      const double along = dot_of(column(f), residual_.data()) + lengths_[f] * before;
      const double after =
          std::copysign(std::max(std::abs(along) - l1_, 0.0), along) / (lengths_[f] + l2_);
      if (after == before) continue;
      const double* values = column(f);
      for (std::size_t i = 0; i < examples_; ++i) residual_[i] -= (after - before) * values[i];
      coefficients_[f] = after;
      most = std::max(most, std::abs(after - before) * std::sqrt(lengths_[f]));
    }
    return most;
  }

  /// How far the value can lie above the minimum at most (Friedman et al. 2010; as in Kim et al.
  /// 2007 the residual is scaled to a point of the dual problem).
  double duality_gap() const {
    double most = 0, norm1 = 0, norm2 = 0;
    for (std::size_t f = 0; f < coefficients_.size(); ++f) {
      most = std::max(most, std::abs(dot_of(column(f), residual_.data()) - l2_ * coefficients_[f]));
      norm1 += std::abs(coefficients_[f]);
      norm2 += coefficients_[f] * coefficients_[f];
    }
    const double squares = dot_of(residual_.data(), residual_.data());
    const double scale = most > l1_ ? l1_ / most : 1;
    return (1 + scale * scale) * squares / 2 + l1_ * norm1 -
           scale * dot_of(residual_.data(), targets_.data()) +
           l2_ * (1 + scale * scale) * norm2 / 2;
  }

  double target_squares() const { return dot_of(targets_.data(), targets_.data()); }
  const std::vector<double>& coefficients() const { return coefficients_; }

 private:
  const double* column(std::size_t f) const {
    return columns_.data<double>().data() + f * examples_;
  }
  double dot_of(const double* a, const double* b) const {
    double sums[4] = {0, 0, 0, 0};
    std::size_t i = 0;
    for (; i + 4 <= examples_; i += 4) {
      for (std::size_t lane = 0; lane < 4; ++lane) sums[lane] += a[i + lane] * b[i + lane];
    }
    for (; i < examples_; ++i) sums[0] += a[i] * b[i];
    return (sums[0] + sums[1]) + (sums[2] + sums[3]);
  }

  Tensor columns_;  // (features, examples)
  std::size_t examples_;
  std::vector<double> residual_, targets_, coefficients_;
  std::vector<double> lengths_;  // of columns, squared
  double l1_, l2_;
};

void check_net(const ElasticNetOptions& options) {
  const bool fine = options.penalty >= 0 && std::isfinite(options.penalty) &&
                    options.l1_share >= 0 && options.l1_share <= 1 && options.tolerance > 0 &&
                    options.max_iterations >= 1;
  if (fine) return;
  throw Error(ErrorCode::invalid_argument, ElasticNet::kKind,
              "penalty must be 0 or more, l1_share in [0, 1], tolerance above 0, max_iterations 1 "
              "or more");
}

}  // namespace

void ElasticNetOptions::fields(OptionVisitor& v) {
  v("penalty", penalty);
  v("l1_share", l1_share);
  v("intercept", intercept);
  v("tolerance", tolerance);
  v("max_iterations", max_iterations);
}

void ElasticNet::fitted(FittedVisitor& v) {
  v("coefficients", coefficients, Content::f64, {feature_count()});
  v("intercept", intercept, Content::f64, {});
  v("iterations", iterations, Content::i64, {});
}

void ElasticNet::learn(const Tensor& x, const Tensor& y, const Tensor& weights) {
  check_net(options);
  const Tensor wide = cast(x, DType::f64);
  const double centre = options.intercept ? 1 : 0;
  const auto mean_of = [&](const Tensor& values) {  // (examples, n) -> (n)
    if (!weights.defined()) return mean(values, {.axes = {0}});
    return matmul(shares_of(weights, x.dim(0)), values);
  };
  const Tensor middle = (mean_of(wide) * centre).eval();
  const Tensor level = (sum(mean_of(expand_dims(y, 1))) * centre).eval();
  Tensor centred = wide - middle, errors = y - level;
  if (weights.defined()) {  // factors of squares
    centred = centred * expand_dims(sqrt(weights), 1);
    errors = errors * sqrt(weights);
  }
  const Tensor columns = Tensor::from_array(row_major_copy(transpose(centred).eval().array()));
  const double whole = options.penalty * total_weight(weights, x.dim(0));
  CoordinateDescent descent(columns, errors.eval(), whole * options.l1_share,
                            whole * (1 - options.l1_share));
  const double enough = options.tolerance * descent.target_squares();
  std::int64_t sweeps = 0;
  for (bool done = false; !done;) {
    if (sweeps >= options.max_iterations) {
      throw Error(ErrorCode::numeric, kKind,
                  fmt::format("{} iterations leave a duality gap of {}; features of one scale or a "
                              "larger penalty need fewer",
                              sweeps, descent.duality_gap()));
    }
    ++sweeps;
    const bool still = descent.sweep() == 0;
    done = still || (sweeps % kSweepsBetweenGaps == 0 && descent.duality_gap() <= enough);
  }
  coefficients = Tensor::from(descent.coefficients());
  intercept = Tensor((level - sum(coefficients * middle)).eval());
  iterations = Tensor(sweeps);
}

Tensor ElasticNet::do_predict(const Tensor& x) const {
  return cast(matmul(cast(x, DType::f64), coefficients) + intercept, x.dtype()).eval();
}

}  // namespace gradus::learn
