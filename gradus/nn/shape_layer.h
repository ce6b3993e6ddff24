#pragma once

#include "gradus/nn/layer.h"

// Layers that only see their input in another shape.

namespace gradus::nn {

struct FlattenOptions {
  std::int64_t first_axis = 1;
  std::int64_t last_axis = -1;
  void fields(OptionVisitor& v);
};
/// Axes first_axis ... last_axis become one: (batch, a, b, c) -> (batch, a * b * c).
struct Flatten : LayerOf<Flatten> {
  static constexpr const char* kKind = "flatten";
  FlattenOptions options;
  explicit Flatten(const FlattenOptions& chosen = {}) : options(chosen) {}
  Tensor operator()(const Tensor& x) const;
};

struct ReshapeOptions {
  Dims shape = {};  ///< of one example; one extent may be -1 and is worked out
  void fields(OptionVisitor& v);
};
/// (batch, ...) -> (batch, shape...)
struct Reshape : LayerOf<Reshape> {
  static constexpr const char* kKind = "reshape";
  ReshapeOptions options;
  explicit Reshape(const ReshapeOptions& chosen) : options(chosen) {}
  Tensor operator()(const Tensor& x) const;
};

}  // namespace gradus::nn
