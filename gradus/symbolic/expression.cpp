#include "gradus/symbolic/expression.h"

#include <algorithm>
#include <functional>
#include <ostream>
#include <set>
#include <unordered_set>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/symbolic/functions.h"
#include "gradus/symbolic/term_table.h"

namespace gradus::symbolic {

struct Term {
  Kind kind = Kind::number;
  Number number = {};
  std::string name = {};
  const FunctionRule* rule = nullptr;
  std::vector<Expression> operands = {};
  std::size_t hash = 0;
  int depth = 1;
};

namespace {

// What walks over expressions does so by recursion.
constexpr int kDeepest = 2000;

std::size_t mixed(std::size_t seed, std::size_t value) {
  return seed ^ (value + 0x9e3779b97f4a7c15 + (seed << 6) + (seed >> 2));
}

std::size_t hash_of(const Term& term) {
  std::size_t hash = static_cast<std::size_t>(term.kind);
  hash = mixed(hash, std::hash<double>()(term.number.value()));
  hash = mixed(hash, std::hash<std::string>()(term.name));
  hash = mixed(hash, std::hash<const void*>()(term.rule));
  for (const Expression& operand : term.operands) hash = mixed(hash, operand.hash());
  return hash;
}

bool is_name(const std::string& name) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  return !name.empty() && is_letter(name[0]) && std::all_of(name.begin(), name.end(), [&](char c) {
    return is_letter(c) || (c >= '0' && c <= '9') || c == '_';
  });
}

bool is_taken(const std::string& name) {
  return name == "pi" || name == "e" || name == "ln" || name == "sqrt" || find_function(name);
}

}  // namespace

Expression::Expression(Term term) {
  for (const Expression& operand : term.operands) {
    term.depth = std::max(term.depth, operand.depth() + 1);
  }
  if (term.depth > kDeepest) {
    throw Error(ErrorCode::unsupported, "expression",
                fmt::format("nests more than {} levels", kDeepest));
  }
  term.hash = hash_of(term);
  term_ = share<const Term>(std::move(term));
}

Expression::Expression() : Expression(Number(0)) {}
Expression::Expression(int value) : Expression(Number(value)) {}
Expression::Expression(Number value) : Expression(Term{.kind = Kind::number, .number = value}) {}

Expression Expression::variable(const std::string& name) {
  if (!is_name(name) || is_taken(name)) {
    throw Error(ErrorCode::invalid_argument, "expression",
                fmt::format("\"{}\" cannot be the name of a variable{}", name,
                            is_name(name) ? ": it has a meaning of its own" : ""));
  }
  return Expression(Term{.kind = Kind::variable, .name = name});
}

Expression Expression::pi() { return Expression(Term{.kind = Kind::constant, .name = "pi"}); }
Expression Expression::e() { return Expression(Term{.kind = Kind::constant, .name = "e"}); }

Expression Expression::sum(std::vector<Expression> operands) {
  if (operands.empty()) throw Error(ErrorCode::invalid_argument, "expression", "a sum of nothing");
  if (operands.size() == 1) return operands[0];
  return Expression(Term{.kind = Kind::sum, .operands = std::move(operands)});
}

Expression Expression::product(std::vector<Expression> operands) {
  if (operands.empty()) {
    throw Error(ErrorCode::invalid_argument, "expression", "a product of nothing");
  }
  if (operands.size() == 1) return operands[0];
  return Expression(Term{.kind = Kind::product, .operands = std::move(operands)});
}

Expression Expression::power(Expression base, Expression exponent) {
  return Expression(Term{.kind = Kind::power, .operands = {std::move(base), std::move(exponent)}});
}

Expression Expression::call(const std::string& function, Expression operand) {
  const FunctionRule* rule = find_function(function);
  if (!rule) {
    throw Error(ErrorCode::not_found, "expression",
                fmt::format("there is no function \"{}\"", function));
  }
  return call(*rule, std::move(operand));
}

Expression Expression::call(const FunctionRule& function, Expression operand) {
  return Expression(
      Term{.kind = Kind::function, .rule = &function, .operands = {std::move(operand)}});
}

Kind Expression::kind() const { return term_->kind; }
const Number& Expression::number() const { return term_->number; }
const std::string& Expression::name() const { return term_->name; }
const FunctionRule& Expression::rule() const { return *term_->rule; }
const std::vector<Expression>& Expression::operands() const { return term_->operands; }
std::size_t Expression::hash() const { return term_->hash; }
int Expression::depth() const { return term_->depth; }

bool operator==(const Expression& a, const Expression& b) {
  if (a.term_ == b.term_) return true;
  const Term& s = *a.term_;
  const Term& t = *b.term_;
  return s.hash == t.hash && s.kind == t.kind && s.number == t.number && s.name == t.name &&
         s.rule == t.rule && s.depth == t.depth && s.operands == t.operands;
}

Expression operator+(const Expression& a, const Expression& b) { return Expression::sum({a, b}); }
Expression operator-(const Expression& a, const Expression& b) { return Expression::sum({a, -b}); }
Expression operator*(const Expression& a, const Expression& b) {
  return Expression::product({a, b});
}
Expression operator/(const Expression& a, const Expression& b) {
  return Expression::product({a, power(b, -1)});
}
Expression operator-(const Expression& a) {
  return a.is_number() ? Expression(-a.number()) : Expression::product({-1, a});
}

Expression power(const Expression& base, const Expression& exponent) {
  return Expression::power(base, exponent);
}
Expression square_root(const Expression& x) { return power(x, Number(1, 2)); }

namespace {

void collect_variables(const Expression& e, std::unordered_set<const Term*>& seen,
                       std::set<std::string>& names) {
  if (!seen.insert(e.id()).second) return;
  if (e.kind() == Kind::variable) names.insert(e.name());
  for (const Expression& operand : e.operands()) collect_variables(operand, seen, names);
}

Expression substituted(const Expression& e, const std::string& variable,
                       const Expression& replacement, Memory<Expression>& memory) {
  if (e.kind() == Kind::variable) return e.name() == variable ? replacement : e;
  if (e.operands().empty()) return e;
  if (const Expression* known = memory.find(e)) return *known;
  std::vector<Expression> operands;
  for (const Expression& operand : e.operands()) {
    operands.push_back(substituted(operand, variable, replacement, memory));
  }
  return memory.keep(e, rebuild(e, std::move(operands)));
}

/// Operations of the term itself.
std::int64_t own_operations(const Expression& e) {
  const auto count = static_cast<std::int64_t>(e.operands().size());
  return e.kind() == Kind::sum || e.kind() == Kind::product ? count - 1 : std::min(count, {1});
}

double written_out(const Expression& e, Memory<double>& memory) {
  if (e.operands().empty()) return 0;
  if (const double* known = memory.find(e)) return *known;
  auto count = static_cast<double>(own_operations(e));
  for (const Expression& operand : e.operands()) count += written_out(operand, memory);
  return memory.keep(e, count);
}

std::int64_t distinct(const Expression& e, std::unordered_set<const Term*>& seen) {
  if (!seen.insert(e.id()).second) return 0;
  std::int64_t count = own_operations(e);
  for (const Expression& operand : e.operands()) count += distinct(operand, seen);
  return count;
}

Expression shared_storage(const Expression& e, TermTable& table, Memory<Expression>& memory) {
  if (const Expression* known = memory.find(e)) return *known;
  if (e.operands().empty()) return memory.keep(e, table.unique(e));
  std::vector<Expression> operands;
  for (const Expression& operand : e.operands()) {
    operands.push_back(shared_storage(operand, table, memory));
  }
  return memory.keep(e, table.unique(rebuild(e, std::move(operands))));
}

}  // namespace

std::vector<std::string> Expression::variables() const {
  std::set<std::string> names;
  std::unordered_set<const Term*> seen;
  collect_variables(*this, seen, names);
  return {names.begin(), names.end()};
}

bool Expression::depends_on(const std::string& variable) const {
  const auto names = variables();
  return std::find(names.begin(), names.end(), variable) != names.end();
}

Expression rebuild(const Expression& e, std::vector<Expression> operands) {
  switch (e.kind()) {
    case Kind::sum:
      return Expression::sum(std::move(operands));
    case Kind::product:
      return Expression::product(std::move(operands));
    case Kind::power:
      return power(operands[0], operands[1]);
    case Kind::function:
      return Expression::call(e.rule(), std::move(operands[0]));
    case Kind::number:
    case Kind::constant:
    case Kind::variable:
      break;
  }
  return e;
}

Expression share_storage(const Expression& e, TermTable& table) {
  Memory<Expression> memory;
  return shared_storage(e, table, memory);
}

Expression substitute(const Expression& e, const std::string& variable,
                      const Expression& replacement) {
  Memory<Expression> memory;
  return substituted(e, variable, replacement, memory);
}

OperationCount count_operations(const Expression& e) {
  TermTable table;
  const Expression shared = share_storage(e, table);
  Memory<double> memory;
  std::unordered_set<const Term*> seen;
  return {written_out(shared, memory), distinct(shared, seen)};
}

std::ostream& operator<<(std::ostream& stream, const Expression& e) {
  return stream << e.to_string();
}

}  // namespace gradus::symbolic
