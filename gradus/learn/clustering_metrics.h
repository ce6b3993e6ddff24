#pragma once

#include "gradus/core/tensor.h"

namespace gradus::learn {

/// How well two clusterings agree: 1 if they are the same up to names, about 0 if they have nothing
/// to do with each other. Source: Hubert and Arabie 1985. a, b: integers (examples).
double adjusted_rand(const Tensor& a, const Tensor& b);

/// The mean over examples of (b - a) / max(a, b): a is the mean distance to its own cluster, b to
/// the nearest other one; 0 for a cluster of one. x: (examples, features), labels: integers
/// (examples), of 2 to examples - 1 clusters. Source: Rousseeuw 1987.
double silhouette(const Tensor& x, const Tensor& labels);

}  // namespace gradus::learn
