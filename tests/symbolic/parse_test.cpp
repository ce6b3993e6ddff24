#include "gradus/symbolic/parse.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>

#include "gradus/symbolic/differentiate.h"
#include "gradus/symbolic/evaluate.h"
#include "tests/support/error_of.h"

namespace gradus::symbolic {
namespace {

using testing::error_of;
using testing::message_of;

double at(const std::string& text, double x, double y = 0) {
  return evaluate_number(parse(text), {{"x", x}, {"y", y}});
}

TEST(Parse, BindsOperatorsAsMathematicsDoes) {
  EXPECT_EQ(at("1 + 2*3^2", 0), 19);
  EXPECT_EQ(at("2^3^2", 0), 512);
  EXPECT_EQ(at("-x^2", 3), -9);
  EXPECT_EQ(at("2^-x", 3), 0.125);
  EXPECT_EQ(at("8/4/2", 0), 1);
  EXPECT_EQ(at("10 - 4 - 3", 0), 3);
  EXPECT_EQ(at("2**3*x", 2), 16);
  EXPECT_EQ(at("--x", 3), 3);
  EXPECT_EQ(at("3(x + 1)", 1), 6);
  EXPECT_EQ(at("2x^2", 3), 18);
  EXPECT_EQ(at("2e3", 0), 2000);
  EXPECT_NEAR(at("2e", 0), 5.43656365691809, 1e-14);
  EXPECT_NEAR(at("sin(pi/6) + ln(e) + sqrt(16)", 0), 5.5, 1e-15);
  EXPECT_EQ(at(" ( x\n+ y ) ", 3, 4), 7);
}

TEST(Parse, KeepsDecimalsExact) {
  EXPECT_EQ(parse("0.1").number(), Number(1, 10));
  EXPECT_EQ(parse("12.50").number(), Number(25, 2));
  EXPECT_EQ(parse("1e-3").number(), Number(1, 1000));
  EXPECT_FALSE(parse("1e300").number().is_exact());
  EXPECT_EQ(parse("1e300").number().value(), 1e300);
}

TEST(Parse, PointsAtTheFault) {
  EXPECT_EQ(message_of([] { parse("x^2*"); }),
            "parse: column 5: expected a number, a name or a bracket here\n  x^2*\n      ^");
  EXPECT_EQ(message_of([] { parse("2*(x + 1"); }),
            "parse: column 3: this bracket is not closed\n  2*(x + 1\n    ^");
  EXPECT_EQ(message_of([] { parse("x + 1)"); }),
            "parse: column 6: there is no bracket that this one closes\n  x + 1)\n       ^");
  EXPECT_EQ(message_of([] { parse("x y"); }),
            "parse: column 3: expected an operator before 'y'\n  x y\n    ^");
  EXPECT_EQ(message_of([] { parse("sine(x)"); }),
            "parse: column 1: there is no function sine; did you mean sin?\n  sine(x)\n  ^");
  EXPECT_EQ(message_of([] { parse("x(x + 1)"); }),
            "parse: column 1: there is no function x; a product is x*(...)\n  x(x + 1)\n  ^");
  EXPECT_EQ(message_of([] { parse("sin x"); }),
            "parse: column 5: sin needs its argument in brackets: sin(...)\n  sin x\n      ^");
  EXPECT_EQ(message_of([] { parse("x + * 2"); }),
            "parse: column 5: expected a number, a name or a bracket, not '*'\n  x + * 2\n      ^");
  EXPECT_EQ(message_of([] { parse("  "); }),
            "parse: column 3: there is no expression\n    \n    ^");
  EXPECT_EQ(message_of([] { parse("1e999"); }),
            "parse: column 1: '1e999' is not a number that fits a double\n  1e999\n  ^");
}

TEST(Parse, CountsCharactersNotBytes) {
  EXPECT_EQ(
      message_of([] { parse("2*\xc3\xa4"); }),
      "parse: column 3: expected a number, a name or a bracket, not '\xc3\xa4'\n  2*\xc3\xa4\n"
      "    ^");
}

TEST(Parse, EndsOnAnyText) {
  EXPECT_EQ(error_of([] { parse(std::string(100000, '(')); }).code(), ErrorCode::format);
  EXPECT_EQ(error_of([] { parse(std::string(100000, '-')); }).code(), ErrorCode::format);
  EXPECT_EQ(error_of([] { parse(std::string(2000000, '1')); }).code(), ErrorCode::format);
  std::string tower = "x";
  for (int i = 0; i < 10000; ++i) tower += "^x";
  EXPECT_EQ(error_of([&] { parse(tower); }).code(), ErrorCode::format);
  std::string long_sum = "x";
  for (int i = 0; i < 20000; ++i) long_sum += "+x*y";
  EXPECT_EQ(evaluate_number(parse(long_sum), {{"x", 1}, {"y", 2}}), 40001);
}

TEST(Parse, OfRandomTokensIsAFormulaOrAnErrorWithAColumn) {
  constexpr const char* kTokens[] = {"x",    "y",  "2", "0",    "1/3", "0.5", "+",    "-",
                                     "*",    "/",  "^", "(",    ")",   "sin", "sqrt", "exp",
                                     "log(", "pi", "e", "abs(", "2e9", " ",   "^-1",  "tanh("};
  std::mt19937 words(1);
  int formulas = 0;
  for (int i = 0; i < 20000; ++i) {
    std::string text;
    const std::size_t count = 1 + words() % 12;
    for (std::size_t k = 0; k < count; ++k) text += kTokens[words() % std::size(kTokens)];
    try {
      const Expression e = parse(text);
      ++formulas;
      // Whatever can be parsed can be simplified, differentiated, printed and read again.
      const Expression slope = derivative(e, "x");
      EXPECT_EQ(parse(slope.to_string()).variables(), slope.variables()) << text;
      (void)slope.to_latex();
      std::vector<NumberBinding> bindings;
      for (const std::string& name : slope.variables()) bindings.push_back({name, 0.5});
      (void)evaluate_number(slope, bindings);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::format) << text << ": " << error.what();
      EXPECT_EQ(error.message().rfind("column ", 0), 0u) << error.what();
    }
  }
  EXPECT_GT(formulas, 1000);
}

}  // namespace
}  // namespace gradus::symbolic
