// Values by mpmath 1.4.1 at 60 digits, of the arguments as f64 holds them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "gradus/autodiff/grad.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/special.h"
#include "gradus/ops/transcendental.h"
#include "tests/support/error_of.h"

namespace gradus {
namespace {

using testing::error_of;

Tensor real(double value) { return Tensor::scalar(value, DType::f64); }

void expect_close(double actual, double expected, double relative) {
  EXPECT_NEAR(actual, expected, relative * std::fabs(expected));
}

TEST(Polygamma, IsTheDerivativeOfLogGammaOfAnyOrder) {
  const double rows[][3] = {
      {0, 0.1, -10.423754940411076232},      {0, 1.0, -0.57721566490153286061},
      {0, 7.5, 1.9467574842460867881},       {0, -1.5, 0.70315664064524318723},
      {1, 0.001, 1000001.6425331958273},     {1, 0.5, 4.9348022005446793094},
      {1, 3.0, 0.39493406684822643647},      {1, 100.0, 0.010050166663333571395},
      {1, -0.75, 18.975106932284888517},     {2, 0.3, -75.272536588726038917},
      {2, 5.0, -0.048789732245114496725},    {3, 2.5, 0.22390584881725205126},
      {5, 1.25, 32.513767681292045864},      {10, 0.5, -7431824508.8587689755},
      {10, 50.0, -4.1010911127312682882e-12}};
  for (const auto& [order, x, expected] : rows) {
    SCOPED_TRACE(x);
    expect_close(polygamma(static_cast<int>(order), real(x)).item<double>(), expected, 2e-14);
  }
}

TEST(Polygamma, IsReflectedToNegativeNumbers) {
  // mpmath 1.3.0, 60 digits, by the recurrence up to positive arguments.
  const double rows[][3] = {
      {1, -1e-09, 999999999999999877.08},     {2, -0.5, -0.8287966442343199956},
      {2, -1.5, -0.236204051641727403},       {2, -0.1, 1996.798202956204947},
      {2, -7.25, 124.00852603656573371},      {2, -100.375, 30.093438844585024933},
      {3, -0.5, 193.40909103400243724},       {3, -2.9, 60014.203057742923402},
      {4, -0.3, 9731.8349562335204389},       {4, -0.001, 23999999999999972.493},
      {5, -3.75, 492231.25090337614168},      {10, -0.5, -42108.858768975491797},
      {10, -2.25, 15220204740659.352777},     {50, -1.125, 3.4726755478311551102e+110},
      {99, -0.5, 2.3661006604908971562e+186}, {100, -0.625, -9.836613653589347935e+200}};
  for (const auto& [order, x, expected] : rows) {
    SCOPED_TRACE(x);
    // A rounding of the tangent comes with the power order + 1, and the sum of two terms of order
    // 2 at -1.5 is a twentieth of them.
    expect_close(polygamma(static_cast<int>(order), real(x)).item<double>(), expected,
                 1e-14 + 1e-15 * order);
  }
}

TEST(Polygamma, IsInfiniteAtPoles) {
  EXPECT_EQ(polygamma(1, real(-2)).item<double>(), HUGE_VAL);
  EXPECT_EQ(polygamma(3, real(0)).item<double>(), HUGE_VAL);
  EXPECT_EQ(polygamma(2, real(0.0)).item<double>(), -HUGE_VAL);
  EXPECT_EQ(polygamma(2, real(-0.0)).item<double>(), HUGE_VAL);
  EXPECT_TRUE(std::isnan(polygamma(2, real(-3)).item<double>()));
}

TEST(Polygamma, IsTheSecondDerivativeOfLogGamma) {
  const UnaryFunction f = [](const Tensor& x) { return lgamma(x); };
  EXPECT_NEAR(grad(grad(f))(real(0.5)).item<double>(), 4.9348022005446793094, 1e-13);
}

TEST(Polygamma, RefusesOrdersThatItDoesNotHave) {
  EXPECT_EQ(error_of([] { polygamma(-1, real(1)); }).code(), ErrorCode::invalid_argument);
  EXPECT_EQ(error_of([] { polygamma(101, real(1)); }).code(), ErrorCode::invalid_argument);
}

TEST(Erfinv, IsTheInverseOfErf) {
  const double rows[][2] = {{1e-10, 8.8622692545275804594e-11}, {0.01, 0.0088625012809505980923},
                            {0.3, 0.27246271472675434502},      {0.5, 0.47693627620446987338},
                            {0.7, 0.73286907795921678488},      {0.99, 1.8213863677184494559},
                            {0.999999, 3.4589107372754987775},  {-0.2, -0.17914345462129168665},
                            {-0.95, -1.3859038243496776766}};
  for (const auto& [x, expected] : rows) {
    SCOPED_TRACE(x);
    expect_close(erfinv(real(x)).item<double>(), expected, 2e-15);
  }
  EXPECT_EQ(erfinv(real(0)).item<double>(), 0);
  EXPECT_EQ(erfinv(real(1)).item<double>(), HUGE_VAL);
  EXPECT_EQ(erfinv(real(-1)).item<double>(), -HUGE_VAL);
  EXPECT_TRUE(std::isnan(erfinv(real(1.5)).item<double>()));
  EXPECT_TRUE(std::isnan(erfinv(real(NAN)).item<double>()));
}

TEST(Erfcinv, IsTheInverseOfErfcAlsoWhereErfIsOne) {
  const double rows[][2] = {{1e-300, 26.209469960516123886}, {1e-100, 15.065574702592645704},
                            {1e-10, 4.5728249673894852748},  {0.001, 2.3267537655135246664},
                            {0.4, 0.59511608144999482198},   {0.9, 0.088855990494257667182},
                            {1.2, -0.17914345462129163585},  {1.8, -0.90619380243682330954},
                            {1.999, -2.3267537655135465806}};
  for (const auto& [x, expected] : rows) {
    SCOPED_TRACE(x);
    expect_close(erfcinv(real(x)).item<double>(), expected, 2e-15);
  }
  EXPECT_EQ(erfcinv(real(0)).item<double>(), HUGE_VAL);
  EXPECT_EQ(erfcinv(real(2)).item<double>(), -HUGE_VAL);
  EXPECT_TRUE(std::isnan(erfcinv(real(-0.1)).item<double>()));
}

struct GammaRow {
  double a, x, lower, upper, by_shape;
};
const GammaRow kGammaRows[] = {
    {0.01, 1e-05, 0.89633679826719720097, 0.10366320173280279903, -9.816725261192565275},
    {0.1, 0.5, 0.94140244589013351866, 0.058597554109866481343, -0.60909197721112181233},
    {0.5, 0.01, 0.11246291601828489337, 0.88753708398171510663, -0.52251433779748299181},
    {0.5, 3.0, 0.98569412156457036047, 0.014305878435429639526, -0.047240326447973750916},
    {1.0, 1.0, 0.6321205588285576784, 0.3678794411714423216, -0.43172971063489869613},
    {2.5, 0.1, 0.00088613878881244260674, 0.99911386121118755739, -0.0030252729366812101384},
    {2.5, 2.5, 0.58411981300449207972, 0.41588018699550792028, -0.26084496236866944935},
    {2.5, 30.0, 0.99999999998784543022, 1.2154569777183038948e-11, -3.3204679676860983111e-11},
    {10.0, 3.0, 0.0011024881301154797421, 0.99889751186988452026, -0.0014156364605752093469},
    {10.0, 10.0, 0.54207028552814779169, 0.45792971447185220831, -0.12721482320991924463},
    {10.0, 25.0, 0.99977852336175121642, 0.00022147663824878358122, -0.00022661830393258108015},
    {100.0, 80.0, 0.017108313035133114166, 0.98289168696486688583, -0.0044026432434686349725},
    {100.0, 100.0, 0.51329879827914866486, 0.48670120172085133514, -0.039927497857786052221},
    {100.0, 140.0, 0.99983894282528744414, 0.00016105717471255585829, -0.000058503658598122615359},
    {1000.0, 1000.0, 0.5042052441802155085, 0.4957947558197844915, -0.012616713994069624951},
    {1000.0, 1100.0, 0.99894067674607002265, 0.0010593232539299773489, -0.00011048987784079388516},
    {10000.0, 9900.0, 0.15865119219356465696, 0.84134880780643534304, NAN},
    {1000000.0, 1001000.0, 0.84134478636834029163, 0.15865521363165970837, NAN}};

// 1e-13: the slopes add up a few hundred terms, and differ between terms of size 1.
TEST(IncompleteGamma, HasTheValuesOfMpmath) {
  for (const auto& [a, x, lower, upper, by_shape] : kGammaRows) {
    SCOPED_TRACE(::testing::Message() << a << ", " << x);
    expect_close(gammainc(real(a), real(x)).item<double>(), lower, 1e-13);
    expect_close(gammaincc(real(a), real(x)).item<double>(), upper, 1e-13);
    if (std::isnan(by_shape)) continue;
    const ScalarFunction f = [](const Tensors& v) { return gammainc(v[0], v[1]); };
    const Tensors slopes = grad(f)({real(a), real(x)});
    expect_close(slopes[0].item<double>(), by_shape, 1e-11);
    const double density = std::exp((a - 1) * std::log(x) - x - std::lgamma(a));
    expect_close(slopes[1].item<double>(), density, 1e-11);
  }
}

TEST(IncompleteGamma, OfVeryLargeShapesJoinsTheSeries) {
  // P(a, a) = 1/2 + 1 / (3 sqrt(2 pi a)) + O(1 / a): Temme 1979.
  for (const double a : {0.9e8, 1.1e8, 1e12}) {
    expect_close(gammainc(real(a), real(a)).item<double>(), 0.5 + 1 / (3 * std::sqrt(2 * M_PI * a)),
                 1e-12);
  }
}

TEST(IncompleteGamma, HasItsLimitsAndIsNanOutsideItsDomain) {
  EXPECT_EQ(gammainc(real(2), real(0)).item<double>(), 0);
  EXPECT_EQ(gammainc(real(2), real(HUGE_VAL)).item<double>(), 1);
  EXPECT_EQ(gammaincc(real(2), real(HUGE_VAL)).item<double>(), 0);
  EXPECT_TRUE(std::isnan(gammainc(real(-1), real(1)).item<double>()));
  EXPECT_TRUE(std::isnan(gammainc(real(1), real(-1)).item<double>()));
  EXPECT_TRUE(std::isnan(gammainc(real(NAN), real(1)).item<double>()));
}

TEST(IncompleteGamma, IsInverted) {
  for (const auto& row : kGammaRows) {
    SCOPED_TRACE(::testing::Message() << row.a << ", " << row.x);
    // How many digits of x the rounded probability has: its rounding over x times the density.
    const double density = std::exp(row.a * std::log(row.x) - row.x - std::lgamma(row.a));
    const double by_lower = 1e-13 + 4e-16 * row.lower / density;
    const double by_upper = 1e-13 + 4e-16 * row.upper / density;
    if (row.lower < 0.9) {
      expect_close(gammaincinv(real(row.a), real(row.lower)).item<double>(), row.x, by_lower);
    }
    expect_close(gammainccinv(real(row.a), real(row.upper)).item<double>(), row.x,
                 row.upper < 0.9 ? by_upper : by_upper + 4e-16 / density);
  }
  EXPECT_EQ(gammaincinv(real(3), real(0)).item<double>(), 0);
  EXPECT_EQ(gammaincinv(real(3), real(1)).item<double>(), HUGE_VAL);
  EXPECT_TRUE(std::isnan(gammaincinv(real(3), real(1.5)).item<double>()));
}

// SciPy 1.17.1.
TEST(IncompleteGamma, IsInvertedToTheLastDigits) {
  expect_close(gammaincinv(real(7.39606727507085), real(0.16490912200768781)).item<double>(),
               4.790665682985632, 2e-15);
  expect_close(
      betaincinv(real(5.291103041138919), real(91947.51518791929), real(0.8246757396932578))
          .item<double>(),
      7.968675665875214e-05, 5e-14);
}

struct BetaRow {
  double a, b, x, value, by_shape;
};
const BetaRow kBetaRows[] = {
    {0.5, 0.5, 0.1, 0.20483276469913345754, -0.59262002214337938845},
    {0.5, 0.5, 0.9, 0.79516723530086657191, -0.27681552435835121245},
    {1.0, 1.0, 0.3, 0.2999999999999999889, -0.36119184129778079552},
    {2.0, 3.0, 0.4, 0.52480000000000003837, -0.2408693760875565718},
    {2.0, 3.0, 0.9, 0.9963000000000000024, -0.0037206817498923415677},
    {1.0, 1.0, 0.7, 0.69999999999999995559, -0.24967246075711269381},
    {3.0, 2.0, 0.95, 0.98598124999999997595, -0.0077054765168550721799},
    {5.0, 1.0, 0.99, 0.95099004989999995734, -0.0095577693948331027439},
    {2.0, 3.0, 0.001, 5.9920030000000002493e-6, -0.000037897287854926803614},
    {10.0, 2.0, 0.9, 0.69735688020000009463, -0.038606036485404992042},
    {10.0, 2.0, 0.2, 9.2160000000000050022e-7, -1.4013379800992676148e-6},
    {0.1, 5.0, 0.02, 0.82135099213643812931, -1.6638638825787725245},
    {5.0, 0.1, 0.98, 0.1786490078635618045, -0.016531000380190701792},
    {50.0, 60.0, 0.45, 0.46423529143060362867, -0.041855838694009241651},
    {50.0, 60.0, 0.6, 0.99894322877191006598, -0.00032119070831862666373},
    {500.0, 300.0, 0.6, 0.072921591992531694012, -0.0039055719570443518409},
    {1000.0, 1000.0, 0.51, 0.81444734056848855006, -0.0059214242964041313505}};

TEST(IncompleteBeta, HasTheValuesOfMpmath) {
  for (const auto& [a, b, x, value, by_shape] : kBetaRows) {
    SCOPED_TRACE(::testing::Message() << a << ", " << b << ", " << x);
    expect_close(betainc(real(a), real(b), real(x)).item<double>(), value, 1e-13);
    const ScalarFunction f = [](const Tensors& v) { return betainc(v[0], v[1], v[2]); };
    expect_close(grad(f)({real(a), real(b), real(x)})[0].item<double>(), by_shape, 1e-11);
    // I_x(a, b) = 1 - I_1-x(b, a), so this is the slope in the other shape; 1 - x is rounded.
    expect_close(-grad(f)({real(b), real(a), real(1 - x)})[1].item<double>(), by_shape, 1e-11);
  }
}

TEST(IncompleteBeta, IsInverted) {
  for (const auto& [a, b, x, value, by_shape] : kBetaRows) {
    if (value > 0.999) continue;
    SCOPED_TRACE(::testing::Message() << a << ", " << b << ", " << x);
    expect_close(betaincinv(real(a), real(b), real(value)).item<double>(), x, 2e-14);
  }
}

TEST(IncompleteBeta, HasItsLimitsAndIsNanOutsideItsDomain) {
  EXPECT_EQ(betainc(real(2), real(3), real(0)).item<double>(), 0);
  EXPECT_EQ(betainc(real(2), real(3), real(1)).item<double>(), 1);
  EXPECT_TRUE(std::isnan(betainc(real(2), real(3), real(1.1)).item<double>()));
  EXPECT_TRUE(std::isnan(betainc(real(0), real(3), real(0.5)).item<double>()));
  EXPECT_EQ(betaincinv(real(2), real(3), real(0)).item<double>(), 0);
  EXPECT_EQ(betaincinv(real(2), real(3), real(1)).item<double>(), 1);
  EXPECT_EQ(error_of([] {
              betainc(Tensor{1, 2}, Tensor{1, 2, 3}, Tensor(0.5f));
            }).code(),
            ErrorCode::shape);
}

TEST(XLogY, IsZeroWhereBothAreZeroAndKeepsItsSlopes) {
  EXPECT_EQ(x_log_y(real(0), real(0)).item<double>(), 0);
  EXPECT_NEAR(x_log_y(real(2), real(3)).item<double>(), 2 * std::log(3.0), 1e-15);
  const ScalarFunction f = [](const Tensors& v) { return x_log_y(v[0], v[1]); };
  EXPECT_NEAR(grad(f)({real(0), real(3)})[0].item<double>(), std::log(3.0), 1e-15);
}

}  // namespace
}  // namespace gradus
