// Internal: what walks over shared formulas remember.
#pragma once

#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "gradus/symbolic/expression.h"

namespace gradus::symbolic {

struct HashOf {
  std::size_t operator()(const Expression& e) const { return e.hash(); }
};

/// One expression for every structure. What is put in last has operands that were put in before, so
/// that comparing them is comparing addresses: without that, comparing two formulas that share much
/// inside takes exponential time.
class TermTable {
 public:
  /// The expression of that structure that came first.
  Expression unique(const Expression& e) { return *known_.insert(e).first; }

 private:
  std::unordered_set<Expression, HashOf> known_;
};

/// A result for each term in storage.
template <class Result>
class Memory {
 public:
  const Result* find(const Expression& e) const {
    const auto found = results_.find(e.id());
    return found == results_.end() ? nullptr : &found->second.second;
  }
  const Result& keep(const Expression& e, Result result) {
    return results_.insert_or_assign(e.id(), std::pair(e, std::move(result))).first->second.second;
  }

 private:
  // The expression is kept as well: its address must not pass to another.
  std::unordered_map<const Term*, std::pair<Expression, Result>> results_;
};

/// The same kind of term with other operands.
Expression rebuild(const Expression& e, std::vector<Expression> operands);
/// With one storage for every structure.
Expression share_storage(const Expression& e, TermTable& table);

}  // namespace gradus::symbolic
