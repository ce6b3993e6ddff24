// The linear regressions of NIST's Statistical Reference Datasets (itl.nist.gov/div898/strd), with
// their certified values, as the Debian package gretl-data brings them.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "gradus/data/package_files.h"
#include "gradus/linalg/least_squares.h"
#include "gradus/ops/rearrange.h"

namespace gradus::linalg {
namespace {

struct Regression {
  bool intercept = false;
  std::vector<double> estimates, deviations;  // certified
  std::vector<double> y;
  std::vector<std::vector<double>> x;  // the predictors of each row
};

/// "B0  0.25E-03  0.1E-04" of a certified parameter, or nothing.
void read_parameter(const std::string& line, Regression& regression) {
  std::istringstream words(line);
  std::string name;
  double estimate = 0, deviation = 0;
  if (!(words >> name >> estimate >> deviation) || name.size() < 2 || name[0] != 'B') return;
  if (name.find_first_not_of("0123456789", 1) != std::string::npos) return;
  regression.intercept |= name == "B0";
  regression.estimates.push_back(estimate);
  regression.deviations.push_back(deviation);
}

Regression read(const std::string& path) {
  Regression regression;
  std::ifstream file(path);
  bool data = false;
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string first, second;
    if (!data) {
      data = words >> first >> second && first == "Data:" && second == "y";
      read_parameter(line, regression);
      continue;
    }
    std::vector<double> numbers;
    for (double number; words >> number;) numbers.push_back(number);
    if (numbers.size() < 2) continue;
    regression.y.push_back(numbers[0]);
    regression.x.emplace_back(numbers.begin() + 1, numbers.end());
  }
  // One predictor and several parameters: its powers.
  const std::size_t count = regression.estimates.size() - (regression.intercept ? 1 : 0);
  for (auto& row : regression.x) {
    const double x = row[0];
    while (row.size() < count) row.push_back(std::pow(x, static_cast<double>(row.size() + 1)));
  }
  return regression;
}

/// The number of leading decimal digits that are right: -log10 of the relative error, or of the
/// absolute one where the certified value is 0.
double digits(double found, double certified) {
  const double error = std::abs(found - certified) / (certified == 0 ? 1 : std::abs(certified));
  return error == 0 ? 16 : -std::log10(error);
}

struct Set {
  const char* name;
  double estimate_digits, deviation_digits;
};
void PrintTo(const Set& set, std::ostream* out) { *out << set.name; }

class Nist : public ::testing::TestWithParam<Set> {};

TEST_P(Nist, CertifiedDigitsAreReached) {
  const std::string file = std::string("share/gretl/data/nist/") + GetParam().name + ".dat";
  const auto path = data::find_package_file("gretl-data", file);
  if (!path) GTEST_SKIP() << "needs the Debian package gretl-data (tools/setup)";
  const Regression regression = read(*path);
  ASSERT_GT(regression.y.size(), regression.estimates.size());
  const auto m = static_cast<std::int64_t>(regression.y.size());
  std::vector<double> rows;
  for (const auto& row : regression.x) rows.insert(rows.end(), row.begin(), row.end());
  const Tensor x = Tensor::from(rows, Shape{m, static_cast<std::int64_t>(rows.size()) / m});
  const LeastSquares fit =
      least_squares(x, Tensor::from(regression.y), {.intercept = regression.intercept});

  std::vector<double> found, errors;
  if (regression.intercept) {
    found.push_back(fit.intercept.item<double>());
    errors.push_back(fit.intercept_error.item<double>());
  }
  for (const double value : fit.coefficients.to_vector<double>()) found.push_back(value);
  for (const double value : fit.standard_errors.to_vector<double>()) errors.push_back(value);
  ASSERT_EQ(found.size(), regression.estimates.size());
  double estimates = 16, deviations = 16;
  for (std::size_t k = 0; k < found.size(); ++k) {
    estimates = std::min(estimates, digits(found[k], regression.estimates[k]));
    deviations = std::min(deviations, digits(errors[k], regression.deviations[k]));
  }
  RecordProperty("estimate_digits", std::to_string(estimates));
  RecordProperty("deviation_digits", std::to_string(deviations));
  EXPECT_GE(estimates, GetParam().estimate_digits);
  EXPECT_GE(deviations, GetParam().deviation_digits);
}

// The certified values have 15 digits. Filip's data are decimal fractions: its powers, rounded to
// 53 bits, determine the coefficients to no more than 7 digits or so. Where every residual is zero
// but for rounding (Wampler1 and 2), the deviations are certified as 0 and of the size of rounding.
INSTANTIATE_TEST_SUITE_P(Sets, Nist,
                         ::testing::Values(Set{"Norris", 12, 12}, Set{"Pontius", 11, 11},
                                           Set{"NoInt1", 13, 13}, Set{"NoInt2", 13, 13},
                                           Set{"Longley", 12, 12}, Set{"Filip", 7, 7},
                                           Set{"Wampler1", 13, 9}, Set{"Wampler2", 12, 12},
                                           Set{"Wampler3", 13, 12}, Set{"Wampler4", 13, 12},
                                           Set{"Wampler5", 12, 12}),
                         [](const auto& set) { return std::string(set.param.name); });

}  // namespace
}  // namespace gradus::linalg
