#include "gradus/nn/learned_activation.h"

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/nn/activation.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/comparison.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/select.h"
#include "gradus/ops/transcendental.h"

namespace gradus::nn {
namespace {

void require_sizes(const char* layer, std::int64_t in, std::int64_t out) {
  if (in >= 1 && out >= 1) return;
  throw Error(ErrorCode::invalid_argument, layer,
              fmt::format("in and out must be 1 or more, not {} and {}", in, out));
}

}  // namespace

Tensor prelu(const Tensor& x, const Tensor& slope) {
  Tensor aligned = slope;
  if (slope.size() != 1) {
    if (slope.rank() != 1 || x.rank() < 2 || x.shape()[1] != slope.size()) {
      throw Error(ErrorCode::shape, "prelu",
                  fmt::format("slopes of shape {} do not fit axis 1 of shape {}",
                              slope.shape().to_string(), x.shape().to_string()),
                  {slope.shape(), x.shape()});
    }
    Dims dims(static_cast<std::size_t>(x.rank() - 1), 1);
    dims[0] = slope.size();
    aligned = reshape(slope, dims);
  } else if (x.rank() == 0) {
    aligned = reshape(slope, Dims{});
  }
  return where(greater(x, number_like(0, x)), x, x * aligned);
}

Tensor radial_basis(const Tensor& x, const Tensor& centers, const Tensor& widths) {
  if (x.rank() == 0 || centers.rank() != 2 || x.shape().back() != centers.shape()[1] ||
      widths.shape() != Shape{centers.shape()[0]}) {
    throw Error(
        ErrorCode::shape, "radial_basis",
        fmt::format("x of shape {}, centers {} and widths {} do not fit; they must be "
                    "(..., in), (out, in) and (out)",
                    x.shape().to_string(), centers.shape().to_string(), widths.shape().to_string()),
        {x.shape(), centers.shape(), widths.shape()});
  }
  // Differences, not |x|^2 - 2 x c + |c|^2: near a center that would cancel.
  const Tensor distances = sum(square(expand_dims(x, -2) - centers), {.axes = {-1}});
  return exp(-(distances / square(widths)));
}

void PReLUOptions::fields(OptionVisitor& v) {
  v("channels", channels);
  v("slope", slope);
}

PReLU::PReLU(const PReLUOptions& chosen) : options(chosen) {
  if (options.channels < 1) {
    throw Error(ErrorCode::invalid_argument, kKind,
                fmt::format("channels must be 1 or more, not {}", options.channels));
  }
  initialize(Key());
}

void PReLU::initialize(const Key& /*key*/) { slope = full({options.channels}, options.slope); }

void MaxoutOptions::fields(OptionVisitor& v) {
  v("in", in);
  v("out", out);
  v("pieces", pieces);
  v("initializer", weight_initializer.kind, initialization_names());
}

void MaxoutOptions::infer(const Shape& input) {
  if (in == 0 && input.rank() > 0) in = input.back();
}

Maxout::Maxout(const MaxoutOptions& chosen) : options(chosen) {
  require_sizes(kKind, options.in, options.out);
  if (options.pieces < 1) {
    throw Error(ErrorCode::invalid_argument, kKind,
                fmt::format("pieces must be 1 or more, not {}", options.pieces));
  }
  initialize(starting_key(options.key, kKind, {options.out, options.pieces, options.in}));
}

void Maxout::initialize(const Key& key) {
  const std::int64_t maps = options.out * options.pieces;
  weight = options.weight_initializer(key.fold_in("weight"), {maps, options.in});
  bias = options.bias_initializer(key.fold_in("bias"), {maps}, Fans{options.in, maps});
}

Tensor Maxout::operator()(const Tensor& x) const {
  return maxout(linear(x, weight, bias), options.pieces);
}

void Maxout::visit(Visitor& v) {
  v("weight", weight);
  v("bias", bias);
}

void RadialBasisOptions::fields(OptionVisitor& v) {
  v("in", in);
  v("out", out);
  v("width", width);
  v("initializer", center_initializer.kind, initialization_names());
}

void RadialBasisOptions::infer(const Shape& input) {
  if (in == 0 && input.rank() > 0) in = input.back();
}

RadialBasis::RadialBasis(const RadialBasisOptions& chosen) : options(chosen) {
  require_sizes(kKind, options.in, options.out);
  initialize(starting_key(options.key, kKind, {options.out, options.in}));
}

void RadialBasis::initialize(const Key& key) {
  centers = options.center_initializer(key.fold_in("centers"), {options.out, options.in});
  widths = full({options.out}, options.width);
}

void RadialBasis::visit(Visitor& v) {
  v("centers", centers);
  v("widths", widths);
}

}  // namespace gradus::nn
