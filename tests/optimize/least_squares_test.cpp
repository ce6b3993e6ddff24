#include "gradus/optimize/least_squares.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "gradus/ops/arithmetic.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/select.h"
#include "gradus/ops/transcendental.h"
#include "gradus/symbolic/evaluate.h"
#include "gradus/symbolic/parse.h"
#include "tests/support/error_of.h"
#include "tests/support/tensors.h"

namespace gradus::optimize {
namespace {

using testing::error_of;
using testing::near;

// Of the NIST StRD collection of nonlinear regressions: data, starts, and certified values.
struct Regression {
  const char* name;
  const char* model;
  std::vector<double> start_1, start_2, parameters, errors;
  double sum_of_squares;
  std::vector<double> x, y;
};

const std::vector<Regression>& regressions() {
  static const std::vector<Regression> all = {
      {"Misra1a",
       "b1*(1 - exp(-b2*x))",
       {500, 0.0001},
       {250, 0.0005},
       {238.94212918, 0.00055015643181},
       {2.7070075241, 7.2668688436e-06},
       0.12455138894,
       {77.6, 114.9, 141.1, 190.8, 239.9, 289, 332.8, 378.4, 434.8, 477.3, 536.8, 593.1, 689.1,
        760},
       {10.07, 14.73, 17.94, 23.93, 29.61, 35.18, 40.02, 44.82, 50.76, 55.05, 61.01, 66.4, 75.47,
        81.78}},
      {"BoxBOD",
       "b1*(1 - exp(-b2*x))",
       {1, 1},
       {100, 0.75},
       {213.80940889, 0.54723748542},
       {12.354515176, 0.10455993237},
       1168.0088766,
       {1, 2, 3, 5, 7, 10},
       {109, 149, 149, 191, 213, 224}},
      {"Rat42",
       "b1/(1 + exp(b2 - b3*x))",
       {100, 1, 0.1},
       {75, 2.5, 0.07},
       {72.462237576, 2.6180768402, 0.067359200066},
       {1.7340283401, 0.088295217536, 0.0034465663377},
       8.0565229338,
       {9, 14, 21, 28, 42, 57, 63, 70, 79},
       {8.93, 10.8, 18.59, 22.33, 39.35, 56.11, 61.73, 64.62, 67.08}},
      {"Eckerle4",
       "b1/b2*exp(-((x - b3)/b2)^2/2)",
       {1, 10, 500},
       {1.5, 5, 450},
       {1.5543827178, 4.0888321754, 451.54121844},
       {0.015408051163, 0.046803020753, 0.046800518816},
       0.0014635887487,
       {400,   405, 410,   415, 420,   425, 430,   435, 436.5, 438, 439.5, 441,
        442.5, 444, 445.5, 447, 448.5, 450, 451.5, 453, 454.5, 456, 457.5, 459,
        460.5, 462, 463.5, 465, 470,   475, 480,   485, 490,   495, 500},
       {0.0001575, 0.0001699, 0.000235,  0.0003102, 0.0004917, 0.000871,  0.0017418,
        0.00464,   0.0065895, 0.0097302, 0.0149002, 0.023731,  0.0401683, 0.0712559,
        0.1264458, 0.2073413, 0.2902366, 0.3445623, 0.3698049, 0.3668534, 0.3106727,
        0.2078154, 0.1164354, 0.0616764, 0.03372,   0.0194023, 0.0117831, 0.0074357,
        0.0022732, 0.00088,   0.0004579, 0.0002345, 0.0001586, 0.0001143, 7.1e-05}},
      {"MGH09",
       "b1*(x^2 + b2*x)/(x^2 + b3*x + b4)",
       {25, 39, 41.5, 39},
       {0.25, 0.39, 0.415, 0.39},
       {0.19280693458, 0.19128232873, 0.12305650693, 0.13606233068},
       {0.011435312227, 0.19633220911, 0.080842031232, 0.090025542308},
       0.00030750560385,
       {4, 2, 1, 0.5, 0.25, 0.167, 0.125, 0.1, 0.0833, 0.0714, 0.0625},
       {0.1957, 0.1947, 0.1735, 0.16, 0.0844, 0.0627, 0.0456, 0.0342, 0.0323, 0.0235, 0.0246}},
      {"MGH10",
       "b1*exp(b2/(x + b3))",
       {2, 400000, 25000},
       {0.02, 4000, 250},
       {0.005609636471, 6181.3463463, 345.22363462},
       {0.00015687892471, 23.309021107, 0.78486103508},
       87.945855171,
       {50, 55, 60, 65, 70, 75, 80, 85, 90, 95, 100, 105, 110, 115, 120, 125},
       {34780, 28610, 23650, 19630, 16370, 13720, 11540, 9744, 8261, 7030, 6005, 5147, 4427, 3820,
        3307, 2872}},
      {"Thurber",
       "(b1 + b2*x + b3*x^2 + b4*x^3)/(1 + b5*x + b6*x^2 + b7*x^3)",
       {1000, 1000, 400, 40, 0.7, 0.3, 0.03},
       {1300, 1500, 500, 75, 1, 0.4, 0.05},
       {1288.13968, 1491.0792535, 583.23836877, 75.416644291, 0.96629502864, 0.39797285797,
        0.049727297349},
       {4.6647963344, 39.571156086, 28.698696102, 5.567537027, 0.031333340687, 0.014984928198,
        0.0065842344623},
       5642.7082397,
       {-3.067, -2.981, -2.921, -2.912, -2.84,  -2.797, -2.702, -2.699, -2.633, -2.481,
        -2.363, -2.322, -1.501, -1.46,  -1.274, -1.212, -1.1,   -1.046, -0.915, -0.714,
        -0.566, -0.545, -0.4,   -0.309, -0.109, -0.103, 0.01,   0.119,  0.377,  0.79,
        0.963,  1.006,  1.115,  1.572,  1.841,  2.047,  2.2},
       {80.574,   84.248,   87.264,   87.195,   89.076,   89.608,   89.868,   90.101,
        92.405,   95.854,   100.696,  101.06,   401.672,  390.724,  567.534,  635.316,
        733.054,  759.087,  894.206,  990.785,  1090.109, 1080.914, 1122.643, 1178.351,
        1260.531, 1273.514, 1288.339, 1327.543, 1353.863, 1414.509, 1425.208, 1421.384,
        1442.962, 1464.35,  1468.705, 1447.894, 1457.628}},
      {"Rat43",
       "b1/(1 + exp(b2 - b3*x))^(1/b4)",
       {100, 10, 1, 1},
       {700, 5, 0.75, 1.3},
       {699.6415127, 5.2771253025, 0.75962938329, 1.2792483859},
       {16.302297817, 2.0828735829, 0.19566123451, 0.68761936385},
       8786.404908,
       {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
       {16.08, 33.83, 65.8, 97.2, 191.55, 326.2, 386.87, 520.53, 590.03, 651.92, 724.93, 699.56,
        689.96, 637.56, 717.41}},
  };
  return all;
}

/// model - y over the data, as a function of the vector of b1, b2, ...
UnaryFunction residuals_of(const Regression& regression) {
  return [&regression, model = symbolic::parse(regression.model)](const Tensor& b) {
    std::vector<symbolic::Binding> bindings{{"x", Tensor::from(regression.x)}};
    for (std::int64_t i = 0; i < b.size(); ++i) {
      bindings.push_back({"b" + std::to_string(i + 1), select(b, 0, i)});
    }
    return symbolic::evaluate(model, bindings) - Tensor::from(regression.y);
  };
}

/// The number of digits in which the worst element agrees.
double digits(const Tensor& found, const std::vector<double>& certified) {
  const auto values = found.to_vector<double>();
  double worst = 11;  // that many are certified
  for (std::size_t i = 0; i < certified.size(); ++i) {
    const double error = std::abs(values[i] - certified[i]) / std::abs(certified[i]);
    worst = std::min(worst, -std::log10(error + 1e-17));
  }
  return worst;
}

TEST(MinimizeLeastSquares, ReachesTheCertifiedValuesOfNist) {
  for (const Regression& regression : regressions()) {
    for (const auto& start : {regression.start_1, regression.start_2}) {
      // From the first start of MGH10, b1 goes to 0 and the residuals to the data.
      const std::string name = regression.name;
      if (start == regression.start_1 && name == "MGH10") continue;
      const LeastSquaresFit fit =
          minimize_least_squares(residuals_of(regression), Tensor::from(start));
      SCOPED_TRACE(name + ": " + fit.report);
      EXPECT_TRUE(fit.converged());
      EXPECT_GE(digits(fit.x, regression.parameters), 6);
      EXPECT_GE(digits(fit.standard_errors, regression.errors), 5);
      EXPECT_NEAR(fit.sum_of_squares / regression.sum_of_squares, 1, 1e-9);
    }
  }
}

TEST(MinimizeLeastSquares, SolvesALinearProblemAtOnce) {
  // By the normal equations [[6, 7], [7, 9]] b = (32, 40): b = (1.6, 3.2); residuals -1.2, 0, 0.6.
  const Tensor a = Tensor::from(std::vector<double>{1, 1, 1, 2, 2, 2}, Shape{3, 2});
  const Tensor y = Tensor::from(std::vector<double>{6, 8, 9});
  const UnaryFunction residuals = [&](const Tensor& b) { return matmul(a, b) - y; };
  const Tensor start = Tensor::from(std::vector<double>{0, 0});
  for (const LeastSquaresMethod method :
       {LeastSquaresMethod::levenberg_marquardt, LeastSquaresMethod::gauss_newton}) {
    const LeastSquaresFit fit = minimize_least_squares(residuals, start, {.method = method});
    EXPECT_TRUE(fit.converged()) << fit.report;
    EXPECT_THAT(fit.x, near({1.6, 3.2}, 1e-9));
    EXPECT_NEAR(fit.sum_of_squares, 1.8, 1e-12);
  }
  EXPECT_EQ(minimize_least_squares(residuals, start, {.method = LeastSquaresMethod::gauss_newton})
                .jacobians,
            2);
}

TEST(MinimizeLeastSquares, DampingSavesWhatGaussNewtonLoses) {
  // atan(x) from 3: undamped steps overshoot further and further.
  const UnaryFunction residuals = [](const Tensor& x) { return atan(x); };
  const Tensor start = Tensor::from(std::vector<double>{3});
  EXPECT_FALSE(minimize_least_squares(
                   residuals, start, {.method = LeastSquaresMethod::gauss_newton, .iterations = 50})
                   .converged());
  const LeastSquaresFit fit = minimize_least_squares(residuals, start);
  EXPECT_TRUE(fit.converged()) << fit.report;
  EXPECT_THAT(fit.x, near({0}, 1e-8));
}

TEST(MinimizeLeastSquares, FindsAFitWhoseParametersAreNotDetermined) {
  // Only b1 + b2 matters.
  const UnaryFunction residuals = [](const Tensor& b) {
    return sum(b) - Tensor::from(std::vector<double>{1, 2, 3});
  };
  const LeastSquaresFit fit =
      minimize_least_squares(residuals, Tensor::from(std::vector<double>{0, 1}));
  EXPECT_TRUE(fit.converged()) << fit.report;
  EXPECT_NEAR(sum(fit.x).item<double>(), 2, 1e-8);
  EXPECT_FALSE(fit.standard_errors.defined());
}

TEST(MinimizeLeastSquares, APerfectFitHasConverged) {
  const Tensor a = Tensor::from(std::vector<double>{1, 2, 3, 4}, Shape{2, 2});
  const Tensor b = Tensor::from(std::vector<double>{1, 2});
  const LeastSquaresFit line = minimize_least_squares(
      [&](const Tensor& x) { return matmul(a, x) - b; }, Tensor::from(std::vector<double>{5, -7}));
  EXPECT_TRUE(line.converged()) << line.report;
  const Tensor t = Tensor::from(std::vector<double>{0, 1, 2, 3, 4});
  const Tensor y = exp(t * 0.5) * 3.0;
  const LeastSquaresFit growth = minimize_least_squares(
      [&](const Tensor& x) { return exp(t * select(x, 0, 1)) * select(x, 0, 0) - y; },
      Tensor::from(std::vector<double>{1, 0.1}));
  EXPECT_TRUE(growth.converged()) << growth.report;
  EXPECT_NEAR(growth.x.to_vector<double>()[1], 0.5, 1e-12);
}

TEST(MinimizeLeastSquares, RecordsItsPathDownhill) {
  const Regression& regression = regressions().front();
  const LeastSquaresFit fit = minimize_least_squares(
      residuals_of(regression), Tensor::from(regression.start_1), {.record = Record::path});
  ASSERT_EQ(fit.path.size(), static_cast<std::size_t>(fit.iterations) + 1);
  for (std::size_t i = 1; i < fit.path.size(); ++i) {
    EXPECT_LT(fit.path[i].value, fit.path[i - 1].value);
  }
}

TEST(MinimizeLeastSquares, RefusesBadInput) {
  const UnaryFunction f = [](const Tensor& x) { return log(x); };
  EXPECT_EQ(
      error_of([&] { minimize_least_squares(f, Tensor::from(std::vector<double>{-1})); }).code(),
      ErrorCode::numeric);
  const UnaryFunction one = [](const Tensor& x) { return sum(x); };
  EXPECT_EQ(error_of([&] { minimize_least_squares(one, Tensor{1, 2}); }).code(), ErrorCode::shape);
  EXPECT_EQ(error_of([&] { minimize_least_squares(one, Tensor()); }).code(), ErrorCode::dtype);
  EXPECT_EQ(error_of([&] { minimize_least_squares(one, Tensor{1.0f}, {.iterations = 0}); }).code(),
            ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace gradus::optimize
