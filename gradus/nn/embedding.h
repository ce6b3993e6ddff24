#pragma once

#include <optional>

#include "gradus/nn/initializer.h"
#include "gradus/nn/layer.h"

namespace gradus::nn {

struct EmbeddingOptions {
  std::int64_t entries = 0;    ///< size of the vocabulary
  std::int64_t dimension = 0;  ///< of each vector
  Initializer weight_initializer = {.kind = Initialization::normal};
  std::optional<Key> key = {};
  void fields(OptionVisitor& v);
};

/// A learned vector for each integer: integer (...) -> (..., dimension). Indices out of
/// [-entries, entries) throw Error when evaluated.
struct Embedding : LayerOf<Embedding> {
  static constexpr const char* kKind = "embedding";
  EmbeddingOptions options;
  Tensor weight;  // (entries, dimension)

  explicit Embedding(const EmbeddingOptions& chosen);
  Tensor operator()(const Tensor& indices) const;
  void visit(Visitor& v) override { v("weight", weight); }
  void initialize(const Key& key) override;
};

}  // namespace gradus::nn
