#pragma once

#include "gradus/data/dataset.h"

namespace gradus::data {

/// Examples held in memory.
class TensorDataset final : public Dataset {
 public:
  /// inputs: (examples, ...); targets: (examples, ...), or undefined. Evaluates both. Throws Error
  /// if their first extents differ.
  explicit TensorDataset(Tensor inputs, Tensor targets = {});

  std::int64_t size() const override { return inputs_.shape()[0]; }
  /// Consecutive examples are a view that shares storage; others are copied.
  Batch get(std::span<const std::int64_t> indices) const override;

  const Tensor& inputs() const noexcept { return inputs_; }
  const Tensor& targets() const noexcept { return targets_; }

 private:
  Tensor inputs_, targets_;
};

}  // namespace gradus::data
