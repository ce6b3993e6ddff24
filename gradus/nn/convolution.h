#pragma once

#include <optional>

#include "gradus/nn/initializer.h"
#include "gradus/nn/layer.h"
#include "gradus/ops/convolution.h"

namespace gradus::nn {

enum class Padding {
  given,  ///< as the option `padding` says
  same,   ///< so that with stride 1 the output is as large as the input
};

/// Lists hold one entry for each spatial axis, or one for all.
struct ConvOptions {
  std::int64_t in = 0;   ///< channels
  std::int64_t out = 0;  ///< filters
  Dims kernel_size = {3};
  Dims stride = {1};
  Dims padding = {0};
  Padding padding_mode = Padding::given;
  Dims dilation = {1};
  std::int64_t groups = 1;
  ConvolutionAlgorithm algorithm = ConvolutionAlgorithm::automatic;
  bool bias = true;
  Initializer weight_initializer = {};
  Initializer bias_initializer = {};
  std::optional<Key> key = {};

  void fields(OptionVisitor& v);
  void infer(const Shape& input);
};

/// Cross-correlation with learned kernels: (batch, in, spatial...) -> (batch, out, spatial...).
/// Conv1d, Conv2d and Conv3d differ in the number of spatial axes.
template <class Self>
struct ConvOf : LayerOf<Self> {
  ConvOptions options;
  Tensor weight;               // (out, in / groups, kernel...)
  std::optional<Tensor> bias;  // (out)

  explicit ConvOf(const ConvOptions& chosen);
  Tensor operator()(const Tensor& x) const;
  void visit(Visitor& v) override;
  void initialize(const Key& key) override;
};

struct Conv1d : ConvOf<Conv1d> {
  static constexpr const char* kKind = "conv1d";
  static constexpr int kSpatialAxes = 1;
  using ConvOf::ConvOf;
};

struct Conv2d : ConvOf<Conv2d> {
  static constexpr const char* kKind = "conv2d";
  static constexpr int kSpatialAxes = 2;
  using ConvOf::ConvOf;
};

struct Conv3d : ConvOf<Conv3d> {
  static constexpr const char* kKind = "conv3d";
  static constexpr int kSpatialAxes = 3;
  using ConvOf::ConvOf;
};

struct ConvTransposeOptions {
  std::int64_t in = 0;
  std::int64_t out = 0;
  Dims kernel_size = {3};
  Dims stride = {1};
  Dims padding = {0};
  Dims output_padding = {0};
  Dims dilation = {1};
  std::int64_t groups = 1;
  bool bias = true;
  Initializer weight_initializer = {};
  Initializer bias_initializer = {};
  std::optional<Key> key = {};

  void fields(OptionVisitor& v);
  void infer(const Shape& input);
};

/// The gradient of a Conv2d with respect to its input, as a layer that enlarges:
/// (batch, in, h, w) -> (batch, out, (h - 1) * stride - 2 * padding + dilation * (kernel - 1) +
/// output_padding + 1, ...).
struct ConvTranspose2d : LayerOf<ConvTranspose2d> {
  static constexpr const char* kKind = "conv_transpose2d";
  ConvTransposeOptions options;
  Tensor weight;               // (in, out / groups, kernel_h, kernel_w)
  std::optional<Tensor> bias;  // (out)

  explicit ConvTranspose2d(const ConvTransposeOptions& chosen);
  Tensor operator()(const Tensor& x) const;
  void visit(Visitor& v) override;
  void initialize(const Key& key) override;
};

}  // namespace gradus::nn
