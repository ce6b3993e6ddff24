// Every lesson runs to its end and leaves a picture.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "program.h"

namespace gradus::cli {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
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
    const auto files = snapshot(folder.path() / "pictures");
    EXPECT_FALSE(files.empty());
    for (const auto& [name, text] : files) {
      EXPECT_THAT(name, EndsWith(".svg"));
      EXPECT_THAT(outcome.out, HasSubstr("picture: " + (folder / ("pictures/" + name))));
      EXPECT_THAT(text, StartsWith("<svg xmlns=\"http://www.w3.org/2000/svg\""));
      EXPECT_THAT(text, EndsWith("</svg>\n"));
      EXPECT_EQ(without_pictures(text).find("nan"), std::string::npos) << name;
    }
  }
  EXPECT_GT(count, 0);
}

TEST(Lessons, OfUnitOneRun) { run_lessons("1."); }
TEST(Lessons, OfUnitTwoRun) { run_lessons("2."); }

TEST(Lessons, AreListed) {
  const Outcome outcome = run({"lesson", "list"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.out, StartsWith("row   lesson "));
  EXPECT_EQ(lines_of(outcome.out).size(), listed().size() + 1);
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
