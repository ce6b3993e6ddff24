#include "gradus/learn/kernel_cache.h"

#include <algorithm>

#include "gradus/base/parallel.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/select.h"

namespace gradus::learn {
namespace {

constexpr std::int64_t kRowsOfProduct = 256;
constexpr std::int64_t kDiagonalPiece = 64;

}  // namespace

KernelCache::KernelCache(const Tensor& x, const Kernel& kernel, std::int64_t bytes)
    : x_(x), kernel_(kernel), count_(x.dim(0)), diagonal_(static_cast<std::size_t>(count_)) {
  const std::int64_t of_row = count_ * static_cast<std::int64_t>(sizeof(float));
  capacity_ = std::min(count_, std::max<std::int64_t>(3, bytes / of_row));
  rows_.shape = {capacity_, count_};
  rows_.dtype = DType::f32;
  allocate_row_major(rows_);
  if (capacity_ == count_) {
    parallel_for(count_, kRowsOfProduct, [&](std::int64_t begin, std::int64_t end) {
      make_rows(begin, end, rows_.mutable_data<float>() + begin * count_);
    });
    for (std::int64_t i = 0; i < count_; ++i) {
      diagonal_[static_cast<std::size_t>(i)] = rows_.data<float>()[i * count_ + i];
    }
    return;
  }
  parallel_for(count_, kDiagonalPiece, [&](std::int64_t begin, std::int64_t end) {
    const Tensor part = slice(x_, 0, {.start = begin, .stop = end}).eval();
    const auto products = kernel_(part, part).to_vector<float>();
    for (std::int64_t i = begin; i < end; ++i) {
      diagonal_[static_cast<std::size_t>(i)] =
          products[static_cast<std::size_t>((i - begin) * (end - begin + 1))];
    }
  });
  slot_of_.assign(static_cast<std::size_t>(count_), -1);
  example_of_.assign(static_cast<std::size_t>(capacity_), -1);
  used_.assign(static_cast<std::size_t>(capacity_), 0);
}

const float* KernelCache::row(std::int64_t i) {
  if (slot_of_.empty()) return rows_.data<float>() + i * count_;
  std::int64_t& slot = slot_of_[static_cast<std::size_t>(i)];
  if (slot < 0) {
    slot = free_slot();
    example_of_[static_cast<std::size_t>(slot)] = i;
    make_rows(i, i + 1, rows_.mutable_data<float>() + slot * count_);
  }
  used_[static_cast<std::size_t>(slot)] = ++clock_;
  return rows_.data<float>() + slot * count_;
}

std::int64_t KernelCache::free_slot() {
  const std::int64_t slot = std::min_element(used_.begin(), used_.end()) - used_.begin();
  const std::int64_t before = example_of_[static_cast<std::size_t>(slot)];
  if (before >= 0) slot_of_[static_cast<std::size_t>(before)] = -1;
  return slot;
}

void KernelCache::make_rows(std::int64_t begin, std::int64_t end, float* to) const {
  const Tensor part = slice(x_, 0, {.start = begin, .stop = end}).eval();
  const Tensor rows = cast(kernel_(part, x_), DType::f32);
  const auto values = rows.data<float>();
  std::copy(values.begin(), values.end(), to);
}

}  // namespace gradus::learn
