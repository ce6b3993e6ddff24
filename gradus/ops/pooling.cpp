#include "gradus/ops/pooling.h"

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/ops/pooling_kernels.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/select.h"

// With P(x) the matrix that picks the largest element of each window, max_pool is P(x) x, its
// gradient P(x)^T g, and the derivative of that with respect to g again P(x) u: max_pool_gather.
// P(x) itself is constant but where windows have ties.

namespace gradus {
namespace {

std::size_t spatial_axes(const char* operation, const Shape& x) {
  if (x.rank() < 3 || x.rank() > 5) {
    throw Error(ErrorCode::shape, operation,
                fmt::format("takes an input (batch, channels, 1 to 3 spatial axes), not shape {}",
                            x.to_string()),
                {x});
  }
  return static_cast<std::size_t>(x.rank() - 2);
}

Shape pooled_shape(const char* operation, const Shape& x, const PoolAttributes& attributes) {
  Dims dims{x[0], x[1]};
  for (std::size_t i = 0; i < spatial_axes(operation, x); ++i) {
    const std::int64_t padded = x[static_cast<int>(i) + 2] + 2 * attributes.padding[i];
    if (attributes.window[i] > padded || x[static_cast<int>(i) + 2] == 0) {
      throw Error(ErrorCode::shape, operation,
                  fmt::format("a window of {} is larger than the padded input, {}, on spatial axis "
                              "{} of shape {}",
                              attributes.window[i], padded, i, x.to_string()),
                  {x});
    }
    dims.push_back((padded - attributes.window[i]) / attributes.stride[i] + 1);
  }
  return Shape(std::move(dims));
}

void check_type(const InferContext& context, bool integers) {
  const DType dtype = context.dtype(0);
  const bool real = dtype == DType::f32 || dtype == DType::f64;
  if (!real && !(integers && is_integer(dtype))) {
    throw Error(ErrorCode::dtype, context.op.name,
                fmt::format("takes f32{}, not {}: cast first",
                            integers ? ", f64 and integers" : " and f64", name_of(dtype)));
  }
  for (const Tensor& input : context.inputs) {
    if (input.dtype() != dtype) {
      throw Error(ErrorCode::dtype, context.op.name,
                  fmt::format("operands of one type are needed, not {} and {}", name_of(dtype),
                              name_of(input.dtype())));
    }
  }
}

void check_shape(const InferContext& context, std::size_t input, const Shape& expected) {
  if (context.shape(input) == expected) return;
  throw Error(ErrorCode::shape, context.op.name,
              fmt::format("operand {} has shape {}, not {}", input,
                          context.shape(input).to_string(), expected.to_string()),
              {context.shape(input), expected});
}

Specs infer_max_pool(const InferContext& context) {
  check_type(context, true);
  const auto& attributes = context.attributes.as<PoolAttributes>();
  return {{pooled_shape(context.op.name, context.shape(0), attributes), context.dtype(0)}};
}

Specs infer_max_pool_gather(const InferContext& context) {
  check_shape(context, 1, context.shape(0));
  return infer_max_pool(context);
}

Specs infer_max_pool_gradient(const InferContext& context) {
  check_type(context, true);
  const auto& attributes = context.attributes.as<PoolAttributes>();
  check_shape(context, 1, pooled_shape(context.op.name, context.shape(0), attributes));
  return {{context.shape(0), context.dtype(0)}};
}

Specs infer_average_pool(const InferContext& context) {
  check_type(context, false);
  const auto& attributes = context.attributes.as<PoolAttributes>();
  return {{pooled_shape(context.op.name, context.shape(0), attributes), context.dtype(0)}};
}

Specs infer_average_pool_gradient(const InferContext& context) {
  check_type(context, false);
  const auto& attributes = context.attributes.as<PoolAttributes>();
  Dims dims{context.shape(0)[0], context.shape(0)[1]};
  dims.append(attributes.extents.begin(), attributes.extents.end());
  const Shape x(std::move(dims));
  check_shape(context, 0, pooled_shape(context.op.name, x, attributes));
  return {{x, context.dtype(0)}};
}

Inputs max_pool_vjp(const VjpContext& context) {
  return {apply(kMaxPoolGradient, {context.inputs[0], context.gradient()}, context.attributes)};
}

Inputs max_pool_gather_vjp(const VjpContext& context) {
  Inputs results(2, Tensor());
  if (context.needed[1]) {
    results[1] =
        apply(kMaxPoolGradient, {context.inputs[0], context.gradient()}, context.attributes);
  }
  return results;
}

Inputs max_pool_gradient_vjp(const VjpContext& context) {
  Inputs results(2, Tensor());
  if (context.needed[1]) {
    results[1] = apply(kMaxPoolGather, {context.inputs[0], context.gradient()}, context.attributes);
  }
  return results;
}

Inputs average_pool_vjp(const VjpContext& context) {
  PoolAttributes attributes = context.attributes.as<PoolAttributes>();
  const Shape& x = context.inputs[0].shape();
  attributes.extents = Dims(x.begin() + 2, x.end());
  return {apply(kAveragePoolGradient, {context.gradient()}, std::move(attributes))};
}

Inputs average_pool_gradient_vjp(const VjpContext& context) {
  return {apply(kAveragePool, {context.gradient()}, context.attributes)};
}

/// Distinct numbers in no order, so that no window has a tie.
Tensor numbers(const Shape& shape) {
  std::vector<float> values;
  for (std::int64_t i = 0; i < shape.size(); ++i) {
    values.push_back(static_cast<float>((i * 37 + 11) % 1009) / 64 - 7);
  }
  return Tensor::from(values, shape);
}

struct Case {
  const char* name;
  Shape x;
  PoolAttributes attributes;
};

std::vector<Case> cases() {
  return {
      {"windows of 2x2", {2, 3, 4, 6}, {{2, 2}, {2, 2}, {0, 0}}},
      {"many channels", {2, 19, 4, 4}, {{2, 2}, {2, 2}, {0, 0}}},
      {"overlapping", {1, 2, 7, 6}, {{3, 2}, {2, 1}, {0, 0}}},
      {"padding", {1, 9, 5, 5}, {{3, 3}, {2, 2}, {1, 1}}},
      {"a rest", {1, 1, 5, 7}, {{2, 2}, {2, 2}, {0, 0}}},
      {"one axis", {2, 2, 9}, {{3}, {3}, {0}}},
      {"three axes", {1, 2, 4, 4, 3}, {{2, 2, 3}, {2, 1, 1}, {0, 1, 0}}},
      {"empty batch", {0, 2, 4, 4}, {{2, 2}, {2, 2}, {0, 0}}},
  };
}

std::vector<Sample> pool_samples() {
  std::vector<Sample> samples;
  for (const Case& c : cases()) {
    samples.push_back({.name = c.name, .inputs = {numbers(c.x)}, .attributes = c.attributes});
  }
  return samples;
}

std::vector<Sample> max_pool_gather_samples() {
  std::vector<Sample> samples;
  for (const Case& c : cases()) {
    samples.push_back(
        {.name = c.name, .inputs = {numbers(c.x), numbers(c.x)}, .attributes = c.attributes});
  }
  return samples;
}

std::vector<Sample> max_pool_gradient_samples() {
  std::vector<Sample> samples;
  for (const Case& c : cases()) {
    const Shape y = pooled_shape("max_pool", c.x, c.attributes);
    samples.push_back(
        {.name = c.name, .inputs = {numbers(c.x), numbers(y)}, .attributes = c.attributes});
  }
  return samples;
}

std::vector<Sample> average_pool_gradient_samples() {
  std::vector<Sample> samples;
  for (Case& c : cases()) {
    const Shape y = pooled_shape("average_pool", c.x, c.attributes);
    c.attributes.extents = Dims(c.x.begin() + 2, c.x.end());
    samples.push_back({.name = c.name, .inputs = {numbers(y)}, .attributes = c.attributes});
  }
  return samples;
}

PoolAttributes attributes_of(const char* operation, const Tensor& x, const PoolOptions& options) {
  const std::size_t axes = spatial_axes(operation, x.shape());
  PoolAttributes attributes;
  attributes.window = per_axis(operation, "window", options.window, axes, 1);
  attributes.stride = options.stride.empty()
                          ? attributes.window
                          : per_axis(operation, "stride", options.stride, axes, 1);
  attributes.padding = per_axis(operation, "padding", options.padding, axes, 0);
  for (std::size_t i = 0; i < axes; ++i) {
    if (attributes.padding[i] >= attributes.window[i]) {
      throw Error(ErrorCode::invalid_argument, operation,
                  fmt::format("padding {} must be below the window {}", attributes.padding[i],
                              attributes.window[i]));
    }
  }
  return attributes;
}

/// Applies `op`, to half precision in f32.
Tensor apply_pool(const OpDef& op, const Tensor& x, PoolAttributes attributes) {
  const DType type = x.dtype();
  if (type != DType::f16 && type != DType::bf16) return apply(op, {x}, std::move(attributes));
  return cast(apply(op, {cast(x, DType::f32)}, std::move(attributes)), type);
}

ReduceOptions over_space(const char* operation, const Tensor& x) {
  ReduceOptions options;
  for (std::size_t i = 0; i < spatial_axes(operation, x.shape()); ++i) {
    options.axes.push_back(static_cast<std::int64_t>(i) + 2);
  }
  return options;
}

}  // namespace

const OpDef kMaxPool{
    .name = "max_pool",
    .doc =
        "The largest element of each window. (batch, channels, spatial...) -> (batch, channels, "
        "spatial...)",
    .infer = infer_max_pool,
    .vjp = max_pool_vjp,
    .kernels = {{"channels_last", refuse_channels_last, run_max_pool},
                {"reference", nullptr, run_max_pool_reference}},
    .samples = pool_samples,
    .onnx = "MaxPool",
};

const OpDef kMaxPoolGather{
    .name = "max_pool_gather",
    .doc =
        "The elements of u where x is largest in each window. x and u (batch, channels, "
        "spatial...) -> (batch, channels, spatial...)",
    .minimum_inputs = 2,
    .maximum_inputs = 2,
    .infer = infer_max_pool_gather,
    .vjp = max_pool_gather_vjp,
    .kernels = {{"channels_last", refuse_channels_last, run_max_pool_gather},
                {"reference", nullptr, run_max_pool_gather_reference}},
    .samples = max_pool_gather_samples,
};

const OpDef kMaxPoolGradient{
    .name = "max_pool_gradient",
    .doc =
        "The gradient of max_pool: each element of g where x is largest in its window, zero "
        "elsewhere. x (batch, channels, spatial...), g as max_pool(x) -> x's shape",
    .minimum_inputs = 2,
    .maximum_inputs = 2,
    .infer = infer_max_pool_gradient,
    .vjp = max_pool_gradient_vjp,
    .kernels = {{"channels_last", refuse_channels_last, run_max_pool_gradient},
                {"reference", nullptr, run_max_pool_gradient_reference}},
    .samples = max_pool_gradient_samples,
};

const OpDef kAveragePool{
    .name = "average_pool",
    .doc =
        "The mean of each window, padding not counted. (batch, channels, spatial...) -> (batch, "
        "channels, spatial...)",
    .infer = infer_average_pool,
    .vjp = average_pool_vjp,
    .kernels = {{"channels_last", refuse_channels_last, run_average_pool},
                {"reference", nullptr, run_average_pool_reference}},
    .samples = pool_samples,
    .onnx = "AveragePool",
};

const OpDef kAveragePoolGradient{
    .name = "average_pool_gradient",
    .doc =
        "The gradient of average_pool: each element of g shared out over its window. (batch, "
        "channels, spatial...) -> (batch, channels, spatial...)",
    .infer = infer_average_pool_gradient,
    .vjp = average_pool_gradient_vjp,
    .kernels = {{"channels_last", refuse_channels_last, run_average_pool_gradient},
                {"reference", nullptr, run_average_pool_gradient_reference}},
    .samples = average_pool_gradient_samples,
};

Tensor max_pool(const Tensor& x, const PoolOptions& options) {
  return apply_pool(kMaxPool, x, attributes_of("max_pool", x, options));
}

Tensor average_pool(const Tensor& x, const PoolOptions& options) {
  return apply_pool(kAveragePool, x, attributes_of("average_pool", x, options));
}

Tensor global_average_pool(const Tensor& x) {
  return mean(x, over_space("global_average_pool", x));
}

Tensor global_max_pool(const Tensor& x) { return max(x, over_space("global_max_pool", x)); }

}  // namespace gradus
