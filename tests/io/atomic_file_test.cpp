#include "gradus/io/atomic_file.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "gradus/base/error.h"
#include "gradus/io/safetensors.h"
#include "tests/support/error_of.h"
#include "tests/support/temporary_folder.h"

namespace gradus::io {
namespace {

using gradus::testing::error_of;
using gradus::testing::read_text;
using gradus::testing::TemporaryFolder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(AtomicFile, AppearsOnlyWhenCommitted) {
  const TemporaryFolder folder;
  AtomicFile file("test", folder / "a");
  file.write("one, ");
  file.write(std::string(200'000, 'x'));
  file.write(" two");
  EXPECT_FALSE(std::filesystem::exists(folder / "a"));
  file.commit();
  EXPECT_EQ(read_text(folder / "a"), "one, " + std::string(200'000, 'x') + " two");
  EXPECT_THAT(folder.list(), ElementsAre("a"));
}

TEST(AtomicFile, WithoutCommitTheOldFileStaysAndNothingElse) {
  const TemporaryFolder folder;
  const std::string path = folder.write("a", "old");
  { AtomicFile("test", path).write("new"); }
  EXPECT_EQ(read_text(path), "old");
  EXPECT_THAT(folder.list(), ElementsAre("a"));
}

TEST(AtomicFile, ReplacesTheTargetOfASymbolicLinkAndKeepsTheLink) {
  const TemporaryFolder folder;
  const std::string path = folder.write("a", "old");
  std::filesystem::create_symlink("a", folder / "link");
  write_file("test", folder / "link", "new");
  EXPECT_TRUE(std::filesystem::is_symlink(folder / "link"));
  EXPECT_EQ(read_text(path), "new");
}

TEST(AtomicFile, ObeysTheUmask) {
  const TemporaryFolder folder;
  const mode_t old = ::umask(027);
  write_file("test", folder / "a", "x");
  ::umask(old);
  struct stat status {};
  ASSERT_EQ(::stat((folder / "a").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0640u);
}

TEST(AtomicFile, RefusesTargetsThatAreNoFiles) {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder / "sub");
  const Error directory = error_of([&] { write_file("test", folder / "sub", "x"); });
  EXPECT_EQ(directory.code(), ErrorCode::io);
  EXPECT_EQ(directory.message(), folder / "sub" + ": it is a directory, not a file");
  EXPECT_THAT(error_of([] { write_file("test", "/dev/full", "x"); }).what(),
              HasSubstr("/dev/full: it is not a regular file"));
  const Error missing = error_of([&] { write_file("test", folder / "none/a", "x"); });
  EXPECT_EQ(missing.code(), ErrorCode::not_found);
  EXPECT_THAT(missing.what(), HasSubstr("none/a: cannot create a file beside it: No such file"));
}

TEST(AtomicFile, HasOneWriterAtATime) {
  const TemporaryFolder folder;
  AtomicFile first("test", folder / "a");
  EXPECT_THAT(error_of([&] { AtomicFile second("test", folder / "a"); }).what(),
              HasSubstr("a: another writer is at work on it"));
  first.write("1");
  first.commit();
  EXPECT_EQ(read_text(folder / "a"), "1");
}

TEST(AtomicFile, WritesOverWhatAKilledWriterLeftBehind) {
  const TemporaryFolder folder;
  folder.write("a.partial", std::string(100, 'z'));
  write_file("test", folder / "a", "new");
  EXPECT_EQ(read_text(folder / "a"), "new");
  EXPECT_THAT(folder.list(), ElementsAre("a"));
}

TEST(AtomicFile, AWriterKilledAtAnyInstantLeavesTheOldFileOrTheNewOne) {
  const TemporaryFolder folder;
  const std::string path = folder / "a";
  const std::string contents[] = {std::string(300'000, 'a'), std::string(400'000, 'b')};
  write_file("test", path, contents[0]);
  for (int trial = 0; trial < 40; ++trial) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      for (int i = 0;; ++i) write_file("test", path, contents[i % 2]);
    }
    ::usleep(static_cast<useconds_t>(300 + 211 * trial));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    const std::string found = read_text(path);
    ASSERT_TRUE(found == contents[0] || found == contents[1]) << "trial " << trial;
  }
}

/// A child with a limit on the size of files it may write: the disk is full for it.
TEST(AtomicFile, AWriteBeyondTheSpaceLeftKeepsTheOldFile) {
  const TemporaryFolder folder;
  const std::string path = folder.write("model.safetensors", "old");
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit small{1 << 16, before.rlim_max};
  const auto handler = ::signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const std::vector<float> values(100'000, 1.0f);
  const Error error = error_of([&] {
    write_safetensors(path, {{{"w", Tensor::from(values)}}, {}});
  });
  ::setrlimit(RLIMIT_FSIZE, &before);
  ::signal(SIGXFSZ, handler);
  EXPECT_EQ(error.code(), ErrorCode::disk_full) << error.what();
  EXPECT_THAT(error.what(), HasSubstr("write_safetensors: " + path + ": cannot write it"));
  EXPECT_EQ(read_text(path), "old");
  EXPECT_THAT(folder.list(), ElementsAre("model.safetensors"));
}

TEST(AtomicFile, AFullDiskKeepsTheOldFile) {
  const TemporaryFolder folder;
  if (::mount("tmpfs", folder.path().c_str(), "tmpfs", 0, "size=1m") != 0) {
    GTEST_SKIP() << "mounting a small file system needs more rights";
  }
  const std::string path = folder.write("model.safetensors", "old");
  const std::vector<float> values(1'000'000, 1.0f);
  const Error error = error_of([&] {
    write_safetensors(path, {{{"w", Tensor::from(values)}}, {}});
  });
  const std::string left = read_text(path);
  const auto names = folder.list();
  ::umount(folder.path().c_str());
  EXPECT_EQ(error.code(), ErrorCode::disk_full) << error.what();
  EXPECT_THAT(error.what(), HasSubstr(path + ": cannot write it: No space left on device"));
  EXPECT_EQ(left, "old");
  EXPECT_THAT(names, ElementsAre("model.safetensors"));
}

}  // namespace
}  // namespace gradus::io
