#include "sample_variants.h"

#include <cmath>
#include <cstring>
#include <sstream>

#include "gradus/memory/allocator.h"

namespace gradus::testing {
namespace {

Array with_strides(const Tensor& x, const Strides& strides, std::int64_t elements) {
  Array array{.shape = x.shape(), .dtype = x.dtype(), .strides = strides, .buffer = {}};
  const std::size_t bytes = static_cast<std::size_t>(elements) * size_of(x.dtype());
  array.buffer = allocate(bytes);
  std::memset(array.buffer.data(), 0x5a, bytes);  // gaps hold something that is easily noticed
  return array;
}

}  // namespace

Tensor strided_copy(const Tensor& x) {
  if (x.rank() == 0 || x.size() == 0) return x;
  Strides strides(static_cast<std::size_t>(x.rank()), 1);
  std::int64_t step = 2;
  for (int axis = 0; axis < x.rank(); ++axis) {  // axis 0 innermost, every axis with a gap
    strides[static_cast<std::size_t>(axis)] = step;
    step *= x.shape()[axis] + 1;
  }
  Array array = with_strides(x, strides, step + 1);
  array.offset = 1;
  const Array& source = x.array();
  copy_strided(source.shape, size_of(source.dtype), source.bytes(), source.strides,
               array.mutable_bytes(), array.strides);
  return Tensor::from_array(std::move(array));
}

Tensor repeated_first(const Tensor& x) {
  if (x.rank() == 0 || x.shape()[0] == 0) return x;
  Array array = x.array();
  array.strides[0] = 0;
  return Tensor::from_array(std::move(array));
}

Tensors floating_inputs_as(const Tensors& inputs, DType dtype) {
  Tensors result;
  for (const Tensor& input : inputs) {
    if (!is_floating(input.dtype())) {
      result.push_back(input);
      continue;
    }
    const std::vector<double> values = input.to_vector<double>();
    Array array{.shape = input.shape(), .dtype = dtype, .strides = {}, .buffer = {}};
    allocate_row_major(array);
    with_dtype(dtype, [&]<class T>() {
      T* out = array.mutable_data<T>();
      for (std::size_t i = 0; i < values.size(); ++i) {
        if constexpr (std::is_same_v<T, f16> || std::is_same_v<T, bf16>) {
          out[i] = T(static_cast<float>(values[i]));
        } else if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
          out[i] = static_cast<T>(std::abs(values[i]) < 100 ? std::abs(values[i]) : 7);
        } else {
          out[i] = static_cast<T>(values[i]);
        }
      }
    });
    result.push_back(Tensor::from_array(std::move(array)));
  }
  return result;
}

Tensor random_direction(const Shape& shape, std::mt19937_64& random) {
  std::normal_distribution<double> normal;
  std::vector<double> values(static_cast<std::size_t>(shape.size()));
  for (double& value : values) value = normal(random);
  return Tensor::from(values, shape);
}

Tensor moved(const Tensor& x, const Tensor& direction, double step) {
  std::vector<double> values = x.to_vector<double>();
  const std::vector<double> along = direction.to_vector<double>();
  for (std::size_t i = 0; i < values.size(); ++i) values[i] += step * along[i];
  return Tensor::from(values, x.shape());
}

double inner_product(const Tensor& a, const Tensor& b) {
  const std::vector<double> left = a.to_vector<double>();
  const std::vector<double> right = b.to_vector<double>();
  long double sum = 0;
  for (std::size_t i = 0; i < left.size(); ++i) sum += static_cast<long double>(left[i]) * right[i];
  return static_cast<double>(sum);
}

std::vector<double> values_of(const Array& array) {
  return Tensor::from_array(array).to_vector<double>();
}

std::string difference(const Array& actual, const Array& expected, double tolerance) {
  std::ostringstream out;
  if (actual.shape != expected.shape || actual.dtype != expected.dtype) {
    out << name_of(actual.dtype) << actual.shape.to_string() << " instead of "
        << name_of(expected.dtype) << expected.shape.to_string();
    return out.str();
  }
  if (!is_floating(actual.dtype)) tolerance = 0;
  const std::vector<double> a = values_of(actual);
  const std::vector<double> b = values_of(expected);
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] == b[i] || (std::isnan(a[i]) && std::isnan(b[i]))) continue;
    if (std::abs(a[i] - b[i]) <= tolerance * (1 + std::abs(b[i]))) continue;
    out.precision(17);
    out << "element " << i << " is " << a[i] << " instead of " << b[i];
    return out.str();
  }
  return "";
}

}  // namespace gradus::testing
