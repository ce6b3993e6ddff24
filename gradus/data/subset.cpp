#include "gradus/data/subset.h"

#include <fmt/format.h>

#include <utility>

#include "gradus/base/error.h"

namespace gradus::data {
namespace {

void check_index(std::int64_t index, std::int64_t size) {
  if (index >= 0 && index < size) return;
  throw Error(ErrorCode::index, "subset",
              fmt::format("there is no example {} among {}", index, size));
}

}  // namespace

Subset::Subset(Shared<const Dataset> dataset, std::vector<std::int64_t> indices)
    : dataset_(std::move(dataset)), indices_(std::move(indices)) {
  for (const std::int64_t index : indices_) check_index(index, dataset_->size());
}

Batch Subset::get(std::span<const std::int64_t> indices) const {
  std::vector<std::int64_t> original;
  original.reserve(indices.size());
  for (const std::int64_t index : indices) {
    check_index(index, size());
    original.push_back(indices_[static_cast<std::size_t>(index)]);
  }
  return dataset_->get(original);
}

}  // namespace gradus::data
