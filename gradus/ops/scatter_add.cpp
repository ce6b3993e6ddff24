#include <algorithm>

#include <fmt/format.h>
#include <hwy/highway.h>

#include "gradus/base/error.h"
#include "gradus/base/parallel.h"
#include "gradus/ops/indexing.h"
#include "gradus/ops/indices.h"
#include "gradus/ops/positions.h"
#include "gradus/ops/scatter_target.h"

namespace gradus {
namespace {

struct ScatterAddAttributes {
  int axis = 0;  // normalised
  void fields(FieldVisitor& v) const { v("axis", axis); }
};

Specs infer_scatter_add(const InferContext& context) {
  const int axis = context.attributes.as<ScatterAddAttributes>().axis;
  const Shape& x = context.shape(0);
  const Shape& indices = context.shape(1);
  check_index_type("scatter_add", context.dtype(1));
  check_addends("scatter_add", context.dtype(0), context.dtype(2));
  Dims expected(x.begin(), x.begin() + axis);
  expected.append(indices.begin(), indices.end());
  expected.append(x.begin() + axis + 1, x.end());
  if (context.shape(2).dims() != expected) {
    throw Error(ErrorCode::shape, "scatter_add",
                fmt::format("indices of shape {} along axis {} of shape {} take updates of shape "
                            "{}, not {}",
                            indices.to_string(), axis, x.to_string(), Shape(expected).to_string(),
                            context.shape(2).to_string()),
                {x, indices, context.shape(2)});
  }
  return {{x, context.dtype(0)}};
}

Inputs scatter_add_vjp(const VjpContext& context) {
  const int axis = context.attributes.as<ScatterAddAttributes>().axis;
  return {context.gradient(), Tensor(),
          context.needed[2] ? take(context.gradient(), context.inputs[1], axis) : Tensor()};
}

/// target[i] += update[i]
template <class T>
void add_run(T* HWY_RESTRICT target, const T* HWY_RESTRICT update, std::int64_t count) {
  std::int64_t i = 0;
  if constexpr (std::is_floating_point_v<T>) {
    namespace hn = hwy::HWY_NAMESPACE;
    constexpr hn::FixedTag<T, 16 / sizeof(T)> d;
    constexpr auto n = static_cast<std::int64_t>(hn::MaxLanes(d));
    for (; i + n <= count; i += n) {
      hn::StoreU(hn::Add(hn::LoadU(d, target + i), hn::LoadU(d, update + i)), d, target + i);
    }
  }
  for (; i < count; ++i) target[i] = sum_of(target[i], update[i]);
}

/// x as (outer, extent, inner), updates as (outer, indices, inner). Every destination receives its
/// updates in their order: work is shared out over the outer positions and over parts of the inner.
template <class T>
void add_runs(T* x, const T* updates, const std::int64_t* indices, std::int64_t outer,
              std::int64_t extent, std::int64_t index_count, std::int64_t inner) {
  constexpr std::int64_t kGrain = 1 << 16;
  constexpr std::int64_t kPart = 64;
  const std::int64_t parts = (inner + kPart - 1) / kPart;
  const std::int64_t work = index_count * std::min(inner, kPart);
  parallel_for(outer * parts, std::max<std::int64_t>(1, kGrain / std::max<std::int64_t>(work, 1)),
               [&](std::int64_t begin, std::int64_t end) {
                 while (begin < end) {
                   // Neighbouring parts of one position are one longer part.
                   const std::int64_t position = begin / parts;
                   const std::int64_t next = std::min(end, (position + 1) * parts);
                   const std::int64_t first = (begin - position * parts) * kPart;
                   const std::int64_t last = std::min((next - position * parts) * kPart, inner);
                   T* const to = x + position * extent * inner + first;
                   const T* from = updates + position * index_count * inner + first;
                   for (std::int64_t i = 0; i < index_count; ++i) {
                     add_run(to + indices[i] * inner, from, last - first);
                     from += inner;
                   }
                   begin = next;
                 }
               });
}

void run_runs(const KernelContext& context) {
  const int axis = context.attributes<ScatterAddAttributes>().axis;
  const Shape& shape = context.input(0).shape;
  const Array indices = read_indices("scatter_add", context.input(1), shape, axis);
  const Array updates = row_major_copy(context.input(2));
  Array& output = copy_or_donate(context);
  if (updates.shape.size() == 0) return;
  std::int64_t outer = 1;
  for (int i = 0; i < axis; ++i) outer *= shape[i];
  const std::int64_t inner = shape.size() / (outer * shape[axis]);
  with_addend(output.dtype, [&]<class T>() {
    add_runs(output.mutable_data<T>(), updates.data<T>(), indices.data<std::int64_t>(), outer,
             shape[axis], indices.shape.size(), inner);
  });
}

void run_reference(const KernelContext& context) {
  const int axis = context.attributes<ScatterAddAttributes>().axis;
  const Array indices = read_indices("scatter_add", context.input(1), context.input(0).shape, axis);
  const Array& updates = context.input(2);
  Array& output = copy_or_donate(context);
  for_each_position(updates.shape, [&](const Dims& position, std::int64_t) {
    const auto* const first = position.begin() + axis;
    const auto* const behind = first + indices.shape.rank();
    Dims target(position.begin(), first);
    target.push_back(indices.data<std::int64_t>()[offset_at(indices.strides, Dims(first, behind))]);
    target.append(behind, position.end());
    with_addend(output.dtype, [&]<class T>() {
      T& sum = output.mutable_data<T>()[offset_at(output.strides, target)];
      sum = sum_of(sum, updates.data<T>()[offset_at(updates.strides, position)]);
    });
  });
}

std::vector<Sample> scatter_add_samples() {
  const Tensor matrix{{1, 2, 3}, {4, 5, 6}, {7, 8, 9}};
  const Tensor picks = Tensor::from(std::vector<std::int64_t>{2, 0, -1, 2}, {2, 2});
  const Tensor cube{{{1, 2, 3}, {4, 5, 6}}, {{7, 8, 9}, {10, 11, 12}}};
  const Tensor bytes = Tensor::from(std::vector<std::uint8_t>{1, 1}, {2});
  return {
      {.name = "rows", .inputs = {matrix, picks, cube}, .attributes = ScatterAddAttributes{0}},
      {.name = "columns",
       .inputs = {matrix, bytes, Tensor{{1, 2}, {3, 4}, {5, 6}}},
       .attributes = ScatterAddAttributes{1}},
      {.name = "middle axis",
       .inputs = {cube, Tensor(1), Tensor{{1, 2, 3}, {4, 5, 6}}},
       .attributes = ScatterAddAttributes{1}},
      {.name = "counts",
       .inputs = {Tensor{0, 0, 0, 0}, Tensor::from(std::vector<std::int32_t>{3, 1, 3, 3, 0}),
                  Tensor{1, 1, 1, 1, 1}},
       .attributes = ScatterAddAttributes{0}},
      {.name = "nothing",
       .inputs = {matrix, Tensor::from(std::vector<std::int64_t>()),
                  Tensor::from(std::vector<float>(), {0, 3})},
       .attributes = ScatterAddAttributes{0}},
  };
}

}  // namespace

const OpDef kScatterAdd{
    .name = "scatter_add",
    .doc =
        "x with updates added, in order, to its slices along `axis` at integer indices. "
        "(..., n, ...), shape, (..., shape, ...) -> (..., n, ...)",
    .minimum_inputs = 3,
    .maximum_inputs = 3,
    .infer = infer_scatter_add,
    .vjp = scatter_add_vjp,
    .kernels = {{"runs", nullptr, run_runs}, {"reference", nullptr, run_reference}},
    .samples = scatter_add_samples,
};

Tensor scatter_add(const Tensor& x, const Tensor& indices, const Tensor& updates, int axis) {
  return apply(kScatterAdd, {x, indices, updates},
               ScatterAddAttributes{normalize_axis("scatter_add", axis, x.shape())});
}

}  // namespace gradus
