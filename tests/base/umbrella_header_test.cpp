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
    "ops", "autodiff", "linalg", "stats", "nn",   "optim",      "data",
    "io",  "train",    "report", "learn", "dist", "generative", "sequence"};

std::string text_of(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

TEST(UmbrellaHeader, IncludesEveryPublicHeader) {
  const fs::path root = GRADUS_SOURCE_DIR;
  const std::string umbrella = text_of(root / "gradus/gradus.h");
  ASSERT_FALSE(umbrella.empty());
  for (const auto& folder : kPublicFolders) {
    if (!fs::exists(root / "gradus" / folder)) continue;
    for (const auto& entry : fs::directory_iterator(root / "gradus" / folder)) {
      if (entry.path().extension() != ".h") continue;
      const auto header = entry.path().lexically_relative(root).string();
      const bool internal = text_of(entry.path()).starts_with("// Internal");
      const bool included = umbrella.find("#include \"" + header + "\"\n") != std::string::npos;
      EXPECT_TRUE(internal || included)
          << header << " is neither in gradus/gradus.h nor begins with \"// Internal: <what for>\"";
      EXPECT_FALSE(internal && included) << header << " is internal, but in gradus/gradus.h";
    }
  }
}

}  // namespace
}  // namespace gradus
