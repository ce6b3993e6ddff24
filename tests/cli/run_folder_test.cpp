// The folder of a run: who may write to it, what may change in it, and what is left alone.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <thread>

#include <unistd.h>

#include "gradus/data/catalog.h"
#include "gradus/io/safetensors.h"
#include "gradus/train/recipe.h"
#include "program.h"
#include "recipes.h"

namespace gradus::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

namespace fs = std::filesystem;

class RunFolderTest : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"iris", "digits"}) {
      if (!data::is_installed(data::find_data_set(name))) {
        GTEST_SKIP() << "needs the package " << data::find_data_set(name).package;
      }
    }
    folder_.write("iris.toml", kIris);
    folder_.write("digits.toml", kDigits);
  }

  Outcome gradus(const std::vector<std::string>& arguments) const {
    return run(arguments, folder_.path());
  }
  /// A run of 12 epochs on the irises, in "run".
  void train() const {
    const Outcome outcome = gradus({"train", "iris.toml", "--out", "run"});
    ASSERT_EQ(outcome.code, 0) << outcome.err;
  }
  /// Puts `to` in place of `from` in the recipe of the run.
  void edit_recipe(const std::string& from, const std::string& to) const {
    std::string recipe = read_file(folder_ / "run/recipe.toml");
    ASSERT_NE(recipe.find(from), std::string::npos) << recipe;
    folder_.write("run/recipe.toml", recipe.replace(recipe.find(from), from.size(), to));
  }

  const TemporaryFolder folder_;
};

TEST_F(RunFolderTest, IsHeldByOneProcess) {
  Process first({"train", "digits.toml", "--set", "train.epochs=100000", "--out", "run"},
                folder_.path());
  while (first.is_running() && !fs::exists(folder_ / "run/metrics.jsonl")) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  for (const char* option : {"--out", "--resume"}) {
    const Outcome second = gradus({"train", "digits.toml", option, "run"});
    EXPECT_EQ(second.code, 3) << second.err;
    EXPECT_THAT(second.err, HasSubstr("run/.lock: another process trains in this folder"));
  }
  ASSERT_TRUE(first.is_running());
  first.send(SIGKILL);
  first.wait();
  const Outcome next = gradus({"train", "--resume", "run", "--set", "train.epochs=1"});
  EXPECT_EQ(next.code, 0) << next.err;
  EXPECT_FALSE(fs::exists(folder_ / "run/.lock"));
}

TEST_F(RunFolderTest, OfRunsThatBeginTogetherIsOnlyTheirs) {
  Process first({"train", "iris.toml"}, folder_.path());
  Process second({"train", "iris.toml"}, folder_.path());
  EXPECT_EQ(first.wait().code, 0);
  EXPECT_EQ(second.wait().code, 0);
  int runs = 0;
  for (const auto& run : fs::directory_iterator(folder_.path() / "runs")) {
    EXPECT_EQ(lines_of(read_file(run.path() / "metrics.jsonl")).size(), 12u);
    ++runs;
  }
  EXPECT_EQ(runs, 2);
}

TEST_F(RunFolderTest, KnowsItsRecipeWhateverTheFileSays) {
  train();
  edit_recipe("hidden = [16]", "hidden = [17]");
  edit_recipe("seed = 1", "seed = 2");
  const auto before = snapshot(folder_.path());
  const Outcome outcome = gradus({"train", "--resume", "run", "--set", "train.epochs=13"});
  EXPECT_EQ(outcome.code, 3) << outcome.err;
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("run/checkpoint.safetensors: what cannot change"),
                                 HasSubstr("seed: 1 before, 2 now"),
                                 HasSubstr("model.hidden: [16] before, [17] now")));
  EXPECT_EQ(snapshot(folder_.path()), before);
}

TEST_F(RunFolderTest, SaysWhatAnEditedRecipeChanges) {
  train();
  edit_recipe("learning_rate = 0.02", "learning_rate = 0.01");
  edit_recipe("epochs = 12", "epochs = 13");
  const Outcome outcome = gradus({"train", "--resume", "run"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.err,
              AllOf(HasSubstr("the recipe has changed: optimizer.learning_rate: 0.02 before, 0.01 "
                              "now"),
                    HasSubstr("the recipe has changed: train.epochs: 12 before, 13 now")));
  // What was said once is the recipe from then on.
  const Outcome again = gradus({"train", "--resume", "run", "--set", "train.epochs=14"});
  EXPECT_THAT(again.err, Not(HasSubstr("learning_rate")));
}

TEST_F(RunFolderTest, WithACheckpointThatNamesNoRecipeIsHeldAgainstTheFile) {
  train();
  const std::string checkpoint = folder_ / "run/checkpoint.safetensors";
  io::Safetensors file = io::read_safetensors(checkpoint);
  ASSERT_NE(file.metadata.find(train::kRecipeKey), nullptr);
  file.metadata.erase(train::kRecipeKey);
  io::write_safetensors(checkpoint, file);
  edit_recipe("hidden = [16]", "hidden = [17]");
  const Outcome outcome = gradus({"train", "--resume", "run", "--set", "train.epochs=13"});
  EXPECT_EQ(outcome.code, 3) << outcome.err;
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("run/checkpoint.safetensors: "), HasSubstr("layers."),
                                 HasSubstr("[16")));
}

TEST_F(RunFolderTest, IsLeftAloneWhereNothingIsTrained) {
  train();
  const std::string results = gradus({"evaluate", "run"}).out;
  const auto before = snapshot(folder_.path());
  for (const char* epochs : {"train.epochs=12", "train.epochs=5"}) {
    const Outcome outcome = gradus({"train", "--resume", "run", "--set", epochs});
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr("training has ended after 12 epochs; it would go on with "
                                       "more train.epochs\n"));
    for (const std::string& line : lines_of(results)) {
      if (line.starts_with("test ")) {
        EXPECT_THAT(outcome.out, HasSubstr(line));
      }
    }
    EXPECT_EQ(snapshot(folder_.path()), before);
  }
}

TEST_F(RunFolderTest, ThatStoppedEarlyGoesOnWithMorePatience) {
  const Outcome stopped = gradus({"train", "digits.toml", "--set", "train.epochs=1000", "--set",
                                  "train.early_stopping.patience=0", "--out", "run"});
  ASSERT_EQ(stopped.code, 0) << stopped.err;
  const Outcome again = gradus({"train", "--resume", "run", "--set", "train.epochs=2000"});
  EXPECT_EQ(again.code, 0) << again.err;
  EXPECT_THAT(again.err, HasSubstr("it would go on with more train.early_stopping.patience\n"));
}

TEST_F(RunFolderTest, OfADryRunIsNotSaidToLackACheckpoint) {
  train();
  const Outcome outcome = gradus({"train", "--resume", "run", "--dry-run"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, Not(HasSubstr("there is no checkpoint")));
}

TEST_F(RunFolderTest, GetsTheResultsThatAKillKeptFromIt) {
  train();
  const auto before = snapshot(folder_ / "run");
  for (const char* file : {"run/model.safetensors", "run/report.html"}) {
    const std::string lost = read_file(folder_ / file);
    fs::remove(folder_ / file);
    const Outcome outcome = gradus({"train", "--resume", "run"});
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_TRUE(fs::exists(folder_ / file));
  }
  EXPECT_EQ(read_file(folder_ / "run/model.safetensors"), before.at("model.safetensors"));
}

TEST_F(RunFolderTest, GivesWayToAnotherScheduleAndNotToAnotherOptimizer) {
  folder_.write("iris.toml", kIris + "\n[schedule]\nname = \"step\"\nfactor = 0.5\n");
  train();
  const Outcome schedule = gradus(
      {"train", "--resume", "run", "--set", "schedule.name=cosine", "--set", "train.epochs=13"});
  EXPECT_EQ(schedule.code, 0) << schedule.err;
  EXPECT_THAT(schedule.err, HasSubstr("schedule.name: \"step\" before, \"cosine\" now"));
  const Outcome optimizer = gradus({"train", "--resume", "run", "--set", "optimizer.name=sgd"});
  EXPECT_EQ(optimizer.code, 3);
  EXPECT_THAT(optimizer.err, AllOf(HasSubstr("what cannot change"),
                                   HasSubstr("optimizer.name: \"adam\" before, \"sgd\" now")));
}

TEST_F(RunFolderTest, ThatCannotBeExaminedIsBadInput) {
  fs::create_symlink(folder_ / "loop", folder_ / "loop");
  const std::vector<std::vector<std::string>> commands = {{"evaluate", "loop"},
                                                          {"describe", "loop"},
                                                          {"train", "--resume", "loop"},
                                                          {"train", "iris.toml", "--out", "loop"},
                                                          {"predict", "loop", "--input", "x.csv"}};
  for (const auto& command : commands) {
    const Outcome outcome = gradus(command);
    EXPECT_EQ(outcome.code, 3) << ::testing::PrintToString(command) << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr("loop: cannot examine it: Too many levels"));
  }
}

TEST_F(RunFolderTest, ThatMustNotBeSearchedIsBadInput) {
  if (geteuid() == 0) GTEST_SKIP() << "root may search every folder";
  train();
  fs::permissions(folder_ / "run", fs::perms::none);
  for (const char* command : {"evaluate", "describe"}) {
    const Outcome outcome = gradus({command, "run"});
    EXPECT_EQ(outcome.code, 3) << outcome.err;
    EXPECT_THAT(outcome.err, AllOf(HasSubstr("run/"), HasSubstr("Permission denied")));
  }
  fs::permissions(folder_ / "run", fs::perms::owner_all);
}

TEST_F(RunFolderTest, OfADryRunNeedsATemporaryFolder) {
  folder_.write("file", "x");
  for (const std::string& place : {folder_ / "missing", folder_ / "file"}) {
    const Outcome outcome =
        run({"train", "iris.toml", "--dry-run"}, folder_.path(), {{"TMPDIR", place}});
    EXPECT_EQ(outcome.code, 3) << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr(place + ": cannot make a temporary folder there"));
  }
}

}  // namespace
}  // namespace gradus::cli
