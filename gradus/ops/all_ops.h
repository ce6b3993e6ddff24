#pragma once

#include <span>
#include <string_view>

#include "gradus/core/op_def.h"

namespace gradus {

/// Every operation of the library, by family.
std::span<const OpDef* const> all_ops();

/// The operation of that name, or nullptr.
const OpDef* find_op(std::string_view name);

}  // namespace gradus
