// Internal: the first centres of k-means and of mixtures.
#pragma once

#include "gradus/core/tensor.h"
#include "gradus/learn/random_numbers.h"

namespace gradus::learn {

/// Greedy k-means++: each centre is an example drawn with a chance as its squared distance to the
/// nearest centre so far; of 2 + log(clusters) draws the one that leaves least distance is kept
/// (Arthur and Vassilvitskii 2007, section 5). Chances and distances are times the weights, f64
/// (examples), if they are defined. -> f64 (clusters, features)
Tensor plus_plus_centers(const Tensor& x, std::int64_t clusters, const Tensor& weights,
                         RandomNumbers& random);
/// Different examples at random, with chances as their weights.
Tensor random_centers(const Tensor& x, std::int64_t clusters, const Tensor& weights,
                      RandomNumbers& random);

}  // namespace gradus::learn
