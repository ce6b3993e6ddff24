#include <algorithm>

#include "gradus/ops/cast.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/positions.h"

namespace gradus {
namespace {

struct EyeAttributes {
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  std::int64_t offset = 0;
  DType dtype = DType::f32;
  void fields(FieldVisitor& v) const {
    v("rows", rows);
    v("columns", columns);
    v("offset", offset);
    v("dtype", dtype);
  }
};

Specs infer_eye(const InferContext& context) {
  const auto& attributes = context.attributes.as<EyeAttributes>();
  return {{Shape{attributes.rows, attributes.columns}, attributes.dtype}};
}

void run_diagonal(const KernelContext& context) {
  const auto& attributes = context.attributes<EyeAttributes>();
  Array& output = context.allocate();
  const std::int64_t rows = attributes.rows, columns = attributes.columns;
  const std::int64_t offset = attributes.offset;
  with_dtype(attributes.dtype, [&]<class T>() {
    T* data = output.mutable_data<T>();
    std::fill(data, data + output.shape.size(), convert_element<T>(0));
    // The diagonal starts in row -offset or column offset, if it meets the matrix at all.
    if (offset <= -rows || offset >= columns) return;
    const std::int64_t first = std::max<std::int64_t>(0, -offset);
    const std::int64_t last = std::min(rows, columns - offset);
    for (std::int64_t row = first; row < last; ++row) {
      data[row * columns + row + offset] = convert_element<T>(1);
    }
  });
}

void run_reference(const KernelContext& context) {
  const auto& attributes = context.attributes<EyeAttributes>();
  Array& output = context.allocate();
  with_dtype(output.dtype, [&]<class T>() {
    for_each_position(output.shape, [&](const Dims& position, std::int64_t number) {
      const bool on = position[1] - position[0] == attributes.offset;
      output.mutable_data<T>()[number] = convert_element<T>(on ? 1 : 0);
    });
  });
}

std::vector<Sample> eye_samples() {
  return {
      {.name = "square", .inputs = {}, .attributes = EyeAttributes{3, 3, 0, DType::f32}},
      {.name = "above", .inputs = {}, .attributes = EyeAttributes{2, 4, 1, DType::f64}},
      {.name = "below", .inputs = {}, .attributes = EyeAttributes{4, 2, -2, DType::boolean}},
      {.name = "past the end", .inputs = {}, .attributes = EyeAttributes{2, 2, 5, DType::i32}},
      {.name = "empty", .inputs = {}, .attributes = EyeAttributes{0, 3, 0, DType::f32}},
  };
}

}  // namespace

const OpDef kEye{
    .name = "eye",
    .doc = "Ones on one diagonal, zeros elsewhere. () -> (rows, columns)",
    .minimum_inputs = 0,
    .maximum_inputs = 0,
    .infer = infer_eye,
    .no_derivative = "it has no inputs",
    .kernels = {{"diagonal", nullptr, run_diagonal}, {"reference", nullptr, run_reference}},
    .samples = eye_samples,
    .onnx = "EyeLike",
};

Tensor eye(std::int64_t rows, std::int64_t columns, std::int64_t offset, DType dtype) {
  return apply(kEye, {}, EyeAttributes{rows, columns, offset, dtype});
}

}  // namespace gradus
