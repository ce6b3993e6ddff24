#pragma once

#include <optional>

#include "gradus/nn/initializer.h"
#include "gradus/nn/layer.h"

namespace gradus::nn {

struct LinearOptions {
  std::int64_t in = 0;
  std::int64_t out = 0;
  bool bias = true;
  Initializer weight_initializer = {};
  Initializer bias_initializer = {};
  std::optional<Key> key = {};  ///< of the first values; see starting_key()
  DType dtype = DType::f32;

  void fields(OptionVisitor& v);
  /// Fills sizes that are left open (0) from the shape of the input, batch included.
  void infer(const Shape& input);
};

/// x weight^T + bias.
struct Linear : LayerOf<Linear> {
  static constexpr const char* kKind = "linear";
  LinearOptions options;
  Tensor weight;               // (out, in)
  std::optional<Tensor> bias;  // (out)

  explicit Linear(const LinearOptions& chosen);
  Tensor operator()(const Tensor& x) const;  // (..., in) -> (..., out)
  void visit(Visitor& v) override;
  void initialize(const Key& key) override;
};

}  // namespace gradus::nn
