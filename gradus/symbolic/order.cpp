#include "gradus/symbolic/order.h"

#include <algorithm>
#include <cstring>

#include "gradus/symbolic/functions.h"

namespace gradus::symbolic {
namespace {

const Expression& base_of(const Expression& e) {
  return e.kind() == Kind::power ? e.operands()[0] : e;
}

int rank_of(const Expression& e) {
  switch (e.kind()) {
    case Kind::number:
      return 0;
    case Kind::constant:
      return 1;
    case Kind::variable:
      return 2;
    case Kind::power:
      return 3;
    case Kind::function:
      return 4;
    case Kind::product:
      return 5;
    case Kind::sum:
      return 6;
  }
  return 7;
}

int sign_of(double difference) { return difference < 0 ? -1 : difference > 0 ? 1 : 0; }

int compare_lists(const std::vector<Expression>& a, const std::vector<Expression>& b) {
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    if (const int order = compare_factors(a[i], b[i])) return order;
  }
  return static_cast<int>(a.size()) - static_cast<int>(b.size());
}

/// As of a polynomial; functions count nothing.
double degree(const Expression& e) {
  double result = 0;
  switch (e.kind()) {
    case Kind::variable:
      return 1;
    case Kind::power:
      return e.operands()[1].is_number()
                 ? degree(e.operands()[0]) * e.operands()[1].number().value()
                 : 0;
    case Kind::product:
      for (const Expression& operand : e.operands()) result += degree(operand);
      return result;
    case Kind::sum:
      result = degree(e.operands()[0]);
      for (const Expression& operand : e.operands()) result = std::max(result, degree(operand));
      return result;
    case Kind::number:
    case Kind::constant:
    case Kind::function:
      break;
  }
  return 0;
}

/// x^3 before x^2 before x.
int compare_terms(const Expression& a, const Expression& b) {
  if (const int order = compare_factors(base_of(a), base_of(b))) return order;
  return compare_factors(b, a);
}

/// A term without its coefficient.
std::vector<Expression> factors_of(const Expression& e) {
  if (e.kind() != Kind::product) return {e};
  const auto& operands = e.operands();
  return {operands.begin() + (operands[0].is_number() ? 1 : 0), operands.end()};
}

}  // namespace

int compare_factors(const Expression& a, const Expression& b) {
  if (a.id() == b.id()) return 0;
  const Expression& base_a = base_of(a);
  const Expression& base_b = base_of(b);
  if (a.kind() == Kind::power || b.kind() == Kind::power) {
    if (const int order = compare_factors(base_a, base_b)) return order;
    if (a.kind() != b.kind()) return a.kind() == Kind::power ? 1 : -1;
    return compare_factors(a.operands()[1], b.operands()[1]);
  }
  if (const int order = rank_of(a) - rank_of(b)) return order;
  switch (a.kind()) {
    case Kind::number:
      return sign_of(a.number().value() - b.number().value());
    case Kind::constant:
    case Kind::variable:
      return a.name().compare(b.name());
    case Kind::function:
      if (const int order = std::strcmp(a.rule().name, b.rule().name)) return order;
      break;
    case Kind::power:
    case Kind::product:
    case Kind::sum:
      break;
  }
  return compare_lists(a.operands(), b.operands());
}

bool comes_before_in_sum(const Expression& a, const Expression& b) {
  if (a.is_number() != b.is_number()) return b.is_number();
  const double degree_a = degree(a);
  const double degree_b = degree(b);
  if (degree_a != degree_b) return degree_a > degree_b;
  const std::vector<Expression> left = factors_of(a);
  const std::vector<Expression> right = factors_of(b);
  for (std::size_t i = 0; i < std::min(left.size(), right.size()); ++i) {
    if (const int order = compare_terms(left[i], right[i])) return order < 0;
  }
  return left.size() < right.size();
}

}  // namespace gradus::symbolic
