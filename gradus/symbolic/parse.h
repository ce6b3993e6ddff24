#pragma once

#include <string_view>

#include "gradus/symbolic/expression.h"

namespace gradus::symbolic {

/// The formula that a text writes: + - * / ^ (or **), brackets, decimal numbers (kept as exact
/// fractions), pi, e, sqrt, ln, and functions: exp log sin cos tan asin acos atan sinh cosh tanh
/// asinh acosh atanh erf sigmoid softplus relu abs sign step. Powers associate to the right and
/// bind more tightly than a sign: -x^2 is -(x^2). A number may stand before a name or a bracket
/// without an asterisk: 2x, 3(x + 1). Every other name is a variable. Throws Error (format) that
/// names the column and points at it.
Expression parse(std::string_view text);

}  // namespace gradus::symbolic
