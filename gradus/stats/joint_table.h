#pragma once

#include <string>
#include <vector>

#include "gradus/core/tensor.h"

namespace gradus::stats {

/// Whether a table must add up to 1, or is to be divided by what it adds up to.
enum class TableSum { must_be_one, normalize };

/// A variable of a table at one of its values, by index.
struct Observation {
  std::string variable;
  std::int64_t value = 0;
};

/// The joint probabilities of discrete variables, one axis for each.
struct JointTable {
  std::vector<std::string> variables;
  Tensor probabilities;  // (values of the first variable, of the second, ...)

  /// Throws Error for negative or missing probabilities, for a sum that is not 1 (unless asked to
  /// normalise), and for names that are not as many as axes or not distinct. Evaluates.
  JointTable(std::vector<std::string> names, const Tensor& table,
             TableSum sum = TableSum::must_be_one);

  /// The table of some variables, in the order given; the others are summed over.
  JointTable marginal(const std::vector<std::string>& names) const;
  /// The table of the other variables, given observations. Throws Error (numeric) if these have
  /// probability 0.
  JointTable given(const std::vector<Observation>& observations) const;
  /// P(names | conditions): a tensor (conditions..., names...), NaN where a condition has
  /// probability 0.
  Tensor conditional(const std::vector<std::string>& names,
                     const std::vector<std::string>& conditions) const;
  /// Whether P(a, b | given) = P(a | given) P(b | given) everywhere, up to `tolerance`.
  bool are_independent(const std::vector<std::string>& a, const std::vector<std::string>& b,
                       const std::vector<std::string>& given = {}, double tolerance = 1e-9) const;
};

/// Bayes' rule: the probabilities of hypotheses (k) after data whose likelihoods under them are
/// given: (k), or (k, outcomes) for a column for each outcome. The prior must add up to 1. NaN
/// where no hypothesis allows the data.
Tensor posterior_probabilities(const Tensor& prior, const Tensor& likelihood);

}  // namespace gradus::stats
