// Every lesson runs to its end, prints what is known and leaves a picture.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "program.h"

namespace gradus::cli {
namespace {

using ::testing::Contains;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

struct Listed {
  std::string name;
  std::string row;
};

std::vector<Listed> listed() {
  std::vector<Listed> all;
  for (const std::string& line : lines_of(run({"lesson", "list", "--json"}).out)) {
    const auto json = nlohmann::json::parse(line);
    all.push_back({json.at("name"), json.at("row")});
  }
  return all;
}

/// The text of an SVG file without the base64 of its pictures, which may hold any three letters.
std::string without_pictures(std::string text) {
  for (auto at = text.find("base64,"); at != text.npos; at = text.find("base64,", at + 1)) {
    text.erase(at + 7, text.find('"', at) - at - 7);
  }
  return text;
}

/// Runs of spaces as one.
std::string with_single_spaces(const std::string& text) {
  std::string squeezed;
  for (const char c : text) {
    if (c != ' ' || !squeezed.ends_with(' ')) squeezed += c;
  }
  return squeezed;
}

/// What lessons must print. The numbers are closed forms, published values, or those of NumPy
/// 2.4.6, SciPy 1.17.1 and scikit-learn 1.9.1 on the same data.
const std::map<std::string, std::vector<std::string>>& known_lines() {
  static const std::map<std::string, std::vector<std::string>> known{
      {"mean-digits",
       {"a + b [5, 7, 9]\n", "2 a [2, 4, 6]\n", "dot product 32\n",
        "outer product [[4, 5, 6], [8, 10, 12], [12, 15, 18]]\n", "of the other 899, 87.54 % have",
        "misses 44.4 % of the mean 0"}},
      {"matrix-operations",
       {"A + B [[6, 8], [10, 12]]\n", "A B [[19, 22], [43, 50]]\n", "B A [[23, 34], [31, 46]]\n",
        "A transposed [[1, 3], [2, 4]]\n", "A inverse [[-2, 1], [1.5, -0.5]]\n",
        "determinant of A -2\n", "trace of A 5\n", "rank of A 2\n",
        "R: rotation by 30 degrees 1.0000 2 below 1e-14\n", "S R 1.0800 2 below 1e-14\n",
        "an outer product 0.0000 1 no way back\n"}},
      {"kinds-of-matrices",
       {"covariance of iris - yes - yes - 10^-2.7 1.8e+02\n",
        "its eigenvectors - - yes - - 10^0.0 1.0e+00\n",
        "its eigenvalues yes yes - yes - 10^-2.7 1.8e+02\n",
        "with a constant column - yes - - yes 0 inf\n",
        "Hilbert's, order 5 - yes - yes - 10^-11.4 4.8e+05\n", "Hilbert's, order 14 - yes - - yes ",
        "0.1 times the identity, order 100 yes yes - yes - 10^-100.0 1.0e+00\n"}},
      {"unit-circles",
       {"L1/2 22.3923 13.9282 87\n", "L1 8.0000 7.0000 89\n", "L2 5.0990 5.0000 89\n",
        "L4 4.2877 4.2846 90\n", "L infinity 4.0000 4.0000 87\n", "cosine similarity 87\n"}},
      {"matrix-norms",
       {"sum of squares 5.477226 ", "column sum 6.000000 ", "row sum 7.000000 ",
        "largest singular value 5.464986 ", "sum of singular values 5.830952 "}},
      {"eigenvectors",
       {"[[4, 1], [2, 3]] 5.0000, 2.0000 [[0.707107, 0.707107], [-0.447214, 0.894427]] 5.0000\n",
        "0.8000 + 0.5000i, 0.8000 - 0.5000i none is real 0.9434\n",
        "eigenvalues 1.0000, 0.9999, 0.8421,", "in 150 of 150\n"}},
      {"families",
       {"normal(0, 1) 0.0000 0.00 1.0000 1.00 1.6449 1.4189\n", "Student t, 3 degrees 0.0000 ",
        " 2.3534 1.7735\n", " 2.3026 1.6931\n", "exponential(1) 1.0000 1.00 1.0000 ",
        "gamma(3, rate 2) 1.5000 1.50 0.7500 0.75 3.1479 1.1544\n",
        "beta(2, 5) 0.2857 0.29 0.0255 0.03 0.5818 -0.4845\n",
        "binomial(10, 0.3) 3.0000 3.00 2.1000 ", " 5.0000 1.7791\n", " 6.0000 1.9315\n",
        " 11.0000 2.2493\n", " -1.2211\n", " -0.0203\n", " 0.8965\n"}},
      {"bayes-rule",
       {"37.3 % of them malignant", "smallest third 2.8 % 51.5 % 3.2 % 3.2 %\n",
        "middle third 18.9 % 42.0 % 21.1 % 21.1 %\n", "largest third 78.3 % 6.4 % 87.8 % 87.8 %\n",
        "not independent",
        "by 0.058; among the malignant ones by 0.025, among the benign by 0.017"}},
      {"moments",
       {"mean 3.2, variance 1.56\n", "body mass index 0.5865 0.5865\n",
        "high-density lipoproteins -0.3948 -0.3948\n", "E[exp(x)] = exp(1/2) = 1.6487"}},
      {"information",
       {"entropy 2.2464\n", "entropy of five equal ones, q 2.3219\n",
        "cross-entropy of p and q 2.3219\n", "KL(p || q) 0.0755\n", "KL(q || p) 0.0830\n",
        "an iris flower: 1.5850 bits\n", "sepal length (cm) 5.55 0.5572\n",
        "sepal width (cm) 3.35 0.2831\n", "petal length (cm) 2.45 0.9183\n",
        "petal width (cm) 0.80 0.9183\n",
        "around one middle: KL(p || q) 0.4590, KL(q || p) 1.1640\n"}},
      {"regressions",
       {"weights [1.6, 3.2], sum of squared residuals 1.8\n", "R2 0.517748\n",
        "body mass index 0.3211 0.0411 7.81\n", "sex -0.1481 0.0378 -3.92\n"}},
      {"estimators", {"the mean radius of all (14.13) in ", "progress of diabetes: 0.5865; "}},
      {"likelihoods",
       {"normal 2 -1523.594 3051.19 ", "gamma 2 -1490.116 2984.23 ", "Laplace 2 -1521.293 ",
        "exponential 1 -2075.774 4153.55 ", "normal 2 -297.587 ", "gamma 2 -301.846 ",
        "2 normals 5 -200.579 411.16 426.21\n", "3 normals 8 -199.799 415.60 439.68\n"}},
      {"losses",
       {"cross-entropy 0.417030\n", "[0.7, 0.2, 0.1] 0.807030\n", "smoothed by 0.1 0.513697\n",
        "hinge between classes 0.000000\n", "from [0.5, 0.25, 0.25] 0.099273\n",
        "class 0 in the latter 0.693147\n"}},
      // LeNet-5 has 156 + 2416 + 48120 + 10164 + 850 parameters.
      {"architectures", {" 61706 "}},
      {"back-propagation",
       {"dv by back-propagation [-0.49181, -1.24894]\n",
        "dW by back-propagation [[-1.54498, -3.08997], [1.52862, 3.05723]]\n", "0 0 0\n 1 1 1\n",
        "3 -2 -2\n", "5 16 16\n", "scores with respect to 64 pixels is f32[10, 64]"}},
  };
  return known;
}

/// Runs of letters.
std::set<std::string> words_of(const std::string& text) {
  std::set<std::string> words;
  std::string word;
  for (const char c : text + ' ') {
    if (std::isalpha(static_cast<unsigned char>(c))) {
      word += c;
    } else {
      words.insert(std::exchange(word, ""));
    }
  }
  return words;
}

/// Runs the lessons of the rows that begin so.
void run_lessons(const std::string& unit) {
  int count = 0;
  for (const Listed& lesson : listed()) {
    if (!lesson.row.starts_with(unit)) continue;
    ++count;
    SCOPED_TRACE(lesson.name);
    const TemporaryFolder folder;
    const Outcome outcome = run({"lesson", "run", lesson.name, "--out", folder / "pictures"});
    if (outcome.code == 3 && outcome.err.find("package") != std::string::npos) {
      GTEST_SKIP() << outcome.err;  // a data set that is not on this machine
    }
    ASSERT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_THAT(outcome.out, StartsWith(lesson.name + " (" + lesson.row + "): "));
    EXPECT_EQ(outcome.err, "");
    if (const auto known = known_lines().find(lesson.name); known != known_lines().end()) {
      for (const std::string& line : known->second) {
        EXPECT_THAT(with_single_spaces(outcome.out), HasSubstr(line));
      }
    }
    const auto files = snapshot(folder.path() / "pictures");
    EXPECT_FALSE(files.empty());
    for (const auto& [name, text] : files) {
      EXPECT_THAT(name, EndsWith(".svg"));
      EXPECT_THAT(outcome.out, HasSubstr("picture: " + (folder / ("pictures/" + name))));
      EXPECT_THAT(text, StartsWith("<svg xmlns=\"http://www.w3.org/2000/svg\""));
      EXPECT_THAT(text, EndsWith("</svg>\n"));
      EXPECT_THAT(words_of(without_pictures(text)), Not(Contains("nan"))) << name;
    }
  }
  EXPECT_GT(count, 0);
}

TEST(Lessons, OfUnitOneRun) { run_lessons("1."); }
TEST(Lessons, OfUnitTwoRun) { run_lessons("2."); }

TEST(Lessons, AreThereForEveryRowOfTheFirstTwoUnits) {
  std::set<std::string> rows;
  for (const Listed& lesson : listed()) rows.insert(lesson.row);
  for (int row = 1; row <= 16; ++row)
    EXPECT_TRUE(rows.contains(fmt::format("1.{:02}", row))) << row;
  for (int row = 1; row <= 17; ++row)
    EXPECT_TRUE(rows.contains(fmt::format("2.{:02}", row))) << row;
}

TEST(Lessons, StandInTheirPageAndInTheCoverageOfTheirRow) {
  const std::string page = read_file(GRADUS_SOURCE_DIR "/docs/lessons.md");
  const auto coverage = lines_of(read_file(GRADUS_SOURCE_DIR "/docs/coverage.md"));
  for (const Listed& lesson : listed()) {
    SCOPED_TRACE(lesson.name);
    EXPECT_THAT(page, HasSubstr("`" + lesson.name + "`"));
    const auto row = std::find_if(coverage.begin(), coverage.end(), [&](const std::string& line) {
      return line.starts_with("| " + lesson.row + " ");
    });
    ASSERT_NE(row, coverage.end());
    EXPECT_THAT(*row, HasSubstr(lesson.name));
  }
}

TEST(Lessons, AreListed) {
  const Outcome outcome = run({"lesson", "list"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.out, StartsWith("row   lesson "));
  EXPECT_EQ(lines_of(outcome.out).size(), listed().size() + 1);
}

TEST(Lessons, SayBeforeTheyWorkThatTheirFolderIsNone) {
  const TemporaryFolder place;
  const std::string file = place / "file";
  std::ofstream(file) << "not a folder";
  for (const std::string& folder : {file, file + "/below"}) {
    const Outcome outcome = run({"lesson", "run", "mean-digits", "--out", folder});
    EXPECT_NE(outcome.code, 0);
    EXPECT_EQ(outcome.out, "");
    EXPECT_THAT(outcome.err, HasSubstr(folder));
  }
  EXPECT_EQ(read_file(file), "not a folder");
}

TEST(Lessons, AnUnknownOneIsNamed) {
  EXPECT_EQ(run({"lesson", "run", "gradient-path"}).err,
            "gradus: there is no lesson \"gradient-path\"; did you mean gradient-paths? "
            "gradus lesson list lists them all\n");
  EXPECT_THAT(run({"lesson", "run"}).err, HasSubstr("the name of a lesson is required"));
  EXPECT_EQ(run({"lesson", "walk"}).code, 2);
}

}  // namespace
}  // namespace gradus::cli
