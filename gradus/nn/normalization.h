#pragma once

#include <optional>

#include "gradus/nn/layer.h"

namespace gradus::nn {

struct BatchNormOptions {
  std::int64_t channels = 0;
  float momentum = 0.1f;  ///< weight of the new batch in the running statistics
  float epsilon = 1e-5f;
  bool affine = true;  ///< learn a scale and a shift for each channel
  void fields(OptionVisitor& v);
  void infer(const Shape& input);
};

/// Normalises each channel of (batch, channels, ...) to mean 0 and variance 1: in training by the
/// batch's own statistics, which the running ones follow; in evaluation by the running ones. The
/// running variance is the unbiased estimate, as in PyTorch. Source: Ioffe and Szegedy 2015.
struct BatchNorm : LayerOf<BatchNorm> {
  static constexpr const char* kKind = "batch_norm";
  BatchNormOptions options;
  std::optional<Tensor> scale;  // (channels)
  std::optional<Tensor> shift;  // (channels)
  Tensor running_mean;          // (channels)
  Tensor running_variance;      // (channels)

  explicit BatchNorm(const BatchNormOptions& chosen);
  Tensor operator()(const Tensor& x, Context& context);
  void visit(Visitor& v) override;
  void initialize(const Key& key) override;

 private:
  Tensor by_batch(const Tensor& x);
  Tensor by_running_statistics(const Tensor& x) const;
};

struct LayerNormOptions {
  Dims shape = {};  ///< of the last axes, which are normalised together
  float epsilon = 1e-5f;
  bool affine = true;  ///< learn a scale and a shift for each element
  void fields(OptionVisitor& v);
  void infer(const Shape& input);
};

/// Normalises each example over its last axes. Source: Ba, Kiros and Hinton 2016.
struct LayerNorm : LayerOf<LayerNorm> {
  static constexpr const char* kKind = "layer_norm";
  LayerNormOptions options;
  std::optional<Tensor> scale;  // (shape...)
  std::optional<Tensor> shift;  // (shape...)

  explicit LayerNorm(const LayerNormOptions& chosen);
  Tensor operator()(const Tensor& x) const;
  void visit(Visitor& v) override;
  void initialize(const Key& key) override;
};

}  // namespace gradus::nn
