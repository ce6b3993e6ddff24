#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"

// Einstein summation, two operands at a time: axes that only one of them has and the rest of the
// equation does not are summed first, then the product is one batched matmul over (shared and
// kept), (left only), (summed), (right only).

namespace gradus {
namespace {

[[noreturn]] void fail(const std::string& equation, const std::string& message) {
  throw Error(ErrorCode::invalid_argument, "einsum", fmt::format("'{}': {}", equation, message));
}

/// A tensor with a letter for each of its axes.
struct Term {
  std::string letters;
  Tensor tensor;

  bool has(char letter) const { return letters.find(letter) != std::string::npos; }
  std::int64_t extent(char letter) const {
    return tensor.dim(static_cast<int>(letters.find(letter)));
  }
};

struct Equation {
  std::vector<std::string> operands;
  std::string result;
};

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// The letters that appear once among all operands, in alphabetical order: NumPy's rule for an
/// equation without "->".
std::string implied_result(const std::vector<std::string>& operands) {
  std::string all, result;
  for (const std::string& letters : operands) all += letters;
  std::sort(all.begin(), all.end());
  for (const char letter : all) {
    if (std::count(all.begin(), all.end(), letter) == 1) result += letter;
  }
  return result;
}

Equation parse(const std::string& text) {
  std::string compact = text;
  std::erase(compact, ' ');
  const std::size_t arrow = compact.find("->");
  Equation equation{{""}, ""};
  for (const char c : std::string_view(compact).substr(0, arrow)) {
    if (c == ',') {
      equation.operands.emplace_back();
    } else if (is_letter(c)) {
      equation.operands.back() += c;
    } else if (c == '.') {
      fail(text, "an ellipsis is not supported; give every axis a letter");
    } else {
      fail(text, fmt::format("'{}' is not a letter, a comma or '->'", c));
    }
  }
  if (arrow == std::string::npos) {
    equation.result = implied_result(equation.operands);
    return equation;
  }
  equation.result = compact.substr(arrow + 2);
  for (const char letter : equation.result) {
    if (!is_letter(letter)) fail(text, fmt::format("'{}' in the result is not a letter", letter));
    if (std::count(equation.result.begin(), equation.result.end(), letter) > 1) {
      fail(text, fmt::format("axis '{}' appears twice in the result", letter));
    }
    const bool known = std::any_of(
        equation.operands.begin(), equation.operands.end(),
        [&](const std::string& letters) { return letters.find(letter) != std::string::npos; });
    if (!known) fail(text, fmt::format("axis '{}' of the result is in no operand", letter));
  }
  return equation;
}

/// Keeps the diagonal where a letter names two axes of one operand, as in "ii->i": of the two axes,
/// merged into one of n * n elements, every (n + 1)-th.
Term without_repeats(const std::string& equation, Term term) {
  for (std::size_t i = 0; i < term.letters.size(); ++i) {
    const std::size_t j = term.letters.find(term.letters[i], i + 1);
    if (j == std::string::npos) continue;
    const std::int64_t n = term.tensor.dim(static_cast<int>(i));
    if (term.tensor.dim(static_cast<int>(j)) != n) {
      fail(equation,
           fmt::format("axis '{}' has extents {} and {} in operand of shape {}", term.letters[i], n,
                       term.tensor.dim(static_cast<int>(j)), term.tensor.shape().to_string()));
    }
    Dims order, dims;
    for (std::size_t axis = 0; axis < term.letters.size(); ++axis) {
      if (axis == i || axis == j) continue;
      order.push_back(static_cast<std::int64_t>(axis));
      dims.push_back(term.tensor.dim(static_cast<int>(axis)));
    }
    order.push_back(static_cast<std::int64_t>(i));
    order.push_back(static_cast<std::int64_t>(j));
    dims.push_back(n * n);
    const Tensor merged = reshape(transpose(term.tensor, order), dims);
    term.tensor = slice(merged, -1, {0, n * n, n + 1});
    const char letter = term.letters[i];
    term.letters.erase(j, 1);
    term.letters.erase(i, 1);
    term.letters += letter;
    return without_repeats(equation, std::move(term));
  }
  return term;
}

/// Sums the axes of which no letter is among `kept`.
Term keep_only(const Term& term, const std::string& kept) {
  Dims summed;
  Term result;
  for (std::size_t i = 0; i < term.letters.size(); ++i) {
    if (kept.find(term.letters[i]) == std::string::npos) {
      summed.push_back(static_cast<std::int64_t>(i));
    } else {
      result.letters += term.letters[i];
    }
  }
  result.tensor = summed.empty() ? term.tensor : sum(term.tensor, {.axes = summed});
  return result;
}

/// The term with its axes in the order of `letters`.
Tensor ordered(const Term& term, const std::string& letters) {
  if (letters == term.letters) return term.tensor;
  Dims order;
  for (const char letter : letters) {
    order.push_back(static_cast<std::int64_t>(term.letters.find(letter)));
  }
  return transpose(term.tensor, order);
}

Dims extents(const Term& term, const std::string& letters) {
  Dims dims;
  for (const char letter : letters) dims.push_back(term.extent(letter));
  return dims;
}

std::int64_t product(const Dims& dims) {
  std::int64_t result = 1;
  for (const std::int64_t extent : dims) result *= extent;
  return result;
}

/// The product of two terms, summed over the letters that are not among `kept`.
Term contract(const Term& left_given, const Term& right_given, const std::string& kept) {
  const Term left = keep_only(left_given, kept + right_given.letters);
  const Term right = keep_only(right_given, kept + left_given.letters);
  std::string batch, rows, inner, columns;
  for (const char letter : left.letters) {
    const bool is_kept = kept.find(letter) != std::string::npos;
    (right.has(letter) ? (is_kept ? batch : inner) : rows) += letter;
  }
  for (const char letter : right.letters) {
    if (!left.has(letter)) columns += letter;
  }
  const Dims batch_dims = extents(left, batch), row_dims = extents(left, rows);
  const Dims column_dims = extents(right, columns);
  const std::int64_t depth = product(extents(left, inner));
  Dims left_dims = batch_dims, right_dims = batch_dims, result_dims = batch_dims;
  left_dims.push_back(product(row_dims));
  left_dims.push_back(depth);
  right_dims.push_back(depth);
  right_dims.push_back(product(column_dims));
  result_dims.append(row_dims.begin(), row_dims.end());
  result_dims.append(column_dims.begin(), column_dims.end());
  const Tensor result = matmul(reshape(ordered(left, batch + rows + inner), left_dims),
                               reshape(ordered(right, batch + inner + columns), right_dims));
  return {batch + rows + columns, reshape(result, result_dims)};
}

std::vector<Term> terms_of(const std::string& text, const Equation& equation,
                           const Tensors& operands) {
  if (operands.size() != equation.operands.size()) {
    fail(text, fmt::format("names {} operands, but {} {} given", equation.operands.size(),
                           operands.size(), operands.size() == 1 ? "was" : "were"));
  }
  std::vector<Term> terms;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    const std::string& letters = equation.operands[i];
    if (static_cast<std::size_t>(operands[i].rank()) != letters.size()) {
      throw Error(ErrorCode::shape, "einsum",
                  fmt::format("'{}': operand {} has shape {}, but '{}' names {} axes", text, i,
                              operands[i].shape().to_string(), letters, letters.size()),
                  {operands[i].shape()});
    }
    terms.push_back(without_repeats(text, {letters, operands[i]}));
  }
  for (const Term& term : terms) {
    for (const char letter : term.letters) {
      for (const Term& other : terms) {
        if (!other.has(letter) || other.extent(letter) == term.extent(letter)) continue;
        throw Error(ErrorCode::shape, "einsum",
                    fmt::format("'{}': axis '{}' has extents {} and {}", text, letter,
                                term.extent(letter), other.extent(letter)),
                    {term.tensor.shape(), other.tensor.shape()});
      }
    }
  }
  return terms;
}

}  // namespace

Tensor einsum(const std::string& equation, const Tensors& operands) {
  const Equation parsed = parse(equation);
  std::vector<Term> terms = terms_of(equation, parsed, operands);
  Term result = std::move(terms.front());
  for (std::size_t i = 1; i < terms.size(); ++i) {
    std::string kept = parsed.result;  // and what later operands still need
    for (std::size_t j = i + 1; j < terms.size(); ++j) kept += terms[j].letters;
    result = contract(result, terms[i], kept);
  }
  return ordered(keep_only(result, parsed.result), parsed.result);
}

}  // namespace gradus
