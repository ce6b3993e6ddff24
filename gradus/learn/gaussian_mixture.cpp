#include "gradus/learn/gaussian_mixture.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <optional>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/learn/examples.h"
#include "gradus/learn/k_means.h"
#include "gradus/linalg/cholesky.h"
#include "gradus/linalg/solve.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/indexing.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/select.h"
#include "gradus/ops/transcendental.h"

namespace gradus::learn {
namespace {

using Covariance = GaussianMixtureOptions::Covariance;
constexpr const char* kCovarianceNames[] = {"full", "tied", "diagonal", "spherical"};

struct Components {
  Tensor weights, means, covariances;
};

/// log(weight) + log-density of each component. x: f64 -> (examples, components)
Tensor joint_log_densities(const Tensor& x, const Components& components) {
  const std::int64_t features = x.dim(1);
  // (x - m)^T C^-1 (x - m) = |L^-1 (x - m)|^2, and log det C = 2 sum log L_ii, where C = L L^T.
  const Tensor factors = linalg::cholesky(components.covariances).eval();
  const Tensor inverses =
      linalg::solve_triangular(factors, eye(features, features, 0, DType::f64)).eval();
  const Tensor diagonal = sum(factors * eye(features, features, 0, DType::f64), {.axes = {2}});
  const Tensor constants = log(components.weights) - sum(log(diagonal), {.axes = {1}}) -
                           0.5 * std::log(2 * std::numbers::pi) * static_cast<double>(features);
  Tensors columns;
  for (std::int64_t k = 0; k < components.weights.size(); ++k) {
    const Tensor scaled =
        matmul(x - select(components.means, 0, k), transpose(select(inverses, 0, k)));
    columns.push_back(sum(square(scaled), {.axes = {1}}));
  }
  return Tensor((constants - stack(columns, 1) * 0.5).eval());
}

/// The components that make the shares likeliest. shares: (examples, components)
Components maximised(const Tensor& x, const Tensor& shares, const GaussianMixtureOptions& options) {
  const std::int64_t features = x.dim(1);
  // No component is so empty that its mean would be undefined.
  const Tensor found = sum(shares, {.axes = {0}});
  const Tensor counts = maximum(found, number_like(10 * 0x1p-52, found));
  const Tensor means = matmul(transpose(shares), x) / expand_dims(counts, 1);
  const Tensor unit = eye(features, features, 0, DType::f64);
  Tensors covariances;
  for (std::int64_t k = 0; k < options.components; ++k) {
    const Tensor centred = x - select(means, 0, k);
    const Tensor weighted = centred * select(expand_dims(shares, 2), 1, k);
    const Tensor count = select(counts, 0, k);
    if (options.covariance == Covariance::full || options.covariance == Covariance::tied) {
      covariances.push_back(matmul(transpose(weighted), centred) / count);
    } else {
      const Tensor variances = sum(weighted * centred, {.axes = {0}}) / count;
      covariances.push_back(unit * (options.covariance == Covariance::spherical
                                        ? broadcast_to(mean(variances), {features})
                                        : variances));
    }
  }
  Tensor all = stack(covariances);
  if (options.covariance == Covariance::tied) {
    const Tensor weights = reshape(counts / sum(counts), {-1, 1, 1});
    all = broadcast_to(sum(all * weights, {.axes = {0}, .keep_axes = true}), all.shape()) * 1.0;
  }
  Components result{counts / sum(counts), means, all + unit * options.regularization};
  eval({result.weights, result.means, result.covariances});
  return result;
}

struct Fitted {
  Components components;
  double log_likelihood;  // the mean
  std::int64_t iterations;
};

/// Nothing if max_iterations do not suffice.
std::optional<Fitted> improved(const Tensor& x, const Tensor& shares,
                               const GaussianMixtureOptions& options) {
  Components components = maximised(x, shares, options);
  double before = -INFINITY;
  for (std::int64_t iteration = 1; iteration <= options.max_iterations; ++iteration) {
    const Tensor joint = joint_log_densities(x, components);
    const Tensor densities = log_sum_exp(joint, {.axes = {1}, .keep_axes = true});
    const double likelihood = mean(densities).item<double>();
    if (std::abs(likelihood - before) < options.tolerance) {
      return Fitted{components, likelihood, iteration};
    }
    before = likelihood;
    components = maximised(x, exp(joint - densities).eval(), options);
  }
  return std::nullopt;
}

void check_options(const GaussianMixtureOptions& options, std::int64_t examples) {
  if (options.components < 1 || options.components > examples) {
    throw Error(ErrorCode::invalid_argument, GaussianMixture::kKind,
                fmt::format("components must be 1 to the number of examples, {}, not {}", examples,
                            options.components));
  }
  if (options.starts < 1 || options.max_iterations < 1 || !(options.tolerance > 0) ||
      !(options.regularization >= 0)) {
    throw Error(ErrorCode::invalid_argument, GaussianMixture::kKind,
                "starts and max_iterations must be 1 or more, tolerance above 0, regularization 0 "
                "or more");
  }
}

}  // namespace

void GaussianMixtureOptions::fields(OptionVisitor& v) {
  v("components", components);
  v("covariance", covariance, kCovarianceNames);
  v("starts", starts);
  v("max_iterations", max_iterations);
  v("tolerance", tolerance);
  v("regularization", regularization);
  v("seed", seed);
}

void GaussianMixture::fitted(FittedVisitor& v) {
  v("weights", weights, Content::f64, {kAnyExtent});
  const std::int64_t count = weights.defined() ? weights.size() : 0;
  v("means", means, Content::f64, {count, feature_count()});
  v("covariances", covariances, Content::f64, {count, feature_count(), feature_count()});
  v("log_likelihood", log_likelihood, Content::f64, {});
  v("iterations", iterations, Content::i64, {});
}

void GaussianMixture::finish_loading() {
  const auto values = weights.data<double>();
  const bool sound = !values.empty() && std::all_of(values.begin(), values.end(), [](double value) {
    return value > 0 && value <= 1;
  });
  if (!sound) throw Error(ErrorCode::format, kKind, "weights are none that a mixture can have");
  linalg::cholesky(covariances).eval();  // throws if one is not positive definite
}

void GaussianMixture::learn(const Tensor& x, const Tensor& /*y*/, const Tensor& /*weights*/) {
  check_options(options, x.dim(0));
  const Tensor wide = cast(x, DType::f64).eval();
  std::optional<Fitted> best;
  for (std::int64_t start = 0; start < options.starts; ++start) {
    KMeans clusters{{.clusters = options.components, .starts = 1, .seed = options.seed + start}};
    clusters.fit(wide);
    const Tensor shares = one_hot(clusters.labels, options.components, DType::f64).eval();
    const std::optional<Fitted> found = improved(wide, shares, options);
    if (!found) {
      throw Error(ErrorCode::numeric, kKind,
                  fmt::format("{} iterations do not suffice", options.max_iterations));
    }
    if (!best || found->log_likelihood > best->log_likelihood) best = found;
  }
  weights = best->components.weights;
  means = best->components.means;
  covariances = best->components.covariances;
  log_likelihood = Tensor::scalar(best->log_likelihood * static_cast<double>(x.dim(0)), DType::f64);
  iterations = Tensor(best->iterations);
}

Tensor GaussianMixture::log_densities(const Tensor& x) const {
  require_fitted();
  const Tensor examples = checked_examples(kKind, x, Missing::refused);
  const Tensor joint =
      joint_log_densities(cast(examples, DType::f64), {weights, means, covariances});
  return cast(log_sum_exp(joint, {.axes = {1}}), examples.dtype()).eval();
}

std::int64_t GaussianMixture::parameter_count() const {
  require_fitted();
  const std::int64_t k = weights.size(), d = feature_count();
  const std::int64_t of_matrix = d * (d + 1) / 2;
  const std::int64_t of_spread = options.covariance == Covariance::full       ? k * of_matrix
                                 : options.covariance == Covariance::tied     ? of_matrix
                                 : options.covariance == Covariance::diagonal ? k * d
                                                                              : k;
  return k - 1 + k * d + of_spread;
}

double GaussianMixture::aic(const Tensor& x) const {
  const double total = score(x) * static_cast<double>(x.dim(0));
  return 2 * static_cast<double>(parameter_count()) - 2 * total;
}

double GaussianMixture::bic(const Tensor& x) const {
  const auto count = static_cast<double>(x.dim(0));
  return std::log(count) * static_cast<double>(parameter_count()) - 2 * score(x) * count;
}

Tensor GaussianMixture::do_predict(const Tensor& x) const {
  return argmax(joint_log_densities(cast(x, DType::f64), {weights, means, covariances})).eval();
}

Tensor GaussianMixture::do_predict_probabilities(const Tensor& x) const {
  const Tensor joint = joint_log_densities(cast(x, DType::f64), {weights, means, covariances});
  return cast(exp(joint - log_sum_exp(joint, {.axes = {1}, .keep_axes = true})), x.dtype()).eval();
}

double GaussianMixture::do_score(const Tensor& x, const Tensor& /*y*/) const {
  const Tensor joint = joint_log_densities(cast(x, DType::f64), {weights, means, covariances});
  return mean(log_sum_exp(joint, {.axes = {1}})).item<double>();
}

}  // namespace gradus::learn
