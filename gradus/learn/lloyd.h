// Internal: the iterations of k-means.
#pragma once

#include "gradus/core/tensor.h"

namespace gradus::learn {

struct LloydOptions {
  std::int64_t max_iterations;
  double tolerance;  ///< of the sum of the squared moves of the centres
};

struct LloydResult {
  Tensor centers;  // f64 (clusters, features)
  Tensor labels;   // i64 (examples)
  double inertia;
  std::int64_t iterations;
};

/// Assigns examples to their nearest centre and moves centres to the mean of theirs, in turn, until
/// nothing changes. A cluster that loses all its examples is moved to the example that lies
/// farthest from its own centre. x: f32 or f64; centers: f64 (clusters, features); weights: f64
/// (examples), or undefined.
LloydResult lloyd(const Tensor& x, const Tensor& centers, const Tensor& weights,
                  const LloydOptions& options);

}  // namespace gradus::learn
