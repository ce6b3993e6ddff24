#pragma once

#include "gradus/learn/estimator.h"
#include "gradus/linalg/least_squares.h"

namespace gradus::learn {

struct LinearRegressionOptions {
  bool intercept = true;
  linalg::LeastSquaresMethod method = linalg::LeastSquaresMethod::svd;

  void fields(OptionVisitor& v);
};

/// Least squares. By singular values it takes dependent features too, with the least coefficients.
struct LinearRegression final : EstimatorOf<LinearRegression, Regressor> {
  static constexpr const char* kKind = "linear_regression";
  LinearRegressionOptions options;
  Tensor coefficients;  ///< f64 (features)
  Tensor intercept;     ///< f64 (); 0 without one
  Tensor rank;          ///< i64 (): of the features

  explicit LinearRegression(const LinearRegressionOptions& chosen = {}) : options(chosen) {}
  bool takes_weights() const override { return true; }
  void fitted(FittedVisitor& v) override;

 protected:
  void learn(const Tensor& x, const Tensor& y, const Tensor& weights) override;
  Tensor do_predict(const Tensor& x) const override;
};

struct RidgeOptions {
  double penalty = 1;  ///< times the squared coefficients, added to the squared errors
  bool intercept = true;
  linalg::LeastSquaresMethod method = linalg::LeastSquaresMethod::svd;

  void fields(OptionVisitor& v);
};

/// Least squares with coefficients that are drawn to 0 (Hoerl and Kennard 1970). The intercept is
/// not.
struct Ridge final : EstimatorOf<Ridge, Regressor> {
  static constexpr const char* kKind = "ridge";
  RidgeOptions options;
  Tensor coefficients;  ///< f64 (features)
  Tensor intercept;     ///< f64 ()

  explicit Ridge(const RidgeOptions& chosen = {}) : options(chosen) {}
  bool takes_weights() const override { return true; }
  void fitted(FittedVisitor& v) override;

 protected:
  void learn(const Tensor& x, const Tensor& y, const Tensor& weights) override;
  Tensor do_predict(const Tensor& x) const override;
};

}  // namespace gradus::learn
