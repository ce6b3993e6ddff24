#include <cmath>
#include <type_traits>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/softmax.h"
#include "gradus/ops/softmax_rows.h"

namespace gradus {
namespace {

Shape without_last(const Shape& shape) { return Shape(Dims(shape.begin(), shape.end() - 1)); }

void check_call(const InferContext& context) {
  const char* const name = context.op.name;
  const DType dtype = context.dtype(0);
  if (dtype != DType::f32 && dtype != DType::f64) {
    throw Error(ErrorCode::dtype, name,
                fmt::format("takes logits of f32 or f64, not {}", name_of(dtype)));
  }
  if (!is_integer(context.dtype(1))) {
    throw Error(ErrorCode::dtype, name,
                fmt::format("takes integer labels, not {}", name_of(context.dtype(1))));
  }
  const Shape& logits = context.shape(0);
  const Shape& labels = context.shape(1);
  if (logits.rank() == 0 || without_last(logits) != labels) {
    throw Error(ErrorCode::shape, name,
                fmt::format("labels {} do not fit logits {}: there must be one label for each row",
                            labels.to_string(), logits.to_string()),
                {logits, labels});
  }
}

Specs infer_cross_entropy(const InferContext& context) {
  check_call(context);
  return {{context.shape(1), context.dtype(0)}};
}

Specs infer_gradient(const InferContext& context) {
  check_call(context);
  if (context.shape(2) != context.shape(1)) {
    throw Error(ErrorCode::shape, context.op.name,
                fmt::format("weights {} do not fit labels {}", context.shape(2).to_string(),
                            context.shape(1).to_string()),
                {context.shape(2), context.shape(1)});
  }
  if (context.dtype(2) != context.dtype(0)) {
    throw Error(ErrorCode::dtype, context.op.name,
                fmt::format("weights of {} do not fit logits of {}", name_of(context.dtype(2)),
                            name_of(context.dtype(0))));
  }
  return {{context.shape(0), context.dtype(0)}};
}

/// The labels as row-major i64, each a class. Throws Error otherwise.
Array checked_labels(const KernelContext& context) {
  const Array from = row_major_copy(context.input(1));
  const std::int64_t classes = context.input(0).shape.back();
  Array labels{.shape = from.shape, .dtype = DType::i64, .strides = {}, .buffer = {}};
  if (from.dtype == DType::i64) {
    labels = from;
  } else {
    allocate_row_major(labels);
  }
  with_dtype(from.dtype, [&]<class T>() {
    if constexpr (std::is_integral_v<T>) {
      for (std::int64_t i = 0; i < from.shape.size(); ++i) {
        const auto label = static_cast<std::int64_t>(from.data<T>()[i]);
        if (label < 0 || label >= classes) {
          throw Error(ErrorCode::index, context.op().name,
                      fmt::format("label {} at position {} is out of range for {} classes", label,
                                  i, classes),
                      {context.input(0).shape, from.shape});
        }
        if (!std::is_same_v<T, std::int64_t>) labels.mutable_data<std::int64_t>()[i] = label;
      }
    }
  });
  return labels;
}

struct Rows {
  Array logits, labels;

  explicit Rows(const KernelContext& context)
      : logits(row_major_copy(context.input(0))), labels(checked_labels(context)) {}
  LabelledRows view() const {
    const std::int64_t classes = logits.shape.back();
    return {logits.bytes(), labels.data<std::int64_t>(), labels.shape.size(), classes};
  }
};

void run_cross_entropy(const KernelContext& context) {
  const Rows rows(context);
  Array& losses = context.allocate();
  softmax_functions(rows.logits.dtype).cross_entropy(rows.view(), losses.mutable_bytes());
}

bool repeats_one(const Array& array) {
  for (int axis = 0; axis < array.shape.rank(); ++axis) {
    if (array.shape[axis] > 1 && array.strides[static_cast<std::size_t>(axis)] != 0) return false;
  }
  return true;
}

void run_gradient(const KernelContext& context) {
  const Rows rows(context);
  const Array& given = context.input(2);
  const bool repeats = repeats_one(given);  // the gradient of a mean does
  const Array weights = repeats ? given : row_major_copy(given);
  Array& result = context.allocate();
  softmax_functions(rows.logits.dtype)
      .cross_entropy_gradient(rows.view(), weights.bytes(), repeats ? 0 : 1,
                              result.mutable_bytes());
}

/// visit(row, label, i, softmax) for every row, all in long double; softmax(k) is the probability
/// of class k and softmax.log(k) its logarithm.
template <class Visit>
void for_each_row(const KernelContext& context, Visit visit) {
  const Rows rows(context);
  const std::int64_t classes = rows.logits.shape.back();
  for (std::int64_t i = 0; i < rows.labels.shape.size(); ++i) {
    const auto logit = [&](std::int64_t k) -> long double {
      const std::int64_t place = i * classes + k;
      return rows.logits.dtype == DType::f32 ? rows.logits.data<float>()[place]
                                             : rows.logits.data<double>()[place];
    };
    long double shift = logit(0);
    for (std::int64_t k = 0; k < classes; ++k) {
      if (std::isnan(logit(k)) || logit(k) > shift) shift = logit(k);
      if (std::isnan(shift)) break;
    }
    long double total = 0;
    for (std::int64_t k = 0; k < classes; ++k) total += std::exp(logit(k) - shift);
    visit(i, rows.labels.data<std::int64_t>()[i],
          [&](std::int64_t k) { return logit(k) - shift - std::log(total); });
  }
}

void store(Array& to, std::int64_t place, long double value) {
  if (to.dtype == DType::f32) {
    to.mutable_data<float>()[place] = static_cast<float>(value);
  } else {
    to.mutable_data<double>()[place] = static_cast<double>(value);
  }
}

void run_cross_entropy_reference(const KernelContext& context) {
  Array& losses = context.allocate();
  for_each_row(context, [&](std::int64_t i, std::int64_t label, auto log_softmax) {
    store(losses, i, -log_softmax(label));
  });
}

void run_gradient_reference(const KernelContext& context) {
  Array& result = context.allocate();
  const Array weights = row_major_copy(context.input(2));
  const std::int64_t classes = result.shape.back();
  for_each_row(context, [&](std::int64_t i, std::int64_t label, auto log_softmax) {
    const long double weight =
        weights.dtype == DType::f32 ? weights.data<float>()[i] : weights.data<double>()[i];
    for (std::int64_t k = 0; k < classes; ++k) {
      const long double probability = std::exp(log_softmax(k));
      store(result, i * classes + k, (probability - (k == label ? 1 : 0)) * weight);
    }
  });
}

/// (softmax(logits) - one_hot(labels)) * weights, a weight for each row.
Tensor cross_entropy_gradient(const Tensor& logits, const Tensor& labels, const Tensor& weights) {
  return apply(kSoftmaxCrossEntropyGradient, {logits, labels, weights});
}

Inputs cross_entropy_vjp(const VjpContext& context) {
  return {cross_entropy_gradient(context.inputs[0], context.inputs[1], context.gradient()),
          Tensor()};
}

Inputs gradient_vjp(const VjpContext& context) {
  const Tensor& logits = context.inputs[0];
  const Tensor& labels = context.inputs[1];
  const Tensor& weights = context.inputs[2];
  const Tensor& u = context.gradient();
  Inputs result{Tensor(), Tensor(), Tensor()};
  if (context.needed[0]) {
    const Tensor y = softmax(logits);
    const Tensor centred = u - sum(u * y, {.axes = {-1}, .keep_axes = true});
    result[0] = y * centred * expand_dims(weights, -1);
  }
  if (context.needed[2]) {
    result[2] = sum(u * cross_entropy_gradient(logits, labels, ones_like(weights)), {.axes = {-1}});
  }
  return result;
}

Tensor sample_logits() { return Tensor{{1, -2, 3}, {0.5f, 4, -1}, {90, 91, 88}}; }
Tensor sample_labels() { return Tensor::from(std::vector<std::int64_t>{2, 0, 1}); }

std::vector<Sample> cross_entropy_samples() {
  const Tensor images{{{1, 2}, {3, 4}, {5, 6}}, {{-1, 0.5f}, {2, -3}, {0, 7}}};
  const Tensor bytes = Tensor::from(std::vector<std::uint8_t>{0, 1, 1, 1, 0, 0}, Shape{2, 3});
  return {
      {.name = "matrix", .inputs = {sample_logits(), sample_labels()}},
      {.name = "two leading axes", .inputs = {images, bytes}},
      {.name = "vector", .inputs = {Tensor{1, 2, 4}, Tensor(1)}},
      {.name = "no rows",
       .inputs = {Tensor::from(std::vector<float>{}, Shape{0, 3}),
                  Tensor::from(std::vector<std::int64_t>{})}},
  };
}

std::vector<Sample> gradient_samples() {
  return {{.name = "matrix", .inputs = {sample_logits(), sample_labels(), Tensor{0.5f, -2, 1}}}};
}

}  // namespace

const OpDef kSoftmaxCrossEntropy{
    .name = "softmax_cross_entropy",
    .doc = "-log(softmax(logits)[label]) for every row. (..., classes), integer (...) -> (...)",
    .minimum_inputs = 2,
    .maximum_inputs = 2,
    .infer = infer_cross_entropy,
    .vjp = cross_entropy_vjp,
    .kernels = {{"vectors", nullptr, run_cross_entropy},
                {"reference", nullptr, run_cross_entropy_reference}},
    .samples = cross_entropy_samples,
    .onnx = "SoftmaxCrossEntropyLoss",
};

const OpDef kSoftmaxCrossEntropyGradient{
    .name = "softmax_cross_entropy_gradient",
    .doc =
        "(softmax(logits) - one_hot(labels)) * weights, a weight for each row. "
        "(..., classes), integer (...), (...) -> (..., classes)",
    .minimum_inputs = 3,
    .maximum_inputs = 3,
    .infer = infer_gradient,
    .vjp = gradient_vjp,
    .kernels = {{"vectors", nullptr, run_gradient}, {"reference", nullptr, run_gradient_reference}},
    .samples = gradient_samples,
};

Tensor softmax_cross_entropy(const Tensor& logits, const Tensor& labels) {
  return apply(kSoftmaxCrossEntropy, {logits, labels});
}

}  // namespace gradus
