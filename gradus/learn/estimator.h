#pragma once

#include <cstdint>

#include "gradus/base/pointer.h"
#include "gradus/core/tensor.h"
#include "gradus/learn/visitors.h"

namespace gradus::learn {

/// What learns from a table of examples: a plain struct of options and, after fit(), of public
/// tensors that say what was learned. Its copy is a snapshot.
///
///     KMeans model{{.clusters = 3}};
///     model.fit(x);               // model.centers, model.labels, model.inertia
///     Tensor near = model.predict(x);
///
/// Examples are (examples, features), f32 or f64; other types are converted. Results have the type
/// of the examples, what was learned is f64. NaN, infinities and no examples at all throw Error, as
/// does an example of another number of features than those of fit(). Fitting gives the same bits
/// for the same seed at any number of threads; if it throws, the estimator stays as it was. Several
/// threads may use a fitted estimator at once.
class Estimator {
 public:
  Estimator() = default;
  Estimator(const Estimator&) = default;
  Estimator(Estimator&&) = default;
  Estimator& operator=(const Estimator&) = default;
  Estimator& operator=(Estimator&&) = default;
  virtual ~Estimator() = default;

  /// Its name in files and messages: "k_means".
  virtual const char* kind() const = 0;
  virtual Owned<Estimator> clone() const = 0;
  /// The options it was made with; see options.h for get and set by name.
  virtual void fields(OptionVisitor& v) = 0;
  /// What fit() found.
  virtual void fitted(FittedVisitor& v) = 0;
  /// After loading: throws Error if what fitted() visits does not fit together, and makes what
  /// follows from it.
  virtual void finish_loading() {}

  /// Learns from examples. y: integer classes (examples) for a classifier, numbers (examples) or
  /// (examples, 1) for a regressor; others do not look at it. weights: how much each example counts
  /// (examples), 0 or more and not all 0; without them each counts 1. Throws Error (unsupported)
  /// for weights unless takes_weights().
  void fit(const Tensor& x, const Tensor& y = {}, const Tensor& weights = {});
  /// Whether examples may be weighted. Twice the weight is as good as the example twice, but for
  /// what counts examples (leaves of trees) and what chance picks.
  virtual bool takes_weights() const { return false; }
  bool is_fitted() const { return features_ > 0; }
  /// Features of the examples it was fitted to; 0 before.
  std::int64_t feature_count() const { return features_; }

  // Each of these throws Error (unsupported) where an estimator has no such thing.

  /// (examples, features) -> (examples): classes i64, numbers, or clusters i64.
  Tensor predict(const Tensor& x) const;
  /// -> (examples, classes), each row adding up to 1.
  Tensor predict_probabilities(const Tensor& x) const;
  /// Signed distance from the boundary: (examples) of two classes, else (examples, classes).
  Tensor decision(const Tensor& x) const;
  /// -> (examples, new features)
  Tensor transform(const Tensor& x) const;
  Tensor inverse_transform(const Tensor& x) const;
  /// How good it is on these examples, more being better: the accuracy of a classifier, R2 of a
  /// regressor; of others their own measure.
  double score(const Tensor& x, const Tensor& y = {}) const;

  bool has_transform() const { return transforms(); }
  /// True of classifiers: folds keep the shares of their classes.
  virtual bool is_classifier() const { return false; }

  /// For loading alone.
  void set_feature_count(std::int64_t features) { features_ = features; }

 protected:
  /// x is checked, evaluated and row-major; y is what check_targets() made of it; weights are f64
  /// (examples), or undefined.
  virtual void learn(const Tensor& x, const Tensor& y, const Tensor& weights) = 0;
  virtual Tensor check_targets(const Tensor& x, const Tensor& y) const;
  virtual bool takes_missing() const { return false; }
  virtual bool transforms() const { return false; }

  virtual Tensor do_predict(const Tensor& x) const;
  virtual Tensor do_predict_probabilities(const Tensor& x) const;
  virtual Tensor do_decision(const Tensor& x) const;
  virtual Tensor do_transform(const Tensor& x) const;
  virtual Tensor do_inverse_transform(const Tensor& x) const;
  virtual double do_score(const Tensor& x, const Tensor& y) const;

  /// Throws Error (unsupported).
  [[noreturn]] void lacks(const char* what) const;
  /// Throws Error before fit().
  void require_fitted() const;

 private:
  Tensor checked(const Tensor& x) const;

  std::int64_t features_ = 0;
};

/// Predicts one of some classes.
class Classifier : public Estimator {
 public:
  Tensor classes;  ///< i64 (classes), ascending

  bool is_classifier() const override { return true; }

 protected:
  /// codes: i64 (examples), places in the new `classes`. Every class has some weight.
  virtual void learn_classes(const Tensor& x, const Tensor& codes, const Tensor& weights) = 0;
  /// How many classes there must be at least.
  virtual std::int64_t fewest_classes() const { return 1; }
  /// For fitted(): visits the classes.
  void visit_classes(FittedVisitor& v);
  std::int64_t class_count() const { return classes.defined() ? classes.size() : 0; }

  Tensor check_targets(const Tensor& x, const Tensor& y) const override;
  void learn(const Tensor& x, const Tensor& y, const Tensor& weights) override;
  /// The class of the largest probability.
  Tensor do_predict(const Tensor& x) const override;
  double do_score(const Tensor& x, const Tensor& y) const override;
  void finish_loading() override;
};

/// Predicts a number. Targets reach learn() as f64 (examples).
class Regressor : public Estimator {
 protected:
  Tensor check_targets(const Tensor& x, const Tensor& y) const override;
  double do_score(const Tensor& x, const Tensor& y) const override;
};

/// Changes features.
class Transformer : public Estimator {
 protected:
  bool transforms() const override { return true; }
};

/// Makes an estimator of a struct that has `static constexpr const char* kKind` and `options`.
template <class Self, class Base>
class EstimatorOf : public Base {
 public:
  const char* kind() const override { return Self::kKind; }
  Owned<Estimator> clone() const override {
    return Owned<Estimator>(new Self(static_cast<const Self&>(*this)));
  }
  void fields(OptionVisitor& v) override { static_cast<Self&>(*this).options.fields(v); }
};

}  // namespace gradus::learn
