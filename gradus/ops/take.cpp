#include <cstring>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/base/parallel.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/indexing.h"
#include "gradus/ops/indices.h"
#include "gradus/ops/positions.h"

namespace gradus {
namespace {

struct TakeAttributes {
  int axis = 0;  // normalised
  void fields(FieldVisitor& v) const { v("axis", axis); }
};

Specs infer_take(const InferContext& context) {
  const int axis = context.attributes.as<TakeAttributes>().axis;
  check_index_type("take", context.dtype(1));
  const Shape& shape = context.shape(0);
  Dims dims(shape.begin(), shape.begin() + axis);
  dims.append(context.shape(1).begin(), context.shape(1).end());
  dims.append(shape.begin() + axis + 1, shape.end());
  return {{Shape(std::move(dims)), context.dtype(0)}};
}

Inputs take_vjp(const VjpContext& context) {
  const Tensor& x = context.inputs[0];
  const int axis = context.attributes.as<TakeAttributes>().axis;
  return {context.needed[0]
              ? scatter_add(zeros_like(x), context.inputs[1], context.gradient(), axis)
              : Tensor(),
          Tensor()};
}

/// Copies contiguous runs of `run` elements, one for each index in each of the leading positions.
template <class T>
void copy_runs(const T* source, T* target, const MergedAxes& leading, std::int64_t stride,
               const std::int64_t* indices, std::int64_t index_count, std::int64_t run) {
  constexpr std::int64_t kGrain = 1 << 16;
  const std::int64_t runs = leading.count() * index_count;
  parallel_for(runs, std::max<std::int64_t>(1, kGrain / run),
               [&](std::int64_t begin, std::int64_t end) {
                 for (std::int64_t first = begin; first < end;) {
                   const std::int64_t line = first / index_count;
                   const std::int64_t last = std::min(end, (line + 1) * index_count);
                   const T* const from = source + leading.offset(line);
                   const std::int64_t* const index = indices - line * index_count;
                   if (run == 1) {
                     for (std::int64_t i = first; i < last; ++i)
                       target[i] = from[index[i] * stride];
                   } else {
                     for (std::int64_t i = first; i < last; ++i) {
                       std::memcpy(target + i * run, from + index[i] * stride,
                                   static_cast<std::size_t>(run) * sizeof(T));
                     }
                   }
                   first = last;
                 }
               });
}

/// True if the elements behind the indexed axis lie in row-major order.
bool has_contiguous_slices(const Array& x, int axis) {
  const Shape inner(Dims(x.shape.begin() + axis + 1, x.shape.end()));
  return is_row_major(inner, Strides(x.strides.begin() + axis + 1, x.strides.end()));
}

const char* refuse_runs(const KernelContext& context) {
  const int axis = context.attributes<TakeAttributes>().axis;
  return has_contiguous_slices(context.input(0), axis) ? nullptr
                                                       : "slices of the input are strided";
}

void run_runs(const KernelContext& context) {
  const int axis = context.attributes<TakeAttributes>().axis;
  const Array& x = context.input(0);
  const Array indices = read_indices("take", context.input(1), x.shape, axis);
  Array& output = context.allocate();
  if (output.shape.size() == 0) return;
  const MergedAxes leading(x, 0, axis);
  const std::int64_t index_count = indices.shape.size();
  const std::int64_t run = output.shape.size() / (leading.count() * index_count);
  const std::int64_t stride = x.strides[static_cast<std::size_t>(axis)];
  with_word(size_of(x.dtype), [&]<class T>() {
    copy_runs(x.data<T>(), output.mutable_data<T>(), leading, stride, indices.data<std::int64_t>(),
              index_count, run);
  });
}

/// One strided copy for each index.
void run_slices(const KernelContext& context) {
  const int axis = context.attributes<TakeAttributes>().axis;
  const auto place = static_cast<std::size_t>(axis);
  const Array& x = context.input(0);
  const Array indices = read_indices("take", context.input(1), x.shape, axis);
  Array& output = context.allocate();
  Dims slice = x.shape.dims();
  slice[place] = 1;
  // The output as x with another extent along the axis.
  Dims taken = x.shape.dims();
  taken[place] = indices.shape.size();
  const Strides target = row_major(Shape(taken));
  const auto item = static_cast<std::int64_t>(size_of(x.dtype));
  const std::int64_t* index = indices.data<std::int64_t>();
  for (std::int64_t i = 0; i < indices.shape.size(); ++i) {
    copy_strided(Shape(slice), size_of(x.dtype), x.bytes() + index[i] * x.strides[place] * item,
                 x.strides, output.mutable_bytes() + i * target[place] * item, target);
  }
}

void run_reference(const KernelContext& context) {
  const int axis = context.attributes<TakeAttributes>().axis;
  const Array& x = context.input(0);
  const Array indices = read_indices("take", context.input(1), x.shape, axis);
  Array& output = context.allocate();
  for_each_position(output.shape, [&](const Dims& position, std::int64_t number) {
    const auto* const first = position.begin() + axis;
    const auto* const behind = first + indices.shape.rank();
    const std::int64_t index =
        indices.data<std::int64_t>()[offset_at(indices.strides, Dims(first, behind))];
    Dims source(position.begin(), first);
    source.push_back(index);
    source.append(behind, position.end());
    copy_element(x, offset_at(x.strides, source), output, number);
  });
}

std::vector<Sample> take_samples() {
  const Tensor table{{1, 2, 3}, {4, 5, 6}, {7, 8, 9}, {10, 11, 12}};
  const Tensor cube{{{1, 2}, {3, 4}, {5, 6}}, {{7, 8}, {9, 10}, {11, 12}}};
  const Tensor picks = Tensor::from(std::vector<std::int64_t>{2, -1, 2, 0}, {2, 2});
  const Tensor bytes = Tensor::from(std::vector<std::uint8_t>{2, 0}, {2});
  return {
      {.name = "rows", .inputs = {table, picks}, .attributes = TakeAttributes{0}},
      {.name = "columns", .inputs = {table, bytes}, .attributes = TakeAttributes{1}},
      {.name = "middle axis", .inputs = {cube, picks}, .attributes = TakeAttributes{1}},
      {.name = "one row", .inputs = {table, Tensor(1)}, .attributes = TakeAttributes{0}},
      {.name = "no rows",
       .inputs = {table, Tensor::from(std::vector<std::int32_t>(), {0})},
       .attributes = TakeAttributes{0}},
      {.name = "from a vector",
       .inputs = {Tensor{1, 2, 3}, picks},
       .attributes = TakeAttributes{0}},
  };
}

}  // namespace

const OpDef kTake{
    .name = "take",
    .doc =
        "Slices of x along `axis` at integer indices: the axis is replaced by the shape of the "
        "indices. (..., n, ...), shape -> (..., shape, ...)",
    .minimum_inputs = 2,
    .maximum_inputs = 2,
    .infer = infer_take,
    .vjp = take_vjp,
    .kernels = {{"runs", refuse_runs, run_runs},
                {"slices", nullptr, run_slices},
                {"reference", nullptr, run_reference}},
    .samples = take_samples,
    .onnx = "Gather",
};

Tensor take(const Tensor& x, const Tensor& indices, int axis) {
  return apply(kTake, {x, indices}, TakeAttributes{normalize_axis("take", axis, x.shape())});
}

}  // namespace gradus
