#pragma once

#include <cstdint>
#include <random>

#include "gradus/core/op_def.h"

namespace gradus::testing {

/// A random graph of elementwise operations of the registry over inputs of several types, layouts
/// and shapes that broadcast (empty and 0-d ones among them), with reductions here and there. The
/// same for the same seed. Values include NaN, infinities and both zeros.
class RandomGraph {
 public:
  explicit RandomGraph(std::uint64_t seed);

  /// Some of the values, none of them evaluated.
  Tensors outputs();

 private:
  std::size_t below(std::size_t count) { return random_() % count; }
  Shape random_shape();
  /// Given values in a random layout.
  Tensor leaf();
  Tensor random_layout(const Tensor& x);
  /// A known value, newer ones more often.
  Tensor pick();
  /// An operation of the registry on known values; undefined where it does not take them.
  Tensor step();
  Tensor reduction(const Tensor& x);

  std::mt19937_64 random_;
  Dims extents_;
  Tensors values_;
};

}  // namespace gradus::testing
