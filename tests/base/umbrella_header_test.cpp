#include "gradus/differentiation.h"
#include "gradus/gradus.h"
#include "gradus/optimize.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

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

bool includes(const std::string& text, const std::string& header) {
  return text.find("#include \"" + header + "\"\n") != std::string::npos;
}

TEST(UmbrellaHeaders, IncludeEveryPublicHeader) {
  const fs::path root = GRADUS_SOURCE_DIR;
  std::vector<std::string> umbrellas;
  for (const auto& entry : fs::directory_iterator(root / "gradus")) {
    if (entry.is_regular_file()) umbrellas.push_back(text_of(entry.path()));
  }
  ASSERT_GE(umbrellas.size(), 2u);
  for (const auto& folder : kPublicFolders) {
    if (!fs::exists(root / "gradus" / folder)) continue;
    for (const auto& entry : fs::directory_iterator(root / "gradus" / folder)) {
      if (entry.path().extension() != ".h") continue;
      const auto header = entry.path().lexically_relative(root).string();
      const bool internal = text_of(entry.path()).starts_with("// Internal");
      const auto times = std::count_if(umbrellas.begin(), umbrellas.end(),
                                       [&](const auto& text) { return includes(text, header); });
      EXPECT_TRUE(internal ? times == 0 : times > 0)
          << header
          << ": a public header is in one of the headers of gradus/, one that begins with "
          << "\"// Internal: <what for>\" in none";
    }
  }
}

}  // namespace
}  // namespace gradus
