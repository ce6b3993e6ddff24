#pragma once

#include <vector>

#include "gradus/base/pointer.h"
#include "gradus/data/dataset.h"

namespace gradus::data {

/// Some of another data set's examples, under new numbers.
class Subset final : public Dataset {
 public:
  /// Throws Error if an index is not in [0, dataset->size()).
  Subset(Shared<const Dataset> dataset, std::vector<std::int64_t> indices);

  std::int64_t size() const override { return static_cast<std::int64_t>(indices_.size()); }
  Batch get(std::span<const std::int64_t> indices) const override;

  /// The examples' numbers in the other data set.
  const std::vector<std::int64_t>& indices() const noexcept { return indices_; }

 private:
  Shared<const Dataset> dataset_;
  std::vector<std::int64_t> indices_;
};

}  // namespace gradus::data
