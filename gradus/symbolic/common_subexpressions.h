#pragma once

#include <string>
#include <vector>

#include "gradus/symbolic/expression.h"

namespace gradus::symbolic {

/// A part that several others use, under a name.
struct NamedPart {
  std::string name;
  Expression value;  ///< of variables and earlier parts
};

/// Formulas with what they have in common written once.
struct SharedExpressions {
  std::vector<NamedPart> parts;
  std::vector<Expression> results;  ///< one for each formula, of variables and parts

  /// Operations of all of it.
  std::int64_t operations() const;
  /// "t1 = sin(x)" and so on, one line each; results are named by `names`.
  std::string to_string(const std::vector<std::string>& names) const;
};

/// Names every operation that occurs more than once in the formulas: t1, t2, ..., leaving out names
/// of variables.
SharedExpressions share_subexpressions(const std::vector<Expression>& formulas);

}  // namespace gradus::symbolic
