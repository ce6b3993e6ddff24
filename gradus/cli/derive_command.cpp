#include <algorithm>
#include <charconv>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "gradus/autodiff/finite_difference.h"
#include "gradus/base/error.h"
#include "gradus/base/nearest_name.h"
#include "gradus/cli/commands.h"
#include "gradus/cli/table.h"
#include "gradus/symbolic/common_subexpressions.h"
#include "gradus/symbolic/differentiate.h"
#include "gradus/symbolic/evaluate.h"
#include "gradus/symbolic/parse.h"
#include "gradus/symbolic/simplify.h"

namespace gradus::cli {
namespace {

using Json = nlohmann::ordered_json;
using symbolic::Expression;
using symbolic::NumberBinding;

constexpr const char* kOperation = "derive";

/// A derivative and what it is called.
struct Derived {
  std::string variable;
  std::string name;  // "d/dx", "d^2/dx^2"
  Expression expression;
};

/// Those of --by, or all.
std::vector<std::string> chosen_variables(const Expression& e, const DeriveArguments& arguments) {
  const std::vector<std::string> all = e.variables();
  if (arguments.variables.empty() && all.empty()) {
    throw Error(ErrorCode::invalid_argument, kOperation,
                "the formula has no variable; name one with --by");
  }
  if (arguments.variables.empty()) return all;
  for (const std::string& name : arguments.variables) {
    (void)Expression::variable(name);  // throws for what is no name
    // By a variable that is not there the derivative is 0; a slip of the pen is likelier.
    const std::string nearest = nearest_name(name, all);
    if (std::find(all.begin(), all.end(), name) == all.end() && !nearest.empty()) {
      throw Error(ErrorCode::not_found, kOperation,
                  fmt::format("the formula has no variable {}; did you mean {}?", name, nearest));
    }
  }
  return arguments.variables;
}

std::string derivative_name(const std::string& variable, int order) {
  return order == 1 ? fmt::format("d/d{}", variable)
                    : fmt::format("d^{0}/d{1}^{0}", order, variable);
}

std::vector<Derived> derive_all(const Expression& e, const DeriveArguments& arguments) {
  std::vector<Derived> result;
  for (const std::string& variable : chosen_variables(e, arguments)) {
    Expression expression = e;
    if (arguments.raw) {
      for (int i = 0; i < arguments.order; ++i) {
        expression = symbolic::differentiate(expression, variable);
      }
    } else {
      expression = symbolic::derivative(e, variable, arguments.order);
    }
    result.push_back({variable, derivative_name(variable, arguments.order), expression});
  }
  return result;
}

NumberBinding parse_binding(const std::string& text) {
  const auto equals = text.find('=');
  NumberBinding binding{text.substr(0, equals), 0};
  (void)Expression::variable(binding.name);
  // The value may be a formula of its own: x=pi/4.
  const Expression value = symbolic::parse(std::string_view(text).substr(equals + 1));
  if (!value.variables().empty()) {
    throw Error(ErrorCode::invalid_argument, kOperation,
                fmt::format("the value of {} is not a number", binding.name));
  }
  binding.value = symbolic::evaluate_number(value, {});
  return binding;
}

std::vector<NumberBinding> bindings_of(const Expression& e, const DeriveArguments& arguments) {
  std::vector<NumberBinding> bindings;
  for (const std::string& text : arguments.at) bindings.push_back(parse_binding(text));
  for (const std::string& name : e.variables()) {
    const bool has_value = std::any_of(bindings.begin(), bindings.end(),
                                       [&](const auto& binding) { return binding.name == name; });
    if (!has_value) {
      throw Error(ErrorCode::invalid_argument, kOperation,
                  fmt::format("--at gives no value for {}", name));
    }
  }
  return bindings;
}

/// One derivative at a place, by every way there is.
struct Measured {
  const char* way;
  double value;
};

/// The formula along one variable.
UnaryFunction along(const Expression& e, const std::string& variable,
                    const std::vector<NumberBinding>& at) {
  return [e, variable, at](const Tensor& x) {
    std::vector<symbolic::Binding> bindings;
    for (const NumberBinding& binding : at) {
      bindings.push_back(
          {binding.name, binding.name == variable ? x : Tensor::scalar(binding.value, DType::f64)});
    }
    return symbolic::evaluate(e, bindings);
  };
}

std::vector<Measured> measure(const Expression& e, const Derived& derived,
                              const std::vector<NumberBinding>& at, int order) {
  std::vector<Measured> result{{"symbolic", symbolic::evaluate_number(derived.expression, at)}};
  const auto bound = std::find_if(
      at.begin(), at.end(), [&](const auto& binding) { return binding.name == derived.variable; });
  if (bound == at.end()) return result;  // the formula does not depend on it
  const Tensor x = Tensor::scalar(bound->value, DType::f64);
  const UnaryFunction f = along(e, derived.variable, at);
  UnaryFunction automatic = f;
  for (int i = 0; i < order; ++i) automatic = grad(std::move(automatic));
  result.push_back({"automatic", automatic(x).item<double>()});
  if (order != 1) return result;
  try {
    result.push_back({"complex step", symbolic::complex_step(e, derived.variable, at)});
  } catch (const Error& error) {
    if (error.code() != ErrorCode::unsupported) throw;  // erf has no complex values
  }
  const auto difference = [&](Difference method) {
    return numerical_derivative(f, x, {.method = method}).value.item<double>();
  };
  result.push_back({"forward difference", difference(Difference::forward)});
  result.push_back({"central difference", difference(Difference::central)});
  result.push_back({"Richardson", difference(Difference::richardson)});
  return result;
}

std::string text_of(const Expression& e, const DeriveArguments& arguments) {
  return arguments.latex ? e.to_latex() : e.to_string();
}

/// JSON has no numbers for infinity and NaN.
Json number_or_null(double value) { return std::isfinite(value) ? Json(value) : Json(); }

void print_json(const Expression& e, const std::vector<Derived>& all,
                const DeriveArguments& arguments, Output& output) {
  for (const Derived& derived : all) {
    const auto count = symbolic::count_operations(derived.expression);
    Json json;
    json["expression"] = e.to_string();
    json["variable"] = derived.variable;
    json["order"] = arguments.order;
    json["derivative"] = derived.expression.to_string();
    json["latex"] = derived.expression.to_latex();
    json["operations"] = count.written_out;
    json["distinct_operations"] = count.distinct;
    if (!arguments.at.empty()) {
      const auto at = bindings_of(e, arguments);
      json["value"] = number_or_null(symbolic::evaluate_number(e, at));
      for (const Measured& measured : measure(e, derived, at, arguments.order)) {
        json["at"][measured.way] = number_or_null(measured.value);
      }
    }
    output.line(json.dump());
  }
}

/// All digits that a double has. No NaN has a sign, whatever the processor says.
std::string number_text(double value) {
  return std::isnan(value) ? "nan" : fmt::format("{:.16g}", value);
}

void print_values(const Expression& e, const std::vector<Derived>& all,
                  const DeriveArguments& arguments, Output& output) {
  const auto at = bindings_of(e, arguments);
  Table table({Align::left, Align::left, Align::left});
  table.row({"value", "", number_text(symbolic::evaluate_number(e, at))});
  for (const Derived& derived : all) {
    std::string heading = derived.name;
    for (const Measured& measured : measure(e, derived, at, arguments.order)) {
      table.row({std::exchange(heading, ""), measured.way, number_text(measured.value)});
    }
  }
  output.write("\n" + table.to_string(output.width()));
}

void print_shared(const std::vector<Derived>& all, Output& output) {
  std::vector<Expression> formulas;
  std::vector<std::string> names;
  for (const Derived& derived : all) {
    formulas.push_back(derived.expression);
    names.push_back(derived.name);
  }
  const auto shared = symbolic::share_subexpressions(formulas);
  output.write(shared.to_string(names));
}

void print_formulas(const std::vector<Derived>& all, const DeriveArguments& arguments,
                    Output& output) {
  if (all.size() == 1) {
    output.line(text_of(all[0].expression, arguments));
    return;
  }
  for (const Derived& derived : all) {
    output.line(fmt::format("{} = {}", derived.name, text_of(derived.expression, arguments)));
  }
}

}  // namespace

ExitCode run_derive(const DeriveArguments& arguments, Output& output) {
  const Expression e = symbolic::parse(arguments.expression);
  const std::vector<Derived> all = derive_all(e, arguments);
  if (arguments.json) {
    print_json(e, all, arguments, output);
    return ExitCode::done;
  }
  if (arguments.shared) {
    print_shared(all, output);
  } else {
    print_formulas(all, arguments, output);
  }
  if (!arguments.at.empty()) print_values(e, all, arguments, output);
  return ExitCode::done;
}

}  // namespace gradus::cli
