#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/symbolic/expression.h"
#include "gradus/symbolic/functions.h"

namespace gradus::symbolic {
namespace {

constexpr double kMostOperations = 1e6;

/// How tightly a text binds.
enum Level { kSum = 1, kProduct = 2, kPower = 3, kAtom = 4 };

struct Text {
  std::string text;
  Level level;
};

/// A product as it is written: a sign, factors above and below the line.
struct Fraction {
  bool negative = false;
  std::vector<Expression> above;
  std::vector<Expression> below;
};

/// What text and LaTeX have in common: brackets where they are needed, signs, fractions, roots.
class Writer {
 public:
  virtual ~Writer() = default;

  Text write(const Expression& e) const {
    switch (e.kind()) {
      case Kind::number:
        return write_number(e.number());
      case Kind::constant:
      case Kind::variable:
        return {name(e.name(), e.kind()), kAtom};
      case Kind::sum:
        return write_sum(e);
      case Kind::product:
        return write_product(fraction_of(e));
      case Kind::power: {
        const Fraction fraction = fraction_of(e);
        if (!fraction.below.empty()) return write_product(fraction);
        return write_power(e.operands()[0], e.operands()[1]);
      }
      case Kind::function:
        return call(e.rule(), write(e.operands()[0]).text);
    }
    return {};
  }

 protected:
  virtual std::string name(const std::string& name, Kind kind) const = 0;
  virtual Text quotient(const std::string& above, Level above_level, const std::string& below,
                        Level below_level) const = 0;
  virtual std::string times(const std::string& a, const std::string& b) const = 0;
  virtual Text raised(const std::string& base, const Text& exponent) const = 0;
  virtual Text root(const std::string& inside) const = 0;
  virtual Text call(const FunctionRule& rule, const std::string& inside) const = 0;
  virtual std::string bracketed(const std::string& inside) const = 0;
  virtual std::string decimal(const std::string& digits) const = 0;

  std::string at_least(const Text& text, Level level) const {
    return text.level >= level ? text.text : bracketed(text.text);
  }

 private:
  /// A factor that belongs below the line, as what stands there.
  static bool goes_below(const Expression& factor, Expression& below) {
    if (factor.kind() != Kind::power) return false;
    const Expression& exponent = factor.operands()[1];
    if (!exponent.is_number() || !exponent.number().is_negative()) return false;
    const Number opposite = -exponent.number();
    below = opposite.is_one() ? factor.operands()[0] : power(factor.operands()[0], opposite);
    return true;
  }

  static Fraction fraction_of(const Expression& e) {
    Fraction result;
    const std::vector<Expression> alone{e};
    const auto& factors = e.kind() == Kind::product ? e.operands() : alone;
    for (std::size_t i = 0; i < factors.size(); ++i) {
      Expression below;
      if (goes_below(factors[i], below)) {
        result.below.push_back(below);
      } else if (i == 0 && factors[i].is_number()) {
        put_coefficient(factors[i].number(), factors.size() > 1, result);
      } else {
        result.above.push_back(factors[i]);
      }
    }
    return result;
  }

  static void put_coefficient(Number number, bool has_others, Fraction& result) {
    result.negative = number.is_negative();
    if (result.negative) number = -number;
    const bool splits = number.is_exact() && !number.is_integer() && !number.is_decimal();
    const Number top = splits ? Number(number.numerator()) : number;
    if (!top.is_one() || !has_others) result.above.emplace_back(top);
    if (splits) result.below.emplace_back(Number(number.denominator()));
  }

  Text write_number(const Number& number) const {
    if (number.is_integer() || number.is_decimal()) {
      return {decimal(number.to_string()), number.is_negative() ? kSum : kAtom};
    }
    Fraction fraction;
    put_coefficient(number, false, fraction);
    return write_product(fraction);
  }

  Text write_sum(const Expression& e) const {
    std::string text;
    for (const Expression& operand : e.operands()) {
      Text term = write(operand);
      // A product that begins with a sign, or a negative number; not a sum that does.
      const bool negative = operand.kind() != Kind::sum && term.text.starts_with('-');
      if (operand.kind() == Kind::sum) term.text = bracketed(term.text);
      if (text.empty()) {
        text = term.text;
      } else {
        text += negative ? " - " + term.text.substr(1) : " + " + term.text;
      }
    }
    return {text, kSum};
  }

  /// Factors with what joins them. A single one keeps its own level.
  Text joined(const std::vector<Expression>& factors) const {
    if (factors.empty()) return {decimal("1"), kAtom};
    if (factors.size() == 1) return write(factors[0]);
    std::string text;
    for (const Expression& factor : factors) {
      // A quotient between factors would take in those after it.
      const std::string one = at_least(write(factor), text.empty() ? kProduct : kPower);
      text = text.empty() ? one : times(text, one);
    }
    return {text, kProduct};
  }

  Text write_product(const Fraction& fraction) const {
    Text result = joined(fraction.above);
    if (!fraction.below.empty()) {
      const Text below = joined(fraction.below);
      result = quotient(result.text, result.level, below.text, below.level);
    } else if (fraction.negative) {
      result.text = at_least(result, kProduct);
    }
    if (fraction.negative) result = {"-" + result.text, kSum};
    return result;
  }

  Text write_power(const Expression& base, const Expression& exponent) const {
    if (exponent.is_number() && exponent.number() == Number(1, 2)) return root(write(base).text);
    return raised(at_least(write(base), kAtom), write(exponent));
  }
};

class TextWriter final : public Writer {
  std::string name(const std::string& name, Kind) const override { return name; }
  Text quotient(const std::string& above, Level above_level, const std::string& below,
                Level below_level) const override {
    return {at_least({above, above_level}, kProduct) + "/" + at_least({below, below_level}, kPower),
            kProduct};
  }
  std::string times(const std::string& a, const std::string& b) const override {
    return a + "*" + b;
  }
  Text raised(const std::string& base, const Text& exponent) const override {
    return {base + "^" + at_least(exponent, kAtom), kPower};
  }
  Text root(const std::string& inside) const override { return {"sqrt(" + inside + ")", kAtom}; }
  Text call(const FunctionRule& rule, const std::string& inside) const override {
    return {fmt::format("{}({})", rule.name, inside), kAtom};
  }
  std::string bracketed(const std::string& inside) const override { return "(" + inside + ")"; }
  std::string decimal(const std::string& digits) const override { return digits; }
};

constexpr std::array kGreek = {"alpha", "beta",  "gamma",  "delta", "epsilon", "zeta",  "eta",
                               "theta", "kappa", "lambda", "mu",    "nu",      "xi",    "rho",
                               "sigma", "tau",   "phi",    "chi",   "psi",     "omega", "Gamma",
                               "Delta", "Theta", "Lambda", "Sigma", "Phi",     "Psi",   "Omega"};

class LatexWriter final : public Writer {
  // x1 and x_1 are x with an index.
  std::string name(const std::string& name, Kind kind) const override {
    if (kind == Kind::constant) return name == "pi" ? "\\pi" : "e";
    std::size_t end = name.find('_');
    const auto last_letter = name.find_last_not_of("0123456789");
    if (end == name.npos) end = last_letter + 1;
    const std::string stem = name.substr(0, end);
    std::string index = name.substr(end);
    std::replace(index.begin(), index.end(), '_', ' ');
    if (index.starts_with(' ')) index.erase(0, 1);
    std::replace(index.begin(), index.end(), ' ', ',');
    std::string text = stem;
    if (std::find(kGreek.begin(), kGreek.end(), stem) != kGreek.end()) {
      text = "\\" + stem;
    } else if (stem.size() > 1) {
      text = "\\mathrm{" + stem + "}";
    }
    return index.empty() ? text : text + "_{" + index + "}";
  }
  Text quotient(const std::string& above, Level, const std::string& below, Level) const override {
    return {"\\frac{" + above + "}{" + below + "}", kProduct};
  }
  std::string times(const std::string& a, const std::string& b) const override {
    const bool digit = b[0] >= '0' && b[0] <= '9';
    return a + (digit ? " \\cdot " : " ") + b;
  }
  Text raised(const std::string& base, const Text& exponent) const override {
    return {base + "^{" + exponent.text + "}", kPower};
  }
  Text root(const std::string& inside) const override { return {"\\sqrt{" + inside + "}", kAtom}; }
  Text call(const FunctionRule& rule, const std::string& inside) const override {
    if (std::string_view(rule.name) == "exp") return {"e^{" + inside + "}", kPower};
    if (std::string_view(rule.name) == "abs") {
      return {"\\left|" + inside + "\\right|", kAtom};
    }
    return {rule.latex + bracketed(inside), kAtom};
  }
  std::string bracketed(const std::string& inside) const override {
    return "\\left(" + inside + "\\right)";
  }
  // 1e+20 as 1 \cdot 10^{20}
  std::string decimal(const std::string& digits) const override {
    const auto e = digits.find('e');
    if (e == digits.npos) return digits;
    const std::string exponent = digits.substr(e + (digits[e + 1] == '+' ? 2 : 1));
    return digits.substr(0, e) + " \\cdot 10^{" + exponent + "}";
  }
};

std::string written(const Expression& e, const Writer& writer) {
  const double operations = count_operations(e).written_out;
  if (operations > kMostOperations) {
    throw Error(ErrorCode::unsupported, "expression",
                fmt::format("written out it has {:.3g} operations; print its common "
                            "subexpressions instead",
                            operations));
  }
  return writer.write(e).text;
}

}  // namespace

std::string Expression::to_string() const { return written(*this, TextWriter()); }
std::string Expression::to_latex() const { return written(*this, LatexWriter()); }

}  // namespace gradus::symbolic
