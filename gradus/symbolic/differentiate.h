#pragma once

#include "gradus/symbolic/expression.h"

namespace gradus::symbolic {

/// The derivative by the rules for sums, products, powers and chains, as they come: with its
/// factors of 1 and terms of 0. Parts that the derivative has in common with `e` share its storage.
Expression differentiate(const Expression& e, const std::string& variable);

/// The derivative of some order, simplified. Throws Error for an order below 0.
Expression derivative(const Expression& e, const std::string& variable, int order = 1);

/// The simplified derivatives by each of the variables.
std::vector<Expression> gradient(const Expression& e, const std::vector<std::string>& variables);

}  // namespace gradus::symbolic
