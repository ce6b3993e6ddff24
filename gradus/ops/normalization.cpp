#include "gradus/ops/normalization.h"

#include <cmath>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/moments.h"
#include "gradus/ops/normalization_attributes.h"
#include "gradus/ops/normalization_planes.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce_axes.h"

namespace gradus {
namespace {

Specs infer_normalization(const InferContext& context) {
  const auto& attributes = context.attributes.as<NormalizationAttributes>();
  const Tensor& x = context.inputs[0];
  const DType dtype = x.dtype();
  if (dtype != DType::f32 && dtype != DType::f64) {
    throw Error(ErrorCode::dtype, context.op.name,
                fmt::format("takes f32 or f64, not {}", name_of(dtype)));
  }
  const Shape parameters = parameter_shape(x.shape(), attributes);
  const std::size_t shift = attributes.scaled ? 2 : 1;
  if (attributes.scaled) {
    check_companion(context.op.name, "scale", context.inputs[1], parameters, x);
  }
  if (attributes.shifted) {
    check_companion(context.op.name, "shift", context.inputs[shift], parameters, x);
  }
  const Shape statistics = statistics_shape(x.shape(), attributes);
  return {{x.shape(), dtype}, {statistics, dtype}, {statistics, dtype}};
}

/// Derivative of y, mean and variance. Mean and variance are used as outputs of the operation, so
/// the way of x through them is found by the walk over the graph.
Inputs normalization_vjp(const VjpContext& context) {
  const auto& attributes = context.attributes.as<NormalizationAttributes>();
  const Tensor& x = context.inputs[0];
  const Tensor& mean = context.outputs[1];
  Inputs result(context.inputs.size(), Tensor());
  const auto add = [&](const Tensor& part) {
    result[0] = result[0].defined() ? result[0] + part : part;
  };
  if (context.gradients[0].defined()) {
    const Tensor scale = attributes.scaled ? context.inputs[1] : Tensor();
    const auto parts = normalization_gradient(x, mean, context.outputs[2], context.gradients[0],
                                              scale, attributes);
    result[0] = parts[0];
    if (attributes.scaled) result[1] = parts[1];
    if (attributes.shifted) result[attributes.scaled ? 2 : 1] = parts[2];
  }
  const double share = 1 / static_cast<double>(reduced_count(x.shape(), attributes.axes));
  if (context.gradients[1].defined()) {
    const Tensor each = statistics_beside(context.gradients[1] * share, x, attributes);
    add(broadcast_to(each, x.shape()));
  }
  if (context.gradients[2].defined()) {
    const Tensor each = statistics_beside(context.gradients[2] * (2 * share), x, attributes);
    add(each * (x - statistics_beside(mean, x, attributes)));
  }
  return result;
}

const Array* scale_of(const KernelContext& context) {
  return context.attributes<NormalizationAttributes>().scaled ? &context.input(1) : nullptr;
}

const Array* shift_of(const KernelContext& context) {
  const auto& attributes = context.attributes<NormalizationAttributes>();
  return attributes.shifted ? &context.input(attributes.scaled ? 2 : 1) : nullptr;
}

/// Row-major parameters of x's element type; `missing` everywhere if there are none.
Array parameters_or(const Array* parameters, double missing, std::int64_t size, DType dtype) {
  if (parameters) return row_major_copy(*parameters);
  Array array{.shape = Shape{size}, .dtype = dtype, .strides = {}, .buffer = {}};
  allocate_row_major(array);
  if (dtype == DType::f32) {
    std::fill_n(array.mutable_data<float>(), size, static_cast<float>(missing));
  } else {
    std::fill_n(array.mutable_data<double>(), size, missing);
  }
  return array;
}

template <class T>
void normalize_channels(const KernelContext& context) {
  const auto& attributes = context.attributes<NormalizationAttributes>();
  const Array& given = context.input();
  const Array x = is_dense(given.shape, given.strides) ? given : row_major_copy(given);
  const std::int64_t channels = x.shape[1];
  std::vector<Moments> moments(static_cast<std::size_t>(channels));
  fold(x, moment_folds(x.dtype).moments, attributes.axes,
       {{reinterpret_cast<std::byte*>(moments.data())}, 0});
  const auto scale = values_of(scale_of(context), channels, 1);
  const auto shift = values_of(shift_of(context), channels, 0);
  T* const mean = context.allocate(1).mutable_data<T>();
  T* const variance = context.allocate(2).mutable_data<T>();
  std::vector<T> factor, offset;
  for (std::size_t c = 0; c < moments.size(); ++c) {
    const double wide = moments[c].squares / moments[c].count;
    mean[c] = static_cast<T>(moments[c].mean);
    variance[c] = static_cast<T>(wide);
    const double slope = scale[c] / std::sqrt(wide + attributes.epsilon);
    factor.push_back(static_cast<T>(slope));
    // with what the mean lost by rounding, beside which the deviations may be small
    const double lost = static_cast<double>(mean[c]) - moments[c].mean;
    offset.push_back(static_cast<T>(shift[c] + lost * slope));
  }
  Array& y = context.donate(0) ? context.output() : context.allocate(0, x.strides);
  normalization_functions(x.dtype).map_channels(
      along_axis(x, 1), x.bytes(), {mean, factor.data(), offset.data()}, y.mutable_bytes());
}

void run_batch_norm(const KernelContext& context) {
  if (context.input().dtype == DType::f32) {
    normalize_channels<float>(context);
  } else {
    normalize_channels<double>(context);
  }
}

void run_layer_norm(const KernelContext& context) {
  const auto& attributes = context.attributes<NormalizationAttributes>();
  const Array x = row_major_copy(context.input());
  const std::int64_t length = reduced_count(x.shape, attributes.axes);
  const Array scale = parameters_or(scale_of(context), 1, length, x.dtype);
  const Array shift = parameters_or(shift_of(context), 0, length, x.dtype);
  Array& mean = context.allocate(1);
  Array& variance = context.allocate(2);
  Array& y =
      context.input().is_row_major() && context.donate(0) ? context.output() : context.allocate();
  normalization_functions(x.dtype).normalize_rows(
      {x.bytes(), mean.shape.size(), length}, attributes.epsilon, scale.bytes(), shift.bytes(),
      y.mutable_bytes(), mean.mutable_bytes(), variance.mutable_bytes());
}

/// Element by element, in long double.
template <class T>
void normalize_plainly(const KernelContext& context) {
  const auto& attributes = context.attributes<NormalizationAttributes>();
  const Array x = row_major_copy(context.input());
  Array& y = context.allocate(0);
  Array& means = context.allocate(1);
  Array& variances = context.allocate(2);
  const ReduceView view = view_of(x, attributes.axes);
  const std::int64_t n = view.reduced.size();
  const std::int64_t parameters = attributes.by_channel ? means.shape.size() : n;
  const auto scale = values_of(scale_of(context), parameters, 1);
  const auto shift = values_of(shift_of(context), parameters, 0);
  for (std::int64_t i = 0; i < view.kept.size(); ++i) {
    const std::int64_t base = offset_of(i, view.kept, view.kept_strides);
    const auto place = [&](std::int64_t k) {
      return base + offset_of(k, view.reduced, view.reduced_strides);
    };
    long double mean = 0, variance = 0;
    for (std::int64_t k = 0; k < n; ++k) mean += x.data<T>()[place(k)];
    mean /= n;
    for (std::int64_t k = 0; k < n; ++k) {
      variance += (x.data<T>()[place(k)] - mean) * (x.data<T>()[place(k)] - mean);
    }
    variance /= n;
    means.mutable_data<T>()[i] = static_cast<T>(mean);
    variances.mutable_data<T>()[i] = static_cast<T>(variance);
    for (std::int64_t k = 0; k < n; ++k) {
      const auto p = static_cast<std::size_t>(attributes.by_channel ? i : k);
      const long double normal =
          (x.data<T>()[place(k)] - mean) / std::sqrt(variance + attributes.epsilon);
      y.mutable_data<T>()[place(k)] = static_cast<T>(normal * scale[p] + shift[p]);
    }
  }
}

void run_reference(const KernelContext& context) {
  if (context.input().dtype == DType::f32) {
    normalize_plainly<float>(context);
  } else {
    normalize_plainly<double>(context);
  }
}

Tensor sample_images() {
  return Tensor::from(std::vector<float>{1,     -2, 3,  0.5f, 4,    -1, 2,  7, -3, 0.25f, 1.5f, 6,
                                         -0.5f, 2,  -4, 3,    5.5f, 1,  -2, 8, 0,  -6,    2.5f, 4},
                      Shape{2, 3, 2, 2});
}

std::vector<Sample> batch_norm_samples() {
  const Tensor rows{{1, -2, 3}, {0.5f, 4, -1}, {2, 7, -3}, {-4, 0, 6}};
  const Tensor scale{1.5f, -0.5f, 2}, shift{0.25f, 1, -1};
  const Dims space{0, 2, 3};
  return {
      {"images",
       {sample_images(), scale, shift},
       NormalizationAttributes{space, true, 1e-5, true, true}},
      {"images without parameters",
       {sample_images()},
       NormalizationAttributes{space, true, 1e-3, false, false}},
      {"rows, scaled", {rows, scale}, NormalizationAttributes{{0}, true, 0.1, true, false}},
      {"rows, shifted", {rows, shift}, NormalizationAttributes{{0}, true, 1e-5, false, true}},
  };
}

std::vector<Sample> layer_norm_samples() {
  const Tensor rows{{1, -2, 3}, {0.5f, 4, -1}, {2, 7, -3}, {-4, 0, 6}};
  const Tensor scale{1.5f, -0.5f, 2}, shift{0.25f, 1, -1};
  const Tensor planes_scale{{1, 2}, {-1, 0.5f}}, planes_shift{{0, 1}, {0.5f, -2}};
  return {
      {"rows", {rows, scale, shift}, NormalizationAttributes{{1}, false, 1e-5, true, true}},
      {"rows without parameters", {rows}, NormalizationAttributes{{1}, false, 1e-3, false, false}},
      {"two axes",
       {sample_images(), planes_scale, planes_shift},
       NormalizationAttributes{{2, 3}, false, 0.1, true, true}},
      {"shifted", {rows, shift}, NormalizationAttributes{{1}, false, 1e-5, false, true}},
  };
}

NormalizationAttributes attributes_of(const char* operation, const Tensor& x, const Tensor& scale,
                                      const Tensor& shift, float epsilon) {
  if (!x.defined()) {
    throw Error(ErrorCode::invalid_argument, operation, "the input is an undefined tensor");
  }
  NormalizationAttributes attributes;
  attributes.epsilon = static_cast<double>(epsilon);
  attributes.scaled = scale.defined();
  attributes.shifted = shift.defined();
  return attributes;
}

SmallVector<Tensor, 3> apply_normalization(const OpDef& op, const Tensor& x, const Tensor& scale,
                                           const Tensor& shift,
                                           NormalizationAttributes attributes) {
  Inputs inputs{x};
  if (scale.defined()) inputs.push_back(scale);
  if (shift.defined()) inputs.push_back(shift);
  return apply_all(op, std::move(inputs), std::move(attributes));
}

}  // namespace

const OpDef kLayerNorm{
    .name = "layer_norm",
    .doc =
        "(x - mean) / sqrt(variance + epsilon) * scale + shift over the last axes. "
        "(..., axes), optional (axes), optional (axes) -> (..., axes), mean (...), "
        "variance (...)",
    .maximum_inputs = 3,
    .infer = infer_normalization,
    .vjp = normalization_vjp,
    .kernels = {{"vectors", nullptr, run_layer_norm}, {"reference", nullptr, run_reference}},
    .samples = layer_norm_samples,
    .onnx = "LayerNormalization",
};

const OpDef kBatchNorm{
    .name = "batch_norm",
    .doc =
        "(x - mean) / sqrt(variance + epsilon) * scale + shift, mean and variance of each "
        "channel over the batch. (batch, channels, ...), optional (channels), optional "
        "(channels) -> (batch, channels, ...), mean (channels), variance (channels)",
    .maximum_inputs = 3,
    .infer = infer_normalization,
    .vjp = normalization_vjp,
    .kernels = {{"vectors", nullptr, run_batch_norm}, {"reference", nullptr, run_reference}},
    .samples = batch_norm_samples,
    .onnx = "BatchNormalization",
};

Tensor layer_norm(const Tensor& x, const Tensor& scale, const Tensor& shift, float epsilon) {
  NormalizationAttributes attributes = attributes_of("layer_norm", x, scale, shift, epsilon);
  const Tensor& model = scale.defined() ? scale : shift;
  const int normalized = model.defined() ? model.rank() : 1;
  if (normalized < 1 || normalized > x.rank()) {
    throw Error(ErrorCode::shape, "layer_norm",
                model.defined()
                    ? fmt::format("scale or shift {} does not fit x {}: it must have the shape of "
                                  "the last axes, one or more",
                                  model.shape().to_string(), x.shape().to_string())
                    : fmt::format("x {} has no axis to normalise", x.shape().to_string()),
                {x.shape()});
  }
  for (int axis = x.rank() - normalized; axis < x.rank(); ++axis) attributes.axes.push_back(axis);
  return apply_normalization(kLayerNorm, x, scale, shift, std::move(attributes))[0];
}

BatchNormResult batch_norm(const Tensor& x, const Tensor& scale, const Tensor& shift,
                           float epsilon) {
  NormalizationAttributes attributes = attributes_of("batch_norm", x, scale, shift, epsilon);
  if (x.rank() < 2) {
    throw Error(ErrorCode::shape, "batch_norm",
                fmt::format("takes (batch, channels, ...), not {}", x.shape().to_string()),
                {x.shape()});
  }
  attributes.by_channel = true;
  for (int axis = 0; axis < x.rank(); ++axis) {
    if (axis != 1) attributes.axes.push_back(axis);
  }
  const auto results = apply_normalization(kBatchNorm, x, scale, shift, std::move(attributes));
  return {results[0], results[1], results[2]};
}

}  // namespace gradus
