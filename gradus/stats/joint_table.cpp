#include "gradus/stats/joint_table.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/comparison.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/require_finite.h"
#include "gradus/ops/select.h"
#include "gradus/stats/parameters.h"

namespace gradus::stats {
namespace {

constexpr const char* kJointTable = "JointTable";

std::int64_t axis_of(const JointTable& table, const std::string& name) {
  const auto found = std::find(table.variables.begin(), table.variables.end(), name);
  if (found != table.variables.end()) return found - table.variables.begin();
  throw Error(
      ErrorCode::not_found, kJointTable,
      fmt::format("there is no variable '{}' among {}", name, fmt::join(table.variables, ", ")));
}

void check_names(const std::vector<std::string>& names, const Tensor& table) {
  if (names.size() != static_cast<std::size_t>(table.rank())) {
    throw Error(ErrorCode::shape, kJointTable,
                fmt::format("{} names do not fit a table of shape {}", names.size(),
                            table.shape().to_string()),
                {table.shape()});
  }
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (std::find(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(i), names[i]) ==
        names.begin() + static_cast<std::ptrdiff_t>(i)) {
      continue;
    }
    throw Error(ErrorCode::invalid_argument, kJointTable,
                fmt::format("there are two variables '{}'", names[i]));
  }
}

std::vector<std::string> all_of(const std::vector<std::string>& a,
                                const std::vector<std::string>& b) {
  std::vector<std::string> both = a;
  both.insert(both.end(), b.begin(), b.end());
  return both;
}

}  // namespace

JointTable::JointTable(std::vector<std::string> names, const Tensor& table, TableSum wanted)
    : variables(std::move(names)), probabilities(floating_parameter(kJointTable, table)) {
  check_names(variables, probabilities);
  const Tensor is_wrong = logical_not(logical_and(
      greater_equal(probabilities, number_like(0, probabilities)), is_finite(probabilities)));
  if (any(is_wrong).item<bool>()) {
    throw Error(ErrorCode::invalid_argument, kJointTable,
                "there are negative or missing probabilities", {probabilities.shape()});
  }
  const Tensor all = sum(probabilities);
  const double total = all.item<double>();
  if (wanted == TableSum::normalize) {
    if (!(total > 0)) {
      throw Error(ErrorCode::numeric, kJointTable, "a table of zeros cannot be normalised",
                  {probabilities.shape()});
    }
    probabilities = probabilities / all;
    return;
  }
  const double tolerance = dtype_tolerance(probabilities.dtype());
  if (std::fabs(total - 1) > tolerance) {
    throw Error(ErrorCode::invalid_argument, kJointTable,
                fmt::format("the table adds up to {}, not 1: ask for it to be normalised", total),
                {probabilities.shape()});
  }
}

JointTable JointTable::marginal(const std::vector<std::string>& names) const {
  Dims order;
  for (const std::string& name : names) order.push_back(axis_of(*this, name));
  Dims summed;
  for (std::int64_t axis = 0; axis < probabilities.rank(); ++axis) {
    if (std::find(order.begin(), order.end(), axis) == order.end()) summed.push_back(axis);
  }
  for (const std::int64_t axis : summed) order.push_back(axis);
  if (order.size() != static_cast<std::size_t>(probabilities.rank())) {
    throw Error(ErrorCode::invalid_argument, kJointTable,
                fmt::format("a variable stands twice in {}", fmt::join(names, ", ")));
  }
  Tensor result = order.empty() ? probabilities : transpose(probabilities, order);
  Dims last;
  for (std::size_t i = 0; i < summed.size(); ++i) last.push_back(-1 - static_cast<std::int64_t>(i));
  if (!last.empty()) result = sum(result, {.axes = last});
  return {names, result, TableSum::normalize};
}

JointTable JointTable::given(const std::vector<Observation>& observations) const {
  JointTable rest = *this;
  for (const Observation& seen : observations) {
    const auto axis = axis_of(rest, seen.variable);
    const std::int64_t extent = rest.probabilities.dim(static_cast<int>(axis));
    if (seen.value < 0 || seen.value >= extent) {
      throw Error(ErrorCode::index, kJointTable,
                  fmt::format("'{}' has {} values, and not one of index {}", seen.variable, extent,
                              seen.value));
    }
    rest.probabilities = select(rest.probabilities, static_cast<int>(axis), seen.value);
    rest.variables.erase(rest.variables.begin() + axis);
  }
  if (!(sum(rest.probabilities).item<double>() > 0)) {
    throw Error(ErrorCode::numeric, kJointTable, "what is given has probability 0");
  }
  return {rest.variables, rest.probabilities, TableSum::normalize};
}

Tensor JointTable::conditional(const std::vector<std::string>& names,
                               const std::vector<std::string>& conditions) const {
  const Tensor joint = marginal(all_of(conditions, names)).probabilities;
  Dims axes;
  for (std::size_t i = conditions.size(); i < conditions.size() + names.size(); ++i) {
    axes.push_back(static_cast<std::int64_t>(i));
  }
  if (axes.empty()) {
    throw Error(ErrorCode::invalid_argument, kJointTable, "there is no variable to condition");
  }
  return joint / sum(joint, {.axes = axes, .keep_axes = true});
}

bool JointTable::are_independent(const std::vector<std::string>& a,
                                 const std::vector<std::string>& b,
                                 const std::vector<std::string>& conditions,
                                 double tolerance) const {
  if (a.empty() || b.empty()) return true;
  // P(c) P(a, b, c) = P(a, c) P(b, c), which holds no division.
  const Tensor joint = marginal(all_of(conditions, all_of(a, b))).probabilities;
  const auto first = static_cast<std::int64_t>(conditions.size());
  Dims of_a, of_b, of_both;
  for (std::size_t i = 0; i < a.size(); ++i) of_a.push_back(first + static_cast<std::int64_t>(i));
  for (std::size_t i = 0; i < b.size(); ++i) {
    of_b.push_back(first + static_cast<std::int64_t>(a.size() + i));
  }
  of_both = of_a;
  for (const std::int64_t axis : of_b) of_both.push_back(axis);
  const Tensor gap =
      sum(joint, {.axes = of_both, .keep_axes = true}) * joint -
      sum(joint, {.axes = of_b, .keep_axes = true}) * sum(joint, {.axes = of_a, .keep_axes = true});
  return max(absolute(gap)).item<double>() <= tolerance;
}

Tensor posterior_probabilities(const Tensor& prior, const Tensor& likelihood) {
  const char* const name = "posterior_probabilities";
  const auto [p, given] =
      floating_parameters(name, prior, likelihood.rank() == 2 ? transpose(likelihood) : likelihood);
  if (p.rank() != 1 || given.rank() < 1 || given.rank() > 2) {
    throw Error(ErrorCode::shape, name,
                fmt::format("takes a prior (k) and likelihoods (k) or (k, outcomes), not {} and {}",
                            prior.signature(), likelihood.signature()),
                {prior.shape(), likelihood.shape()});
  }
  const Tensor checked = require_distribution(name, "prior", p);
  const Tensor both = checked * require_last_axis(name, given, checked);
  const Tensor evidence = sum(both, {.axes = {-1}, .keep_axes = true});
  const Tensor result = both / require_that(evidence, greater(evidence, evidence * 0.0), name,
                                            "what was observed must be possible");
  return likelihood.rank() == 2 ? transpose(result) : result;
}

}  // namespace gradus::stats
