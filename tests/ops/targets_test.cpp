#include "gradus/ops/targets.h"

#include <gtest/gtest.h>
#include <hwy/highway.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace gradus {
namespace {

// Highway's own choice is the reference; the program must not need it.
TEST(Targets, TheBestOneIsTheOneThatHighwayChooses) {
  const std::int64_t usable = hwy::SupportedTargets() & HWY_TARGETS;
  EXPECT_EQ(best_target(), usable & -usable)
      << hwy::TargetName(best_target()) << " and " << hwy::TargetName(usable & -usable);
}

TEST(Targets, ThePlaceInATableIsTheOneThatHighwayComputes) {
  hwy::ChosenTarget chosen;
  chosen.Update(hwy::SupportedTargets());
  EXPECT_EQ(target_place() + 1,
            chosen.GetIndex());  // the first place of its tables is for choosing
}

TEST(Targets, NoKernelIsDispatchedByLibhwy) {
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(GRADUS_SOURCE_DIR "/gradus")) {
    if (entry.path().extension() != ".cpp") continue;
    std::stringstream text;
    text << std::ifstream(entry.path()).rdbuf();
    EXPECT_EQ(text.str().find("HWY_EXPORT("), std::string::npos)
        << entry.path() << ": use GRADUS_EXPORT, so that libhwy need not be loaded";
  }
}

}  // namespace
}  // namespace gradus
