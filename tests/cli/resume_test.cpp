// A run that is stopped at any instant, on any number of threads, ends in the same bits.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <random>
#include <thread>

#include "gradus/data/catalog.h"
#include "program.h"
#include "recipes.h"

namespace gradus::cli {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

namespace fs = std::filesystem;

class Resume : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!data::is_installed(data::find_data_set("digits"))) {
      GTEST_SKIP() << "needs the package " << data::find_data_set("digits").package;
    }
    recipe_ = folder_.write("digits.toml", kDigits + kAugmentation);
  }

  /// The model of a run that nobody disturbed.
  std::string undisturbed_model(const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments{"train", recipe_, "--out", folder_ / "undisturbed"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Outcome outcome = run(arguments);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return model_of("undisturbed");
  }
  std::string model_of(const std::string& name) {
    return read_file(folder_ / name + "/model.safetensors");
  }

  TemporaryFolder folder_;
  std::string recipe_;
};

TEST_F(Resume, KilledAtRandomInstantsARunEndsInTheSameBits) {
  const std::string expected = undisturbed_model();
  const std::string path = folder_ / "killed";
  std::mt19937 random(7);
  int kills = 0;
  for (int attempt = 0; attempt < 400; ++attempt) {
    const bool begun = fs::exists(path + "/recipe.toml");
    Process process(begun ? std::vector<std::string>{"train", "--resume", path}
                          : std::vector<std::string>{"train", recipe_, "--out", path},
                    folder_.path());
    // From before main() to well into the training, and longer from time to time, so that it ends
    // on a slow machine too.
    std::this_thread::sleep_for(
        milliseconds(random() % (20 + 10 * static_cast<unsigned>(attempt))));
    if (process.is_running()) {
      process.send(SIGKILL);
      ++kills;
      process.wait();
      continue;
    }
    const Outcome outcome = process.wait();
    ASSERT_EQ(outcome.code, 0) << outcome.err;
    break;
  }
  EXPECT_GE(kills, 5);
  EXPECT_EQ(model_of("killed") == expected, true) << "after " << kills << " kills";
}

TEST_F(Resume, InterruptedBySignalsARunSavesItsCheckpointAndEndsInTheSameBits) {
  const std::string expected = undisturbed_model();
  const std::string path = folder_ / "interrupted";
  int interruptions = 0;
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    Process process({"train", recipe_, "--resume", path}, folder_.path());
    while (process.is_running() && process.error_so_far().find("epoch ") == std::string::npos) {
      std::this_thread::sleep_for(milliseconds(1));
    }
    process.send(signal);
    const Outcome outcome = process.wait();
    if (outcome.code == 0) break;  // it was faster than the signal
    EXPECT_EQ(outcome.code, 130) << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr("--resume " + path));
    EXPECT_TRUE(fs::exists(path + "/checkpoint.safetensors"));
    ++interruptions;
  }
  EXPECT_GE(interruptions, 1);
  const Outcome outcome = run({"train", "--resume", path});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(model_of("interrupted") == expected, true);
}

TEST_F(Resume, ASecondSignalEndsTheProgramAtOnce) {
  // Steps of seconds: an orderly end would have to wait for one.
  Process process({"train", recipe_, "--set", "model.hidden=[12000,12000]", "--set",
                   "train.batch_size=1200", "--out", folder_ / "slow"},
                  folder_.path());
  while (process.is_running() && !fs::exists(folder_ / "slow/metrics.jsonl")) {
    std::this_thread::sleep_for(milliseconds(5));
  }
  process.send(SIGINT);
  while (process.is_running() && process.error_so_far().find("once more") == std::string::npos) {
    std::this_thread::sleep_for(milliseconds(1));
  }
  process.send(SIGINT);
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(process.wait().code, 130);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(2));
}

TEST_F(Resume, OneAndTwoThreadsGiveTheSameBits) {
  const std::string expected = undisturbed_model({"--threads", "1"});
  const Outcome outcome =
      run({"train", recipe_, "--threads", "2", "--out", folder_ / "two_threads"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(model_of("two_threads") == expected, true);
}

TEST_F(Resume, InBf16AKilledRunOnAnotherNumberOfThreadsEndsInTheSameBits) {
  // Large enough for products in bf16.
  const std::vector<std::string> wide{"--set", "model.hidden=[256]", "--set",
                                      "train.batch_size=128"};
  std::vector<std::string> bf16 = wide;
  bf16.insert(bf16.end(), {"--set", "train.precision=\"bf16\""});
  std::vector<std::string> begun{"train", recipe_, "--threads", "1", "--out", folder_ / "killed"};
  begun.insert(begun.end(), bf16.begin(), bf16.end());
  Process process(begun, folder_.path());
  while (process.is_running() && !fs::exists(folder_ / "killed/metrics.jsonl")) {
    std::this_thread::sleep_for(milliseconds(1));
  }
  process.send(SIGKILL);
  process.wait();
  const Outcome outcome = run({"train", "--resume", folder_ / "killed", "--threads", "2"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  const std::string expected = undisturbed_model(bf16);
  EXPECT_EQ(model_of("killed") == expected, true);
  fs::remove_all(folder_ / "undisturbed");
  EXPECT_NE(undisturbed_model(wide) == expected, true);  // f32 ends in others
}

TEST_F(Resume, WithoutACheckpointTheRunSaysThatItBeginsAndEndsInTheSameBits) {
  const std::string expected = undisturbed_model();
  const std::string path = folder_ / "undisturbed";
  fs::remove(path + "/checkpoint.safetensors");
  const Outcome outcome = run({"train", "--resume", path});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("no checkpoint"));
  EXPECT_EQ(model_of("undisturbed") == expected, true);
}

TEST_F(Resume, AnotherSeedGivesOtherBits) {
  const std::string first = undisturbed_model();
  const Outcome outcome = run({"train", recipe_, "--seed", "4", "--out", folder_ / "other"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(model_of("other") == first, false);
}

TEST_F(Resume, WithoutAugmentationTheBitsAreOthers) {
  const std::string first = undisturbed_model();
  const Outcome outcome =
      run({"train", recipe_, "--set", "data.augmentation=[]", "--out", folder_ / "plain"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(model_of("plain") == first, false);
}

TEST_F(Resume, OtherAugmentationIsRefused) {
  undisturbed_model();
  const Outcome outcome = run({"train", recipe_, "--resume", folder_ / "undisturbed", "--set",
                               "data.augmentation.0.pixels=2"});
  EXPECT_NE(outcome.code, 0);
  EXPECT_THAT(outcome.err, HasSubstr("data.augmentation.0.pixels: [1] before, [2] now"));
}

TEST_F(Resume, MoreEpochsAreSaidAndTrained) {
  undisturbed_model();
  const Outcome outcome =
      run({"train", recipe_, "--resume", folder_ / "undisturbed", "--set", "train.epochs=10"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("train.epochs"));
  EXPECT_EQ(lines_of(read_file(folder_ / "undisturbed/metrics.jsonl")).size(), 10u);
}

}  // namespace
}  // namespace gradus::cli
