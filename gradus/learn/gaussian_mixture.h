#pragma once

#include "gradus/learn/estimator.h"

namespace gradus::learn {

struct GaussianMixtureOptions {
  enum class Covariance {
    full,       ///< a matrix for each component
    tied,       ///< one matrix for all
    diagonal,   ///< a variance for each feature of each component
    spherical,  ///< a variance for each component
  };
  std::int64_t components = 1;
  Covariance covariance = Covariance::full;
  std::int64_t starts = 1;  ///< from k-means; the one with the largest likelihood is kept
  std::int64_t max_iterations = 1000;
  double tolerance = 1e-6;       ///< stops when the mean log-likelihood gains less
  double regularization = 1e-6;  ///< added to variances, so that none is 0
  std::int64_t seed = 0;

  void fields(OptionVisitor& v);
};

/// A density of several normal distributions, by expectation and maximisation (Dempster, Laird and
/// Rubin 1977). predict() gives the likeliest component, score() the mean log-likelihood in nats.
struct GaussianMixture final : EstimatorOf<GaussianMixture, Estimator> {
  static constexpr const char* kKind = "gaussian_mixture";
  GaussianMixtureOptions options;
  Tensor weights;         ///< f64 (components), adding up to 1
  Tensor means;           ///< f64 (components, features)
  Tensor covariances;     ///< f64 (components, features, features), of any kind written out
  Tensor log_likelihood;  ///< f64 (): of all examples of fit()
  Tensor iterations;      ///< i64 ()

  explicit GaussianMixture(const GaussianMixtureOptions& chosen = {}) : options(chosen) {}
  void fitted(FittedVisitor& v) override;
  void finish_loading() override;

  /// The log-density of each example. (examples, features) -> (examples)
  Tensor log_densities(const Tensor& x) const;
  /// Free numbers of the model.
  std::int64_t parameter_count() const;
  /// Akaike's and the Bayesian (Schwarz's) information criterion: less is better.
  double aic(const Tensor& x) const;
  double bic(const Tensor& x) const;

 protected:
  void learn(const Tensor& x, const Tensor& y, const Tensor& weights) override;
  Tensor do_predict(const Tensor& x) const override;
  Tensor do_predict_probabilities(const Tensor& x) const override;
  double do_score(const Tensor& x, const Tensor& y) const override;
};

}  // namespace gradus::learn
