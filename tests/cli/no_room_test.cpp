// What the machine has no room for is exit code 4: memory, disks, files, standard output.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "gradus/data/catalog.h"
#include "program.h"
#include "recipes.h"

namespace gradus::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

namespace fs = std::filesystem;

TEST(FullDisk, IsExitCodeFourAndKeepsTheLastCheckpoint) {
  if (!data::is_installed(data::find_data_set("iris"))) GTEST_SKIP() << "needs the irises";
  const TemporaryFolder folder;
  folder.write("iris.toml", kIris);
  const std::string mount =
      "unshare --map-root-user --mount bash -c 'set -e; mkdir -p small; "
      "mount -t tmpfs -o size=";
  if (run_shell(mount + "64k none small'", folder.path()).code != 0) {
    GTEST_SKIP() << "mounting a small file system is not allowed here";
  }
  // No room for the first checkpoint.
  const Outcome none =
      run_shell(mount +
                    "64k none small; head -c 60000 /dev/zero > small/filler; set +e; "
                    "\"$GRADUS\" train iris.toml --out small/run; echo code $?'",
                folder.path());
  EXPECT_THAT(none.out, HasSubstr("code 4")) << none.err;
  EXPECT_THAT(none.err, AllOf(HasSubstr("small/run"), HasSubstr("No space left on device")));
  // The disk fills up between two sessions of a run: its checkpoint must stay whole.
  const Outcome later =
      run_shell(mount +
                    "600k none small; \"$GRADUS\" train iris.toml --out small/run >/dev/null 2>&1; "
                    "cp small/run/checkpoint.safetensors before; "
                    "cat /dev/zero > small/filler 2>/dev/null || true; set +e; "
                    "\"$GRADUS\" train --resume small/run --set train.epochs=400; echo code $?; "
                    "cmp before small/run/checkpoint.safetensors && echo same'",
                folder.path());
  EXPECT_THAT(later.out, AllOf(HasSubstr("code 4"), HasSubstr("same"))) << later.err;
}

TEST(FullDisk, AtTheReportLeavesTheModelAndSaysHowToGoOn) {
  if (!data::is_installed(data::find_data_set("iris"))) GTEST_SKIP() << "needs the irises";
  const TemporaryFolder folder;
  folder.write("iris.toml", kIris);
  const std::string mount =
      "unshare --map-root-user --mount bash -c 'set -e; mkdir -p small; "
      "mount -t tmpfs -o size=200k none small";
  if (run_shell(mount + "'", folder.path()).code != 0) {
    GTEST_SKIP() << "mounting a small file system is not allowed here";
  }
  // The report alone has 240 kB.
  const Outcome outcome =
      run_shell(mount +
                    "; set +e; \"$GRADUS\" train iris.toml --out small/run; echo code $?; "
                    "\"$GRADUS\" evaluate small/run; ls small/run; mount -o remount,size=2m small; "
                    "\"$GRADUS\" train --resume small/run; echo code $?; ls small/run'",
                folder.path());
  EXPECT_THAT(outcome.err,
              HasSubstr("No space left on device; the training has ended and its checkpoint is "
                        "saved: --resume small/run writes the report\n"));
  EXPECT_THAT(outcome.out, ::testing::ContainsRegex("^code 4\ndata  (.|\n)*recipe.toml\ntest loss "
                                                    "(.|\n)*code 0\n(.|\n)*report.html\n$"))
      << outcome.err;
}

#ifdef __SANITIZE_ADDRESS__
constexpr bool kNeedsAddressSpace = true;
#else
constexpr bool kNeedsAddressSpace = false;
#endif

TEST(NoMemory, OfALayerTooLargeIsExitCodeFour) {
  if (kNeedsAddressSpace) GTEST_SKIP() << "the address sanitizer reserves more than the limit";
  const TemporaryFolder folder;
  folder.write("huge.toml",
               "[data]\nname = \"iris\"\n[[model.layers]]\ntype = \"linear\"\nout = 1000000000\n"
               "[[model.layers]]\ntype = \"linear\"\n");
  // As on a machine with 8 GB to spare.
  const Outcome outcome =
      run_shell("ulimit -v 8000000; \"$GRADUS\" train huge.toml --out run", folder.path());
  EXPECT_EQ(outcome.code, 4) << outcome.err;
  EXPECT_THAT(outcome.err,
              AllOf(StartsWith("gradus: huge.toml:3:1: layers.0: linear: weight f32[1000000000, 4] "
                               "takes 16000000000 bytes"),
                    HasSubstr("are available")));
  EXPECT_FALSE(fs::exists(folder / "run"));
}

TEST(NoMemory, OfManyLayersTogetherIsExitCodeFour) {
  const TemporaryFolder folder;
  folder.write("huge.toml", kIris);
  const Outcome outcome =
      run({"train", "huge.toml", "--set", "model.hidden=[2000000,2000000]", "--out", "run"},
          folder.path());
  EXPECT_EQ(outcome.code, 4) << outcome.err;
  EXPECT_THAT(outcome.err,
              StartsWith("gradus: huge.toml:8:1: layers.2: linear: weight f32[2000000, 2000000]"));
}

TEST(NoMemory, IsNeededToDescribeALayer) {
  if (kNeedsAddressSpace) GTEST_SKIP() << "the address sanitizer reserves more than the limit";
  const TemporaryFolder folder;
  folder.write("huge.toml", kIris);
  const Outcome outcome = run_shell(
      "sed -i s/16\\]/1000000000]/ huge.toml; ulimit -v 8000000; "
      "\"$GRADUS\" describe huge.toml",
      folder.path());
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("8000000003"));  // 4n + n + 3n + 3
}

TEST(FileSize, BeyondItsLimitIsExitCodeFourAndNoSignal) {
  if (!data::is_installed(data::find_data_set("iris"))) GTEST_SKIP() << "needs the irises";
  const TemporaryFolder folder;
  folder.write("iris.toml", kIris);
  const Outcome outcome = run_shell(
      "ulimit -f 1; \"$GRADUS\" train iris.toml --out run 2>&1 | cat; echo code ${PIPESTATUS[0]}",
      folder.path());
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("code 4\n"), HasSubstr("File too large")));
}

TEST(StandardOutput, OnAFullDiskIsExitCodeFour) {
  if (!fs::exists("/dev/full")) GTEST_SKIP() << "this system has no /dev/full";
  for (const char* command : {"ops", "--help", "train --help", "--version", "data", "keys"}) {
    const Outcome outcome = run_shell("\"$GRADUS\" " + std::string(command) + " > /dev/full");
    EXPECT_EQ(outcome.code, 4) << command;
    EXPECT_EQ(outcome.err, "gradus: standard output: cannot write: No space left on device\n");
  }
}

TEST(StandardOutput, ThatIsClosedIsExitCodeThree) {
  for (const char* command : {"ops", "--help"}) {
    const Outcome outcome = run_shell("\"$GRADUS\" " + std::string(command) + " >&-");
    EXPECT_EQ(outcome.code, 3) << command;
    EXPECT_EQ(outcome.err, "gradus: standard output: cannot write: Bad file descriptor\n");
  }
}

}  // namespace
}  // namespace gradus::cli
