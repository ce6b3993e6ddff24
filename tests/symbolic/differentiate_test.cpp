#include "gradus/symbolic/differentiate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "gradus/symbolic/common_subexpressions.h"
#include "gradus/symbolic/evaluate.h"
#include "gradus/symbolic/parse.h"
#include "gradus/symbolic/simplify.h"
#include "tests/support/error_of.h"
#include "tests/support/tensors.h"
#include "tests/symbolic/random_formulas.h"

namespace gradus::symbolic {
namespace {

using testing::column;
using testing::error_of;
using testing::message_of;
using testing::near;

std::string derived(const std::string& text) { return derivative(parse(text), "x").to_string(); }

TEST(Derivative, HasTheFormOfTheTextbook) {
  EXPECT_EQ(derived("x^2*sin(x)"), "x^2*cos(x) + 2*x*sin(x)");
  EXPECT_EQ(derived("x^3"), "3*x^2");
  EXPECT_EQ(derived("1/x"), "-1/x^2");
  EXPECT_EQ(derived("sqrt(x)"), "1/(2*sqrt(x))");
  EXPECT_EQ(derived("exp(-x^2)"), "-2*x*exp(-x^2)");
  EXPECT_EQ(derived("log(x)"), "1/x");
  EXPECT_EQ(derived("y^2"), "0");
  EXPECT_EQ(derived("2^x"), "2^x*log(2)");
  EXPECT_EQ(derived("e^x"), "exp(x)");
  EXPECT_EQ(derived("sin(x)^2 + cos(x)^2"), "0");
  EXPECT_EQ(derived("relu(x)"), "step(x)");
  EXPECT_EQ(derived("x*y + y"), "y");
}

struct Values {
  const char* formula;
  std::vector<double> expected;  // the derivatives of order 0 to 3 at 0.7
};

TEST(Derivative, AgreesWithSymPy) {
  // SymPy 1.14.0 to 17 digits.
  const Values all[] = {
      {"x^2*sin(x)",
       {0.31566666674646862, 1.2766774339021668, 3.1143268321254811, 1.5085661655392288}},
      {"exp(-x^2/2)",
       {0.78270453824186817, -0.54789317676930772, -0.39917931450335277, 1.3752118736909624}},
      {"log(1+x^2)",
       {0.39877611995736777, 0.93959731543624161, 0.45943876401963875, -2.1245793088103837}},
      {"x^x", {0.77905591267044909, 0.50118618869357868, 1.4353626510390711, 0.76545527121441127}},
      {"sqrt(1+x^2)",
       {1.2206555615733703, 0.57346234436332833, 0.54982008088526206, -0.77491420795909418}},
      {"tanh(x)*x",
       {0.42305744398201445, 1.0486854901048845, 0.73241656290057559, -2.2165823361074841}},
      {"sigmoid(x)",
       {0.66818777216816611, 0.22171287329310905, -0.074578788440341810, -0.073226715810208320}},
      {"sin(x)^2*cos(x)",
       {0.31742207297108647, 0.48635260317723256, -1.3271142821708014, -5.6656088030704752}},
      {"atan(x/2)",
       {0.33667481938672718, 0.44543429844097996, -0.13888819995932560, -0.11179991915275016}},
      {"(x^2+1)^3/(x-4)",
       {-1.0024087878787879, -3.1293420569329660, -11.242934579959373, -37.966304163599430}},
      {"erf(x)",
       {0.67780119383741847, 0.69127486041053857, -0.96778480457475400, -0.027650994416421543}},
      {"asinh(x)",
       {0.65266656608235579, 0.81923192051904047, -0.38487405661968344, -0.0073801353138961350}},
      {"acosh(x+2)",
       {1.6501934549794749, 0.39872611141445000, -0.17115429265803100, 0.15701489016146282}},
      {"x*exp(sin(x))*log(x+2)",
       {1.3241511916300920, 3.3981696139402114, 4.7983433558038445, -0.63244658449351116}},
      {"cosh(x)^x",
       {1.1724424776378975, 0.76247178860784863, 2.4339663725623665, 5.7066005979073159}},
  };
  for (const Values& values : all) {
    for (int order = 0; order <= 3; ++order) {
      const Expression found = derivative(parse(values.formula), "x", order);
      const double expected = values.expected[static_cast<std::size_t>(order)];
      EXPECT_NEAR(evaluate_number(found, {{"x", 0.7}}), expected, 1e-13 * (1 + std::abs(expected)))
          << values.formula << " order " << order << ": " << found;
    }
  }
}

TEST(Derivative, AgreesWithAutomaticDifferentiationAndTheComplexStep) {
  const Tensor x = Tensor::scalar(0.9, DType::f64);
  const Tensor y = Tensor::scalar(1.2, DType::f64);
  for (std::uint32_t seed = 0; seed < 200; ++seed) {
    const Expression e = RandomFormulas(seed).draw(4);
    const auto automatic = grad(as_function(e, std::vector<std::string>{"x", "y"}))({x, y});
    const std::vector<Expression> symbolic = gradient(e, {"x", "y"});
    for (std::size_t i = 0; i < 2; ++i) {
      const double expected = evaluate_number(symbolic[i], {{"x", 0.9}, {"y", 1.2}});
      const double tolerance = 1e-11 * (1 + std::abs(expected));
      EXPECT_NEAR(automatic[i].item<double>(), expected, tolerance) << seed << ": " << e;
      EXPECT_NEAR(complex_step(e, i == 0 ? "x" : "y", {{"x", 0.9}, {"y", 1.2}}), expected,
                  tolerance)
          << seed << ": " << e;
      const Expression raw = differentiate(e, i == 0 ? "x" : "y");
      EXPECT_NEAR(evaluate_number(raw, {{"x", 0.9}, {"y", 1.2}}), expected, tolerance)
          << seed << ": " << e;
    }
  }
}

TEST(ComplexStep, IsExactWhereDifferencesCannotBe) {
  // Squire and Trapp 1998, their example at 1.5.
  const Expression f = parse("exp(x)/sqrt(sin(x)^3 + cos(x)^3)");
  const double expected = 4.05342789389862;
  EXPECT_NEAR(complex_step(f, "x", {{"x", 1.5}}), expected, 1e-14);
  EXPECT_NEAR(complex_step(f, "x", {{"x", 1.5}}, 1e-20), expected, 1e-14);
}

TEST(ComplexStep, FollowsKinksAndRefusesErf) {
  EXPECT_EQ(complex_step(parse("abs(x)"), "x", {{"x", -2}}), -1);
  EXPECT_EQ(complex_step(parse("relu(x)*x"), "x", {{"x", 2}}), 4);
  EXPECT_TRUE(std::isnan(complex_step(parse("log(x)"), "x", {{"x", -2}})));
  EXPECT_EQ(message_of([] {
              complex_step(parse("erf(x)"), "x", {{"x", 1}});
            }),
            "complex_step: erf is not offered for complex arguments");
}

TEST(Simplify, KeepsValuesAndIsDoneInOneGo) {
  for (std::uint32_t seed = 0; seed < 300; ++seed) {
    const Expression e = RandomFormulas(seed).draw(4);
    const double expected = evaluate_number(e, {{"x", 0.6}, {"y", 1.4}});
    for (const Expression& simple : {simplify(e), expand(e)}) {
      EXPECT_NEAR(evaluate_number(simple, {{"x", 0.6}, {"y", 1.4}}), expected,
                  1e-10 * (1 + std::abs(expected)))
          << seed << ": " << e << " became " << simple;
    }
    const Expression simple = simplify(e);
    EXPECT_EQ(simplify(simple), simple) << seed << ": " << simplify(simple);
  }
}

TEST(Simplify, KnowsTheUsualRules) {
  const std::pair<const char*, const char*> rules[] = {
      {"x + x", "2*x"},
      {"x - x", "0"},
      {"x*x*x", "x^3"},
      {"x/x", "1"},
      {"0*sin(x)", "0"},
      {"1*x + 0", "x"},
      {"2*3*x/4", "3*x/2"},
      {"(x^2)^3", "x^6"},
      {"(2*x)^3", "8*x^3"},
      {"sqrt(4*x)", "2*sqrt(x)"},
      {"sqrt(x)*sqrt(x)", "x"},
      {"sqrt(x^2)", "abs(x)"},
      {"1/3 + 1/6", "1/2"},
      {"exp(x)*exp(y)", "exp(x + y)"},
      {"exp(log(x))", "x"},
      {"exp(2*log(x))", "x^2"},
      {"log(exp(x))", "x"},
      {"sin(-x)", "-sin(x)"},
      {"cos(-x)", "cos(x)"},
      {"sin(y - x)", "-sin(x - y)"},
      {"sin(x)^2 + cos(x)^2", "1"},
      {"3*y*sin(x)^2 + 3*y*cos(x)^2 - y", "2*y"},
      {"sin(pi/2) + cos(pi)", "0"},
      {"(x + 1)^2 - x^2 - 2*x", "1"},
      {"(x + 1)*(x - 1) + 1", "x^2"},
      {"y*x*2", "2*x*y"},
      {"1 + x + x^2", "x^2 + x + 1"},
      {"2*(x + 1) - 2", "2*x"},
      {"sqrt(8/2)", "2"},
      {"0.5*x", "x/2"},
  };
  for (const auto& [text, expected] : rules) {
    EXPECT_EQ(simplify(parse(text)).to_string(), expected) << text;
  }
}

TEST(Simplify, DoesNotDivideByZero) {
  EXPECT_TRUE(std::isinf(evaluate_number(simplify(parse("1/(x - x)")), {{"x", 1}})));
  EXPECT_TRUE(std::isnan(evaluate_number(simplify(parse("0/0")), {})));
}

TEST(Expand, MultipliesOut) {
  EXPECT_EQ(expand(parse("(x + y)^3")).to_string(), "x^3 + 3*x^2*y + 3*x*y^2 + y^3");
  EXPECT_EQ(expand(parse("(x + 1)*(x + 2)*(x + 3)")).to_string(), "x^3 + 6*x^2 + 11*x + 6");
}

TEST(Evaluate, ComputesOnTensorsWithBroadcasting) {
  const Tensor result =
      evaluate(parse("x^2 - 2*x*y + sqrt(y)"), {{"x", column({1, 2})}, {"y", Tensor{4, 9}}});
  EXPECT_EQ(result.dtype(), DType::f32);
  EXPECT_EQ(result.shape(), (Shape{2, 2}));
  EXPECT_THAT(result, near({1 - 8 + 2, 1 - 18 + 3, 4 - 16 + 2, 4 - 36 + 3}));
  EXPECT_THAT(evaluate(parse("2*pi"), {}), near({6.283185307179586}, 1e-15));
  EXPECT_EQ(message_of([] {
              evaluate(parse("x + z"), {{"x", Tensor{1.0f}}});
            }),
            "evaluate: the variable z has no value");
}

TEST(Evaluate, OfEveryFunctionIsTheSameOnTensorsAndNumbers) {
  for (const char* name :
       {"exp",  "log",   "sin",   "cos", "tan",     "asin",     "acos", "atan", "sinh", "cosh",
        "tanh", "asinh", "atanh", "erf", "sigmoid", "softplus", "relu", "abs",  "sign", "step"}) {
    for (const double x : {0.3, 0.9}) {
      const Expression e = Expression::call(name, Expression::variable("x"));
      EXPECT_NEAR(evaluate(e, {{"x", Tensor::scalar(x, DType::f64)}}).item<double>(),
                  evaluate_number(e, {{"x", x}}), 1e-14)
          << name;
    }
  }
}

TEST(ShareSubexpressions, WritesCommonPartsOnce) {
  const SharedExpressions shared =
      share_subexpressions({parse("sin(x*y) + (x*y)^2"), parse("cos(x*y)*x")});
  EXPECT_EQ(shared.to_string({"f", "g"}), "t1 = x*y\nf = sin(t1) + t1^2\ng = cos(t1)*x\n");
  EXPECT_EQ(shared.operations(), 6);
  EXPECT_EQ(share_subexpressions({parse("t1*x + sin(t1*x)")}).parts[0].name, "t2");
}

TEST(ShareSubexpressions, KeepsTheSwellOfDerivativesLinear) {
  // Each step uses the last one twice, so what is written out doubles.
  Expression e = Expression::variable("x");
  for (int i = 0; i < 12; ++i) e = e * Expression::call("sin", e);
  const Expression raw = differentiate(e, "x");
  const OperationCount count = count_operations(raw);
  EXPECT_GT(count.written_out, 1e4);
  EXPECT_LT(count.distinct, 200);
  const SharedExpressions shared = share_subexpressions({raw});
  EXPECT_EQ(shared.operations(), count.distinct);
}

TEST(Differentiate, RefusesNegativeOrders) {
  EXPECT_EQ(error_of([] { derivative(parse("x"), "x", -1); }).code(), ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace gradus::symbolic
