#include "gradus/ops/recurrence.h"

#include <cmath>
#include <vector>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/ops/comparison.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/rearrange.h"

namespace gradus {
namespace {

std::int64_t row_bytes_of(const Array& array) {
  return array.shape.back() * static_cast<std::int64_t>(size_of(array.dtype));
}
std::int64_t batch_of(const Array& array) { return array.shape[array.shape.rank() - 2]; }

}  // namespace

ConstRows rows_of(const Array& array) {
  return {array.bytes(), batch_of(array), row_bytes_of(array)};
}
MutableRows mutable_rows_of(Array& array) {
  return {array.mutable_bytes(), batch_of(array), row_bytes_of(array)};
}

bool is_constant_zero(const Array& array) {
  for (int axis = 0; axis < array.shape.rank(); ++axis) {
    if (array.shape[axis] != 1 && array.strides[static_cast<std::size_t>(axis)] != 0) return false;
  }
  if (array.shape.size() == 0) return true;
  return array.dtype == DType::f32 ? *array.data<float>() == 0 : *array.data<double>() == 0;
}

Array row_major_unless_zero(const Array& array) {
  if (!is_constant_zero(array)) return row_major_copy(array);
  return {.shape = array.shape, .dtype = array.dtype, .strides = {}, .buffer = {}};
}

Array& allocate_over(const KernelContext& context, std::size_t output, std::size_t input) {
  const bool is_given = context.input(input).is_row_major() && context.donate(input, output);
  return is_given ? context.output(output) : context.allocate(output);
}

void copy_to_slot(const Array& values, Array& states, std::int64_t slot) {
  const std::size_t item = size_of(values.dtype);
  const std::int64_t size = values.shape.size();
  copy_strided(values.shape, item, values.bytes(), values.strides,
               states.mutable_bytes() + slot * size * static_cast<std::int64_t>(item),
               row_major(values.shape));
}

void add_row(DType dtype, const std::byte* from, std::int64_t count, std::byte* to) {
  if (!from) return;
  const auto add = [&]<class T>(const T* values, T* totals) {
    for (std::int64_t i = 0; i < count; ++i) totals[i] += values[i];
  };
  if (dtype == DType::f32) {
    add(reinterpret_cast<const float*>(from), reinterpret_cast<float*>(to));
  } else {
    add(reinterpret_cast<const double*>(from), reinterpret_cast<double*>(to));
  }
}

void fill_with_zeros(Array& array) {
  std::fill_n(array.mutable_bytes(),
              static_cast<std::size_t>(array.shape.size()) * size_of(array.dtype), std::byte{0});
}

Array checked_lengths(const KernelContext& context, const Array& lengths, std::int64_t time) {
  Array checked = row_major_copy(lengths);
  for (std::int64_t row = 0; row < checked.shape.size(); ++row) {
    const std::int64_t length = checked.data<std::int64_t>()[row];
    if (length >= 0 && length <= time) continue;
    throw Error(ErrorCode::index, context.op().name,
                fmt::format("length {} at position {} is not in [0, {}]", length, row, time));
  }
  return checked;
}

void check_projected(const InferContext& context, std::int64_t width) {
  const DType dtype = context.dtype(0);
  const Shape& shape = context.shape(0);
  if (dtype != DType::f32 && dtype != DType::f64) {
    throw Error(ErrorCode::dtype, context.op.name,
                fmt::format("takes f32 or f64, not {}", name_of(dtype)));
  }
  if (shape.rank() != 3 || shape[2] != width) {
    throw Error(ErrorCode::shape, context.op.name,
                fmt::format("takes (time, batch, {}), not shape {}", width, shape.to_string()),
                {shape});
  }
}

void check_recurrent_inputs(const InferContext& context,
                            std::initializer_list<RecurrentInput> inputs) {
  const DType dtype = context.dtype(0);
  for (const RecurrentInput& input : inputs) {
    const Shape& shape = context.shape(input.place);
    if (shape != input.shape) {
      throw Error(ErrorCode::shape, context.op.name,
                  fmt::format("{} {} does not fit {}: it must be {}", input.name, shape.to_string(),
                              context.shape(0).to_string(), input.shape.to_string()),
                  {shape, context.shape(0)});
    }
    if (context.dtype(input.place) != dtype) {
      throw Error(ErrorCode::dtype, context.op.name,
                  fmt::format("{} of {} does not fit {}", input.name,
                              name_of(context.dtype(input.place)), name_of(dtype)));
    }
  }
}

void check_lengths(const InferContext& context, std::size_t place, std::int64_t batch) {
  if (context.dtype(place) != DType::i64 || context.shape(place) != Shape{batch}) {
    throw Error(
        context.dtype(place) != DType::i64 ? ErrorCode::dtype : ErrorCode::shape, context.op.name,
        fmt::format("takes lengths i64[{}], not {}", batch, context.inputs[place].signature()),
        {context.shape(place)});
  }
}

std::int64_t hidden_size_of(const InferContext& context, const Shape& weight, std::int64_t gates) {
  if (weight.rank() != 2 || weight[1] == 0 || weight[0] != gates * weight[1]) {
    throw Error(ErrorCode::shape, context.op.name,
                fmt::format("takes a recurrent weight ({}hidden, hidden), not shape {}",
                            gates == 1 ? "" : fmt::format("{} * ", gates), weight.to_string()),
                {weight});
  }
  return weight[1];
}

Tensor sample_wave(const Shape& shape, double scale, double start) {
  std::vector<float> values;
  for (std::int64_t i = 0; i < shape.size(); ++i) {
    const auto place = static_cast<double>(i);
    values.push_back(
        static_cast<float>(scale * std::sin(start + 2.4 * place + 0.01 * place * place)));
  }
  return Tensor::from(values, shape);
}

Tensor sample_weight(std::int64_t gates, std::int64_t hidden, double start) {
  return sample_wave({gates * hidden, hidden}, 1.1 / std::sqrt(static_cast<double>(hidden)), start);
}

Tensor sample_lengths(std::int64_t batch, std::int64_t time) {
  std::vector<std::int64_t> lengths;
  for (std::int64_t row = 0; row < batch; ++row) {
    const std::int64_t place = row / 2 % (time + 1);
    lengths.push_back(row % 2 == 0 ? time - place : place);
  }
  return Tensor::from(lengths);
}

Tensor states_before(const Tensor& states, bool reverse) {
  return slice(states, 0, reverse ? Range{.start = 1} : Range{.stop = states.shape()[0] - 1});
}

Tensor states_after(const Tensor& states, bool reverse) { return states_before(states, !reverse); }

Tensor weight_gradient(const Tensor& gradients, const Tensor& states) {
  const std::int64_t rows = gradients.shape()[0] * gradients.shape()[1];
  return matmul(transpose(reshape(gradients, Dims{rows, gradients.shape().back()})),
                reshape(states, Dims{rows, states.shape().back()}));
}

Tensor steps_that_count(const Tensor& lengths, std::int64_t time) {
  const Tensor places = arange(0, static_cast<double>(time), 1, DType::i64);
  return expand_dims(less(expand_dims(places, 1), expand_dims(lengths, 0)), 2);
}

Tensor gradient_or_zeros(const Tensor& gradient, const Tensor& of) {
  return gradient.defined() ? gradient : zeros_like(of);
}

}  // namespace gradus
