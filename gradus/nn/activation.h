#pragma once

#include "gradus/nn/layer.h"

// Hidden units (course row 2.12) as functions and as layers. relu, sigmoid, tanh, softplus, silu,
// gelu, leaky_relu, elu and absolute are operations: gradus/ops/activation.h, transcendental.h,
// arithmetic.h. Units with parameters of their own stand in gradus/nn/learned_activation.h.

namespace gradus::nn {

/// lambda * (x where x > 0, else alpha * (exp(x) - 1)) with the constants that keep mean 0 and
/// variance 1. Source: Klambauer et al. 2017, eq. 2.
Tensor selu(const Tensor& x);
/// min(max(x, -1), 1). Source: Collobert 2004.
Tensor hard_tanh(const Tensor& x);
/// The largest of each group of `pieces` neighbouring features: (..., n) -> (..., n / pieces).
/// Source: Goodfellow et al. 2013.
Tensor maxout(const Tensor& x, std::int64_t pieces);

struct Sigmoid : LayerOf<Sigmoid> {
  static constexpr const char* kKind = "sigmoid";
  Tensor operator()(const Tensor& x) const;
};

struct Tanh : LayerOf<Tanh> {
  static constexpr const char* kKind = "tanh";
  Tensor operator()(const Tensor& x) const;
};

struct ReLU : LayerOf<ReLU> {
  static constexpr const char* kKind = "relu";
  Tensor operator()(const Tensor& x) const;
};

struct LeakyReLUOptions {
  float slope = 0.01f;
  void fields(OptionVisitor& v) { v("slope", slope); }
};
struct LeakyReLU : LayerOf<LeakyReLU> {
  static constexpr const char* kKind = "leaky_relu";
  LeakyReLUOptions options;
  explicit LeakyReLU(const LeakyReLUOptions& chosen = {}) : options(chosen) {}
  Tensor operator()(const Tensor& x) const;
};

struct ELUOptions {
  float alpha = 1;
  void fields(OptionVisitor& v) { v("alpha", alpha); }
};
struct ELU : LayerOf<ELU> {
  static constexpr const char* kKind = "elu";
  ELUOptions options;
  explicit ELU(const ELUOptions& chosen = {}) : options(chosen) {}
  Tensor operator()(const Tensor& x) const;
};

struct SELU : LayerOf<SELU> {
  static constexpr const char* kKind = "selu";
  Tensor operator()(const Tensor& x) const;
};

struct GELU : LayerOf<GELU> {
  static constexpr const char* kKind = "gelu";
  Tensor operator()(const Tensor& x) const;
};

struct SiLU : LayerOf<SiLU> {
  static constexpr const char* kKind = "silu";
  Tensor operator()(const Tensor& x) const;
};

struct Softplus : LayerOf<Softplus> {
  static constexpr const char* kKind = "softplus";
  Tensor operator()(const Tensor& x) const;
};

struct HardTanh : LayerOf<HardTanh> {
  static constexpr const char* kKind = "hard_tanh";
  Tensor operator()(const Tensor& x) const;
};

struct AbsoluteValue : LayerOf<AbsoluteValue> {
  static constexpr const char* kKind = "absolute_value";
  Tensor operator()(const Tensor& x) const;
};

struct SoftmaxOptions {
  std::int64_t axis = -1;
  void fields(OptionVisitor& v) { v("axis", axis); }
};
/// Probabilities for reading; train on logits with cross_entropy.
struct Softmax : LayerOf<Softmax> {
  static constexpr const char* kKind = "softmax";
  SoftmaxOptions options;
  explicit Softmax(const SoftmaxOptions& chosen = {}) : options(chosen) {}
  Tensor operator()(const Tensor& x) const;
};

struct LogSoftmax : LayerOf<LogSoftmax> {
  static constexpr const char* kKind = "log_softmax";
  SoftmaxOptions options;
  explicit LogSoftmax(const SoftmaxOptions& chosen = {}) : options(chosen) {}
  Tensor operator()(const Tensor& x) const;
};

}  // namespace gradus::nn
