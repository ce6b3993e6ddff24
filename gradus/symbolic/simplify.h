#pragma once

#include "gradus/symbolic/expression.h"

namespace gradus::symbolic {

/// The same function in a simpler form: numbers are folded exactly, like terms and like powers
/// collected, operands brought into one order, values and symmetries of functions used, and
/// sin^2 + cos^2 = 1. Where multiplying out makes it shorter, it is multiplied out. As usual, x / x
/// is 1 and 0 x is 0, also where x is 0 or infinite.
Expression simplify(const Expression& e);

/// Products of sums and their integer powers multiplied out, and simplified; a power or product
/// that would give more than 1,000 terms stays as it is.
Expression expand(const Expression& e);

}  // namespace gradus::symbolic
