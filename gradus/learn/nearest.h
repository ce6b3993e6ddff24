#pragma once

#include <cstdint>

#include "gradus/base/pointer.h"
#include "gradus/core/tensor.h"

namespace gradus::learn {

struct Neighbors {
  Tensor distances;  // f64 (queries, k), ascending
  Tensor indices;    // i64 (queries, k); of equal distances the smaller comes first
};

/// Examples that can be asked which of them lie nearest to a query. All answers are exact.
class NearestSearch {
 public:
  virtual ~NearestSearch() = default;
  /// queries: (queries, features) of the type of the examples; 1 <= k <= examples.
  virtual Neighbors nearest(const Tensor& queries, std::int64_t k) const = 0;
};

/// By products of blocks of queries and of examples. x: (examples, features), f32 or f64.
Owned<NearestSearch> search_by_products(const Tensor& x);
/// By a k-d tree, which pays for few features.
Owned<NearestSearch> search_by_tree(const Tensor& x);

}  // namespace gradus::learn
