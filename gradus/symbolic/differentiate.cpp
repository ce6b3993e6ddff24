#include "gradus/symbolic/differentiate.h"

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/symbolic/functions.h"
#include "gradus/symbolic/parse.h"
#include "gradus/symbolic/simplify.h"
#include "gradus/symbolic/term_table.h"

namespace gradus::symbolic {
namespace {

class Differentiation {
 public:
  explicit Differentiation(const std::string& variable) : variable_(variable) {}

  Expression of(const Expression& e) {
    if (const Expression* known = memory_.find(e)) return *known;
    return memory_.keep(e, rule(e));
  }

 private:
  Expression rule(const Expression& e) {
    switch (e.kind()) {
      case Kind::number:
      case Kind::constant:
        return 0;
      case Kind::variable:
        return e.name() == variable_ ? 1 : 0;
      case Kind::sum: {
        std::vector<Expression> terms;
        for (const Expression& operand : e.operands()) terms.push_back(of(operand));
        return Expression::sum(std::move(terms));
      }
      case Kind::product:
        return product_rule(e.operands());
      case Kind::power:
        return power_rule(e);
      case Kind::function:
        return chain_rule(e);
    }
    return 0;
  }

  Expression product_rule(const std::vector<Expression>& factors) {
    std::vector<Expression> terms;
    for (std::size_t i = 0; i < factors.size(); ++i) {
      std::vector<Expression> changed = factors;
      changed[i] = of(factors[i]);
      terms.push_back(Expression::product(std::move(changed)));
    }
    return Expression::sum(std::move(terms));
  }

  // (u^v)' = u^v (v' log u + v u' / u), of which constant exponents and bases keep one half.
  Expression power_rule(const Expression& e) {
    const Expression& u = e.operands()[0];
    const Expression& v = e.operands()[1];
    if (!depends(v)) {
      const Expression less = v.is_number() ? Expression(v.number() + Number(-1)) : v - 1;
      return Expression::product({v, power(u, less), of(u)});
    }
    const Expression log_u = Expression::call("log", u);
    if (!depends(u)) return Expression::product({e, log_u, of(v)});
    return e * (of(v) * log_u + v * of(u) / u);
  }

  Expression chain_rule(const Expression& e) {
    const Expression& u = e.operands()[0];
    const Expression outer = substitute(parse(e.rule().derivative), "u", u);
    return outer * of(u);
  }

  bool depends(const Expression& e) {
    if (const bool* known = depends_.find(e)) return *known;
    bool result = e.kind() == Kind::variable && e.name() == variable_;
    for (const Expression& operand : e.operands()) result = result || depends(operand);
    return depends_.keep(e, result);
  }

  const std::string& variable_;
  Memory<Expression> memory_;
  Memory<bool> depends_;
};

}  // namespace

Expression differentiate(const Expression& e, const std::string& variable) {
  return Differentiation(variable).of(e);
}

Expression derivative(const Expression& e, const std::string& variable, int order) {
  if (order < 0) {
    throw Error(ErrorCode::invalid_argument, "derivative",
                fmt::format("the order is {}; it must be at least 0", order));
  }
  Expression result = simplify(e);
  for (int i = 0; i < order; ++i) result = simplify(differentiate(result, variable));
  return result;
}

std::vector<Expression> gradient(const Expression& e, const std::vector<std::string>& variables) {
  std::vector<Expression> result;
  for (const std::string& variable : variables) result.push_back(derivative(e, variable));
  return result;
}

}  // namespace gradus::symbolic
