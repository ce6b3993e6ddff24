#pragma once

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

#include "gradus/base/pointer.h"
#include "gradus/symbolic/number.h"

// Formulas as data: they are parsed, printed, differentiated, simplified and evaluated.
//
//     const Expression f = parse("x^2*sin(x)");
//     derivative(f, "x").to_string();                     // "x^2*cos(x) + 2*x*sin(x)"
//     evaluate(f, {{"x", Tensor{1, 2, 3}}});              // elementwise

namespace gradus::symbolic {

enum class Kind {
  number,
  constant,  ///< pi or e
  variable,
  sum,
  product,
  power,     ///< base, exponent
  function,  ///< of one operand
};

struct FunctionRule;
struct Term;

/// An immutable formula. Differences are sums with a factor of -1, quotients products with a power
/// of -1, and roots powers. Operators only put together what they are given: nothing is simplified
/// but by simplify(). Copies, and the same part in several places, share storage.
class Expression {
 public:
  /// 0
  Expression();
  Expression(int value);
  Expression(Number value);
  /// A variable. Throws Error if that is no name: letters, digits and _, beginning with a letter,
  /// and not the name of a function or constant.
  static Expression variable(const std::string& name);
  static Expression pi();
  static Expression e();
  /// At least one operand; one operand is returned as it is. Throws Error where the result would
  /// nest more than 2,000 levels, as all constructors do.
  static Expression sum(std::vector<Expression> operands);
  static Expression product(std::vector<Expression> operands);
  static Expression power(Expression base, Expression exponent);
  /// A function by its name: call("sin", x). Throws Error for an unknown one.
  static Expression call(const std::string& function, Expression operand);
  static Expression call(const FunctionRule& function, Expression operand);

  Kind kind() const;
  const Number& number() const;      ///< of a number
  const std::string& name() const;   ///< of a constant or variable
  const FunctionRule& rule() const;  ///< of a function
  const std::vector<Expression>& operands() const;
  bool is_number() const { return kind() == Kind::number; }
  bool is_number(std::int64_t value) const { return is_number() && number() == Number(value); }

  std::string to_string() const;
  std::string to_latex() const;
  /// Names of the variables, in alphabetical order.
  std::vector<std::string> variables() const;
  bool depends_on(const std::string& variable) const;

  std::size_t hash() const;
  int depth() const;
  /// The same term in storage.
  const Term* id() const { return term_.get(); }
  /// The same structure: x + y and y + x differ.
  friend bool operator==(const Expression& a, const Expression& b);

 private:
  explicit Expression(Term term);
  Shared<const Term> term_;
};

Expression operator+(const Expression& a, const Expression& b);
Expression operator-(const Expression& a, const Expression& b);
Expression operator*(const Expression& a, const Expression& b);
Expression operator/(const Expression& a, const Expression& b);
Expression operator-(const Expression& a);
Expression power(const Expression& base, const Expression& exponent);
/// power(x, 1/2)
Expression square_root(const Expression& x);

/// `e` with every occurrence of a variable replaced.
Expression substitute(const Expression& e, const std::string& variable,
                      const Expression& replacement);

/// How large a formula is: additions, multiplications, powers and functions (a quotient is a
/// multiplication and a power).
struct OperationCount {
  double written_out = 0;     ///< as its text has them; grows without bound under differentiation
  std::int64_t distinct = 0;  ///< with every common subexpression counted once
};
OperationCount count_operations(const Expression& e);

std::ostream& operator<<(std::ostream& stream, const Expression& e);

}  // namespace gradus::symbolic
