#pragma once

#include <cstdint>
#include <optional>

#include "gradus/ops/random.h"

namespace gradus::nn {

/// What a forward pass knows beside its input. The default is evaluation.
struct Context {
  bool training = false;        ///< dropout acts, batch statistics are used and tracked
  bool sampling = false;        ///< dropout acts though this is not training
  std::optional<Key> key = {};  ///< of this pass: fold the step's number into the run's key
  std::uint64_t draws = 0;      ///< keys handed out so far

  /// A key for one use of one random layer: the same sequence of keys for the same `key`.
  /// Throws Error if the context has none.
  Key next_key(const char* layer);
};

}  // namespace gradus::nn
