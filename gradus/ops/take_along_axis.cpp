#include <algorithm>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/base/parallel.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/indexing.h"
#include "gradus/ops/indices.h"
#include "gradus/ops/positions.h"

namespace gradus {
namespace {

struct AlongAxisAttributes {
  int axis = 0;  // normalised
  void fields(FieldVisitor& v) const { v("axis", axis); }
};

Specs infer_take_along_axis(const InferContext& context) {
  const int axis = context.attributes.as<AlongAxisAttributes>().axis;
  check_index_type("take_along_axis", context.dtype(1));
  const Shape& shape = context.shape(0);
  const Shape& indices = context.shape(1);
  bool fits = indices.rank() == shape.rank();
  for (int other = 0; fits && other < shape.rank(); ++other) {
    fits = other == axis || indices[other] == shape[other];
  }
  if (!fits) {
    throw Error(ErrorCode::shape, "take_along_axis",
                fmt::format("indices of shape {} and x of shape {} differ in more than axis {}",
                            indices.to_string(), shape.to_string(), axis),
                {shape, indices});
  }
  return {{indices, context.dtype(0)}};
}

Inputs take_along_axis_vjp(const VjpContext& context) {
  const Tensor& x = context.inputs[0];
  const int axis = context.attributes.as<AlongAxisAttributes>().axis;
  return {context.needed[0]
              ? scatter_add_along_axis(zeros_like(x), context.inputs[1], context.gradient(), axis)
              : Tensor(),
          Tensor()};
}

/// Lines of the output: along the indexed axis if it is the last, else along the axes behind it.
/// Element i of line l is x[starts.offset(l / lines_a_start) + i * step + index * stride].
template <class T>
void pick(const T* x, T* target, const MergedAxes& starts, std::int64_t lines_a_start,
          std::int64_t length, std::int64_t step, std::int64_t stride,
          const std::int64_t* indices) {
  parallel_for(
      starts.count() * lines_a_start * length, 1 << 15, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t first = begin; first < end;) {
          const std::int64_t line = first / length;
          const std::int64_t last = std::min(end, (line + 1) * length);
          const T* from = x + starts.offset(line / lines_a_start) + (first - line * length) * step;
          for (std::int64_t i = first; i < last; ++i) {
            target[i] = from[indices[i] * stride];
            from += step;
          }
          first = last;
        }
      });
}

void run_lines(const KernelContext& context) {
  const int axis = context.attributes<AlongAxisAttributes>().axis;
  const Array indices =
      read_indices("take_along_axis", context.input(1), context.input(0).shape, axis);
  Array& output = context.allocate();
  if (output.shape.size() == 0) return;
  const int rank = output.shape.rank();
  const bool strided = !MergedAxes(context.input(0), axis + 1, rank).is_one_axis();
  const Array x = strided ? row_major_copy(context.input(0)) : context.input(0);
  const MergedAxes behind(x, axis + 1, rank);
  const std::int64_t taken = output.shape[axis];
  const bool along = behind.count() == 1;
  with_word(size_of(x.dtype), [&]<class T>() {
    pick(x.data<T>(), output.mutable_data<T>(), MergedAxes(x, 0, axis), along ? 1 : taken,
         along ? taken : behind.count(), along ? 0 : behind.stride(),
         x.strides[static_cast<std::size_t>(axis)], indices.data<std::int64_t>());
  });
}

void run_reference(const KernelContext& context) {
  const int axis = context.attributes<AlongAxisAttributes>().axis;
  const Array& x = context.input(0);
  const Array indices = read_indices("take_along_axis", context.input(1), x.shape, axis);
  Array& output = context.allocate();
  for_each_position(output.shape, [&](const Dims& position, std::int64_t number) {
    Dims source = position;
    source[static_cast<std::size_t>(axis)] = indices.data<std::int64_t>()[number];
    copy_element(x, offset_at(x.strides, source), output, number);
  });
}

std::vector<Sample> take_along_axis_samples() {
  const Tensor matrix{{1, 2, 3}, {4, 5, 6}};
  const Tensor cube{{{1, 2}, {3, 4}, {5, 6}}, {{7, 8}, {9, 10}, {11, 12}}};
  const Tensor labels = Tensor::from(std::vector<std::int32_t>{2, 0}, {2, 1});
  const Tensor rows = Tensor::from(std::vector<std::int64_t>{1, 0, -1, -2, 1, 1}, {2, 3});
  const Tensor middle = Tensor::from(std::vector<std::uint8_t>{2, 0, 0, 1}, {2, 1, 2});
  return {
      {.name = "one a row", .inputs = {matrix, labels}, .attributes = AlongAxisAttributes{1}},
      {.name = "columns", .inputs = {matrix, rows}, .attributes = AlongAxisAttributes{0}},
      {.name = "middle axis", .inputs = {cube, middle}, .attributes = AlongAxisAttributes{1}},
      {.name = "vector",
       .inputs = {Tensor{5, 6, 7}, Tensor::from(std::vector<std::int64_t>{2, 2, -3, 0})},
       .attributes = AlongAxisAttributes{0}},
      {.name = "nothing",
       .inputs = {matrix, Tensor::from(std::vector<std::int64_t>(), {2, 0})},
       .attributes = AlongAxisAttributes{1}},
  };
}

}  // namespace

const OpDef kTakeAlongAxis{
    .name = "take_along_axis",
    .doc =
        "result[..., i, ...] = x[..., indices[..., i, ...], ...] along `axis`. (..., n, ...), "
        "(..., m, ...) -> (..., m, ...)",
    .minimum_inputs = 2,
    .maximum_inputs = 2,
    .infer = infer_take_along_axis,
    .vjp = take_along_axis_vjp,
    .kernels = {{"lines", nullptr, run_lines}, {"reference", nullptr, run_reference}},
    .samples = take_along_axis_samples,
    .onnx = "GatherElements",
};

Tensor take_along_axis(const Tensor& x, const Tensor& indices, int axis) {
  const int place = normalize_axis("take_along_axis", axis, x.shape());
  return apply(kTakeAlongAxis, {x, indices}, AlongAxisAttributes{place});
}

}  // namespace gradus
