#include "gradus/ops/indices.h"

#include <atomic>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "gradus/base/error.h"
#include "gradus/base/parallel.h"

namespace gradus {
namespace {

template <class F>
auto with_index_type(DType dtype, F&& f) {
  switch (dtype) {
    case DType::u8:
      return f.template operator()<std::uint8_t>();
    case DType::i32:
      return f.template operator()<std::int32_t>();
    default:
      return f.template operator()<std::int64_t>();
  }
}

/// An index that is out of range and its number in row-major order.
struct Offender {
  std::int64_t index, number;
};

/// Writes the indices as i64, those in [-wrapped, 0) counted from the end, and returns the first
/// that is out of [-wrapped, extent); a number below 0 if there is none.
template <class T>
Offender convert(const T* indices, std::int64_t* result, std::int64_t count, std::int64_t extent,
                 std::int64_t wrapped) {
  std::atomic<bool> inside = true;
  parallel_for(count, 1 << 16, [&](std::int64_t begin, std::int64_t end) {
    bool all = true;
    for (std::int64_t i = begin; i < end; ++i) {
      const auto index = static_cast<std::int64_t>(indices[i]);
      all &= index >= -wrapped && index < extent;
      result[i] = index < 0 ? index + extent : index;
    }
    if (!all) inside.store(false, std::memory_order_relaxed);
  });
  if (inside) return {0, -1};
  for (std::int64_t i = 0;; ++i) {
    const auto index = static_cast<std::int64_t>(indices[i]);
    if (index < -wrapped || index >= extent) return {index, i};
  }
}

Dims position_of(std::int64_t number, const Shape& shape) {
  Dims position(static_cast<std::size_t>(shape.rank()), 0);
  for (int axis = shape.rank() - 1; axis >= 0; --axis) {
    position[static_cast<std::size_t>(axis)] = number % shape[axis];
    number /= shape[axis];
  }
  return position;
}

/// `range()` says in words what the indices are to be in.
template <class Range>
Array read(const char* operation, const Array& indices, std::int64_t extent, std::int64_t wrapped,
           Range range) {
  const Array packed = row_major_copy(indices);
  Array result{.shape = indices.shape, .dtype = DType::i64, .strides = {}, .buffer = {}};
  allocate_row_major(result);
  const Offender offender = with_index_type(indices.dtype, [&]<class T>() {
    return convert(packed.data<T>(), result.mutable_data<std::int64_t>(), indices.shape.size(),
                   extent, wrapped);
  });
  if (offender.number < 0) return result;
  throw Error(
      ErrorCode::index, operation,
      fmt::format("index {} at position [{}] of shape {} is out of range for {}", offender.index,
                  fmt::join(position_of(offender.number, indices.shape), ", "),
                  indices.shape.to_string(), range()),
      {indices.shape});
}

}  // namespace

void check_index_type(const char* operation, DType dtype) {
  if (is_integer(dtype)) return;
  throw Error(ErrorCode::dtype, operation,
              fmt::format("indices are u8, i32 or i64, not {}", name_of(dtype)));
}

Array read_indices(const char* operation, const Array& indices, const Shape& indexed, int axis) {
  const std::int64_t extent = indexed[axis];
  return read(operation, indices, extent, extent,
              [&] { return fmt::format("axis {} of shape {}", axis, indexed.to_string()); });
}

Array read_labels(const char* operation, const Array& labels, std::int64_t classes) {
  return read(operation, labels, classes, 0, [&] { return fmt::format("{} classes", classes); });
}

MergedAxes::MergedAxes(const Array& array, int first, int last) {
  for (int axis = first; axis < last; ++axis) {
    const Axis next{array.shape[axis], array.strides[static_cast<std::size_t>(axis)]};
    count_ *= next.extent;
    if (next.extent == 1) continue;
    if (!axes_.empty() && axes_.back().stride == next.stride * next.extent) {
      axes_.back() = {axes_.back().extent * next.extent, next.stride};
    } else {
      axes_.push_back(next);
    }
  }
}

}  // namespace gradus
