#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include <nlohmann/json.hpp>

#include "program.h"

namespace gradus::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(Derive, PrintsTheDerivativeAlone) {
  const Outcome outcome = run({"derive", "x^2*sin(x)"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.out, "x^2*cos(x) + 2*x*sin(x)\n");
  EXPECT_EQ(run({"derive", "x^2*sin(x)", "--latex"}).out,
            "x^{2} \\cos\\left(x\\right) + 2 x \\sin\\left(x\\right)\n");
  EXPECT_EQ(run({"derive", "x^4", "--order", "2"}).out, "12*x^2\n");
  EXPECT_EQ(run({"derive", "x^2", "--raw"}).out, "2*x^1*1\n");
}

TEST(Derive, OfSeveralVariablesNamesEach) {
  EXPECT_EQ(run({"derive", "x^2*y"}).out, "d/dx = 2*x*y\nd/dy = x^2\n");
  EXPECT_EQ(run({"derive", "x^2*y", "--by", "y"}).out, "x^2\n");
  EXPECT_EQ(run({"derive", "exp(x*y)", "--shared"}).out,
            "t1 = exp(x*y)\nd/dx = y*t1\nd/dy = x*t1\n");
}

TEST(Derive, ComparesTheWaysAtAPlace) {
  const Outcome outcome = run({"derive", "x^2*sin(x)", "--at", "x=2", "--json"});
  const auto json = nlohmann::json::parse(outcome.out);
  // 4 cos 2 + 4 sin 2
  const double expected = 4 * std::cos(2.0) + 4 * std::sin(2.0);
  EXPECT_NEAR(json.at("value"), 4 * std::sin(2.0), 1e-15);
  for (const char* way : {"symbolic", "automatic", "complex step", "Richardson"}) {
    EXPECT_NEAR(json.at("at").at(way), expected, 1e-11) << way;
  }
  EXPECT_NEAR(json.at("at").at("central difference"), expected, 1e-8);
  EXPECT_NEAR(json.at("at").at("forward difference"), expected, 1e-6);
  EXPECT_THAT(run({"derive", "x^2", "--at", "x=pi/2"}).out, HasSubstr("3.141592653589793"));
}

TEST(Derive, PointsAtAFault) {
  const Outcome outcome = run({"derive", "x^2*(sin(x)"});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_EQ(outcome.err, "gradus: column 5: this bracket is not closed\n  x^2*(sin(x)\n      ^\n");
}

TEST(Derive, RefusesWhatItCannotDo) {
  EXPECT_EQ(run({"derive", "3"}).err,
            "gradus: derive: the formula has no variable; name one with --by\n");
  EXPECT_EQ(run({"derive", "rate*2", "--by", "rat"}).err,
            "gradus: the formula has no variable rat; did you mean rate?\n");
  EXPECT_EQ(run({"derive", "x*y", "--at", "x=1"}).err,
            "gradus: derive: --at gives no value for y\n");
  EXPECT_EQ(run({"derive", "x", "--at", "x=y"}).err,
            "gradus: derive: the value of x is not a number\n");
  EXPECT_THAT(run({"derive"}).err, StartsWith("gradus: FORMULA is missing"));
  EXPECT_EQ(run({"derive", "x", "--at", "5"}).code, 2);
}

TEST(Derive, NoNanHasASign) {
  const Outcome outcome = run({"derive", "log(x)", "--at", "x=-1"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.out.find("-nan"), std::string::npos) << outcome.out;
  EXPECT_THAT(outcome.out, HasSubstr("nan"));
}

}  // namespace
}  // namespace gradus::cli
