#include "gradus/ops/creation.h"

#include "gradus/memory/allocator.h"
#include "gradus/ops/cast.h"
#include "gradus/ops/integer_range.h"

namespace gradus {
namespace {

struct FullAttributes {
  Shape shape;
  double value = 0;
  DType dtype = DType::f32;
  void fields(FieldVisitor& v) const {
    v("shape", shape);
    v("value", value);
    v("dtype", dtype);
  }
};

Specs infer_full(const InferContext& context) {
  const auto& attributes = context.attributes.as<FullAttributes>();
  check_range("full", attributes.value, attributes.dtype);
  return {{attributes.shape, attributes.dtype}};
}

/// One element, repeated by strides of 0. Nothing writes into it: such strides are not dense.
void repeat_one_element(const KernelContext& context) {
  const auto& attributes = context.attributes<FullAttributes>();
  Array& output = context.output();
  output.strides = Strides(static_cast<std::size_t>(output.shape.rank()), 0);
  output.offset = 0;
  output.buffer = allocate(size_of(attributes.dtype));
  with_dtype(attributes.dtype,
             [&]<class T>() { *output.mutable_data<T>() = convert_element<T>(attributes.value); });
}

void run_reference(const KernelContext& context) {
  const auto& attributes = context.attributes<FullAttributes>();
  Array& output = context.allocate();
  with_dtype(attributes.dtype, [&]<class T>() {
    T* data = output.mutable_data<T>();
    for (std::int64_t i = 0; i < output.shape.size(); ++i) {
      data[i] = convert_element<T>(attributes.value);
    }
  });
}

std::vector<Sample> full_samples() {
  return {
      {.name = "matrix", .inputs = {}, .attributes = FullAttributes{{2, 3}, 1.5, DType::f32}},
      {.name = "0-d", .inputs = {}, .attributes = FullAttributes{{}, -2, DType::f64}},
      {.name = "integers", .inputs = {}, .attributes = FullAttributes{{4}, 7, DType::i64}},
      {.name = "bytes", .inputs = {}, .attributes = FullAttributes{{2, 2}, 255, DType::u8}},
      {.name = "true", .inputs = {}, .attributes = FullAttributes{{3}, 1, DType::boolean}},
      {.name = "bfloat16", .inputs = {}, .attributes = FullAttributes{{3}, 0.1, DType::bf16}},
      {.name = "empty", .inputs = {}, .attributes = FullAttributes{{2, 0, 3}, 1, DType::f32}},
  };
}

}  // namespace

const OpDef kFull{
    .name = "full",
    .doc = "A tensor whose every element is `value`. () -> shape",
    .minimum_inputs = 0,
    .maximum_inputs = 0,
    .infer = infer_full,
    .no_derivative = "it has no inputs",
    .kernels = {{"repeat", nullptr, repeat_one_element}, {"reference", nullptr, run_reference}},
    .samples = full_samples,
    .onnx = "ConstantOfShape",
};

Tensor full(const Shape& shape, double value, DType dtype) {
  return apply(kFull, {}, FullAttributes{shape, value, dtype});
}
Tensor zeros(const Shape& shape, DType dtype) { return full(shape, 0, dtype); }
Tensor ones(const Shape& shape, DType dtype) { return full(shape, 1, dtype); }
Tensor full_like(const Tensor& x, double value) { return full(x.shape(), value, x.dtype()); }
Tensor zeros_like(const Tensor& x) { return full_like(x, 0); }
Tensor ones_like(const Tensor& x) { return full_like(x, 1); }

}  // namespace gradus
