#include "gradus/io/file_lock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <optional>

#include "gradus/base/error.h"
#include "tests/support/error_of.h"
#include "tests/support/temporary_folder.h"

namespace gradus::io {
namespace {

using gradus::testing::error_of;
using gradus::testing::TemporaryFolder;

TEST(FileLock, IsHeldByOneAndGoneWithIt) {
  const TemporaryFolder folder;
  const std::string path = (folder.path() / "lock").string();
  {
    std::optional<FileLock> first(std::in_place, "test", path, "somebody is here");
    const FileLock moved = std::move(*first);
    first.reset();
    const Error error = error_of([&] { FileLock("test", path, "somebody is here"); });
    EXPECT_EQ(error.code(), ErrorCode::io);
    EXPECT_EQ(error.what(), "test: " + path + ": somebody is here");
  }
  EXPECT_FALSE(std::filesystem::exists(path));
  const FileLock again("test", path, "somebody is here");
}

TEST(FileLock, OfAProcessThatDiedIsFree) {
  const TemporaryFolder folder;
  const std::string path = (folder.path() / "lock").string();
  const pid_t child = fork();
  if (child == 0) {
    const FileLock lock("test", path, "held");
    _exit(0);  // without a destructor, as if it had been killed
  }
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_EQ(status, 0);
  EXPECT_TRUE(std::filesystem::exists(path));
  const FileLock lock("test", path, "held");
}

TEST(FileLock, InAFolderThatIsNotThereNamesThePath) {
  const Error error = error_of([] { FileLock("test", "/nowhere/lock", "held"); });
  EXPECT_EQ(error.code(), ErrorCode::not_found);
  EXPECT_THAT(error.what(), ::testing::HasSubstr("/nowhere/lock: cannot lock it"));
}

}  // namespace
}  // namespace gradus::io
