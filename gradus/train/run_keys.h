// Internal: the random streams of a run. All follow from the recipe's seed.
#pragma once

#include "gradus/ops/random.h"
#include "gradus/train/recipe.h"

namespace gradus::train {

inline Key run_key(const Recipe& recipe, std::string_view purpose) {
  return Key(static_cast<std::uint64_t>(recipe.seed)).fold_in(purpose);
}
/// Which example goes to which part.
inline Key split_key(const Recipe& recipe) { return run_key(recipe, "split"); }
/// The order of examples in each epoch, and their augmentation.
inline Key order_key(const Recipe& recipe) { return run_key(recipe, "order"); }
/// First weights.
inline Key weights_key(const Recipe& recipe) { return run_key(recipe, "weights"); }
/// What layers draw in training.
inline Key layers_key(const Recipe& recipe) { return run_key(recipe, "layers"); }

}  // namespace gradus::train
