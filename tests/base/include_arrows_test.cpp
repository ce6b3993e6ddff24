// The house of docs/architecture.md, checked: a folder includes only what stands below it.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace gradus {
namespace {

// From the ground up; folders of one row may include each other where that makes no cycle.
const std::vector<std::vector<std::string>> kHouse = {
    {"base"},
    {"memory"},
    {"core"},
    {"ops"},
    {"linalg", "stats", "autodiff", "symbolic", "optimize"},
    {"nn", "optim", "data", "io"},
    {"learn", "generative", "sequence"},
    {"train", "dist", "report"},
    {"cli", "serve", "python"},
};
// What no header includes, and what none for users does (base/function.h, base/pointer.h and
// base/small_vector.h stand in for them).
constexpr std::array<std::string_view, 3> kHeavyHeaders = {"iostream", "regex", "ranges"};
constexpr std::array<std::string_view, 7> kHeavyForUsers = {
    "functional", "memory", "map", "unordered_map", "algorithm", "sstream", "chrono"};

bool is_heavy(std::string_view header, bool internal) {
  const auto is_it = [&](std::string_view heavy) { return heavy == header; };
  return std::any_of(kHeavyHeaders.begin(), kHeavyHeaders.end(), is_it) ||
         (!internal && std::any_of(kHeavyForUsers.begin(), kHeavyForUsers.end(), is_it));
}

// Path below the repository (gradus/nn/linear.h) to text.
using Sources = std::map<std::string, std::string>;

std::optional<std::size_t> floor_of(const std::string& folder) {
  for (std::size_t floor = 0; floor < kHouse.size(); ++floor) {
    for (const auto& name : kHouse[floor]) {
      if (name == folder) return floor;
    }
  }
  return std::nullopt;
}

// "nn" for gradus/nn/linear.h; empty for what lies in gradus/ itself.
std::string folder_of(const std::string& path) {
  const auto parts = std::filesystem::path(path);
  auto part = parts.begin();
  if (part == parts.end() || *part != "gradus") return "";
  return std::distance(part, parts.end()) < 3 ? "" : std::next(part)->string();
}

struct Include {
  std::string place;   // gradus/nn/linear.h:12
  std::string target;  // gradus/ops/matmul.h, or vector
  bool quoted;
};

std::vector<Include> includes_of(const std::string& path, const std::string& text) {
  std::vector<Include> includes;
  std::istringstream lines(text);
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    std::string_view rest = line;
    const auto skip_blanks = [&] {
      rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
    };
    skip_blanks();
    if (!rest.starts_with('#')) continue;
    rest.remove_prefix(1);
    skip_blanks();
    if (!rest.starts_with("include")) continue;
    rest.remove_prefix(7);
    skip_blanks();
    if (rest.empty() || (rest[0] != '"' && rest[0] != '<')) continue;
    const bool quoted = rest[0] == '"';
    const auto end = rest.find(quoted ? '"' : '>', 1);
    if (end == std::string_view::npos) continue;
    includes.push_back(
        {path + ":" + std::to_string(number), std::string(rest.substr(1, end - 1)), quoted});
  }
  return includes;
}

// Includes between folders of one row: from, to, and one place where it happens.
using Neighbours = std::map<std::string, std::map<std::string, std::string>>;

bool reaches(const Neighbours& neighbours, const std::string& from, const std::string& to,
             std::set<std::string>& seen) {
  if (from == to) return true;
  if (!seen.insert(from).second || !neighbours.contains(from)) return false;
  for (const auto& [next, place] : neighbours.at(from)) {
    if (reaches(neighbours, next, to, seen)) return true;
  }
  return false;
}

std::vector<std::string> faults_of(const Sources& sources) {
  std::vector<std::string> faults;
  Neighbours neighbours;
  for (const auto& [path, text] : sources) {
    const std::string folder = folder_of(path);
    if (folder.empty()) continue;  // the umbrella header
    const auto floor = floor_of(folder);
    if (!floor) {
      faults.push_back(path + ": the house has no folder " + folder);
      continue;
    }
    const bool internal = text.starts_with("// Internal") || path.ends_with("-inl.h");
    for (const auto& include : includes_of(path, text)) {
      if (!include.quoted && path.ends_with(".h") && is_heavy(include.target, internal)) {
        faults.push_back(include.place + ": a header includes <" + include.target + ">");
      }
      if (!include.quoted || include.target == "gradus_commit.h") continue;  // written by the build
      if (include.target.starts_with("hwy/")) continue;  // Highway's own way of being included
      if (!include.target.starts_with("gradus/")) {
        faults.push_back(include.place + ": \"" + include.target +
                         "\" does not begin with gradus/");
        continue;
      }
      const std::string other = folder_of(include.target);
      const auto other_floor = floor_of(other);
      if (!other_floor) {
        faults.push_back(include.place + ": " + folder + " includes " + include.target);
      } else if (*other_floor > *floor) {
        faults.push_back(include.place + ": " + folder + " includes " + include.target +
                         ", which stands above it");
      } else if (*other_floor == *floor && other != folder) {
        neighbours[folder].emplace(other, include.place);
      }
    }
  }
  for (const auto& [folder, others] : neighbours) {
    for (const auto& [other, place] : others) {
      std::set<std::string> seen;
      if (reaches(neighbours, other, folder, seen))
        faults.push_back(place + ": " + folder + " and " + other + " include each other");
    }
  }
  return faults;
}

Sources sources_of_the_repository() {
  Sources sources;
  const std::filesystem::path root = GRADUS_SOURCE_DIR;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root / "gradus")) {
    const auto extension = entry.path().extension();
    if (extension != ".h" && extension != ".cpp" && extension != ".cu") continue;
    std::ostringstream text;
    text << std::ifstream(entry.path()).rdbuf();
    sources.emplace(entry.path().lexically_relative(root).string(), text.str());
  }
  return sources;
}

TEST(IncludeArrows, PointDownward) {
  const auto sources = sources_of_the_repository();
  ASSERT_TRUE(sources.contains("gradus/base/version.cpp"));
  for (const auto& fault : faults_of(sources)) ADD_FAILURE() << fault;
}

using Faults = std::vector<std::string>;

TEST(IncludeArrows, AnUpwardIncludeIsNamedWithFileAndLine) {
  EXPECT_EQ(
      faults_of({{"gradus/core/tensor.cpp", "\n# include \"gradus/ops/add.h\"\n"}}),
      Faults{"gradus/core/tensor.cpp:2: core includes gradus/ops/add.h, which stands above it"});
}

TEST(IncludeArrows, DownwardAndSystemIncludesPass) {
  EXPECT_EQ(faults_of({{"gradus/nn/linear.h",
                        "#include <vector>\n#include \"gradus/ops/matmul.h\"\n"
                        "#include \"gradus/nn/module.h\"\n"},
                       {"gradus/gradus.h", "#include \"gradus/train/fit.h\"\n"}}),
            Faults{});
}

TEST(IncludeArrows, NeighboursMayIncludeEachOtherOnlyOneWay) {
  const Sources one_way = {{"gradus/nn/a.h", "#include \"gradus/io/b.h\"\n"}};
  EXPECT_EQ(faults_of(one_way), Faults{});
  const Sources cycle = {{"gradus/nn/a.h", "#include \"gradus/io/b.h\"\n"},
                         {"gradus/io/b.h", "#include \"gradus/data/c.h\"\n"},
                         {"gradus/data/c.h", "#include \"gradus/nn/d.h\"\n"}};
  EXPECT_EQ(faults_of(cycle).size(), 3u);
}

TEST(IncludeArrows, HeavyHeadersAreRefusedInHeadersOnly) {
  EXPECT_EQ(faults_of({{"gradus/io/a.h", "#include <regex>\n"}}),
            Faults{"gradus/io/a.h:1: a header includes <regex>"});
  EXPECT_EQ(faults_of({{"gradus/io/a.h", "#include <memory>\n"}}),
            Faults{"gradus/io/a.h:1: a header includes <memory>"});
  EXPECT_EQ(faults_of({{"gradus/io/a.h", "// Internal: a.\n#include <memory>\n"}}), Faults{});
  EXPECT_EQ(faults_of({{"gradus/cli/main.cpp", "#include <iostream>\n"}}), Faults{});
}

TEST(IncludeArrows, UnknownFoldersAndRelativeIncludesAreRefused) {
  EXPECT_EQ(faults_of({{"gradus/utils/a.h", ""}}),
            Faults{"gradus/utils/a.h: the house has no folder utils"});
  EXPECT_EQ(faults_of({{"gradus/io/a.cpp", "#include \"a.h\"\n"}}),
            Faults{"gradus/io/a.cpp:1: \"a.h\" does not begin with gradus/"});
}

}  // namespace
}  // namespace gradus
