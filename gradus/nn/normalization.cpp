#include "gradus/nn/normalization.h"

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/normalization.h"
#include "gradus/ops/random.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/select.h"

namespace gradus::nn {
namespace {

void require_epsilon(const char* layer, float epsilon) {
  if (epsilon >= 0) return;
  throw Error(ErrorCode::invalid_argument, layer,
              fmt::format("epsilon must be 0 or more, not {}", epsilon));
}

}  // namespace

void BatchNormOptions::fields(OptionVisitor& v) {
  v("channels", channels);
  v("momentum", momentum);
  v("epsilon", epsilon);
  v("affine", affine);
}

void BatchNormOptions::infer(const Shape& input) {
  if (channels == 0 && input.rank() > 1) channels = input[1];
}

BatchNorm::BatchNorm(const BatchNormOptions& chosen) : options(chosen) {
  if (options.channels < 1) {
    throw Error(ErrorCode::invalid_argument, kKind,
                fmt::format("channels must be 1 or more, not {}", options.channels));
  }
  if (!(options.momentum >= 0 && options.momentum <= 1)) {
    throw Error(ErrorCode::invalid_argument, kKind,
                fmt::format("momentum must be in [0, 1], not {}", options.momentum));
  }
  require_epsilon(kKind, options.epsilon);
  initialize(Key());
}

void BatchNorm::initialize(const Key& /*key*/) {
  const Shape shape{options.channels};
  running_mean = zeros(shape);
  running_variance = ones(shape);
  if (options.affine) {
    scale = ones(shape);
    shift = zeros(shape);
  }
}

Tensor BatchNorm::operator()(const Tensor& x, Context& context) {
  if (x.rank() < 2 || x.shape()[1] != options.channels) {
    throw Error(ErrorCode::shape, kKind,
                fmt::format("takes (batch, {}, ...), not shape {}", options.channels,
                            x.shape().to_string()),
                {x.shape()});
  }
  return context.training ? by_batch(x) : by_running_statistics(x);
}

Tensor BatchNorm::by_batch(const Tensor& x) {
  const std::int64_t count = x.size() / options.channels;
  if (count < 2) {
    throw Error(
        ErrorCode::shape, kKind,
        fmt::format("needs two or more values for each channel in training; shape {} has {}",
                    x.shape().to_string(), count),
        {x.shape()});
  }
  const BatchNormResult result =
      batch_norm(x, scale ? *scale : ones_like(running_mean),
                 shift ? *shift : zeros_like(running_mean), options.epsilon);
  // running += momentum * (batch - running)
  const auto n = static_cast<double>(count);
  const Tensor mean = stop_gradient(result.mean);
  const Tensor variance = stop_gradient(result.variance) * (n / (n - 1));
  running_mean = running_mean * (1.0 - options.momentum) + mean * options.momentum;
  running_variance = running_variance * (1.0 - options.momentum) + variance * options.momentum;
  return result.output;
}

Tensor BatchNorm::by_running_statistics(const Tensor& x) const {
  Tensor factor = rsqrt(running_variance + options.epsilon);
  if (scale) factor = factor * *scale;
  Tensor offset = -(running_mean * factor);
  if (shift) offset = offset + *shift;
  Dims aligned(static_cast<std::size_t>(x.rank() - 1), 1);
  aligned[0] = options.channels;
  return x * reshape(factor, aligned) + reshape(offset, aligned);
}

void BatchNorm::visit(Visitor& v) {
  v("scale", scale);
  v("shift", shift);
  v.buffer("running_mean", running_mean);
  v.buffer("running_variance", running_variance);
}

void LayerNormOptions::fields(OptionVisitor& v) {
  v("shape", shape);
  v("epsilon", epsilon);
  v("affine", affine);
}

void LayerNormOptions::infer(const Shape& input) {
  if (shape.empty() && input.rank() > 1) shape.push_back(input.back());
}

LayerNorm::LayerNorm(const LayerNormOptions& chosen) : options(chosen) {
  if (options.shape.empty() || Shape(options.shape).size() == 0) {
    throw Error(ErrorCode::invalid_argument, kKind,
                fmt::format("shape must name one axis or more and hold elements, not {}",
                            Shape(options.shape).to_string()));
  }
  require_epsilon(kKind, options.epsilon);
  initialize(Key());
}

void LayerNorm::initialize(const Key& /*key*/) {
  if (!options.affine) return;
  scale = ones(Shape(options.shape));
  shift = zeros(Shape(options.shape));
}

Tensor LayerNorm::operator()(const Tensor& x) const {
  const Shape shape(options.shape);
  return layer_norm(x, scale ? *scale : ones(shape, x.dtype()),
                    shift ? *shift : zeros(shape, x.dtype()), options.epsilon);
}

void LayerNorm::visit(Visitor& v) {
  v("scale", scale);
  v("shift", shift);
}

}  // namespace gradus::nn
