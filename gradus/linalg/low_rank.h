#pragma once

#include "gradus/linalg/svd.h"
#include "gradus/ops/random.h"

namespace gradus::linalg {

/// The k largest singular values and their vectors, of the whole decomposition.
/// (..., m, n) -> u (..., m, k), s (..., k), vh (..., k, n)
Svd truncated_svd(const Tensor& a, std::int64_t k);

struct RandomizedOptions {
  std::int64_t oversampling = 10;  ///< random vectors beyond k
  int iterations = 4;              ///< products with a a^T; more where values fall slowly
};

/// Nearly the k largest singular values and their vectors from products with a few random vectors,
/// far faster than the whole decomposition where k is far below m and n (Halko, Martinsson and
/// Tropp 2011, "Finding structure with randomness", algorithms 4.4 and 5.1).
Svd randomized_svd(const Key& key, const Tensor& a, std::int64_t k,
                   const RandomizedOptions& options = {});

/// The nearest matrix of rank k in the spectral and in the Frobenius norm (Eckart and Young).
Tensor low_rank(const Tensor& a, std::int64_t k);

/// u diag(s) vh
Tensor compose(const Svd& parts);

}  // namespace gradus::linalg
