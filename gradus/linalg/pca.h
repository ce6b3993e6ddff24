#pragma once

#include <cstdint>

#include "gradus/core/tensor.h"
#include "gradus/ops/random.h"

namespace gradus::linalg {

enum class PcaSolver {
  automatic,   ///< covariance where n > 10 d and d <= 1000, else svd
  covariance,  ///< eigenvectors of the covariance (d, d): fast for many rows
  svd,         ///< of the centred data: small variances keep their digits
  randomized,  ///< of the centred data, nearly: fast for few components
};

struct PcaOptions {
  std::int64_t components = 0;  ///< k; 0: the smaller of n and d
  PcaSolver solver = PcaSolver::automatic;
  bool whiten = false;  ///< scores have variance 1
  Key key{};            ///< randomized
};

/// A principal component analysis. In each component the element of largest magnitude is positive.
struct Pca {
  Tensor mean;                      ///< (d)
  Tensor components;                ///< (k, d), orthonormal rows
  Tensor explained_variance;        ///< (k), descending: with 1 / (n - 1)
  Tensor explained_variance_ratio;  ///< (k): of the sum of all d variances
  Tensor singular_values;           ///< (k): of the centred data
  bool whiten = false;

  /// Scores. (..., d) -> (..., k)
  Tensor transform(const Tensor& x) const;
  /// The points that have these scores, in the space of the components. (..., k) -> (..., d)
  Tensor inverse_transform(const Tensor& scores) const;
};

/// The principal components of rows x (n, d), f32 or f64, n >= 2. Throws Error for other shapes and
/// more components than the smaller of n and d; evaluation throws it where x is not finite.
Pca pca(const Tensor& x, const PcaOptions& options = {});

struct Covariance {
  Tensor mean;    ///< (d)
  Tensor matrix;  ///< (d, d), with 1 / (n - 1)
};
/// Of rows x (n, d), n >= 2, f32 or f64.
Covariance covariance(const Tensor& x);

}  // namespace gradus::linalg
