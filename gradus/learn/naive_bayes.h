#pragma once

#include "gradus/learn/estimator.h"

namespace gradus::learn {

/// Classes whose features are taken to be independent: the log of the joint probability of class
/// and features decides.
class NaiveBayes : public Classifier {
 public:
  Tensor class_log_prior;  ///< f64 (classes): of the shares of the examples

 protected:
  /// f64 (examples, classes)
  virtual Tensor joint_log_likelihood(const Tensor& x) const = 0;
  void visit_prior(FittedVisitor& v);
  Tensor do_predict_probabilities(const Tensor& x) const override;
  Tensor do_predict(const Tensor& x) const override;
};

struct GaussianNaiveBayesOptions {
  double variance_smoothing = 1e-9;  ///< this part of the largest variance is added to all

  void fields(OptionVisitor& v);
};

/// Each feature of each class is normal.
struct GaussianNaiveBayes final : EstimatorOf<GaussianNaiveBayes, NaiveBayes> {
  static constexpr const char* kKind = "gaussian_naive_bayes";
  GaussianNaiveBayesOptions options;
  Tensor means;      ///< f64 (classes, features)
  Tensor variances;  ///< f64 (classes, features), divided by n

  explicit GaussianNaiveBayes(const GaussianNaiveBayesOptions& chosen = {}) : options(chosen) {}
  bool takes_weights() const override { return true; }
  void fitted(FittedVisitor& v) override;
  void finish_loading() override;

 protected:
  void learn_classes(const Tensor& x, const Tensor& codes, const Tensor& weights) override;
  Tensor joint_log_likelihood(const Tensor& x) const override;
};

struct MultinomialNaiveBayesOptions {
  double smoothing = 1;  ///< added to all counts (Laplace, Lidstone)

  void fields(OptionVisitor& v);
};

/// Features are counts, of words for instance; none may be negative.
struct MultinomialNaiveBayes final : EstimatorOf<MultinomialNaiveBayes, NaiveBayes> {
  static constexpr const char* kKind = "multinomial_naive_bayes";
  MultinomialNaiveBayesOptions options;
  Tensor feature_log_probabilities;  ///< f64 (classes, features)

  explicit MultinomialNaiveBayes(const MultinomialNaiveBayesOptions& chosen = {})
      : options(chosen) {}
  bool takes_weights() const override { return true; }
  void fitted(FittedVisitor& v) override;

 protected:
  void learn_classes(const Tensor& x, const Tensor& codes, const Tensor& weights) override;
  Tensor joint_log_likelihood(const Tensor& x) const override;
};

struct BernoulliNaiveBayesOptions {
  double smoothing = 1;
  double threshold = 0;  ///< features above it are there, others are not

  void fields(OptionVisitor& v);
};

/// Features are there or not, and it counts that they are not.
struct BernoulliNaiveBayes final : EstimatorOf<BernoulliNaiveBayes, NaiveBayes> {
  static constexpr const char* kKind = "bernoulli_naive_bayes";
  BernoulliNaiveBayesOptions options;
  Tensor feature_log_probabilities;  ///< f64 (classes, features): of being there

  explicit BernoulliNaiveBayes(const BernoulliNaiveBayesOptions& chosen = {}) : options(chosen) {}
  bool takes_weights() const override { return true; }
  void fitted(FittedVisitor& v) override;
  void finish_loading() override;

 protected:
  void learn_classes(const Tensor& x, const Tensor& codes, const Tensor& weights) override;
  Tensor joint_log_likelihood(const Tensor& x) const override;
};

}  // namespace gradus::learn
