#include <algorithm>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/base/parallel.h"
#include "gradus/ops/indexing.h"
#include "gradus/ops/indices.h"
#include "gradus/ops/positions.h"
#include "gradus/ops/scatter_target.h"

namespace gradus {
namespace {

struct AlongAxisAttributes {
  int axis = 0;  // normalised
  void fields(FieldVisitor& v) const { v("axis", axis); }
};

Specs infer_scatter(const InferContext& context) {
  const int axis = context.attributes.as<AlongAxisAttributes>().axis;
  const Shape& x = context.shape(0);
  const Shape& indices = context.shape(1);
  const Shape& updates = context.shape(2);
  check_index_type("scatter_add_along_axis", context.dtype(1));
  check_addends("scatter_add_along_axis", context.dtype(0), context.dtype(2));
  bool fits = indices == updates && indices.rank() == x.rank();
  for (int other = 0; fits && other < x.rank(); ++other) {
    fits = other == axis || indices[other] == x[other];
  }
  if (!fits) {
    throw Error(ErrorCode::shape, "scatter_add_along_axis",
                fmt::format("indices {} and updates {} must have one shape, which differs from x "
                            "{} at most along axis {}",
                            indices.to_string(), updates.to_string(), x.to_string(), axis),
                {x, indices, updates});
  }
  return {{x, context.dtype(0)}};
}

Inputs scatter_vjp(const VjpContext& context) {
  const int axis = context.attributes.as<AlongAxisAttributes>().axis;
  return {
      context.gradient(), Tensor(),
      context.needed[2] ? take_along_axis(context.gradient(), context.inputs[1], axis) : Tensor()};
}

/// x as (outer, extent, inner), indices and updates as (outer, count, inner). Lines along the axis
/// are independent, so work is shared out over them; within one, updates are added in their order.
template <class T>
void add_lines(T* x, const T* updates, const std::int64_t* indices, std::int64_t outer,
               std::int64_t extent, std::int64_t count, std::int64_t inner) {
  constexpr std::int64_t kGrain = 1 << 15;
  parallel_for(outer * inner, std::max<std::int64_t>(1, kGrain / count),
               [&](std::int64_t begin, std::int64_t end) {
                 while (begin < end) {
                   const std::int64_t position = begin / inner;
                   const std::int64_t next = std::min(end, (position + 1) * inner);
                   T* const to = x + position * extent * inner;
                   for (std::int64_t i = 0; i < count; ++i) {
                     const std::int64_t row = (position * count + i) * inner;
                     for (std::int64_t c = begin - position * inner; c < next - position * inner;
                          ++c) {
                       T& sum = to[indices[row + c] * inner + c];
                       sum = sum_of(sum, updates[row + c]);
                     }
                   }
                   begin = next;
                 }
               });
}

void run_lines(const KernelContext& context) {
  const int axis = context.attributes<AlongAxisAttributes>().axis;
  const Shape& shape = context.input(0).shape;
  const Array indices = read_indices("scatter_add_along_axis", context.input(1), shape, axis);
  const Array updates = row_major_copy(context.input(2));
  Array& output = copy_or_donate(context);
  if (updates.shape.size() == 0) return;
  std::int64_t outer = 1;
  for (int i = 0; i < axis; ++i) outer *= shape[i];
  const std::int64_t count = updates.shape[axis];
  const std::int64_t inner = updates.shape.size() / (outer * count);
  with_addend(output.dtype, [&]<class T>() {
    add_lines(output.mutable_data<T>(), updates.data<T>(), indices.data<std::int64_t>(), outer,
              shape[axis], count, inner);
  });
}

void run_reference(const KernelContext& context) {
  const int axis = context.attributes<AlongAxisAttributes>().axis;
  const Array indices =
      read_indices("scatter_add_along_axis", context.input(1), context.input(0).shape, axis);
  const Array& updates = context.input(2);
  Array& output = copy_or_donate(context);
  for_each_position(updates.shape, [&](const Dims& position, std::int64_t number) {
    Dims target = position;
    target[static_cast<std::size_t>(axis)] = indices.data<std::int64_t>()[number];
    with_addend(output.dtype, [&]<class T>() {
      T& sum = output.mutable_data<T>()[offset_at(output.strides, target)];
      sum = sum_of(sum, updates.data<T>()[offset_at(updates.strides, position)]);
    });
  });
}

std::vector<Sample> scatter_samples() {
  const Tensor matrix{{1, 2, 3}, {4, 5, 6}};
  const Tensor cube{{{1, 2}, {3, 4}, {5, 6}}, {{7, 8}, {9, 10}, {11, 12}}};
  const Tensor labels = Tensor::from(std::vector<std::int32_t>{2, 0}, {2, 1});
  const Tensor rows = Tensor::from(std::vector<std::int64_t>{1, 0, -1, -1, 0, 1}, {2, 3});
  const Tensor middle = Tensor::from(std::vector<std::uint8_t>{2, 0, 0, 1}, {2, 1, 2});
  return {
      {.name = "one a row",
       .inputs = {matrix, labels, Tensor::from(std::vector<float>{10, 20}, {2, 1})},
       .attributes = AlongAxisAttributes{1}},
      {.name = "columns",
       .inputs = {matrix, rows, Tensor{{1, 2, 3}, {4, 5, 6}}},
       .attributes = AlongAxisAttributes{0}},
      {.name = "middle axis",
       .inputs = {cube, middle, Tensor::from(std::vector<float>{1, 2, 3, 4}, {2, 1, 2})},
       .attributes = AlongAxisAttributes{1}},
      {.name = "nothing",
       .inputs = {matrix, Tensor::from(std::vector<std::int64_t>(), {2, 0}),
                  Tensor::from(std::vector<float>(), {2, 0})},
       .attributes = AlongAxisAttributes{1}},
  };
}

}  // namespace

const OpDef kScatterAddAlongAxis{
    .name = "scatter_add_along_axis",
    .doc =
        "x with updates[..., i, ...] added, in order, at [..., indices[..., i, ...], ...]. "
        "(..., n, ...), (..., m, ...), (..., m, ...) -> (..., n, ...)",
    .minimum_inputs = 3,
    .maximum_inputs = 3,
    .infer = infer_scatter,
    .vjp = scatter_vjp,
    .kernels = {{"lines", nullptr, run_lines}, {"reference", nullptr, run_reference}},
    .samples = scatter_samples,
};

Tensor scatter_add_along_axis(const Tensor& x, const Tensor& indices, const Tensor& updates,
                              int axis) {
  const int place = normalize_axis("scatter_add_along_axis", axis, x.shape());
  return apply(kScatterAddAlongAxis, {x, indices, updates}, AlongAxisAttributes{place});
}

}  // namespace gradus
