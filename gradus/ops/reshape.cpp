#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "gradus/base/error.h"
#include "gradus/ops/positions.h"
#include "gradus/ops/rearrange.h"

namespace gradus {
namespace {

struct ReshapeAttributes {
  Shape shape;
  void fields(FieldVisitor& v) const { v("shape", shape); }
};

Specs infer_reshape(const InferContext& context) {
  const Shape& from = context.shape(0);
  const Shape& to = context.attributes.as<ReshapeAttributes>().shape;
  if (from.size() != to.size()) {
    throw Error(ErrorCode::shape, "reshape",
                fmt::format("shape {} has {} elements, {} has {}", from.to_string(), from.size(),
                            to.to_string(), to.size()),
                {from, to});
  }
  return {{to, context.dtype(0)}};
}

Inputs reshape_vjp(const VjpContext& context) {
  return {reshape(context.gradient(), context.inputs[0].shape())};
}

/// A run of neighbouring axes whose elements lie at one stride.
struct Block {
  std::int64_t extent, stride;
};

/// The axes of an array in as few blocks as its strides allow, outermost first.
SmallVector<Block, 6> blocks_of(const Array& array) {
  SmallVector<Block, 6> blocks;
  for (int axis = 0; axis < array.shape.rank(); ++axis) {
    const Block next{array.shape[axis], array.strides[static_cast<std::size_t>(axis)]};
    if (next.extent == 1) continue;
    if (!blocks.empty() && blocks.back().stride == next.stride * next.extent) {
      blocks.back() = {blocks.back().extent * next.extent, next.stride};
    } else {
      blocks.push_back(next);
    }
  }
  return blocks;
}

/// Strides that show `from` as `to` without moving anything, if there are any: each block of `from`
/// must be the product of some axes of `to`.
std::optional<Strides> view_strides(const Array& from, const Shape& to) {
  if (to.size() == 0) return row_major(to);
  const auto blocks = blocks_of(from);
  Strides strides(static_cast<std::size_t>(to.rank()), 1);
  std::size_t next = blocks.size();
  Block rest{1, 1};  // what is left of the current block
  for (int axis = to.rank() - 1; axis >= 0; --axis) {
    if (to[axis] == 1) continue;
    if (rest.extent == 1) rest = blocks[--next];
    if (rest.extent % to[axis] != 0) return std::nullopt;
    strides[static_cast<std::size_t>(axis)] = rest.stride;
    rest = {rest.extent / to[axis], rest.stride * to[axis]};
  }
  return strides;
}

const char* refuse_view(const KernelContext& context) {
  return view_strides(context.input(), context.output().shape)
             ? nullptr
             : "no strides show the input in this shape";
}

void run_view(const KernelContext& context) {
  const Array& input = context.input();
  context.share(0, 0, *view_strides(input, context.output().shape), input.offset);
}

void run_copy(const KernelContext& context) {
  const Array& input = context.input();
  Array& output = context.allocate();
  copy_strided(input.shape, size_of(input.dtype), input.bytes(), input.strides,
               output.mutable_bytes(), row_major(input.shape));
}

void run_reference(const KernelContext& context) {
  const Array& input = context.input();
  Array& output = context.allocate();
  for_each_position(input.shape, [&](const Dims& position, std::int64_t number) {
    const std::int64_t from = offset_at(input.strides, position);
    copy_element(input, from, output, number);
  });
}

std::vector<Sample> reshape_samples() {
  const Tensor matrix{{1, 2, 3, 4, 5, 6}, {7, 8, 9, 10, 11, 12}};
  return {
      {.name = "merge", .inputs = {matrix}, .attributes = ReshapeAttributes{{12}}},
      {.name = "split", .inputs = {matrix}, .attributes = ReshapeAttributes{{2, 3, 1, 2}}},
      {.name = "regroup", .inputs = {matrix}, .attributes = ReshapeAttributes{{3, 4}}},
      {.name = "of a transpose",
       .inputs = {transpose(Tensor{{1, 2, 3}, {4, 5, 6}})},
       .attributes = ReshapeAttributes{{6}}},
      {.name = "0-d to 1-d", .inputs = {Tensor(3.f)}, .attributes = ReshapeAttributes{{1, 1}}},
      {.name = "1-d to 0-d", .inputs = {Tensor{3.f}}, .attributes = ReshapeAttributes{{}}},
      {.name = "empty",
       .inputs = {Tensor::from(std::vector<float>(), {0, 3})},
       .attributes = ReshapeAttributes{{5, 0}}},
  };
}

/// The extents of the result, with -1 worked out.
Shape resolve(const Shape& from, const Dims& dims) {
  Dims resolved = dims;
  Dims known;
  std::size_t unknown = dims.size();
  for (std::size_t i = 0; i < dims.size(); ++i) {
    if (dims[i] != -1) {
      known.push_back(dims[i]);
    } else if (unknown == dims.size()) {
      unknown = i;
    } else {
      throw Error(ErrorCode::shape, "reshape",
                  fmt::format("[{}] leaves more than one extent open", fmt::join(dims, ", ")),
                  {from});
    }
  }
  if (unknown == dims.size()) return Shape(std::move(resolved));
  const std::int64_t rest = Shape(std::move(known)).size();
  if (rest == 0 || from.size() % rest != 0) {
    throw Error(ErrorCode::shape, "reshape",
                fmt::format("no extent for -1 gives [{}] the {} elements of shape {}",
                            fmt::join(dims, ", "), from.size(), from.to_string()),
                {from});
  }
  resolved[unknown] = from.size() / rest;
  return Shape(std::move(resolved));
}

}  // namespace

const OpDef kReshape{
    .name = "reshape",
    .doc =
        "The same elements in row-major order under another shape of the same size; a view "
        "where strides allow it. (...) -> shape",
    .infer = infer_reshape,
    .vjp = reshape_vjp,
    .kernels = {{"view", refuse_view, run_view},
                {"copy", nullptr, run_copy},
                {"reference", nullptr, run_reference}},
    .samples = reshape_samples,
    .onnx = "Reshape",
};

Tensor reshape(const Tensor& x, const Dims& dims) {
  Shape shape = resolve(x.shape(), dims);
  if (shape == x.shape()) return x;
  return apply(kReshape, {x}, ReshapeAttributes{std::move(shape)});
}

Tensor flatten(const Tensor& x, int first_axis, int last_axis) {
  const Shape& shape = x.shape();
  if (shape.rank() == 0 && first_axis == 0 && last_axis == -1) return reshape(x, Dims{1});
  const int first = normalize_axis("flatten", first_axis, shape);
  const int last = normalize_axis("flatten", last_axis, shape);
  if (first > last) {
    throw Error(ErrorCode::index, "flatten",
                fmt::format("axis {} stands after axis {} in shape {}", first_axis, last_axis,
                            shape.to_string()),
                {shape});
  }
  Dims dims(shape.begin(), shape.begin() + first);
  std::int64_t merged = 1;
  for (int axis = first; axis <= last; ++axis) merged *= shape[axis];
  dims.push_back(merged);
  dims.append(shape.begin() + last + 1, shape.end());
  return reshape(x, dims);
}

Tensor expand_dims(const Tensor& x, int axis) {
  const Shape& shape = x.shape();
  const int rank = shape.rank();
  if (axis < -rank - 1 || axis > rank) {
    throw Error(ErrorCode::index, "expand_dims",
                fmt::format("axis {} is out of range for a result of {} axes, from shape {}", axis,
                            rank + 1, shape.to_string()),
                {shape});
  }
  Dims dims = shape.dims();
  dims.insert(static_cast<std::size_t>(axis < 0 ? axis + rank + 1 : axis), 1);
  return reshape(x, dims);
}

Tensor squeeze(const Tensor& x, const Dims& axes) {
  const Shape& shape = x.shape();
  SmallVector<bool, 6> drop;
  for (const std::int64_t extent : shape) drop.push_back(axes.empty() && extent == 1);
  for (const std::int64_t axis : axes) {
    const int place = normalize_axis("squeeze", axis, shape);
    if (shape[place] != 1) {
      throw Error(ErrorCode::shape, "squeeze",
                  fmt::format("axis {} of shape {} has extent {}, not 1", axis, shape.to_string(),
                              shape[place]),
                  {shape});
    }
    drop[static_cast<std::size_t>(place)] = true;
  }
  Dims dims;
  for (int axis = 0; axis < shape.rank(); ++axis) {
    if (!drop[static_cast<std::size_t>(axis)]) dims.push_back(shape[axis]);
  }
  return reshape(x, dims);
}

}  // namespace gradus
