// Internal: rows of a kernel matrix, as many as there is memory for.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "gradus/core/array.h"
#include "gradus/learn/kernel.h"

namespace gradus::learn {

/// The kernel of some examples with each other. If the whole matrix fits into the memory given it
/// is made at once, by large products; else rows are made when they are asked for, and those least
/// recently asked for are forgotten.
class KernelCache {
 public:
  /// bytes: at least two rows are kept whatever it says.
  KernelCache(const Tensor& x, const Kernel& kernel, std::int64_t bytes);

  std::int64_t size() const { return count_; }
  /// Valid until two other rows were asked for.
  const float* row(std::int64_t i);
  float diagonal(std::int64_t i) const { return diagonal_[static_cast<std::size_t>(i)]; }

 private:
  void make_rows(std::int64_t begin, std::int64_t end, float* to) const;
  std::int64_t free_slot();

  Tensor x_;
  Kernel kernel_;
  std::int64_t count_, capacity_;
  Array rows_;  // f32 (capacity, examples)
  std::vector<float> diagonal_;
  std::vector<std::int64_t> slot_of_;     // of each example, -1 if its row is not there
  std::vector<std::int64_t> example_of_;  // of each slot, -1 if it is free
  std::vector<std::uint64_t> used_;       // of each slot, when
  std::uint64_t clock_ = 0;
};

}  // namespace gradus::learn
