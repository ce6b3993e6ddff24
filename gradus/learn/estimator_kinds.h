#pragma once

#include <span>
#include <string_view>

#include "gradus/base/pointer.h"
#include "gradus/learn/estimator.h"

namespace gradus::learn {

/// An estimator that can be made by name.
struct EstimatorKind {
  const char* name;
  const char* doc;  ///< one sentence
  Owned<Estimator> (*make)();
};

/// Every estimator that stands for itself, in alphabetical order.
std::span<const EstimatorKind> estimator_kinds();

/// A new one with default options. Throws Error (not_found) that lists the names.
Owned<Estimator> make_estimator(std::string_view kind);

}  // namespace gradus::learn
