#include "gradus/ops/elementwise.h"

#include <cmath>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/ops/select.h"

namespace gradus {
namespace {

/// The common type of the inputs. Throws Error if there is none or the operation does not take it.
DType checked_dtype(const InferContext& context) {
  const DType dtype = context.dtype(0);
  for (std::size_t i = 1; i < context.inputs.size(); ++i) {
    if (context.dtype(i) != dtype) {
      throw Error(ErrorCode::dtype, context.op.name,
                  fmt::format("inputs of {} and {} must be cast to one element type",
                              name_of(dtype), name_of(context.dtype(i))));
    }
  }
  if (!context.op.elementwise->tile(dtype)) {
    const bool stored_only = dtype == DType::f16 || dtype == DType::bf16;
    throw Error(ErrorCode::dtype, context.op.name,
                fmt::format("does not take {} tensors{}", name_of(dtype),
                            stored_only ? ", a type for storage: cast to f32 first" : ""));
  }
  return dtype;
}

Shape broadcast_inputs(const InferContext& context) {
  if (context.inputs.size() == 1) return context.shape(0);
  Shape shape = broadcast_shapes(context.op.name, context.shape(0), context.shape(1));
  for (std::size_t i = 2; i < context.inputs.size(); ++i) {
    shape = broadcast_shapes(context.op.name, shape, context.shape(i));
  }
  return shape;
}

DType common_dtype(const Tensor& a, const Tensor& b) {
  return a.defined() && b.defined() ? promote(a.dtype(), b.dtype()) : DType::f32;
}

DType floating(DType dtype) { return is_floating(dtype) ? dtype : DType::f32; }

/// `shape.size()` values spread over [low, high] without order, none of them twice.
Tensor spread(const Shape& shape, double low, double high, double start) {
  std::vector<float> values;
  double place = start;
  for (std::int64_t i = 0; i < shape.size(); ++i) {
    place += 0.6180339887498949;  // the golden ratio: equidistributed (Weyl)
    values.push_back(static_cast<float>(low + (high - low) * (place - std::floor(place))));
  }
  return Tensor::from(values, shape);
}

/// An undefined operand stays one: the operation refuses it under its own name.
Tensor cast_operand(const Tensor& x, DType dtype) { return x.defined() ? cast(x, dtype) : x; }

}  // namespace

Specs infer_elementwise(const InferContext& context) {
  const DType dtype = checked_dtype(context);
  return {{broadcast_inputs(context), dtype}};
}

Specs infer_predicate(const InferContext& context) {
  checked_dtype(context);
  return {{broadcast_inputs(context), DType::boolean}};
}

Tensor apply_promoted(const OpDef& op, const Tensor& a, const Tensor& b) {
  const DType dtype = common_dtype(a, b);
  return apply(op, {cast_operand(a, dtype), cast_operand(b, dtype)});
}

Tensor apply_floating(const OpDef& op, const Tensor& a, const Tensor& b) {
  const DType dtype = floating(common_dtype(a, b));
  return apply(op, {cast_operand(a, dtype), cast_operand(b, dtype)});
}

Tensor apply_floating(const OpDef& op, const Tensor& x, Attributes attributes) {
  const DType dtype = x.defined() ? floating(x.dtype()) : DType::f32;
  return apply(op, {cast_operand(x, dtype)}, std::move(attributes));
}

std::vector<Sample> unary_samples(double low, double high, Attributes attributes) {
  std::vector<Sample> samples;
  for (const Shape& shape : {Shape{37}, Shape{2, 3}, Shape{}, Shape{0, 2}}) {
    samples.push_back({.name = "x" + shape.to_string(),
                       .inputs = {spread(shape, low, high, 0.1)},
                       .attributes = attributes});
  }
  return samples;
}

std::vector<Sample> binary_samples(double low, double high) {
  const std::pair<Shape, Shape> cases[] = {
      {Shape{37}, Shape{37}},     {Shape{2, 3}, Shape{3}},
      {Shape{2, 3}, Shape{2, 1}}, {Shape{2, 1}, Shape{3}},
      {Shape{}, Shape{}},         {Shape{2, 3}, Shape{}},
      {Shape{}, Shape{5}},        {Shape{2, 1, 3}, Shape{4, 1}},
      {Shape{0, 3}, Shape{1, 3}},
  };
  std::vector<Sample> samples;
  for (const auto& [a, b] : cases) {
    samples.push_back({.name = a.to_string() + " with " + b.to_string(),
                       .inputs = {spread(a, low, high, 0.1), spread(b, low, high, 0.37)}});
  }
  return samples;
}

}  // namespace gradus
