#pragma once

#include <string>

#include "gradus/core/op_def.h"

namespace gradus::python {

/// What a function of an operation says of itself: the sentence of the registry, and an example.
std::string documented(const OpDef& op);

}  // namespace gradus::python
