#include "gradus/data/tensor_dataset.h"

#include <fmt/format.h>

#include <vector>

#include "gradus/base/error.h"
#include "gradus/ops/indexing.h"
#include "gradus/ops/rearrange.h"

namespace gradus::data {
namespace {

constexpr const char* kOperation = "tensor_dataset";

bool are_consecutive(std::span<const std::int64_t> indices) {
  for (std::size_t i = 1; i < indices.size(); ++i) {
    if (indices[i] != indices[i - 1] + 1) return false;
  }
  return !indices.empty();
}

}  // namespace

TensorDataset::TensorDataset(Tensor inputs, Tensor targets)
    : inputs_(std::move(inputs)), targets_(std::move(targets)) {
  if (!inputs_.defined() || inputs_.rank() == 0 || (targets_.defined() && targets_.rank() == 0)) {
    throw Error(
        ErrorCode::shape, kOperation,
        fmt::format("takes inputs (examples, ...) and targets (examples, ...), not {} and {}",
                    inputs_.signature(), targets_.signature()));
  }
  if (targets_.defined() && targets_.shape()[0] != inputs_.shape()[0]) {
    throw Error(ErrorCode::shape, kOperation,
                fmt::format("inputs {} and targets {} differ in the number of examples",
                            inputs_.signature(), targets_.signature()),
                {inputs_.shape(), targets_.shape()});
  }
  inputs_.eval();
  if (targets_.defined()) targets_.eval();
}

Batch TensorDataset::get(std::span<const std::int64_t> indices) const {
  for (const std::int64_t index : indices) {
    if (index < 0 || index >= size()) {
      throw Error(ErrorCode::index, kOperation,
                  fmt::format("there is no example {} among {}", index, size()));
    }
  }
  const bool consecutive = are_consecutive(indices);
  const Tensor positions =
      consecutive ? Tensor() : Tensor::from(indices, {static_cast<std::int64_t>(indices.size())});
  const auto rows_of = [&](const Tensor& tensor) {
    if (!tensor.defined()) return Tensor();
    const Tensor rows = consecutive ? slice(tensor, 0, {indices.front(), indices.back() + 1})
                                    : take(tensor, positions);
    return Tensor(rows.eval());
  };
  return {rows_of(inputs_), rows_of(targets_)};
}

}  // namespace gradus::data
