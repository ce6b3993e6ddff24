#include "gradus/symbolic/simplify.h"

#include <algorithm>
#include <optional>
#include <unordered_map>

#include "gradus/symbolic/functions.h"
#include "gradus/symbolic/order.h"
#include "gradus/symbolic/parse.h"
#include "gradus/symbolic/term_table.h"

namespace gradus::symbolic {
namespace {

constexpr std::size_t kMostTerms = 1000;
constexpr std::int64_t kHighestPower = 16;
// Larger formulas are not multiplied out on trial.
constexpr double kTrialOperations = 2000;

bool is_function(const Expression& e, const char* name) {
  return e.kind() == Kind::function && std::string_view(e.rule().name) == name;
}

/// 3 x y as 3 and x y.
struct Scaled {
  Number coefficient{1};
  std::vector<Expression> factors;
};

Scaled scaled_of(const Expression& e) {
  if (e.is_number()) return {e.number(), {}};
  if (e.kind() != Kind::product) return {Number(1), {e}};
  const auto& operands = e.operands();
  if (!operands[0].is_number()) return {Number(1), operands};
  return {operands[0].number(), {operands.begin() + 1, operands.end()}};
}

bool begins_negative(const Expression& e) {
  return scaled_of(e.kind() == Kind::sum ? e.operands()[0] : e).coefficient.is_negative();
}

/// Bottom up. Every method takes simplified operands and returns a simplified expression with one
/// storage for every structure.
class Simplifier {
 public:
  enum class Products { kept, multiplied_out };
  explicit Simplifier(Products products) : products_(products) {}

  Expression of(const Expression& e) {
    if (e.operands().empty()) return unique(e);
    if (const Expression* known = memory_.find(e)) return *known;
    std::vector<Expression> operands;
    for (const Expression& operand : e.operands()) operands.push_back(of(operand));
    return memory_.keep(e, combine(e, std::move(operands)));
  }

 private:
  Expression unique(const Expression& e) { return table_.unique(e); }

  Expression combine(const Expression& e, std::vector<Expression> operands) {
    switch (e.kind()) {
      case Kind::sum:
        return sum(operands);
      case Kind::product:
        return product(operands);
      case Kind::power:
        return power(operands[0], operands[1]);
      case Kind::function:
        return call(e.rule(), operands[0]);
      case Kind::number:
      case Kind::constant:
      case Kind::variable:
        break;
    }
    return unique(e);
  }

  // --- Sums

  /// Like terms, in the order in which they came.
  struct Terms {
    Number number{0};
    std::vector<std::pair<Expression, Number>> list;  // of factors without coefficient
    std::unordered_map<Expression, std::size_t, HashOf> places;
  };

  void add_term(Terms& terms, const Expression& term, const Number& factor) {
    if (term.kind() == Kind::sum) {
      for (const Expression& operand : term.operands()) add_term(terms, operand, factor);
      return;
    }
    const Scaled scaled = scaled_of(term);
    const Number coefficient = scaled.coefficient * factor;
    if (scaled.factors.empty()) {
      terms.number = terms.number + coefficient;
    } else if (scaled.factors.size() == 1 && scaled.factors[0].kind() == Kind::sum) {
      add_term(terms, scaled.factors[0], coefficient);
    } else {
      const Expression rest = unique(Expression::product(scaled.factors));
      const auto [place, is_new] = terms.places.emplace(rest, terms.list.size());
      if (is_new) {
        terms.list.emplace_back(rest, coefficient);
      } else {
        Number& total = terms.list[place->second].second;
        total = total + coefficient;
      }
    }
  }

  /// c a sin(u)^2 + c a cos(u)^2 as c a.
  bool unite_squares(Terms& terms) {
    for (std::size_t i = 0; i < terms.list.size(); ++i) {
      auto& [rest, coefficient] = terms.list[i];
      if (coefficient.is_zero()) continue;
      const Scaled scaled = scaled_of(rest);
      for (std::size_t k = 0; k < scaled.factors.size(); ++k) {
        const Expression& square = scaled.factors[k];
        if (square.kind() != Kind::power || !square.operands()[1].is_number(2) ||
            !is_function(square.operands()[0], "sin")) {
          continue;
        }
        const Expression& angle = square.operands()[0].operands()[0];
        std::vector<Expression> others = scaled.factors;
        others[k] = power(unique(Expression::call("cos", angle)), 2);
        const auto partner = terms.places.find(product(others));
        if (partner == terms.places.end()) continue;
        auto& other = terms.list[partner->second];
        if (!(other.second == coefficient)) continue;
        const Number common = coefficient;
        coefficient = Number(0);
        other.second = Number(0);
        others.erase(others.begin() + static_cast<std::ptrdiff_t>(k));
        add_term(terms, others.empty() ? Expression(1) : product(others), common);
        return true;
      }
    }
    return false;
  }

  Expression sum(const std::vector<Expression>& operands) {
    Terms terms;
    for (const Expression& operand : operands) add_term(terms, operand, 1);
    while (unite_squares(terms)) {
    }
    std::vector<Expression> result;
    for (const auto& [rest, coefficient] : terms.list) {
      if (!coefficient.is_zero()) result.push_back(times(coefficient, rest));
    }
    std::stable_sort(result.begin(), result.end(), comes_before_in_sum);
    if (!terms.number.is_zero() || result.empty()) result.push_back(unique(terms.number));
    return unique(Expression::sum(std::move(result)));
  }

  /// coefficient * rest, for a rest without one.
  Expression times(const Number& coefficient, const Expression& rest) {
    if (coefficient.is_one()) return rest;
    std::vector<Expression> factors{unique(coefficient)};
    const Scaled scaled = scaled_of(rest);
    factors.insert(factors.end(), scaled.factors.begin(), scaled.factors.end());
    return unique(Expression::product(std::move(factors)));
  }

  // --- Products

  /// Like powers, in the order in which they came.
  struct Powers {
    Number coefficient{1};
    std::vector<std::pair<Expression, std::vector<Expression>>> list;  // base, exponents
    std::unordered_map<Expression, std::size_t, HashOf> places;
  };

  void add_factor(Powers& powers, const Expression& factor) {
    if (factor.kind() == Kind::product) {
      for (const Expression& operand : factor.operands()) add_factor(powers, operand);
      return;
    }
    if (factor.is_number()) {
      powers.coefficient = powers.coefficient * factor.number();
      return;
    }
    const bool is_power = factor.kind() == Kind::power;
    Expression base = is_power ? factor.operands()[0] : factor;
    Expression exponent = is_power ? factor.operands()[1] : unique(1);
    if (is_function(factor, "exp")) {
      base = unique(Expression::e());
      exponent = factor.operands()[0];
    }
    const auto [place, is_new] = powers.places.emplace(base, powers.list.size());
    if (is_new) {
      powers.list.push_back({base, {exponent}});
    } else {
      powers.list[place->second].second.push_back(exponent);
    }
  }

  Expression product(const std::vector<Expression>& operands) {
    Powers powers;
    for (const Expression& operand : operands) add_factor(powers, operand);
    std::vector<Expression> factors;
    bool is_settled = true;
    for (const auto& [base, exponents] : powers.list) {
      Expression factor = power(base, exponents.size() == 1 ? exponents[0] : sum(exponents));
      // What became a number or a product may be like another factor.
      is_settled = is_settled && !factor.is_number() && factor.kind() != Kind::product;
      factors.push_back(std::move(factor));
    }
    if (!is_settled) {
      factors.push_back(unique(powers.coefficient));
      return product(factors);
    }
    if (powers.coefficient.is_zero() && !divides_by_zero(factors)) return unique(0);
    std::sort(factors.begin(), factors.end(),
              [](const Expression& a, const Expression& b) { return compare_factors(a, b) < 0; });
    if (products_ == Products::multiplied_out) {
      if (const auto expanded = multiply_out(powers.coefficient, factors)) return *expanded;
    }
    if (!powers.coefficient.is_one() || factors.empty()) {
      factors.insert(factors.begin(), unique(powers.coefficient));
    }
    return unique(Expression::product(std::move(factors)));
  }

  static bool divides_by_zero(const std::vector<Expression>& factors) {
    return std::any_of(factors.begin(), factors.end(), [](const Expression& factor) {
      return factor.kind() == Kind::power && factor.operands()[0].is_number(0);
    });
  }

  /// The terms of the product of the sums among the factors, if they are few enough.
  std::optional<Expression> multiply_out(const Number& coefficient,
                                         const std::vector<Expression>& factors) {
    std::vector<Expression> others{unique(coefficient)};
    std::vector<const std::vector<Expression>*> sums;
    std::size_t count = 1;
    for (const Expression& factor : factors) {
      if (factor.kind() == Kind::sum && count * factor.operands().size() <= kMostTerms) {
        count *= factor.operands().size();
        sums.push_back(&factor.operands());
      } else {
        others.push_back(factor);
      }
    }
    if (sums.empty()) return std::nullopt;
    std::vector<Expression> terms{product(others)};
    for (const auto* operands : sums) {
      std::vector<Expression> next;
      for (const Expression& term : terms) {
        for (const Expression& operand : *operands) next.push_back(product({term, operand}));
      }
      terms = std::move(next);
    }
    return sum(terms);
  }

  // --- Powers

  Expression power(const Expression& base, const Expression& exponent) {
    if (exponent.is_number(0)) return unique(1);
    if (exponent.is_number(1)) return base;
    if (base.is_number(1)) return base;
    if (base.kind() == Kind::constant && base.name() == "e") {
      return call(*find_function("exp"), exponent);
    }
    if (is_function(base, "exp")) {
      return call(base.rule(), product({base.operands()[0], exponent}));
    }
    if (exponent.is_number()) {
      if (auto result = power_of_number(base, exponent.number())) return *result;
    }
    return unique(Expression::power(base, exponent));
  }

  std::optional<Expression> power_of_number(const Expression& base, const Number& exponent) {
    if (base.is_number()) {
      if (const auto value = exact_power(base.number(), exponent)) return unique(*value);
      return std::nullopt;
    }
    if (base.kind() == Kind::power && base.operands()[1].is_number()) {
      const Number& inner = base.operands()[1].number();
      if (exponent.is_integer()) return power(base.operands()[0], unique(inner * exponent));
      if (inner == Number(2) && exponent == Number(1, 2)) {
        return call(*find_function("abs"), base.operands()[0]);
      }
    }
    if (base.kind() == Kind::product) return power_of_product(base, exponent);
    if (base.kind() == Kind::sum && products_ == Products::multiplied_out) {
      return multiplied_out_power(base, exponent);
    }
    return std::nullopt;
  }

  /// (a b)^n = a^n b^n for an integer n; otherwise only a positive coefficient comes out.
  std::optional<Expression> power_of_product(const Expression& base, const Number& exponent) {
    const Expression n = unique(exponent);
    if (exponent.is_integer()) {
      std::vector<Expression> factors;
      for (const Expression& operand : base.operands()) factors.push_back(power(operand, n));
      return product(factors);
    }
    const Scaled scaled = scaled_of(base);
    if (scaled.coefficient.is_one() || scaled.coefficient.is_negative()) return std::nullopt;
    return product({power(unique(scaled.coefficient), n), power(product(scaled.factors), n)});
  }

  std::optional<Expression> multiplied_out_power(const Expression& base, const Number& exponent) {
    if (!exponent.is_integer() || exponent.numerator() < 2 ||
        exponent.numerator() > kHighestPower) {
      return std::nullopt;
    }
    Expression result = base;
    for (std::int64_t i = 1; i < exponent.numerator(); ++i) {
      if (result.operands().size() * base.operands().size() > kMostTerms) return std::nullopt;
      result = multiply_out(1, {result, base}).value();
    }
    return result;
  }

  // --- Functions

  Expression call(const FunctionRule& rule, const Expression& x) {
    if (x.is_number(0) && rule.at_zero) return of(parse(rule.at_zero));
    const std::string_view name = rule.name;
    if (name == "exp") {
      if (is_function(x, "log")) return x.operands()[0];
      if (auto result = exponential_of_logarithm(x)) return *result;
    }
    if (name == "log") {
      if (x.is_number(1)) return unique(0);
      if (x.kind() == Kind::constant && x.name() == "e") return unique(1);
      if (is_function(x, "exp")) return x.operands()[0];
    }
    if (x.is_number() && (name == "abs" || name == "sign" || name == "step" || name == "relu")) {
      return value_at(name, x.number());
    }
    if (name == "sin" || name == "cos") {
      if (const auto value = at_half_turns(name, x)) return unique(*value);
    }
    if (rule.parity != Parity::none && begins_negative(x)) {
      // As a sum, so that the sign reaches the terms of one.
      const Expression opposite = call(rule, sum({product({unique(-1), x})}));
      return rule.parity == Parity::even ? opposite : product({unique(-1), opposite});
    }
    return unique(Expression::call(rule, x));
  }

  /// exp(c log(u)) is u^c.
  std::optional<Expression> exponential_of_logarithm(const Expression& x) {
    const Scaled scaled = scaled_of(x);
    for (std::size_t i = 0; i < scaled.factors.size(); ++i) {
      if (!is_function(scaled.factors[i], "log")) continue;
      std::vector<Expression> others{unique(scaled.coefficient)};
      for (std::size_t k = 0; k < scaled.factors.size(); ++k) {
        if (k != i) others.push_back(scaled.factors[k]);
      }
      return power(scaled.factors[i].operands()[0], product(others));
    }
    return std::nullopt;
  }

  Expression value_at(std::string_view name, const Number& x) {
    if (name == "abs") return unique(x.is_negative() ? -x : x);
    if (name == "relu") return unique(x.is_negative() ? Number(0) : x);
    if (name == "sign") return unique(x.is_negative() ? -1 : x.is_zero() ? 0 : 1);
    return unique(x.is_negative() || x.is_zero() ? 0 : 1);
  }

  /// Sine and cosine of multiples of pi / 2.
  static std::optional<Number> at_half_turns(std::string_view name, const Expression& x) {
    const Scaled scaled = scaled_of(x);
    if (scaled.factors.size() != 1 || scaled.factors[0].kind() != Kind::constant ||
        scaled.factors[0].name() != "pi") {
      return std::nullopt;
    }
    const Number quarters = scaled.coefficient * Number(2);
    if (!quarters.is_integer()) return std::nullopt;
    const std::int64_t turn = ((quarters.numerator() + (name == "cos")) % 4 + 4) % 4;
    constexpr int kSine[] = {0, 1, 0, -1};
    return Number(kSine[turn]);
  }

  Products products_;
  TermTable table_;
  Memory<Expression> memory_;
};

}  // namespace

Expression simplify(const Expression& e) {
  const Expression kept = Simplifier(Simplifier::Products::kept).of(e);
  const double operations = count_operations(kept).written_out;
  if (operations > kTrialOperations) return kept;
  const Expression multiplied = Simplifier(Simplifier::Products::multiplied_out).of(kept);
  return count_operations(multiplied).written_out < operations ? multiplied : kept;
}

Expression expand(const Expression& e) {
  return Simplifier(Simplifier::Products::multiplied_out).of(e);
}

}  // namespace gradus::symbolic
