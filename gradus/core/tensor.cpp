#include "gradus/core/tensor.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/core/node.h"

namespace gradus {
namespace {

template <class T>
Tensor scalar_of(T value) {
  return Tensor::from(std::span<const T>(&value, 1), Shape{});
}

/// Rows of literals, flattened; all must have the length of the first.
template <class Rows>
std::vector<float> flatten(const Rows& rows) {
  std::vector<float> values;
  for (const auto& row : rows) {
    if (row.size() != rows.begin()->size()) {
      throw Error(ErrorCode::shape, "tensor",
                  fmt::format("rows of a literal have {} and {} elements", rows.begin()->size(),
                              row.size()));
    }
    values.insert(values.end(), row.begin(), row.end());
  }
  return values;
}

template <class To, class From>
To convert(From value) {
  if constexpr (std::is_same_v<From, f16> || std::is_same_v<From, bf16>) {
    return static_cast<To>(static_cast<float>(value));
  } else if constexpr (std::is_same_v<To, f16> || std::is_same_v<To, bf16>) {
    return To(static_cast<float>(value));
  } else {
    return static_cast<To>(value);
  }
}

}  // namespace

Tensor::Tensor(float value) : Tensor(scalar_of(value)) {}
Tensor::Tensor(double value) : Tensor(scalar_of(static_cast<float>(value))) {}
Tensor::Tensor(int value) : Tensor(scalar_of(static_cast<std::int32_t>(value))) {}
Tensor::Tensor(std::int64_t value) : Tensor(scalar_of(value)) {}
Tensor::Tensor(bool value) : Tensor(scalar_of(value)) {}

Tensor::Tensor(std::initializer_list<LiteralNumber> values)
    : Tensor(from(std::vector<float>(values.begin(), values.end()))) {}

Tensor Tensor::from_rows(std::initializer_list<std::initializer_list<float>> rows) {
  return from(flatten(rows),
              Shape{static_cast<std::int64_t>(rows.size()),
                    static_cast<std::int64_t>(rows.size() ? rows.begin()->size() : 0)});
}

Tensor::Tensor(std::initializer_list<std::initializer_list<std::initializer_list<float>>> planes) {
  std::vector<float> values;
  Shape plane_shape{0, 0};
  for (const auto& plane : planes) {
    const Tensor rows = from_rows(plane);
    if (&plane != planes.begin() && rows.shape() != plane_shape) {
      throw Error(ErrorCode::shape, "tensor", "planes of a literal differ in shape",
                  {plane_shape, rows.shape()});
    }
    plane_shape = rows.shape();
    const auto data = rows.data<float>();
    values.insert(values.end(), data.begin(), data.end());
  }
  *this =
      from(values, Shape{static_cast<std::int64_t>(planes.size()), plane_shape[0], plane_shape[1]});
}

Tensor Tensor::from_bytes(std::span<const std::byte> bytes, const Shape& shape, DType dtype) {
  if (bytes.size() != static_cast<std::size_t>(shape.size()) * size_of(dtype)) {
    throw Error(ErrorCode::shape, "tensor",
                fmt::format("shape {} of {} takes {} bytes, but {} were given", shape.to_string(),
                            name_of(dtype), static_cast<std::size_t>(shape.size()) * size_of(dtype),
                            bytes.size()),
                {shape});
  }
  Array array{.shape = shape, .dtype = dtype, .strides = {}, .buffer = {}};
  allocate_row_major(array);
  if (!bytes.empty()) std::memcpy(array.mutable_bytes(), bytes.data(), bytes.size());
  return from_array(std::move(array));
}

Tensor Tensor::scalar(double value, DType dtype) {
  return with_dtype(dtype, [&]<class T>() { return scalar_of(convert<T>(value)); });
}

Tensor::Tensor(const Tensor& other) noexcept : node_(other.node_), index_(other.index_) {
  if (node_) node_->retain();
}

void Tensor::release() noexcept { node_->release(); }

/// Its shape and type; perhaps no storage yet.
const Array& Tensor::described() const {
  if (!node_) {
    throw Error(ErrorCode::invalid_argument, "tensor",
                "it is undefined: nothing was assigned to it, so it has no shape and no type");
  }
  return node_->output(index_);
}

const Shape& Tensor::shape() const { return described().shape; }
DType Tensor::dtype() const { return described().dtype; }

std::int64_t Tensor::dim(int axis) const { return shape()[normalize_axis("dim", axis, shape())]; }

const Tensor& Tensor::eval(SourceLocation where) const {
  if (!node_) throw Error(ErrorCode::invalid_argument, "eval", "the tensor is undefined");
  if (!node_->evaluated()) gradus::eval(std::span<const Tensor>(this, 1), where);
  return *this;
}

bool Tensor::is_evaluated() const noexcept { return node_ && node_->evaluated(); }

const Array& Tensor::array(SourceLocation where) const {
  eval(where);
  return node_->output(index_);
}

std::span<const std::byte> Tensor::row_major_bytes(DType wanted, SourceLocation where) const {
  const Array& array = this->array(where);
  if (array.dtype != wanted) {
    throw Error(ErrorCode::dtype, "data",
                fmt::format("the tensor holds {}, not {}", name_of(array.dtype), name_of(wanted)));
  }
  return {node_->row_major_output(index_).bytes(),
          static_cast<std::size_t>(array.shape.size()) * size_of(array.dtype)};
}

template <class T>
T Tensor::item(SourceLocation where) const {
  if (!node_ || size() != 1) {
    throw Error(ErrorCode::shape, "item",
                fmt::format("takes a tensor of one element, not {}",
                            node_ ? signature() : std::string("an undefined one")));
  }
  const Array& array = this->array(where);
  return with_dtype(array.dtype, [&]<class From>() { return convert<T>(*array.data<From>()); });
}

template <class T>
std::vector<T> Tensor::to_vector(SourceLocation where) const {
  const Array packed = row_major_copy(array(where));
  return with_dtype(packed.dtype, [&]<class From>() {
    std::vector<T> values(static_cast<std::size_t>(packed.shape.size()));
    const From* data = packed.data<From>();
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = convert<T>(data[i]);
    return values;
  });
}

template bool Tensor::item<bool>(SourceLocation) const;
template std::uint8_t Tensor::item<std::uint8_t>(SourceLocation) const;
template std::int32_t Tensor::item<std::int32_t>(SourceLocation) const;
template std::int64_t Tensor::item<std::int64_t>(SourceLocation) const;
template float Tensor::item<float>(SourceLocation) const;
template double Tensor::item<double>(SourceLocation) const;
template std::vector<bool> Tensor::to_vector<bool>(SourceLocation) const;
template std::vector<std::uint8_t> Tensor::to_vector<std::uint8_t>(SourceLocation) const;
template std::vector<std::int32_t> Tensor::to_vector<std::int32_t>(SourceLocation) const;
template std::vector<std::int64_t> Tensor::to_vector<std::int64_t>(SourceLocation) const;
template std::vector<float> Tensor::to_vector<float>(SourceLocation) const;
template std::vector<double> Tensor::to_vector<double>(SourceLocation) const;

}  // namespace gradus
