#include <cmath>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <nanobind/stl/map.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "callback.h"
#include "evaluation.h"
#include "gradus/base/error.h"
#include "gradus/differentiation.h"
#include "gradus/symbolic/functions.h"
#include "module.h"
#include "tensor_like.h"

// Formulas of gradus.symbolic. Numbers are Python's: int, Fraction and float.

namespace gradus::python {
namespace {

using namespace nb::literals;
using namespace symbolic;

/// A number with a numerator and a denominator: an int or a Fraction, NumPy's integers too.
bool is_rational(nb::handle value) {
  return nb::hasattr(value, "numerator") && nb::hasattr(value, "denominator");
}

bool is_number(nb::handle value) {
  return !PyBool_Check(value.ptr()) && (PyFloat_Check(value.ptr()) || is_rational(value));
}

Number parsed(const std::string& text) {
  if (const std::optional<Number> number = Number::parse(text)) return *number;
  throw nb::value_error((text + " is no number that a formula can hold").c_str());
}

/// A float is the decimal that Python writes for it: 0.1 is 1/10.
Number number_from(nb::handle value) {
  if (PyFloat_Check(value.ptr())) {
    if (!std::isfinite(PyFloat_AS_DOUBLE(value.ptr()))) {
      throw nb::value_error("a formula holds finite numbers");
    }
    return parsed(nb::cast<std::string>(nb::repr(nb::float_(nb::borrow(value)))));
  }
  const nb::object above = value.attr("numerator"), below = value.attr("denominator");
  std::int64_t numerator = 0, denominator = 0;
  if (nb::try_cast(above, numerator) && nb::try_cast(below, denominator) && denominator > 0) {
    return Number(numerator, denominator);
  }
  return parsed(nb::cast<std::string>(nb::repr(nb::float_(nb::borrow(value)))));
}

nb::object python_number(const Number& number) {
  if (!number.is_exact()) return nb::float_(number.value());
  if (number.is_integer()) return nb::int_(number.numerator());
  return nb::module_::import_("fractions")
      .attr("Fraction")(number.numerator(), number.denominator());
}

/// An expression, a number, or a text to parse. Converted when it is asked for.
class ExpressionLike {
 public:
  ExpressionLike() = default;
  explicit ExpressionLike(nb::handle source) : source_(nb::borrow(source)) {}

  operator Expression() const {
    if (nb::isinstance<Expression>(source_)) return nb::cast<Expression>(source_);
    if (nb::isinstance<nb::str>(source_)) return parse(nb::cast<std::string>(source_));
    if (is_number(source_)) return number_from(source_);
    const nb::str type(source_.type().attr("__name__"));
    throw nb::type_error((std::string("an expression cannot be made of ") + type.c_str()).c_str());
  }

 private:
  nb::object source_;
};

std::vector<Expression> expressions_of(const std::vector<ExpressionLike>& sources) {
  return {sources.begin(), sources.end()};
}

}  // namespace
}  // namespace gradus::python

namespace nanobind::detail {

template <>
struct type_caster<gradus::python::ExpressionLike> {
  NB_TYPE_CASTER(gradus::python::ExpressionLike,
                 const_name("gradus._core._symbolic.Expression | str | float"))

  bool from_python(handle source, std::uint8_t, cleanup_list*) noexcept {
    value = gradus::python::ExpressionLike(source);
    return true;
  }
};

}  // namespace nanobind::detail

namespace gradus::python {
namespace {

using Binary = Expression (*)(const Expression&, const Expression&);

Expression sum(const Expression& a, const Expression& b) { return a + b; }
Expression difference(const Expression& a, const Expression& b) { return a - b; }
Expression product(const Expression& a, const Expression& b) { return a * b; }
Expression quotient(const Expression& a, const Expression& b) { return a / b; }

template <Binary f>
nb::object with_other(const Expression& a, nb::handle b) {
  if (nb::isinstance<Expression>(b)) return nb::cast(f(a, nb::cast<Expression>(b)));
  if (!is_number(b)) return nb::borrow(Py_NotImplemented);
  return nb::cast(f(a, number_from(b)));
}

template <Binary f>
nb::object with_other_first(const Expression& b, nb::handle a) {
  if (!is_number(a)) return nb::borrow(Py_NotImplemented);
  return nb::cast(f(number_from(a), b));
}

template <Binary f>
void bind_operator(nb::class_<Expression>& expression, const char* name, const char* reflected) {
  expression.def(name, &with_other<f>, "other"_a.none(), nb::is_operator())
      .def(reflected, &with_other_first<f>, "other"_a.none(), nb::is_operator());
}

const char* name_of(Kind kind) {
  constexpr const char* names[] = {"number",  "constant", "variable", "sum",
                                   "product", "power",    "function"};
  return names[static_cast<std::size_t>(kind)];
}

nb::object name_of_part(const Expression& e) {
  if (e.kind() == Kind::constant || e.kind() == Kind::variable) return nb::cast(e.name());
  if (e.kind() == Kind::function) return nb::str(e.rule().name);
  return nb::none();
}

bool is_equal(const Expression& a, nb::handle b) {
  if (nb::isinstance<Expression>(b)) return a == nb::cast<Expression>(b);
  return is_number(b) && a == Expression(number_from(b));
}

void bind_expression(nb::module_& module) {
  nb::class_<Expression> expression(
      module, "Expression",
      "An immutable formula. Operators put together what they are given: only simplify() "
      "simplifies.");
  expression
      .def(
          "__init__",
          [](Expression* self, const ExpressionLike& value) { new (self) Expression(value); },
          "value"_a, "Of a text, a number, or another expression.")
      .def_static("variable", &Expression::variable, "name"_a)
      .def_static("pi", &Expression::pi)
      .def_static("e", &Expression::e)
      .def_static(
          "sum",
          [](const std::vector<ExpressionLike>& parts) {
            return Expression::sum(expressions_of(parts));
          },
          "operands"_a, "Of at least one operand.")
      .def_static(
          "product",
          [](const std::vector<ExpressionLike>& parts) {
            return Expression::product(expressions_of(parts));
          },
          "operands"_a, "Of at least one operand.")
      .def_static(
          "call",
          [](const std::string& function, const ExpressionLike& operand) {
            return Expression::call(function, operand);
          },
          "function"_a, "operand"_a, "A function by its name.")
      .def_prop_ro(
          "kind", [](const Expression& e) { return name_of(e.kind()); },
          "\"number\", \"constant\", \"variable\", \"sum\", \"product\", \"power\" or "
          "\"function\".")
      .def_prop_ro(
          "number",
          [](const Expression& e) -> nb::object {
            return e.is_number() ? python_number(e.number()) : nb::object(nb::none());
          },
          "An int, a Fraction or a float; None if it is no number.")
      .def_prop_ro("name", &name_of_part, "Of a constant, a variable or a function; else None.")
      .def_prop_ro("operands", &Expression::operands)
      .def_prop_ro("variables", &Expression::variables, "Their names, in alphabetical order.")
      .def_prop_ro("depth", &Expression::depth)
      .def("depends_on", &Expression::depends_on, "variable"_a)
      .def("to_string", &Expression::to_string)
      .def("to_latex", &Expression::to_latex)
      .def("_repr_latex_", [](const Expression& e) { return "$" + e.to_latex() + "$"; })
      .def("__str__", &Expression::to_string)
      .def("__repr__", [](const Expression& e) { return "Expression(" + e.to_string() + ")"; })
      .def("__hash__", [](const Expression& e) { return static_cast<Py_hash_t>(e.hash() >> 1); })
      .def("__eq__", &is_equal, "other"_a.none(), "The same structure: x + y and y + x differ.")
      .def("__neg__", [](const Expression& e) { return -e; })
      .def("__pos__", [](const Expression& e) { return e; })
      .def("__reduce__", [](nb::handle self) {
        return nb::make_tuple(self.type(), nb::make_tuple(nb::str(self)));
      });
  bind_operator<sum>(expression, "__add__", "__radd__");
  bind_operator<difference>(expression, "__sub__", "__rsub__");
  bind_operator<product>(expression, "__mul__", "__rmul__");
  bind_operator<quotient>(expression, "__truediv__", "__rtruediv__");
  bind_operator<symbolic::power>(expression, "__pow__", "__rpow__");
}

using TensorsByName = std::map<std::string, TensorLike>;
using NumbersByName = std::map<std::string, double>;

std::vector<NumberBinding> numbers_of(const NumbersByName& values) {
  std::vector<NumberBinding> bindings;
  for (const auto& [name, value] : values) bindings.push_back({name, value});
  return bindings;
}

void bind_values(nb::module_& module) {
  module.def(
      "evaluate",
      [](const ExpressionLike& e, const TensorsByName& values) {
        std::vector<Binding> bindings;
        for (const auto& [name, value] : values) bindings.push_back({name, value.tensor()});
        return evaluate(e, bindings);
      },
      "expression"_a, "values"_a = nb::dict(),
      "The formula on tensors, elementwise with broadcasting; can be differentiated.");
  module.def(
      "as_function",
      [](const ExpressionLike& e, const std::string& variable) {
        return nb::cpp_function(
            [f = as_function(e, variable)](const TensorLike& x) { return f(x.tensor()); }, "x"_a);
      },
      "expression"_a, "variable"_a, "The formula as a function of one tensor.");
  module.def(
      "as_function",
      [](const ExpressionLike& e, const std::vector<std::string>& variables) {
        const std::size_t count = variables.size();
        return nb::cpp_function(
            [f = as_function(e, variables), count](const std::vector<TensorLike>& values) {
              if (values.size() != count) {
                throw Error(ErrorCode::invalid_argument, "as_function",
                            "the formula is a function of " + std::to_string(count) +
                                " tensors, not of " + std::to_string(values.size()));
              }
              return f(Tensors(values.begin(), values.end()));
            },
            "values"_a);
      },
      "expression"_a, "variables"_a, "The formula as a function of a list, one tensor for each.");
  module.def(
      "evaluate_number",
      [](const ExpressionLike& e, const NumbersByName& values) {
        return evaluate_number(e, numbers_of(values));
      },
      "expression"_a, "values"_a = nb::dict(), "The formula in double precision.");
  module.def(
      "complex_step",
      [](const ExpressionLike& e, const std::string& variable, const NumbersByName& at,
         double step) { return complex_step(e, variable, numbers_of(at), step); },
      "expression"_a, "variable"_a, "at"_a, "step"_a = 1e-100,
      "The derivative by the imaginary part of f(x + ih) / h, exact to rounding.");
}

void bind_functions(nb::module_& module) {
  module.def(
      "parse", [](const std::string& text) { return parse(text); }, "text"_a,
      "The formula that a text writes.");
  module.def(
      "simplify", [](const ExpressionLike& e) { return simplify(e); }, "expression"_a,
      "The same function in a simpler form.");
  module.def(
      "expand", [](const ExpressionLike& e) { return expand(e); }, "expression"_a,
      "Products of sums and their integer powers multiplied out.");
  module.def(
      "differentiate",
      [](const ExpressionLike& e, const std::string& variable) {
        return differentiate(e, variable);
      },
      "expression"_a, "variable"_a, "The derivative as the rules give it, not simplified.");
  module.def(
      "derivative",
      [](const ExpressionLike& e, const std::string& variable, int order) {
        return compute([&, f = Expression(e)] { return derivative(f, variable, order); });
      },
      "expression"_a, "variable"_a, "order"_a = 1, "The derivative of some order, simplified.");
  module.def(
      "gradient",
      [](const ExpressionLike& e, const std::vector<std::string>& variables) {
        return gradient(e, variables);
      },
      "expression"_a, "variables"_a, "The simplified derivatives by each of the variables.");
  module.def(
      "power",
      [](const ExpressionLike& base, const ExpressionLike& exponent) {
        return power(base, exponent);
      },
      "base"_a, "exponent"_a);
  module.def(
      "square_root", [](const ExpressionLike& x) { return square_root(x); }, "x"_a);
  module.def(
      "substitute",
      [](const ExpressionLike& e, const std::string& variable, const ExpressionLike& replacement) {
        return substitute(e, variable, replacement);
      },
      "expression"_a, "variable"_a, "replacement"_a,
      "The expression with every occurrence of a variable replaced.");
  nb::class_<OperationCount>(module, "OperationCount")
      .def_ro("written_out", &OperationCount::written_out, "As its text has them.")
      .def_ro("distinct", &OperationCount::distinct,
              "With every common subexpression counted once.");
  module.def(
      "count_operations", [](const ExpressionLike& e) { return count_operations(e); },
      "expression"_a, "Additions, multiplications, powers and functions.");
  nb::class_<SharedExpressions>(module, "SharedExpressions",
                                "Formulas with what they have in common written once.")
      .def_prop_ro("parts",
                   [](const SharedExpressions& shared) {
                     nb::dict parts;
                     for (const NamedPart& part : shared.parts) {
                       parts[part.name.c_str()] = part.value;
                     }
                     return parts;
                   })
      .def_ro("results", &SharedExpressions::results)
      .def_prop_ro("operations", &SharedExpressions::operations)
      .def("to_string", &SharedExpressions::to_string, "names"_a);
  module.def(
      "share_subexpressions",
      [](const std::vector<ExpressionLike>& formulas) {
        return share_subexpressions(expressions_of(formulas));
      },
      "formulas"_a, "Names every operation that occurs more than once: t1, t2, ...");
}

}  // namespace

void bind_symbolic(nb::module_& module) {
  bind_expression(module);
  bind_functions(module);
  bind_values(module);
}

}  // namespace gradus::python
