#include "gradus/nn/embedding.h"

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/ops/indexing.h"

namespace gradus::nn {

void EmbeddingOptions::fields(OptionVisitor& v) {
  v("entries", entries);
  v("dimension", dimension);
  v("initializer", weight_initializer.kind, initialization_names());
}

Embedding::Embedding(const EmbeddingOptions& chosen) : options(chosen) {
  if (options.entries < 1 || options.dimension < 1) {
    throw Error(ErrorCode::invalid_argument, kKind,
                fmt::format("entries and dimension must be 1 or more, not {} and {}",
                            options.entries, options.dimension));
  }
  initialize(starting_key(options.key, kKind, {options.entries, options.dimension}));
}

void Embedding::initialize(const Key& key) {
  weight = options.weight_initializer(key.fold_in("weight"), {options.entries, options.dimension});
}

Tensor Embedding::operator()(const Tensor& indices) const {
  if (!is_integer(indices.dtype())) {
    throw Error(ErrorCode::dtype, kKind,
                fmt::format("takes integers, not {}", indices.signature()));
  }
  return take(weight, indices, 0);
}

}  // namespace gradus::nn
