#include "gradus/symbolic/common_subexpressions.h"

#include <algorithm>
#include <set>
#include <unordered_map>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/symbolic/term_table.h"

namespace gradus::symbolic {
namespace {

/// How many places use each term. `e` has one storage for every structure.
void count_uses(const Expression& e, std::unordered_map<const Term*, int>& uses) {
  if (++uses[e.id()] > 1) return;  // its operands were counted
  for (const Expression& operand : e.operands()) count_uses(operand, uses);
}

class Sharing {
 public:
  Sharing(std::unordered_map<const Term*, int> uses, std::set<std::string> taken,
          SharedExpressions& result)
      : uses_(std::move(uses)), taken_(std::move(taken)), result_(result) {}

  Expression of(const Expression& e) {
    if (e.operands().empty()) return e;
    if (const Expression* known = memory_.find(e)) return *known;
    std::vector<Expression> operands;
    for (const Expression& operand : e.operands()) operands.push_back(of(operand));
    Expression value = rebuild(e, std::move(operands));
    if (uses_.at(e.id()) < 2 || is_trivial(e)) return memory_.keep(e, std::move(value));
    const std::string name = next_name();
    result_.parts.push_back({name, std::move(value)});
    return memory_.keep(e, Expression::variable(name));
  }

 private:
  /// -x and 1/x are written as signs and fractions wherever they stand.
  static bool is_trivial(const Expression& e) {
    const auto& operands = e.operands();
    if (operands.size() != 2) return false;
    const auto is_leaf = [](const Expression& operand) { return operand.operands().empty(); };
    return (e.kind() == Kind::product && operands[0].is_number(-1) && is_leaf(operands[1])) ||
           (e.kind() == Kind::power && operands[1].is_number(-1) && is_leaf(operands[0]));
  }

  std::string next_name() {
    std::string name;
    do {
      name = fmt::format("t{}", ++count_);
    } while (taken_.contains(name));
    return name;
  }

  std::unordered_map<const Term*, int> uses_;
  std::set<std::string> taken_;
  SharedExpressions& result_;
  Memory<Expression> memory_;
  int count_ = 0;
};

}  // namespace

std::int64_t SharedExpressions::operations() const {
  double count = 0;
  for (const NamedPart& part : parts) count += count_operations(part.value).written_out;
  for (const Expression& result : results) count += count_operations(result).written_out;
  return static_cast<std::int64_t>(count);
}

std::string SharedExpressions::to_string(const std::vector<std::string>& names) const {
  if (names.size() != results.size()) {
    throw Error(ErrorCode::invalid_argument, "share_subexpressions",
                fmt::format("{} names for {} results", names.size(), results.size()));
  }
  std::string text;
  for (const NamedPart& part : parts) {
    text += fmt::format("{} = {}\n", part.name, part.value.to_string());
  }
  for (std::size_t i = 0; i < results.size(); ++i) {
    text += fmt::format("{} = {}\n", names[i], results[i].to_string());
  }
  return text;
}

SharedExpressions share_subexpressions(const std::vector<Expression>& formulas) {
  TermTable table;
  std::vector<Expression> unique;
  std::unordered_map<const Term*, int> uses;
  std::set<std::string> taken;
  for (const Expression& formula : formulas) {
    unique.push_back(share_storage(formula, table));
    count_uses(unique.back(), uses);
    for (const std::string& name : formula.variables()) taken.insert(name);
  }
  SharedExpressions result;
  Sharing sharing(std::move(uses), std::move(taken), result);
  for (const Expression& formula : unique) result.results.push_back(sharing.of(formula));
  return result;
}

}  // namespace gradus::symbolic
