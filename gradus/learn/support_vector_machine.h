#pragma once

#include "gradus/learn/estimator.h"
#include "gradus/learn/kernel.h"

namespace gradus::learn {

struct SupportVectorOptions {
  double penalty = 1;  ///< C: of what lies on the wrong side of the margin
  KernelKind kernel = KernelKind::rbf;
  double gamma = 0;  ///< of the kernel; 0: 1 / (features * variance)
  double offset = 0;
  std::int64_t degree = 3;
  double epsilon = 0.1;     ///< of a regressor: smaller errors count nothing
  double tolerance = 1e-3;  ///< of the conditions of optimality
  bool shrinking = true;
  std::int64_t max_iterations = 0;     ///< more are an Error; 0: ten millions, or 100 an example
  std::int64_t cache_megabytes = 500;  ///< for rows of the kernel

  void fields(OptionVisitor& v);
};

/// Classes with the widest margin between them, one machine for each pair of classes (Cortes and
/// Vapnik 1995; Platt 1998). Features should be of one scale.
struct SupportVectorClassifier final : EstimatorOf<SupportVectorClassifier, Classifier> {
  static constexpr const char* kKind = "support_vector_classifier";
  SupportVectorOptions options;
  Tensor support;          ///< i64 (vectors): which examples of fit() they are, ascending
  Tensor support_vectors;  ///< (vectors, features)
  Tensor coefficients;     ///< f64 (pairs, vectors): of pairs (0, 1), (0, 2), ... (1, 2), ...
  Tensor intercepts;       ///< f64 (pairs)
  Tensor gamma;            ///< f64 (): what fit() took

  explicit SupportVectorClassifier(const SupportVectorOptions& chosen = {}) : options(chosen) {}
  bool takes_weights() const override { return true; }
  void fitted(FittedVisitor& v) override;
  void finish_loading() override;
  /// Of each pair, above 0 for the first of it: (examples, pairs).
  Tensor pair_decisions(const Tensor& x) const;

 protected:
  std::int64_t fewest_classes() const override { return 2; }
  void learn_classes(const Tensor& x, const Tensor& codes, const Tensor& weights) override;
  /// Of two classes, above 0 for the second. Of more, the pairs that each class wins and, as a
  /// fraction, by how much.
  Tensor do_decision(const Tensor& x) const override;
  Tensor do_predict(const Tensor& x) const override;

 private:
  Tensor decisions(const Tensor& x) const;
};

/// Numbers within a tube of width epsilon around a flat function (Smola and Schoelkopf 2004).
struct SupportVectorRegressor final : EstimatorOf<SupportVectorRegressor, Regressor> {
  static constexpr const char* kKind = "support_vector_regressor";
  SupportVectorOptions options;
  Tensor support;          ///< i64 (vectors)
  Tensor support_vectors;  ///< (vectors, features)
  Tensor coefficients;     ///< f64 (1, vectors)
  Tensor intercepts;       ///< f64 (1)
  Tensor gamma;            ///< f64 ()

  explicit SupportVectorRegressor(const SupportVectorOptions& chosen = {}) : options(chosen) {}
  bool takes_weights() const override { return true; }
  void fitted(FittedVisitor& v) override;
  void finish_loading() override;

 protected:
  void learn(const Tensor& x, const Tensor& y, const Tensor& weights) override;
  Tensor do_predict(const Tensor& x) const override;
};

}  // namespace gradus::learn
