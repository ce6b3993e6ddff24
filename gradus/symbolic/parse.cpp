#include "gradus/symbolic/parse.h"

#include <algorithm>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/base/nearest_name.h"
#include "gradus/symbolic/functions.h"

namespace gradus::symbolic {
namespace {

constexpr int kDeepestNesting = 400;
constexpr std::size_t kLongestText = 1 << 20;
constexpr std::size_t kShownBefore = 60;
constexpr std::size_t kShownAfter = 20;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
/// A byte inside a character of UTF-8, which takes no column of its own.
bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

std::size_t columns(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return !is_continuation(c); }));
}

/// The fault, the text around it, and a caret below the place.
[[noreturn]] void fail(std::string_view text, std::size_t at, const std::string& what) {
  std::size_t first = at > kShownBefore ? at - kShownBefore : 0;
  while (first < at && is_continuation(text[first])) ++first;
  std::size_t last = std::min(text.size(), at + kShownAfter);
  while (last < text.size() && is_continuation(text[last])) ++last;
  std::string shown(text.substr(first, last - first));
  std::replace_if(shown.begin(), shown.end(), is_blank, ' ');
  const std::size_t indent = columns(text.substr(first, at - first));
  throw Error(ErrorCode::format, "parse",
              fmt::format("column {}: {}\n  {}\n  {}^", columns(text.substr(0, at)) + 1, what,
                          shown, std::string(indent, ' ')));
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Expression run() {
    skip_blanks();
    if (at_ == text_.size()) fail_here("there is no expression");
    Expression result = sum();
    if (at_ < text_.size()) {
      fail_here(next() == ')' ? std::string("there is no bracket that this one closes")
                              : fmt::format("expected an operator before {}", token()));
    }
    return result;
  }

 private:
  [[noreturn]] void fail_here(const std::string& what) const { fail(text_, at_, what); }

  char next() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void skip_blanks() {
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
  }
  bool take(std::string_view symbol) {
    if (!text_.substr(at_).starts_with(symbol)) return false;
    at_ += symbol.size();
    skip_blanks();
    return true;
  }

  /// What stands here, for messages.
  std::string token() const {
    if (at_ == text_.size()) return "the end";
    std::size_t end = at_ + 1;
    if (is_letter(next()) || is_digit(next())) {
      while (end < text_.size() && (is_letter(text_[end]) || is_digit(text_[end]))) ++end;
    } else {
      while (end < text_.size() && is_continuation(text_[end])) ++end;
    }
    return fmt::format("'{}'", text_.substr(at_, end - at_));
  }

  /// Counts the levels of nesting while it lives.
  class Level {
   public:
    explicit Level(Parser& parser) : parser_(parser) {
      if (++parser_.level_ > kDeepestNesting) {
        parser_.fail_here(fmt::format("more than {} levels are nested here", kDeepestNesting));
      }
    }
    ~Level() { --parser_.level_; }
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;

   private:
    Parser& parser_;
  };

  Expression sum() {
    std::vector<Expression> terms{product()};
    for (;;) {
      if (take("+")) {
        terms.push_back(product());
      } else if (take("-")) {
        terms.push_back(-product());
      } else {
        return Expression::sum(std::move(terms));
      }
    }
  }

  Expression product() {
    std::vector<Expression> factors;
    bool after_number = is_digit(next()) || next() == '.';
    factors.push_back(signed_power());
    for (;;) {
      const bool asterisk = next() == '*' && !text_.substr(at_).starts_with("**");
      if (asterisk) {
        take("*");
        after_number = is_digit(next()) || next() == '.';
        factors.push_back(signed_power());
      } else if (take("/")) {
        after_number = false;
        factors.push_back(power(signed_power(), -1));
      } else if (after_number && (is_letter(next()) || next() == '(')) {
        after_number = false;
        factors.push_back(signed_power());
      } else {
        return Expression::product(std::move(factors));
      }
    }
  }

  Expression signed_power() {
    const Level level(*this);
    if (take("-")) return -signed_power();
    if (take("+")) return signed_power();
    const Expression base = atom();
    if (take("^") || take("**")) return power(base, signed_power());
    return base;
  }

  Expression atom() {
    if (is_digit(next()) || next() == '.') return number();
    if (is_letter(next())) return name();
    if (next() == '(') return bracket();
    if (at_ == text_.size()) fail_here("expected a number, a name or a bracket here");
    fail_here(fmt::format("expected a number, a name or a bracket, not {}", token()));
  }

  Expression number() {
    const std::size_t start = at_;
    const auto digits = [&] {
      while (is_digit(next())) ++at_;
    };
    digits();
    if (next() == '.') {
      ++at_;
      digits();
    }
    if (next() == 'e' || next() == 'E') {
      // 2e3 is a number, 2e a product.
      std::size_t exponent = at_ + 1;
      if (exponent < text_.size() && (text_[exponent] == '+' || text_[exponent] == '-')) ++exponent;
      if (exponent < text_.size() && is_digit(text_[exponent])) {
        at_ = exponent;
        digits();
      }
    }
    const auto value = Number::parse(std::string(text_.substr(start, at_ - start)));
    if (!value) {
      fail(
          text_, start,
          fmt::format("'{}' is not a number that fits a double", text_.substr(start, at_ - start)));
    }
    skip_blanks();
    return Expression(*value);
  }

  Expression bracket() {
    const Level level(*this);
    const std::size_t opened = at_;
    take("(");
    Expression inside = sum();
    if (!take(")")) {
      if (at_ == text_.size()) fail(text_, opened, "this bracket is not closed");
      fail_here(fmt::format("expected an operator or ')' before {}", token()));
    }
    return inside;
  }

  Expression name() {
    const std::size_t start = at_;
    while (is_letter(next()) || is_digit(next()) || next() == '_') ++at_;
    const std::string name(text_.substr(start, at_ - start));
    skip_blanks();
    const FunctionRule* rule = find_function(name == "ln" ? "log" : name);
    if (rule || name == "sqrt") {
      if (next() != '(') {
        fail_here(fmt::format("{0} needs its argument in brackets: {0}(...)", name));
      }
      const Expression argument = bracket();
      return rule ? Expression::call(*rule, argument) : square_root(argument);
    }
    if (name == "pi") return Expression::pi();
    if (name == "e") return Expression::e();
    if (next() == '(') fail(text_, start, unknown_function(name));
    return Expression::variable(name);
  }

  static std::string unknown_function(const std::string& name) {
    std::vector<std::string> names{"sqrt", "ln"};
    for (const FunctionRule& rule : functions()) names.emplace_back(rule.name);
    const std::string nearest = name.size() > 1 ? nearest_name(name, names) : std::string();
    if (!nearest.empty()) {
      return fmt::format("there is no function {}; did you mean {}?", name, nearest);
    }
    return fmt::format("there is no function {0}; a product is {0}*(...)", name);
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int level_ = 0;
};

}  // namespace

Expression parse(std::string_view text) {
  if (text.size() > kLongestText) {
    throw Error(
        ErrorCode::format, "parse",
        fmt::format("the text has {} characters; at most {} are read", text.size(), kLongestText));
  }
  return Parser(text).run();
}

}  // namespace gradus::symbolic
