#include "gradus/symbolic/expression.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "gradus/symbolic/evaluate.h"
#include "gradus/symbolic/parse.h"
#include "tests/support/error_of.h"
#include "tests/symbolic/random_formulas.h"

namespace gradus::symbolic {
namespace {

using ::testing::ElementsAre;
using testing::error_of;

std::string echo(const std::string& text) { return parse(text).to_string(); }
std::string latex(const std::string& text) { return parse(text).to_latex(); }

TEST(Expression, PrintsWithTheBracketsThatItNeeds) {
  for (const char* text : {"x^2*sin(x)", "x - y - 1", "x - (y - 1)", "(x + 1)*(y - 1)",
                           "x/y",        "x/(y*2)",   "(x + 1)/y",   "-x",
                           "-x^2",       "(-x)^2",    "x^(-y)",      "x^(y + 1)",
                           "(x^2)^3",    "x^(2^y)",   "sqrt(x + 1)", "1/3",
                           "2^x",        "(1/2)^x",   "x*(-y)",      "exp(-x^2)",
                           "1/sqrt(x)",  "x - 2*y",   "-(x + y)"}) {
    const std::string printed = echo(text);
    EXPECT_EQ(evaluate_number(parse(printed), {{"x", 1.25}, {"y", 0.75}}),
              evaluate_number(parse(text), {{"x", 1.25}, {"y", 0.75}}))
        << text << " was printed as " << printed;
    EXPECT_EQ(echo(printed), printed);
  }
  EXPECT_EQ(echo("x^2 * sin( x )"), "x^2*sin(x)");
  EXPECT_EQ(echo("x - (y - 1)"), "x - (y - 1)");
  EXPECT_EQ(echo("x^(1/2)"), "x^(1/2)");
  EXPECT_EQ(echo("sqrt(x)/(2*y)"), "sqrt(x)/(2*y)");
  EXPECT_EQ(echo("(x+1)^-2"), "1/(x + 1)^2");
}

TEST(Expression, PrintsWhatParsesToTheSameFunction) {
  for (std::uint32_t seed = 0; seed < 300; ++seed) {
    const Expression e = RandomFormulas(seed).draw(4);
    const std::string printed = e.to_string();
    const double expected = evaluate_number(e, {{"x", 0.8}, {"y", 1.3}});
    EXPECT_NEAR(evaluate_number(parse(printed), {{"x", 0.8}, {"y", 1.3}}), expected,
                1e-12 * (1 + std::abs(expected)))
        << printed;
  }
}

TEST(Expression, PrintsLatex) {
  EXPECT_EQ(latex("x^2*sin(x)"), "x^{2} \\sin\\left(x\\right)");
  EXPECT_EQ(latex("(x + 1)/(2*y)"), "\\frac{x + 1}{2 y}");
  EXPECT_EQ(latex("sqrt(x + 1)"), "\\sqrt{x + 1}");
  EXPECT_EQ(latex("exp(-x^2)"), "e^{-x^{2}}");
  EXPECT_EQ(latex("alpha*x_1 + pi*w12"), "\\alpha x_{1} + \\pi w_{12}");
  EXPECT_EQ(latex("2*3^x"), "2 \\cdot 3^{x}");
  EXPECT_EQ(latex("abs(x)"), "\\left|x\\right|");
  EXPECT_EQ(latex("-1/3"), "-\\frac{1}{3}");
  EXPECT_EQ(latex("rate"), "\\mathrm{rate}");
}

TEST(Expression, KnowsItsVariables) {
  const Expression e = parse("b*sin(a) + c + pi");
  EXPECT_THAT(e.variables(), ElementsAre("a", "b", "c"));
  EXPECT_TRUE(e.depends_on("a"));
  EXPECT_FALSE(e.depends_on("pi"));
}

TEST(Expression, SubstitutesFormulasForVariables) {
  EXPECT_EQ(substitute(parse("x^2 + y"), "x", parse("y + 1")).to_string(), "(y + 1)^2 + y");
}

TEST(Expression, CountsOperationsWrittenOutAndDistinct) {
  const OperationCount count = count_operations(parse("sin(x*y) + cos(x*y) + (x*y)^2"));
  EXPECT_EQ(count.written_out, 8);  // 3 products, 2 functions, 1 power, 2 additions
  EXPECT_EQ(count.distinct, 6);
}

TEST(Expression, DoublesWithoutDoublingItsStorage) {
  Expression e = Expression::variable("x");
  for (int i = 0; i < 300; ++i) e = e * e;
  const OperationCount count = count_operations(e);
  EXPECT_EQ(count.distinct, 300);
  EXPECT_NEAR(count.written_out / std::pow(2.0, 300), 1, 1e-9);
  EXPECT_EQ(evaluate_number(e, {{"x", 1}}), 1);
  EXPECT_EQ(error_of([&] { (void)e.to_string(); }).code(), ErrorCode::unsupported);
}

TEST(Expression, RefusesDepthsThatRecursionCouldNotWalk) {
  Expression e = Expression::variable("x");
  EXPECT_EQ(error_of([&] {
              for (int i = 0; i < 100000; ++i) e = Expression::call("sin", e);
            }).code(),
            ErrorCode::unsupported);
  EXPECT_EQ(error_of([] { Expression::variable("sin"); }).code(), ErrorCode::invalid_argument);
  EXPECT_EQ(error_of([] { Expression::variable("2x"); }).code(), ErrorCode::invalid_argument);
  EXPECT_EQ(error_of([] { Expression::call("f", 1); }).code(), ErrorCode::not_found);
}

}  // namespace
}  // namespace gradus::symbolic
