#include "gradus/symbolic/evaluate.h"

#include <cmath>
#include <complex>
#include <numbers>
#include <type_traits>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "gradus/base/error.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/symbolic/functions.h"
#include "gradus/symbolic/term_table.h"

namespace gradus::symbolic {
namespace {

using Complex = std::complex<double>;

template <class Bindings>
const auto& value_of(const std::string& name, const Bindings& bindings) {
  for (const auto& binding : bindings) {
    if (binding.name == name) return binding.value;
  }
  throw Error(ErrorCode::not_found, "evaluate", fmt::format("the variable {} has no value", name));
}

double constant_of(const std::string& name) {
  return name == "pi" ? std::numbers::pi : std::numbers::e;
}

/// base^n by squaring, for as long as that is exact enough: pow() of a complex number goes through
/// the logarithm, which loses the tiny imaginary part of a negative base.
template <class Value>
Value integer_power(Value base, std::int64_t n) {
  if (n < 0) return Value(1) / integer_power(base, -n);
  Value result(1);
  for (; n > 0; n /= 2) {
    if (n % 2 == 1) result *= base;
    base *= base;
  }
  return result;
}

/// Real or complex numbers.
template <class Value>
class Numbers {
 public:
  explicit Numbers(Function<Value(const std::string&)> variable) : variable_(std::move(variable)) {}

  Value of(const Expression& e) {
    if (e.is_number()) return Value(e.number().value());
    if (const Value* known = memory_.find(e)) return *known;
    return memory_.keep(e, compute(e));
  }

 private:
  Value compute(const Expression& e) {
    const auto& operands = e.operands();
    switch (e.kind()) {
      case Kind::number:
        return Value(e.number().value());
      case Kind::constant:
        return Value(constant_of(e.name()));
      case Kind::variable:
        return variable_(e.name());
      case Kind::sum: {
        Value result = of(operands[0]);
        for (std::size_t i = 1; i < operands.size(); ++i) result += of(operands[i]);
        return result;
      }
      case Kind::product: {
        Value result = of(operands[0]);
        for (std::size_t i = 1; i < operands.size(); ++i) result *= of(operands[i]);
        return result;
      }
      case Kind::power:
        return raise(of(operands[0]), operands[1]);
      case Kind::function:
        return call(e.rule(), of(operands[0]));
    }
    return Value(0);
  }

  Value raise(const Value& base, const Expression& exponent) {
    if (exponent.is_number()) {
      const Number& n = exponent.number();
      if (n.is_integer() && std::abs(n.numerator()) <= 1024) {
        return integer_power(base, n.numerator());
      }
      if (n == Number(1, 2)) return std::sqrt(base);
      if (n == Number(-1, 2)) return Value(1) / std::sqrt(base);
    }
    return std::pow(base, of(exponent));
  }

  static Value call(const FunctionRule& rule, const Value& x) {
    if constexpr (std::is_same_v<Value, double>) {
      return rule.real(x);
    } else {
      if (rule.complex) return rule.complex(x);
      throw Error(ErrorCode::unsupported, "complex_step",
                  fmt::format("{} is not offered for complex arguments", rule.name));
    }
  }

  Function<Value(const std::string&)> variable_;
  Memory<Value> memory_;
};

/// A tensor, or a plain number that has not met one yet.
struct Operand {
  double number = 0;
  Tensor tensor = {};

  bool is_number() const { return !tensor.defined(); }
};

class OnTensors {
 public:
  explicit OnTensors(const std::vector<Binding>& bindings) : bindings_(bindings) {}

  Operand of(const Expression& e) {
    if (e.is_number()) return {e.number().value()};
    if (const Operand* known = memory_.find(e)) return *known;
    return memory_.keep(e, compute(e));
  }

 private:
  Operand compute(const Expression& e) {
    const auto& operands = e.operands();
    switch (e.kind()) {
      case Kind::number:
        return {e.number().value()};
      case Kind::constant:
        return {constant_of(e.name())};
      case Kind::variable:
        return variable(e.name());
      case Kind::sum: {
        Operand result = of(operands[0]);
        for (std::size_t i = 1; i < operands.size(); ++i) result = add(result, operands[i]);
        return result;
      }
      case Kind::product: {
        Operand result = of(operands[0]);
        for (std::size_t i = 1; i < operands.size(); ++i) result = multiply(result, operands[i]);
        return result;
      }
      case Kind::power:
        return raise(of(operands[0]), of(operands[1]));
      case Kind::function: {
        const Operand x = of(operands[0]);
        return x.is_number() ? Operand{e.rule().real(x.number)}
                             : Operand{0, e.rule().tensor(x.tensor)};
      }
    }
    return {};
  }

  Operand variable(const std::string& name) const {
    const Tensor& value = value_of(name, bindings_);
    if (!value.defined()) {
      throw Error(ErrorCode::invalid_argument, "evaluate",
                  fmt::format("the value of {} is an undefined tensor", name));
    }
    return {0, value};
  }

  /// a + c for a number c is one operation, and so is a - b for b = -1 c.
  Operand add(const Operand& a, const Expression& term) {
    if (!a.is_number() && term.kind() == Kind::product && term.operands().size() == 2 &&
        term.operands()[0].is_number(-1)) {
      const Operand b = of(term.operands()[1]);
      return {0, b.is_number() ? a.tensor - b.number : a.tensor - b.tensor};
    }
    const Operand b = of(term);
    if (a.is_number() && b.is_number()) return {a.number + b.number};
    if (a.is_number()) return {0, a.number + b.tensor};
    return {0, b.is_number() ? a.tensor + b.number : a.tensor + b.tensor};
  }

  /// A factor to the power -1 is a division.
  Operand multiply(const Operand& a, const Expression& factor) {
    const bool divides = factor.kind() == Kind::power && factor.operands()[1].is_number(-1);
    const Operand b = of(divides ? factor.operands()[0] : factor);
    if (a.is_number() && b.is_number()) {
      return {divides ? a.number / b.number : a.number * b.number};
    }
    if (a.is_number()) {
      if (a.number == -1 && !divides) return {0, negative(b.tensor)};
      return {0, divides ? a.number / b.tensor : a.number * b.tensor};
    }
    if (b.is_number()) return {0, divides ? a.tensor / b.number : a.tensor * b.number};
    return {0, divides ? a.tensor / b.tensor : a.tensor * b.tensor};
  }

  static Operand raise(const Operand& base, const Operand& exponent) {
    if (base.is_number() && exponent.is_number()) {
      return {std::pow(base.number, exponent.number)};
    }
    if (base.is_number()) {
      return {0, gradus::power(number_like(base.number, exponent.tensor), exponent.tensor)};
    }
    if (!exponent.is_number()) return {0, gradus::power(base.tensor, exponent.tensor)};
    const double n = exponent.number;
    if (n == 1) return base;
    if (n == 2) return {0, square(base.tensor)};
    if (n == 3) return {0, square(base.tensor) * base.tensor};
    if (n == -1) return {0, reciprocal(base.tensor)};
    if (n == 0.5) return {0, sqrt(base.tensor)};
    if (n == -0.5) return {0, rsqrt(base.tensor)};
    return {0, gradus::power(base.tensor, number_like(n, base.tensor))};
  }

  const std::vector<Binding>& bindings_;
  Memory<Operand> memory_;
};

}  // namespace

Tensor evaluate(const Expression& e, const std::vector<Binding>& bindings) {
  TermTable table;
  const Operand result = OnTensors(bindings).of(share_storage(e, table));
  if (!result.is_number()) return result.tensor;
  const DType type = bindings.empty() || !is_floating(bindings[0].value.dtype())
                         ? DType::f64
                         : bindings[0].value.dtype();
  return Tensor::scalar(result.number, type);
}

UnaryFunction as_function(const Expression& e, const std::string& variable) {
  return [e, variable](const Tensor& x) { return evaluate(e, {{variable, x}}); };
}

ScalarFunction as_function(const Expression& e, const std::vector<std::string>& variables) {
  return [e, variables](const Tensors& x) {
    if (x.size() != variables.size()) {
      throw Error(ErrorCode::invalid_argument, "evaluate",
                  fmt::format("{} values were given for the {} variables {}", x.size(),
                              variables.size(), fmt::join(variables, ", ")));
    }
    std::vector<Binding> bindings;
    for (std::size_t i = 0; i < x.size(); ++i) bindings.push_back({variables[i], x[i]});
    return evaluate(e, bindings);
  };
}

double evaluate_number(const Expression& e, const std::vector<NumberBinding>& bindings) {
  return Numbers<double>([&](const std::string& name) { return value_of(name, bindings); }).of(e);
}

double complex_step(const Expression& e, const std::string& variable,
                    const std::vector<NumberBinding>& at, double step) {
  if (!(step > 0)) {
    throw Error(ErrorCode::invalid_argument, "complex_step",
                fmt::format("the step is {}; it must be positive", step));
  }
  if (std::isnan(evaluate_number(e, at))) return std::nan("");  // outside the real domain
  Numbers<Complex> numbers([&](const std::string& name) {
    return Complex(value_of(name, at), name == variable ? step : 0);
  });
  return numbers.of(e).imag() / step;
}

}  // namespace gradus::symbolic
