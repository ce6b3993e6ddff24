#include "gradus/io/path_kind.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "gradus/base/error.h"
#include "tests/support/error_of.h"
#include "tests/support/temporary_folder.h"

namespace gradus::io {
namespace {

using gradus::testing::error_of;
using gradus::testing::TemporaryFolder;

TEST(PathKind, TellsFilesFoldersAndOthersApart) {
  const TemporaryFolder folder;
  const std::string file = folder.write("file", "x");
  EXPECT_EQ(kind_of_path("test", file), PathKind::file);
  EXPECT_EQ(kind_of_path("test", folder.path().string()), PathKind::folder);
  EXPECT_EQ(kind_of_path("test", "/dev/null"), PathKind::other);
  EXPECT_EQ(kind_of_path("test", file + "x"), PathKind::nothing);
  EXPECT_EQ(kind_of_path("test", file + "/below"), PathKind::nothing);
  EXPECT_TRUE(is_there("test", "/dev/null"));
  EXPECT_FALSE(is_there("test", file + "x"));
}

TEST(PathKind, ThatTheSystemDoesNotSayIsAnErrorNamingThePath) {
  const TemporaryFolder folder;
  const auto loop = folder.path() / "loop";
  std::filesystem::create_symlink(loop, loop);
  const Error error = error_of([&] { kind_of_path("test", loop.string()); });
  EXPECT_EQ(error.code(), ErrorCode::io);
  EXPECT_THAT(error.what(), ::testing::HasSubstr(loop.string() + ": cannot examine it"));
}

}  // namespace
}  // namespace gradus::io
