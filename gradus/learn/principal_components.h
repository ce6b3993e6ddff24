#pragma once

#include "gradus/learn/estimator.h"
#include "gradus/linalg/pca.h"

namespace gradus::learn {

struct PrincipalComponentsOptions {
  std::int64_t components = 0;  ///< 0: as many as there are features, or examples if fewer
  linalg::PcaSolver solver = linalg::PcaSolver::automatic;
  bool whiten = false;    ///< scores have variance 1
  std::int64_t seed = 0;  ///< of the randomised solver

  void fields(OptionVisitor& v);
};

/// The directions in which examples spread most, and where they lie along these.
struct PrincipalComponents final : EstimatorOf<PrincipalComponents, Transformer> {
  static constexpr const char* kKind = "principal_components";
  PrincipalComponentsOptions options;
  Tensor mean;                      ///< f64 (features)
  Tensor components;                ///< f64 (components, features), orthonormal rows
  Tensor explained_variance;        ///< f64 (components), descending, divided by n - 1
  Tensor explained_variance_ratio;  ///< f64 (components): of the whole variance
  Tensor singular_values;           ///< f64 (components): of the centred examples

  explicit PrincipalComponents(const PrincipalComponentsOptions& chosen = {}) : options(chosen) {}
  void fitted(FittedVisitor& v) override;

 protected:
  void learn(const Tensor& x, const Tensor& y, const Tensor& weights) override;
  Tensor do_transform(const Tensor& x) const override;
  Tensor do_inverse_transform(const Tensor& x) const override;

 private:
  linalg::Pca analysis() const;
};

}  // namespace gradus::learn
