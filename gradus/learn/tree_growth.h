// Internal: how decision trees grow.
#pragma once

#include "gradus/learn/decision_tree.h"

namespace gradus::learn {

/// x: (examples, features); codes: i64 (examples) in [0, classes); weights: f64 (examples), or
/// undefined. Throws Error naming `kind` for options out of range.
Tree grow_classifier(const char* kind, const Tensor& x, const Tensor& codes, std::int64_t classes,
                     const Tensor& weights, const DecisionTreeOptions& options);
/// targets: f64 (examples).
Tree grow_regressor(const char* kind, const Tensor& x, const Tensor& targets, const Tensor& weights,
                    const DecisionTreeOptions& options);

}  // namespace gradus::learn
