#include "gradus/gradus.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

// A user's own name beside everything of Gradus. That it compiles is the test.
using namespace gradus;
struct Block {};
static_assert(sizeof(Block) > 0);

namespace gradus {
namespace {

namespace fs = std::filesystem;

// Folders whose headers are for users, but for those that say otherwise in their first line.
const std::set<std::string> kPublicFolders = {
    "ops",  "autodiff", "linalg", "stats",  "symbolic", "optimize", "nn",         "optim",
    "data", "io",       "train",  "report", "learn",    "dist",     "generative", "sequence"};

std::string text_of(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

// How many umbrella headers include it.
int count_includes(const std::string& text, const std::string& header) {
  const std::string line = "#include \"" + header + "\"\n";
  int count = 0;
  for (auto at = text.find(line); at != std::string::npos; at = text.find(line, at + 1)) ++count;
  return count;
}

TEST(UmbrellaHeaders, IncludeEveryPublicHeader) {
  const fs::path root = GRADUS_SOURCE_DIR;
  std::string umbrellas;
  for (const auto& entry : fs::directory_iterator(root / "gradus")) {
    if (entry.path().extension() == ".h") umbrellas += text_of(entry.path());
  }
  ASSERT_FALSE(umbrellas.empty());
  for (const auto& folder : kPublicFolders) {
    if (!fs::exists(root / "gradus" / folder)) continue;
    for (const auto& entry : fs::directory_iterator(root / "gradus" / folder)) {
      if (entry.path().extension() != ".h") continue;
      const auto header = entry.path().lexically_relative(root).string();
      const bool internal = text_of(entry.path()).starts_with("// Internal");
      EXPECT_EQ(count_includes(umbrellas, header), internal ? 0 : 1)
          << header << ": a public header is in one of gradus/*.h, one that begins with "
          << "\"// Internal: <what for>\" in none";
    }
  }
}

}  // namespace
}  // namespace gradus
