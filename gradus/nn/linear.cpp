#include "gradus/nn/linear.h"

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/ops/matmul.h"

namespace gradus::nn {

void LinearOptions::fields(OptionVisitor& v) {
  v("in", in);
  v("out", out);
  v("bias", bias);
  v("initializer", weight_initializer.kind, initialization_names());
}

void LinearOptions::infer(const Shape& input) {
  if (in == 0 && input.rank() > 0) in = input.back();
}

Linear::Linear(const LinearOptions& chosen) : options(chosen) {
  if (options.in < 1 || options.out < 1) {
    throw Error(
        ErrorCode::invalid_argument, kKind,
        fmt::format("in and out must be 1 or more, not {} and {}", options.in, options.out));
  }
  initialize(starting_key(options.key, kKind, {options.out, options.in}));
}

void Linear::initialize(const Key& key) {
  const Shape shape{options.out, options.in};
  weight = options.weight_initializer(key.fold_in("weight"), shape, options.dtype);
  if (options.bias) {
    bias =
        options.bias_initializer(key.fold_in("bias"), {options.out}, fans_of(shape), options.dtype);
  }
}

Tensor Linear::operator()(const Tensor& x) const {
  return linear(x, weight, bias ? *bias : Tensor());
}

void Linear::visit(Visitor& v) {
  v("weight", weight);
  v("bias", bias);
}

}  // namespace gradus::nn
