#include "gradus/ops/convolution.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "gradus/base/error.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/convolution_kernels.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/select.h"

// A convolution y = x * w + b and its gradients are linear in each of their inputs, and the
// derivatives of each are the other two, so that there are derivatives of any order.

namespace gradus {
namespace {

/// The number of spatial axes; throws Error unless x and weight both have 1, 2 or 3.
std::size_t spatial_axes(const char* operation, const Tensor& x, const Tensor& weight) {
  const Shape& shape = x.shape();
  if (shape.rank() < 3 || shape.rank() > 5 || weight.rank() != shape.rank()) {
    throw Error(ErrorCode::shape, operation,
                fmt::format("takes an input (batch, channels, spatial...) and a weight with the "
                            "same 1 to 3 spatial axes, not shapes {} and {}",
                            shape.to_string(), weight.shape().to_string()),
                {shape, weight.shape()});
  }
  return static_cast<std::size_t>(shape.rank() - 2);
}

void check_types(const char* operation, std::span<const Tensor> inputs) {
  const DType dtype = inputs[0].dtype();
  for (const Tensor& input : inputs) {
    if (input.dtype() != dtype) {
      throw Error(ErrorCode::dtype, operation,
                  fmt::format("operands of one type are needed, not {} and {}", name_of(dtype),
                              name_of(input.dtype())));
    }
  }
  if (dtype != DType::f32 && dtype != DType::f64 && dtype != DType::i32 && dtype != DType::i64) {
    throw Error(ErrorCode::dtype, operation,
                fmt::format("takes f32, f64, i32 or i64, not {}: cast first", name_of(dtype)));
  }
}

/// `filters` is the extent of the weight's first axis, `per_group` that of its second.
void check_groups(const char* operation, std::int64_t groups, const Shape& weight) {
  if (groups < 1) {
    throw Error(ErrorCode::invalid_argument, operation,
                fmt::format("the number of groups must be 1 or more, not {}", groups));
  }
  if (weight[0] % groups != 0) {
    throw Error(ErrorCode::shape, operation,
                fmt::format("{} groups do not divide the {} filters of the weight {}", groups,
                            weight[0], weight.to_string()),
                {weight});
  }
}

void check_bias(const char* operation, const Tensor& bias, std::int64_t channels) {
  if (bias.shape() != Shape{channels}) {
    throw Error(ErrorCode::shape, operation,
                fmt::format("the bias of {} output channels has shape [{}], not {}", channels,
                            channels, bias.shape().to_string()),
                {bias.shape()});
  }
}

/// The extent of the output along a spatial axis.
std::int64_t output_extent(const char* operation, const ConvolutionAttributes& attributes,
                           const Shape& x, std::int64_t kernel, std::size_t axis) {
  const std::int64_t input = x[static_cast<int>(axis) + 2];
  const std::int64_t padded = input + attributes.before[axis] + attributes.after[axis];
  const std::int64_t span = attributes.dilation[axis] * (kernel - 1) + 1;
  if (kernel < 1 || span > padded) {
    throw Error(ErrorCode::shape, operation,
                fmt::format("on spatial axis {} of input {}, a kernel of {} with dilation {} spans "
                            "{} positions, but the padded input has {}",
                            axis, x.to_string(), kernel, attributes.dilation[axis], span, padded),
                {x});
  }
  return (padded - span) / attributes.stride[axis] + 1;
}

ConvolutionSizes convolution_sizes(const Shape& x, const Shape& weight, const Shape& y,
                                   const ConvolutionAttributes& attributes) {
  return {.batch = x[0],
          .in = x[1],
          .out = weight[0],
          .groups = attributes.groups,
          .x = spatial_extents(x),
          .kernel = spatial_extents(weight),
          .y = spatial_extents(y),
          .stride = spatial(attributes.stride, 1),
          .before = spatial(attributes.before, 0),
          .after = spatial(attributes.after, 0),
          .dilation = spatial(attributes.dilation, 1),
          .axes = x.rank() - 2};
}

/// Throws Error where a convolution is to be computed by Winograd's filtering and cannot be.
void check_algorithm(const InferContext& context, const Shape& y) {
  const auto& attributes = context.attributes.as<ConvolutionAttributes>();
  if (attributes.algorithm != ConvolutionAlgorithm::winograd) return;
  const ConvolutionSizes sizes =
      convolution_sizes(context.shape(0), context.shape(1), y, attributes);
  const char* reason = why_not_winograd(sizes);
  if (!reason && is_floating(context.dtype(0))) return;
  throw Error(reason ? ErrorCode::invalid_argument : ErrorCode::dtype, "convolution",
              fmt::format("of input {} and weight {} cannot use the algorithm winograd: {}",
                          context.shape(0).to_string(), context.shape(1).to_string(),
                          reason ? reason : "the numbers are integers"),
              {context.shape(0), context.shape(1)});
}

Specs infer_convolution(const InferContext& context) {
  const auto& attributes = context.attributes.as<ConvolutionAttributes>();
  const Shape& x = context.shape(0);
  const Shape& weight = context.shape(1);
  const std::size_t axes = spatial_axes("convolution", context.inputs[0], context.inputs[1]);
  check_types("convolution", context.inputs);
  check_groups("convolution", attributes.groups, weight);
  if (x[1] != weight[1] * attributes.groups) {
    throw Error(ErrorCode::shape, "convolution",
                fmt::format("input {} has {} channels, but the weight {} with {} group{} takes {}",
                            x.to_string(), x[1], weight.to_string(), attributes.groups,
                            attributes.groups == 1 ? "" : "s", weight[1] * attributes.groups),
                {x, weight});
  }
  if (context.inputs.size() == 3) check_bias("convolution", context.inputs[2], weight[0]);
  Dims dims{x[0], weight[0]};
  for (std::size_t axis = 0; axis < axes; ++axis) {
    const std::int64_t kernel = weight[static_cast<int>(axis) + 2];
    dims.push_back(output_extent("convolution", attributes, x, kernel, axis));
  }
  Shape y(std::move(dims));
  check_algorithm(context, y);
  return {{std::move(y), context.dtype(0)}};
}

Specs infer_data_gradient(const InferContext& context) {
  const auto& attributes = context.attributes.as<ConvolutionAttributes>();
  const Shape& g = context.shape(0);
  const Shape& weight = context.shape(1);
  spatial_axes(context.op.name, context.inputs[0], context.inputs[1]);
  check_types(context.op.name, context.inputs);
  check_groups(context.op.name, attributes.groups, weight);
  if (g[1] != weight[0]) {
    throw Error(ErrorCode::shape, context.op.name,
                fmt::format("input {} has {} channels, but the weight {} takes {}", g.to_string(),
                            g[1], weight.to_string(), weight[0]),
                {g, weight});
  }
  Dims dims{g[0], weight[1] * attributes.groups};
  dims.append(attributes.extents.begin(), attributes.extents.end());
  return {{Shape(std::move(dims)), context.dtype(0)}};
}

Specs infer_weight_gradient(const InferContext& context) {
  const auto& attributes = context.attributes.as<ConvolutionAttributes>();
  const Shape& g = context.shape(0);
  const Shape& x = context.shape(1);
  spatial_axes(context.op.name, context.inputs[0], context.inputs[1]);
  check_types(context.op.name, context.inputs);
  Dims dims{g[1], x[1] / attributes.groups};
  dims.append(attributes.extents.begin(), attributes.extents.end());
  return {{Shape(std::move(dims)), context.dtype(0)}, {Shape{g[1]}, context.dtype(0)}};
}

ConvolutionAttributes with_extents(const Attributes& attributes, const Shape& shape) {
  ConvolutionAttributes result = attributes.as<ConvolutionAttributes>();
  result.extents = Dims(shape.begin() + 2, shape.end());
  return result;
}

Tensor data_gradient(const Tensor& g, const Tensor& weight, const Attributes& attributes,
                     const Shape& x) {
  return apply(kConvolutionDataGradient, {g, weight}, with_extents(attributes, x));
}

SmallVector<Tensor, 3> weight_gradient(const Tensor& g, const Tensor& x,
                                       const Attributes& attributes, const Shape& weight) {
  return apply_all(kConvolutionWeightGradient, {g, x}, with_extents(attributes, weight));
}

Inputs convolution_vjp(const VjpContext& context) {
  const Tensor& g = context.gradient();
  const Tensor& x = context.inputs[0];
  const Tensor& weight = context.inputs[1];
  Inputs results(context.inputs.size(), Tensor());
  if (context.needed[0]) results[0] = data_gradient(g, weight, context.attributes, x.shape());
  const bool bias_needed = context.inputs.size() == 3 && context.needed[2];
  if (context.needed[1]) {
    const auto gradients = weight_gradient(g, x, context.attributes, weight.shape());
    results[1] = gradients[0];
    if (bias_needed) results[2] = gradients[1];
  } else if (bias_needed) {
    Dims axes{0};
    for (int axis = 2; axis < g.rank(); ++axis) axes.push_back(axis);
    results[2] = sum(g, {.axes = axes});
  }
  return results;
}

// <u, data_gradient(g, w)> = <convolution(u, w), g>
Inputs data_gradient_vjp(const VjpContext& context) {
  const Tensor& u = context.gradient();
  const Tensor& weight = context.inputs[1];
  Inputs results(2, Tensor());
  if (context.needed[0]) results[0] = apply(kConvolution, {u, weight}, context.attributes);
  if (context.needed[1]) {
    results[1] = weight_gradient(context.inputs[0], u, context.attributes, weight.shape())[0];
  }
  return results;
}

// <u, weight_gradient(g, x)> + <v, sum(g)> = <convolution(x, u) + v, g>
Inputs weight_gradient_vjp(const VjpContext& context) {
  const Tensor& g = context.inputs[0];
  const Tensor& x = context.inputs[1];
  const Tensor& u = context.gradients[0];
  const Tensor& v = context.gradients[1];
  Inputs results(2, Tensor());
  if (context.needed[0]) {
    if (u.defined()) {
      results[0] = v.defined() ? apply(kConvolution, {x, u, v}, context.attributes)
                               : apply(kConvolution, {x, u}, context.attributes);
    } else {
      Dims dims(static_cast<std::size_t>(g.rank()), 1);
      dims[1] = g.dim(1);
      results[0] = broadcast_to(reshape(v, dims), g.shape());
    }
  }
  if (context.needed[1] && u.defined()) {
    results[1] = data_gradient(g, u, context.attributes, x.shape());
  }
  return results;
}

}  // namespace

ConvolutionSizes forward_sizes(const KernelContext& context) {
  return convolution_sizes(context.input(0).shape, context.input(1).shape, context.output().shape,
                           context.attributes<ConvolutionAttributes>());
}

ConvolutionSizes data_gradient_sizes(const KernelContext& context) {
  return convolution_sizes(context.output().shape, context.input(1).shape, context.input(0).shape,
                           context.attributes<ConvolutionAttributes>());
}

ConvolutionSizes weight_gradient_sizes(const KernelContext& context) {
  return convolution_sizes(context.input(1).shape, context.output(0).shape, context.input(0).shape,
                           context.attributes<ConvolutionAttributes>());
}

namespace {

/// A reference on operands rounded as the call asks.
template <const char* (*refuse_bf16)(const KernelContext&), void (*run)(const KernelContext&)>
void run_in_precision(const KernelContext& context) {
  refuse_bf16(context) ? run(context) : run_on_rounded(context, run);
}

}  // namespace

const OpDef kConvolution{
    .name = "convolution",
    .doc =
        "Cross-correlation in 1, 2 or 3 spatial dimensions. (batch, in, spatial...), (out, in / "
        "groups, kernel...), (out) or none -> (batch, out, spatial...)",
    .minimum_inputs = 2,
    .maximum_inputs = 3,
    .infer = infer_convolution,
    .vjp = convolution_vjp,
    .kernels = {{"bf16", refuse_convolution_bf16, run_convolution_bf16},
                {"winograd", refuse_convolution_winograd, run_convolution_winograd},
                {"runs", refuse_convolution_runs, run_convolution_runs},
                {"onednn", refuse_convolution_onednn, run_convolution_onednn},
                {"blocked", refuse_convolution_blocked, run_convolution_blocked},
                {"reference", nullptr,
                 run_in_precision<refuse_convolution_bf16, run_convolution_reference>}},
    .samples = convolution_samples,
    .multiply_adds = [](const KernelContext& call) { return forward_sizes(call).multiply_adds(); },
    .onnx = "Conv",
};

const OpDef kConvolutionDataGradient{
    .name = "convolution_data_gradient",
    .doc =
        "The gradient of a convolution with respect to its input, which is also the transposed "
        "convolution. (batch, out, spatial...), (out, in / groups, kernel...) -> (batch, in, "
        "spatial...)",
    .minimum_inputs = 2,
    .maximum_inputs = 2,
    .infer = infer_data_gradient,
    .vjp = data_gradient_vjp,
    .kernels = {{"bf16", refuse_data_gradient_bf16, run_data_gradient_bf16},
                {"winograd", refuse_data_gradient_winograd, run_data_gradient_winograd},
                {"runs", refuse_data_gradient_runs, run_data_gradient_runs},
                {"onednn", refuse_data_gradient_onednn, run_data_gradient_onednn},
                {"blocked", refuse_data_gradient_blocked, run_data_gradient_blocked},
                {"reference", nullptr,
                 run_in_precision<refuse_data_gradient_bf16, run_data_gradient_reference>}},
    .samples = data_gradient_samples,
    .multiply_adds =
        [](const KernelContext& call) { return data_gradient_sizes(call).multiply_adds(); },
    .onnx = "ConvTranspose",
};

const OpDef kConvolutionWeightGradient{
    .name = "convolution_weight_gradient",
    .doc =
        "The gradients of a convolution with respect to its weight and its bias. (batch, out, "
        "spatial...), (batch, in, spatial...) -> (out, in / groups, kernel...), (out)",
    .minimum_inputs = 2,
    .maximum_inputs = 2,
    .infer = infer_weight_gradient,
    .vjp = weight_gradient_vjp,
    .kernels = {{"bf16", refuse_weight_gradient_bf16, run_weight_gradient_bf16},
                {"winograd", refuse_weight_gradient_winograd, run_weight_gradient_winograd},
                {"onednn", refuse_weight_gradient_onednn, run_weight_gradient_onednn},
                {"blocked", refuse_weight_gradient_blocked, run_weight_gradient_blocked},
                {"reference", nullptr,
                 run_in_precision<refuse_weight_gradient_bf16, run_weight_gradient_reference>}},
    .samples = weight_gradient_samples,
    .multiply_adds =
        [](const KernelContext& call) { return weight_gradient_sizes(call).multiply_adds(); },
};

namespace {

/// The type in which operands are convolved: half precision in f32.
DType computed_in(DType dtype) {
  return dtype == DType::f16 || dtype == DType::bf16 ? DType::f32 : dtype;
}

Tensor as_type(const Tensor& x, DType dtype) { return x.dtype() == dtype ? x : cast(x, dtype); }

}  // namespace

Tensor convolution(const Tensor& x, const Tensor& weight, const Tensor& bias,
                   const ConvolutionOptions& options) {
  const std::size_t axes = spatial_axes("convolution", x, weight);
  const auto option = [&](const char* name, const Dims& dims, std::int64_t least) {
    return per_axis("convolution", name, dims, axes, least);
  };
  ConvolutionAttributes attributes;
  attributes.stride = option("stride", options.stride, 1);
  attributes.before = option("padding", options.padding, 0);
  attributes.after = options.padding_after.empty()
                         ? attributes.before
                         : option("padding_after", options.padding_after, 0);
  attributes.dilation = option("dilation", options.dilation, 1);
  attributes.groups = options.groups;
  attributes.algorithm = options.algorithm;
  attributes.precision = product_precision();
  DType type = promote(x.dtype(), weight.dtype());
  if (bias.defined()) type = promote(type, bias.dtype());
  const DType used = computed_in(type);
  Inputs inputs{as_type(x, used), as_type(weight, used)};
  if (bias.defined()) inputs.push_back(as_type(bias, used));
  return as_type(apply(kConvolution, std::move(inputs), std::move(attributes)), type);
}

Tensor transposed_convolution(const Tensor& x, const Tensor& weight, const Tensor& bias,
                              const TransposedConvolutionOptions& options) {
  constexpr const char* kName = "transposed_convolution";
  const std::size_t axes = spatial_axes(kName, x, weight);
  check_groups(kName, options.groups, weight.shape());
  if (x.dim(1) != weight.dim(0)) {
    throw Error(
        ErrorCode::shape, kName,
        fmt::format("input {} has {} channels, but the weight {} takes {}", x.shape().to_string(),
                    x.dim(1), weight.shape().to_string(), weight.dim(0)),
        {x.shape(), weight.shape()});
  }
  ConvolutionAttributes attributes;
  attributes.stride = per_axis(kName, "stride", options.stride, axes, 1);
  attributes.before = attributes.after = per_axis(kName, "padding", options.padding, axes, 0);
  attributes.dilation = per_axis(kName, "dilation", options.dilation, axes, 1);
  attributes.groups = options.groups;
  attributes.precision = product_precision();
  const Dims extra = per_axis(kName, "output_padding", options.output_padding, axes, 0);
  for (std::size_t i = 0; i < axes; ++i) {
    const auto axis = static_cast<int>(i) + 2;
    if (extra[i] >= attributes.stride[i]) {
      throw Error(ErrorCode::invalid_argument, kName,
                  fmt::format("output_padding {} must be below the stride {}", extra[i],
                              attributes.stride[i]));
    }
    const std::int64_t extent = (x.dim(axis) - 1) * attributes.stride[i] -
                                2 * attributes.before[i] +
                                attributes.dilation[i] * (weight.dim(axis) - 1) + extra[i] + 1;
    if (extent < 1 || x.dim(axis) < 1 || weight.dim(axis) < 1) {
      throw Error(ErrorCode::shape, kName,
                  fmt::format("spatial axis {} of input {} would get extent {}", i,
                              x.shape().to_string(), extent),
                  {x.shape(), weight.shape()});
    }
    attributes.extents.push_back(extent);
  }
  DType type = promote(x.dtype(), weight.dtype());
  if (bias.defined()) type = promote(type, bias.dtype());
  const DType used = computed_in(type);
  Tensor y = apply(kConvolutionDataGradient, {as_type(x, used), as_type(weight, used)},
                   std::move(attributes));
  if (bias.defined()) {
    check_bias(kName, bias, y.dim(1));
    Dims dims(axes + 1, 1);
    dims[0] = y.dim(1);
    y = y + reshape(as_type(bias, used), dims);
  }
  return as_type(y, type);
}

}  // namespace gradus
