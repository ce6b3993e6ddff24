#pragma once

#include <optional>

#include "gradus/nn/initializer.h"
#include "gradus/nn/layer.h"

// Hidden units with parameters of their own.

namespace gradus::nn {

/// x where x > 0, else slope * x: x (batch, channels, ...), slope (channels) or (1).
/// Source: He et al. 2015, eq. 1.
Tensor prelu(const Tensor& x, const Tensor& slope);
/// exp(-|x - center_i|^2 / width_i^2): x (..., in), centers (out, in), widths (out) -> (..., out).
/// Source: Goodfellow, Bengio and Courville 2016, section 6.3.3.
Tensor radial_basis(const Tensor& x, const Tensor& centers, const Tensor& widths);

struct PReLUOptions {
  std::int64_t channels = 1;  ///< slopes: one for each channel, or one for all
  float slope = 0.25f;        ///< at first
  void fields(OptionVisitor& v);
};
struct PReLU : LayerOf<PReLU> {
  static constexpr const char* kKind = "prelu";
  PReLUOptions options;
  Tensor slope;  // (channels)

  explicit PReLU(const PReLUOptions& chosen = {});
  Tensor operator()(const Tensor& x) const { return prelu(x, slope); }
  void visit(Visitor& v) override { v("slope", slope); }
  void initialize(const Key& key) override;
};

struct MaxoutOptions {
  std::int64_t in = 0;
  std::int64_t out = 0;
  std::int64_t pieces = 2;
  Initializer weight_initializer = {};
  Initializer bias_initializer = {};
  std::optional<Key> key = {};
  void fields(OptionVisitor& v);
  void infer(const Shape& input);
};
/// The largest of `pieces` linear maps, for each unit: (..., in) -> (..., out).
/// Source: Goodfellow et al. 2013.
struct Maxout : LayerOf<Maxout> {
  static constexpr const char* kKind = "maxout";
  MaxoutOptions options;
  Tensor weight;  // (out * pieces, in), the pieces of a unit beside each other
  Tensor bias;    // (out * pieces)

  explicit Maxout(const MaxoutOptions& chosen);
  Tensor operator()(const Tensor& x) const;
  void visit(Visitor& v) override;
  void initialize(const Key& key) override;
};

struct RadialBasisOptions {
  std::int64_t in = 0;
  std::int64_t out = 0;
  float width = 1;  ///< at first
  Initializer center_initializer = {.kind = Initialization::normal};
  std::optional<Key> key = {};
  void fields(OptionVisitor& v);
  void infer(const Shape& input);
};
/// Units that answer to inputs near their centers: (..., in) -> (..., out).
struct RadialBasis : LayerOf<RadialBasis> {
  static constexpr const char* kKind = "radial_basis";
  RadialBasisOptions options;
  Tensor centers;  // (out, in)
  Tensor widths;   // (out)

  explicit RadialBasis(const RadialBasisOptions& chosen);
  Tensor operator()(const Tensor& x) const { return radial_basis(x, centers, widths); }
  void visit(Visitor& v) override;
  void initialize(const Key& key) override;
};

}  // namespace gradus::nn
