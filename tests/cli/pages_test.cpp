// What the pages of docs/ and README.md name is there: headers, tests, folders, recipes, commands,
// operations, lessons, keys of recipes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>

#include "gradus/ops/all_ops.h"
#include "program.h"

namespace gradus::cli {
namespace {

namespace fs = std::filesystem;

const fs::path kRoot = GRADUS_SOURCE_DIR;

std::vector<fs::path> pages() {
  std::vector<fs::path> found = {kRoot / "README.md"};
  for (const auto& entry : fs::directory_iterator(kRoot / "docs")) {
    if (entry.path().extension() == ".md") found.push_back(entry.path());
  }
  return found;
}

/// What stands between backticks, but for blocks of code.
std::vector<std::string> names_in(const std::string& text) {
  static const std::regex kBlock("```[^`]*```");
  static const std::regex kName("`([^`\n]+)`");
  const std::string prose = std::regex_replace(text, kBlock, "");
  std::vector<std::string> names;
  for (std::sregex_iterator i(prose.begin(), prose.end(), kName), end; i != end; ++i) {
    names.push_back((*i)[1]);
  }
  return names;
}

bool matches(const std::string& name, const char* pattern) {
  return std::regex_match(name, std::regex(pattern));
}

bool has_tests(const fs::path& folder) {
  if (!fs::is_directory(folder)) return false;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().stem().string().ends_with("_test")) return true;
  }
  return false;
}

/// Pages name files from the root of the repository, of the library or of the Python package.
bool is_in_a_tree(const std::string& name) {
  return fs::exists(kRoot / name) || fs::exists(kRoot / "gradus" / name) ||
         fs::exists(kRoot / "python" / name);
}

/// Lessons, each with its row of the course.
std::map<std::string, std::string> lessons() {
  std::map<std::string, std::string> rows;
  for (const std::string& line : lines_of(run({"lesson", "list", "--json"}).out)) {
    const auto lesson = nlohmann::json::parse(line);
    rows.emplace(lesson.at("name"), lesson.at("row"));
  }
  return rows;
}

/// Whether the program's reference of recipes has a table, as "[data]" or "train.early_stopping",
/// or a key in one, as "train.epochs".
bool is_recipe_key(const std::string& name) {
  static const std::vector<std::string> kReference = lines_of(run({"keys"}).out);
  const auto dot = name.find('.');
  const std::string table = name[0] == '[' ? name : "[" + name.substr(0, dot) + "]";
  bool inside = false;
  for (const std::string& line : kReference) {
    if (line.starts_with("[")) inside = line.starts_with(table);
    if (line.starts_with("[" + name + "]")) return true;
    if (inside && name[0] == '[') return true;
    if (inside && line.starts_with("  " + name.substr(dot + 1) + " ")) return true;
  }
  return false;
}

bool is_known_command(const std::string& line, const std::map<std::string, std::string>& lessons) {
  std::istringstream words(line);
  std::string program, command, first, second;
  words >> program >> command >> first >> second;
  if (command == "lesson" && first == "run") return second.empty() || lessons.contains(second);
  if (command == "ops" && !first.empty()) return find_op(first) != nullptr;
  static const std::string kHelp = run({"--help"}).out;
  return kHelp.find("\n  " + command + " ") != kHelp.npos;
}

/// What is wrong about a name that claims to be something; "" for any other.
std::string fault_of(const std::string& name, const std::map<std::string, std::string>& lessons) {
  const auto unless = [](bool holds, const char* what) { return holds ? "" : what; };
  if (matches(name, "[a-z0-9_]+(/[a-z0-9_-]+)+\\.(h|cpp|toml|py)")) {
    return unless(is_in_a_tree(name), "no such file");
  }
  if (matches(name, "[a-z]+/[a-z0-9_]+_test")) {
    return unless(fs::exists(kRoot / "tests" / (name + ".cpp")), "no such test");
  }
  if (matches(name, "[a-z]+/\\*")) {
    const std::string folder = name.substr(0, name.size() - 2);
    return unless(has_tests(kRoot / "tests" / folder), "no such folder of tests");
  }
  if (matches(name, "[a-z]+/")) {
    return unless(is_in_a_tree(name), "no such folder");
  }
  if (matches(name, "gradus [a-z]+( [a-z_0-9-]+)*")) {
    return unless(is_known_command(name, lessons), "no such command, operation or lesson");
  }
  if (matches(name, "\\[+[a-z]+(\\.[a-z]+)?\\]+|(train|data)\\.[a-z_]+")) {
    return unless(is_recipe_key(name), "no such key of a recipe");
  }
  return "";
}

TEST(Pages, NameOnlyWhatIsThere) {
  const auto known = lessons();
  ASSERT_FALSE(known.empty());
  for (const fs::path& page : pages()) {
    for (const std::string& name : names_in(read_file(page))) {
      EXPECT_EQ(fault_of(name, known), "") << page.filename() << ": " << name;
    }
  }
}

TEST(Pages, WhatIsNotThereIsFound) {
  const auto known = lessons();
  for (const char* name :
       {"nn/dense.h", "ops/nothing_test", "nothing/*", "nothing/", "recipes/nothing.toml",
        "gradus nothing", "gradus ops nothing", "gradus lesson run nothing", "[nothing]",
        "[[data.nothing]]", "train.nothing", "data.epochs"}) {
    EXPECT_NE(fault_of(name, known), "") << name;
  }
  for (const char* name :
       {"nn/linear.h", "gradus/nn/linear.h", "ops/matmul_test", "nn/*", "io/", "recipes/xor.toml",
        "gradus train", "gradus ops svd", "gradus lesson run xor", "[data]",
        "[[data.augmentation]]", "train.epochs"}) {
    EXPECT_EQ(fault_of(name, known), "") << name;
  }
}

/// The rows of the coverage page by number.
std::map<std::string, std::string> coverage() {
  std::map<std::string, std::string> rows;
  for (const std::string& line : lines_of(read_file(kRoot / "docs" / "coverage.md"))) {
    if (!std::regex_search(line, std::regex("^\\| [1-9]\\.[0-9]{2} "))) continue;
    EXPECT_TRUE(rows.emplace(line.substr(2, 4), line).second) << "twice: " << line.substr(2, 4);
  }
  return rows;
}

TEST(Pages, EveryRowOfTheCoverageNamesItsTests) {
  const auto rows = coverage();
  ASSERT_GT(rows.size(), 50u);
  for (const auto& [number, row] : rows) {
    const std::string tests = row.substr(row.rfind('|', row.size() - 2));
    EXPECT_THAT(names_in(tests), ::testing::Not(::testing::IsEmpty())) << row;
    EXPECT_EQ(std::count(row.begin(), row.end(), '|'), 6) << row;
  }
}

TEST(Pages, EveryLessonStandsInItsRowOfTheCoverage) {
  auto rows = coverage();
  for (const auto& [lesson, number] : lessons()) {
    EXPECT_THAT(names_in(rows[number]),
                ::testing::Contains(::testing::AnyOf(lesson, "gradus lesson run " + lesson)))
        << "row " << number;
  }
}

}  // namespace
}  // namespace gradus::cli
