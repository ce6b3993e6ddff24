#pragma once

#include <string>
#include <vector>

#include "gradus/autodiff/grad.h"
#include "gradus/symbolic/expression.h"

namespace gradus::symbolic {

/// A variable and its value.
struct Binding {
  std::string name;
  Tensor value;
};

/// The formula on tensors, elementwise with broadcasting: operations of the library, common
/// subexpressions once, differentiable. Numbers take the type of the tensors beside them; a formula
/// without variables gives an f64 number. Throws Error for a variable without a value.
Tensor evaluate(const Expression& e, const std::vector<Binding>& bindings);

/// The formula as a function of one tensor, or of one for each variable.
UnaryFunction as_function(const Expression& e, const std::string& variable);
ScalarFunction as_function(const Expression& e, const std::vector<std::string>& variables);

/// A variable and its value as a plain number.
struct NumberBinding {
  std::string name;
  double value;
};

/// The formula in double precision. Outside its domain the result is NaN or infinite, as IEEE says.
double evaluate_number(const Expression& e, const std::vector<NumberBinding>& bindings);

/// The derivative by the imaginary part of f(x + ih) / h. Nothing is subtracted, so h may be as
/// small as 1e-100 and the result is exact to rounding. Every operation is carried out on complex
/// numbers, for which formulas know their functions and tensors do not; where the formula has a
/// kink (abs, relu), along the branch that x is on. Throws Error for erf, which is not offered
/// for complex arguments. Source: Squire and Trapp 1998, "Using complex variables to estimate
/// derivatives of real functions".
double complex_step(const Expression& e, const std::string& variable,
                    const std::vector<NumberBinding>& at, double step = 1e-100);

}  // namespace gradus::symbolic
