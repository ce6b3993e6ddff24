#include "gradus/base/version.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

namespace gradus {
namespace {

TEST(Version, IsTheOneInTheBuildFile) {
  std::ifstream file(GRADUS_SOURCE_DIR "/CMakeLists.txt");
  std::stringstream text;
  text << file.rdbuf();
  EXPECT_NE(text.str().find("VERSION " + std::string(version()) + " DESCRIPTION"),
            std::string::npos);
}

TEST(Version, HasACommit) { EXPECT_FALSE(commit().empty()); }

}  // namespace
}  // namespace gradus
