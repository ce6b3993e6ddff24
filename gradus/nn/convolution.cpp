#include "gradus/nn/convolution.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "gradus/base/error.h"

namespace gradus::nn {
namespace {

constexpr const char* kPaddings[] = {"given", "same"};
constexpr const char* kAlgorithms[] = {"auto", "direct", "winograd"};

/// One entry for each spatial axis.
Dims for_each_axis(const char* layer, const char* option, const Dims& values, int axes) {
  const auto count = static_cast<std::size_t>(axes);
  if (values.size() == count) return values;
  if (values.size() == 1) return Dims(count, values[0]);
  throw Error(
      ErrorCode::invalid_argument, layer,
      fmt::format("{} must have 1 or {} entries, not [{}]", option, axes, fmt::join(values, ", ")));
}

void require_at_least_one(const char* layer, const char* option, const Dims& values) {
  if (std::all_of(values.begin(), values.end(), [](std::int64_t v) { return v >= 1; })) return;
  throw Error(ErrorCode::invalid_argument, layer,
              fmt::format("{} must be 1 or more, not [{}]", option, fmt::join(values, ", ")));
}

template <class Options>
void check_options(const char* layer, const Options& options) {
  if (options.in < 1 || options.out < 1) {
    throw Error(
        ErrorCode::invalid_argument, layer,
        fmt::format("in and out must be 1 or more, not {} and {}", options.in, options.out));
  }
  if (options.groups < 1 || options.in % options.groups != 0 || options.out % options.groups != 0) {
    throw Error(ErrorCode::invalid_argument, layer,
                fmt::format("groups must divide in and out: {} does not divide {} and {}",
                            options.groups, options.in, options.out));
  }
  require_at_least_one(layer, "kernel_size", options.kernel_size);
  require_at_least_one(layer, "stride", options.stride);
  require_at_least_one(layer, "dilation", options.dilation);
}

/// (first, second, kernel...)
template <class Options>
Shape weight_shape(const char* layer, const Options& options, std::int64_t first,
                   std::int64_t second, int axes) {
  Dims dims{first, second};
  const Dims kernel = for_each_axis(layer, "kernel_size", options.kernel_size, axes);
  dims.append(kernel.begin(), kernel.end());
  return Shape(std::move(dims));
}

/// Padding before and after each axis that keeps its extent; an odd rest goes after.
void pad_to_same(const char* layer, const ConvOptions& options, int axes,
                 ConvolutionOptions& result) {
  const auto is_zero = [](std::int64_t v) { return v == 0; };
  if (!std::all_of(options.padding.begin(), options.padding.end(), is_zero)) {
    throw Error(ErrorCode::invalid_argument, layer,
                fmt::format("padding_mode same chooses the padding; [{}] must be left out",
                            fmt::join(options.padding, ", ")));
  }
  const auto is_one = [](std::int64_t v) { return v == 1; };
  if (!std::all_of(options.stride.begin(), options.stride.end(), is_one)) {
    throw Error(ErrorCode::invalid_argument, layer, "padding_mode same needs stride 1");
  }
  const Dims kernel = for_each_axis(layer, "kernel_size", options.kernel_size, axes);
  const Dims dilation = for_each_axis(layer, "dilation", options.dilation, axes);
  result.padding = result.padding_after = Dims();
  for (std::size_t i = 0; i < kernel.size(); ++i) {
    const std::int64_t total = dilation[i] * (kernel[i] - 1);
    result.padding.push_back(total / 2);
    result.padding_after.push_back(total - total / 2);
  }
}

ConvolutionOptions convolution_options(const char* layer, const ConvOptions& options, int axes) {
  ConvolutionOptions result{.stride = options.stride,
                            .padding = options.padding,
                            .padding_after = {},
                            .dilation = options.dilation,
                            .groups = options.groups,
                            .algorithm = options.algorithm};
  if (options.padding_mode == Padding::same) pad_to_same(layer, options, axes, result);
  return result;
}

/// A layer made for images says so, before the operation takes a series for one.
void require_rank(const char* layer, const Tensor& x, int axes) {
  if (x.rank() == axes + 2) return;
  constexpr const char* kAxes[] = {"length", "height, width", "depth, height, width"};
  throw Error(ErrorCode::shape, layer,
              fmt::format("takes (batch, channels, {}), not shape {}", kAxes[axes - 1],
                          x.shape().to_string()),
              {x.shape()});
}

}  // namespace

void ConvOptions::fields(OptionVisitor& v) {
  v("in", in);
  v("out", out);
  v("kernel_size", kernel_size);
  v("stride", stride);
  v("padding", padding);
  v("padding_mode", padding_mode, kPaddings);
  v("dilation", dilation);
  v("groups", groups);
  v("algorithm", algorithm, kAlgorithms);
  v("bias", bias);
  v("initializer", weight_initializer.kind, initialization_names());
}

void ConvOptions::infer(const Shape& input) {
  if (in == 0 && input.rank() > 1) in = input[1];
}

template <class Self>
ConvOf<Self>::ConvOf(const ConvOptions& chosen) : options(chosen) {
  check_options(Self::kKind, options);
  const Shape shape = weight_shape(Self::kKind, options, options.out, options.in / options.groups,
                                   Self::kSpatialAxes);
  convolution_options(Self::kKind, options, Self::kSpatialAxes);  // throws if they do not fit
  initialize(starting_key(options.key, Self::kKind, shape));
}

template <class Self>
void ConvOf<Self>::initialize(const Key& key) {
  const Shape shape = weight_shape(Self::kKind, options, options.out, options.in / options.groups,
                                   Self::kSpatialAxes);
  weight = options.weight_initializer(key.fold_in("weight"), shape);
  if (options.bias) {
    bias = options.bias_initializer(key.fold_in("bias"), {options.out}, fans_of(shape));
  }
}

template <class Self>
Tensor ConvOf<Self>::operator()(const Tensor& x) const {
  require_rank(Self::kKind, x, Self::kSpatialAxes);
  return convolution(x, weight, bias ? *bias : Tensor(),
                     convolution_options(Self::kKind, options, Self::kSpatialAxes));
}

template <class Self>
void ConvOf<Self>::visit(Visitor& v) {
  v("weight", weight);
  v("bias", bias);
}

template struct ConvOf<Conv1d>;
template struct ConvOf<Conv2d>;
template struct ConvOf<Conv3d>;

void ConvTransposeOptions::fields(OptionVisitor& v) {
  v("in", in);
  v("out", out);
  v("kernel_size", kernel_size);
  v("stride", stride);
  v("padding", padding);
  v("output_padding", output_padding);
  v("dilation", dilation);
  v("groups", groups);
  v("bias", bias);
  v("initializer", weight_initializer.kind, initialization_names());
}

void ConvTransposeOptions::infer(const Shape& input) {
  if (in == 0 && input.rank() > 1) in = input[1];
}

ConvTranspose2d::ConvTranspose2d(const ConvTransposeOptions& chosen) : options(chosen) {
  check_options(kKind, options);
  const Shape shape = weight_shape(kKind, options, options.in, options.out / options.groups, 2);
  initialize(starting_key(options.key, kKind, shape));
}

void ConvTranspose2d::initialize(const Key& key) {
  const Shape shape = weight_shape(kKind, options, options.in, options.out / options.groups, 2);
  // fans_of() takes axis 1 for the inputs, which here are the outputs: so does PyTorch.
  weight = options.weight_initializer(key.fold_in("weight"), shape);
  if (options.bias) {
    bias = options.bias_initializer(key.fold_in("bias"), {options.out}, fans_of(shape));
  }
}

Tensor ConvTranspose2d::operator()(const Tensor& x) const {
  require_rank(kKind, x, 2);
  return transposed_convolution(x, weight, bias ? *bias : Tensor(),
                                {.stride = options.stride,
                                 .padding = options.padding,
                                 .output_padding = options.output_padding,
                                 .dilation = options.dilation,
                                 .groups = options.groups});
}

void ConvTranspose2d::visit(Visitor& v) {
  v("weight", weight);
  v("bias", bias);
}

}  // namespace gradus::nn
