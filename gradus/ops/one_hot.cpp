#include <algorithm>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/base/parallel.h"
#include "gradus/ops/cast.h"
#include "gradus/ops/indexing.h"
#include "gradus/ops/indices.h"
#include "gradus/ops/positions.h"

namespace gradus {
namespace {

struct OneHotAttributes {
  std::int64_t classes = 0;
  DType dtype = DType::f32;
  void fields(FieldVisitor& v) const {
    v("classes", classes);
    v("dtype", dtype);
  }
};

Specs infer_one_hot(const InferContext& context) {
  const auto& attributes = context.attributes.as<OneHotAttributes>();
  check_index_type("one_hot", context.dtype(0));
  if (attributes.classes < 1) {
    throw Error(ErrorCode::invalid_argument, "one_hot",
                fmt::format("the number of classes is {}, not 1 or more", attributes.classes));
  }
  Dims dims = context.shape(0).dims();
  dims.push_back(attributes.classes);
  return {{Shape(std::move(dims)), attributes.dtype}};
}

void run_rows(const KernelContext& context) {
  const std::int64_t classes = context.attributes<OneHotAttributes>().classes;
  const Array labels = read_labels("one_hot", context.input(), classes);
  Array& output = context.allocate();
  with_dtype(output.dtype, [&]<class T>() {
    const auto* const label = labels.data<std::int64_t>();
    T* const data = output.mutable_data<T>();
    constexpr std::int64_t kGrain = 1 << 16;
    parallel_for(labels.shape.size(), std::max<std::int64_t>(1, kGrain / classes),
                 [&](std::int64_t begin, std::int64_t end) {
                   std::fill(data + begin * classes, data + end * classes, convert_element<T>(0));
                   for (std::int64_t i = begin; i < end; ++i) {
                     data[i * classes + label[i]] = convert_element<T>(1);
                   }
                 });
  });
}

void run_reference(const KernelContext& context) {
  const std::int64_t classes = context.attributes<OneHotAttributes>().classes;
  const Array labels = read_labels("one_hot", context.input(), classes);
  Array& output = context.allocate();
  with_dtype(output.dtype, [&]<class T>() {
    for_each_position(output.shape, [&](const Dims& position, std::int64_t number) {
      const bool hot = labels.data<std::int64_t>()[number / classes] == position.back();
      output.mutable_data<T>()[number] = convert_element<T>(hot ? 1 : 0);
    });
  });
}

std::vector<Sample> one_hot_samples() {
  const Tensor labels = Tensor::from(std::vector<std::int64_t>{2, 0, 1, 2});
  const Tensor matrix = Tensor::from(std::vector<std::uint8_t>{0, 1, 1, 0}, {2, 2});
  return {
      {.name = "vector", .inputs = {labels}, .attributes = OneHotAttributes{3, DType::f32}},
      {.name = "matrix", .inputs = {matrix}, .attributes = OneHotAttributes{2, DType::boolean}},
      {.name = "0-d", .inputs = {Tensor(4)}, .attributes = OneHotAttributes{5, DType::bf16}},
      {.name = "empty",
       .inputs = {Tensor::from(std::vector<std::int32_t>())},
       .attributes = OneHotAttributes{5, DType::f64}},
  };
}

}  // namespace

const OpDef kOneHot{
    .name = "one_hot",
    .doc = "1 at the index, 0 elsewhere. (...) -> (..., classes)",
    .infer = infer_one_hot,
    // Its input is an index: the derivative with respect to it is zero wherever there is one.
    .vjp = [](const VjpContext&) { return Inputs{Tensor()}; },
    .kernels = {{"rows", nullptr, run_rows}, {"reference", nullptr, run_reference}},
    .samples = one_hot_samples,
    .onnx = "OneHot",
};

Tensor one_hot(const Tensor& indices, std::int64_t classes, DType dtype) {
  return apply(kOneHot, {indices}, OneHotAttributes{classes, dtype});
}

}  // namespace gradus
