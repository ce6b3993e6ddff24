#include "gradus/nn/activation.h"

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/ops/activation.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/select.h"
#include "gradus/ops/softmax.h"
#include "gradus/ops/transcendental.h"

namespace gradus::nn {

Tensor selu(const Tensor& x) {
  constexpr double kLambda = 1.0507009873554804934193349852946;
  constexpr double kAlpha = 1.6732632423543772848170429916717;
  return elu(x, kAlpha) * kLambda;
}

Tensor hard_tanh(const Tensor& x) { return clip(x, -1, 1); }

Tensor maxout(const Tensor& x, std::int64_t pieces) {
  if (pieces < 1 || x.rank() == 0 || x.shape().back() % pieces != 0) {
    throw Error(ErrorCode::shape, "maxout",
                fmt::format("the last axis of shape {} does not fall into groups of {}",
                            x.shape().to_string(), pieces),
                {x.shape()});
  }
  Dims groups = x.shape().dims();
  groups.back() /= pieces;
  groups.push_back(pieces);
  return max(reshape(x, groups), {.axes = {-1}});
}

Tensor Sigmoid::operator()(const Tensor& x) const { return sigmoid(x); }
Tensor Tanh::operator()(const Tensor& x) const { return tanh(x); }
Tensor ReLU::operator()(const Tensor& x) const { return relu(x); }
Tensor LeakyReLU::operator()(const Tensor& x) const { return leaky_relu(x, options.slope); }
Tensor ELU::operator()(const Tensor& x) const { return elu(x, options.alpha); }
Tensor SELU::operator()(const Tensor& x) const { return selu(x); }
Tensor GELU::operator()(const Tensor& x) const { return gelu(x); }
Tensor SiLU::operator()(const Tensor& x) const { return silu(x); }
Tensor Softplus::operator()(const Tensor& x) const { return softplus(x); }
Tensor HardTanh::operator()(const Tensor& x) const { return hard_tanh(x); }
Tensor AbsoluteValue::operator()(const Tensor& x) const { return absolute(x); }
Tensor Softmax::operator()(const Tensor& x) const {
  return softmax(x, static_cast<int>(options.axis));
}
Tensor LogSoftmax::operator()(const Tensor& x) const {
  return log_softmax(x, static_cast<int>(options.axis));
}

}  // namespace gradus::nn
