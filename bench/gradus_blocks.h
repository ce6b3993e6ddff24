#pragma once

#include <optional>

#include "gradus/gradus.h"

// Parts of the workloads' networks that are made of layers.

namespace gradus::bench {

struct ConvolutionSizes {
  std::int64_t in, out;
  std::int64_t kernel = 3, stride = 1, groups = 1;
};

/// A convolution that keeps the size at stride 1, without bias, and batch normalisation.
inline nn::Sequential normalised_convolution(const ConvolutionSizes& sizes) {
  return nn::Sequential{nn::Conv2d{{.in = sizes.in,
                                    .out = sizes.out,
                                    .kernel_size = {sizes.kernel},
                                    .stride = {sizes.stride},
                                    .padding = {sizes.kernel / 2},
                                    .groups = sizes.groups,
                                    .bias = false}},
                        nn::BatchNorm{{.channels = sizes.out}}};
}

/// Two convolutions beside the identity or, where the width grows and the size is halved, beside a
/// pointwise convolution. Source: He et al. 2016, figure 2 and section 3.3.
struct ResidualBlock : nn::LayerOf<ResidualBlock> {
  static constexpr const char* kKind = "residual_block";
  nn::Sequential first, second;
  std::optional<nn::Sequential> shortcut;

  ResidualBlock(std::int64_t in, std::int64_t out)
      : first(normalised_convolution({.in = in, .out = out, .stride = in == out ? 1 : 2})),
        second(normalised_convolution({.in = out, .out = out})) {
    if (in != out) {
      shortcut = normalised_convolution({.in = in, .out = out, .kernel = 1, .stride = 2});
    }
  }
  // (batch, in, h, w) -> (batch, out, h / stride, w / stride)
  Tensor operator()(const Tensor& x, nn::Context& context) {
    const Tensor beside = shortcut ? (*shortcut)(x, context) : x;
    return relu(second(relu(first(x, context)), context) + beside);
  }
  void visit(nn::Visitor& v) override {
    v("first", first);
    v("second", second);
    v("shortcut", shortcut);
  }
};

/// (batch, words, dimension) -> (batch, dimension)
struct MeanOfWords : nn::LayerOf<MeanOfWords> {
  static constexpr const char* kKind = "mean_of_words";
  Tensor operator()(const Tensor& x) const { return mean(x, {.axes = {1}}); }
};

}  // namespace gradus::bench
