#pragma once

#include <cstdint>
#include <span>

#include "gradus/core/tensor.h"

namespace gradus::data {

/// Some examples, stacked along the first axis.
struct Batch {
  Tensor inputs;   // (batch, ...)
  Tensor targets;  // (batch, ...); undefined where examples have none
};

/// Examples that can be fetched by number.
class Dataset {
 public:
  virtual ~Dataset() = default;
  virtual std::int64_t size() const = 0;
  /// The examples with these numbers, in this order, evaluated. Several threads may call it at
  /// once. Throws Error if a number is not in [0, size()).
  virtual Batch get(std::span<const std::int64_t> indices) const = 0;
};

}  // namespace gradus::data
