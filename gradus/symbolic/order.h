// Internal: the order in which simplified sums and products stand.
#pragma once

#include "gradus/symbolic/expression.h"

namespace gradus::symbolic {

/// Below, at or above 0 as a stands before b in a product: numbers, constants, variables by name,
/// functions, sums; powers beside their bases.
int compare_factors(const Expression& a, const Expression& b);

/// In a sum: higher degrees first, numbers last.
bool comes_before_in_sum(const Expression& a, const Expression& b);

}  // namespace gradus::symbolic
