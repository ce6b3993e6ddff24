// gradus train, and what evaluate, predict and describe make of its runs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>

#include <nlohmann/json.hpp>

#include "gradus/data/catalog.h"
#include "gradus/io/npy.h"
#include "gradus/io/png.h"
#include "gradus/ops/rearrange.h"
#include "program.h"
#include "recipes.h"

namespace gradus::cli {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

namespace fs = std::filesystem;

#define SKIP_WITHOUT(NAME)                                                     \
  if (!data::is_installed(data::find_data_set(NAME))) {                        \
    GTEST_SKIP() << "needs the package " << data::find_data_set(NAME).package; \
  }                                                                            \
  static_assert(true)

/// A finished run on the irises, made once for all tests of this file.
class FinishedRun : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (!data::is_installed(data::find_data_set("iris"))) return;
    folder_ = new TemporaryFolder;
    trained_ = run({"train", folder_->write("iris.toml", kIris), "--out", *folder_ / "run"},
                   folder_->path());
  }
  static void TearDownTestSuite() {
    delete folder_;
    folder_ = nullptr;
  }
  void SetUp() override { SKIP_WITHOUT("iris"); }

  static std::string run_path() { return *folder_ / "run"; }
  static TemporaryFolder* folder_;
  static Outcome trained_;
};
TemporaryFolder* FinishedRun::folder_ = nullptr;
Outcome FinishedRun::trained_;

TEST_F(FinishedRun, TellsTheTestAccuracyTheFolderAndTheReport) {
  EXPECT_EQ(trained_.code, 0) << trained_.err;
  EXPECT_THAT(trained_.out, AllOf(HasSubstr("test accuracy"), HasSubstr(run_path()),
                                  HasSubstr(run_path() + "/report.html")));
}

TEST_F(FinishedRun, LeavesEveryFileThatARunHas) {
  for (const char* file : {"recipe.toml", "metrics.jsonl", "model.safetensors",
                           "checkpoint.safetensors", "report.html"}) {
    EXPECT_TRUE(fs::is_regular_file(fs::path(run_path()) / file)) << file;
  }
  EXPECT_EQ(lines_of(read_file(run_path() + "/metrics.jsonl")).size(), 12u);
}

TEST_F(FinishedRun, AwayFromATerminalProgressIsOneLineAnEpochWithoutControlCharacters) {
  EXPECT_EQ(trained_.err.find_first_of("\r\x1b\b"), std::string::npos);
  int epochs = 0;
  for (const std::string& line : lines_of(trained_.err)) epochs += line.starts_with("epoch ");
  EXPECT_EQ(epochs, 12);
}

TEST_F(FinishedRun, EvaluateGivesTheNumbersThatTrainGave) {
  const Outcome text = run({"evaluate", run_path()});
  EXPECT_EQ(text.code, 0) << text.err;
  const std::vector<std::string> lines = lines_of(trained_.out);
  for (const std::string& line : lines) {
    if (line.starts_with("test ")) {
      EXPECT_THAT(text.out, HasSubstr(line));
    }
  }
  const Outcome object = run({"evaluate", run_path(), "--json"});
  ASSERT_EQ(lines_of(object.out).size(), 1u);
  const json parsed = json::parse(object.out);
  EXPECT_GT(parsed.at("test_accuracy").get<double>(), 0.8);
  EXPECT_EQ(parsed.at("data"), "iris");
}

TEST_F(FinishedRun, EvaluateOnDataOfAnotherShapeIsExitCodeThree) {
  SKIP_WITHOUT("wine");
  const Outcome outcome = run({"evaluate", run_path(), "--data", "wine"});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("[4]"), HasSubstr("[13]")));
}

TEST_F(FinishedRun, PredictsTheRowsOfACsvFile) {
  // Three flowers that no classifier of irises should mistake (the means of the classes).
  const std::string file = folder_->write("flowers.csv",
                                          "5.006,3.428,1.462,0.246\n"
                                          "5.936,2.770,4.260,1.326\n"
                                          "6.588,2.974,5.552,2.026\n");
  const Outcome text = run({"predict", run_path(), "--input", file});
  EXPECT_EQ(text.code, 0) << text.err;
  EXPECT_THAT(text.out, AllOf(HasSubstr("setosa"), HasSubstr("virginica")));
  const std::vector<std::string> lines =
      lines_of(run({"predict", run_path(), "--input", file, "--json"}).out);
  ASSERT_EQ(lines.size(), 3u);
  const json first = json::parse(lines[0]);
  EXPECT_EQ(first.at("class"), "setosa");
  EXPECT_EQ(first.at("label"), 0);
  double sum = 0;
  for (const double probability : first.at("probabilities")) sum += probability;
  EXPECT_NEAR(sum, 1, 1e-5);
}

constexpr const char* kIrisHeader =
    "sepal length (cm),sepal width (cm),petal length (cm),petal width (cm)\n";

TEST_F(FinishedRun, PutsNamedColumnsInTheOrderOfTheTraining) {
  const std::string plain = folder_->write("plain.csv", "5.936,2.770,4.260,1.326\n");
  const std::string named =
      folder_->write("named.csv", std::string(kIrisHeader) + "5.936,2.770,4.260,1.326\n");
  const std::string mixed =
      folder_->write("mixed.csv",
                     "petal width (cm),sepal length (cm),petal length (cm),sepal width (cm)\n"
                     "1.326,5.936,4.260,2.770\n");
  const std::string expected = run({"predict", run_path(), "--input", plain, "--json"}).out;
  for (const std::string& file : {named, mixed}) {
    const Outcome outcome = run({"predict", run_path(), "--input", file, "--json"});
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_EQ(outcome.out, expected);
  }
}

TEST_F(FinishedRun, RefusesColumnsOfOtherNames) {
  const std::string file = folder_->write(
      "other.csv", "sepal length (cm),sepal width (cm),petal lenght (cm),colour\n1,2,3,4\n");
  const Outcome outcome = run({"predict", run_path(), "--input", file});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(
      outcome.err,
      HasSubstr(
          "other.csv: the header does not name the columns that the model was trained "
          "on; missing: petal length (cm), petal width (cm); unknown: petal lenght (cm) (did you "
          "mean petal length (cm)?), colour"));
}

TEST_F(FinishedRun, PredictsAnArray) {
  const std::string file = *folder_ / "flower.npy";
  io::write_npy(file, Tensor{5.006f, 3.428f, 1.462f, 0.246f});
  const Outcome outcome = run({"predict", run_path(), "--input", file, "--json"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(json::parse(outcome.out).at("class"), "setosa");
}

TEST_F(FinishedRun, InputThatDoesNotFitIsExitCodeThreeAndNamesTheFile) {
  const std::string npy = *folder_ / "long.npy";
  io::write_npy(npy, Tensor{1, 2, 3, 4, 5});
  const std::string none = *folder_ / "none.npy", infinite = *folder_ / "infinite.npy";
  io::write_npy(none, Tensor::from(std::vector<float>{}, Shape{0, 4}));
  io::write_npy(infinite, Tensor{{1, 2, 3, 4}, {1, 2, NAN, 4}, {1, INFINITY, 3, 4}});
  const std::vector<std::pair<std::string, const char*>> inputs = {
      {npy, "[5]"},
      {none, "holds no examples"},
      {infinite, "example 1 "},
      {folder_->write("header.csv", kIrisHeader), "holds no examples"},
      {folder_->write("narrow.csv", "1,2,3\n4,5,6\n"), "[2, 3]"},
      {folder_->write("ragged.csv", "1,2,3,4\n5,6,7\n"), ":2"},
      {folder_->write("words.csv", "1,2,3,red\n1,2,3,4\n"), "is not a number"},
      {folder_->write("empty.csv", ""), "empty"},
      {folder_->write("text.npy", "not an array"), "text.npy"},
      {folder_->write("picture.png", "not a picture"), "picture.png"},
      {folder_->write("picture.jpg", "x"), ".png"},
      {*folder_ / "missing.csv", "missing.csv"},
      {folder_->path().string(), ""},
  };
  for (const auto& [path, place] : inputs) {
    const Outcome outcome = run({"predict", run_path(), "--input", path});
    EXPECT_EQ(outcome.code, 3) << path << ": " << outcome.err;
    EXPECT_THAT(outcome.err, AllOf(StartsWith("gradus: "), HasSubstr(path), HasSubstr(place)));
    EXPECT_THAT(outcome.out, IsEmpty());
    EXPECT_EQ(lines_of(outcome.err).size(), 1u) << outcome.err;
  }
}

TEST_F(FinishedRun, DescribeCountsParametersAndMultiplyAdds) {
  // 4 -> 16 -> 3: 4*16 + 16 + 16*3 + 3 numbers, 4*16 + 16*3 products.
  for (const std::string& target :
       {*folder_ / "iris.toml", run_path(), run_path() + "/model.safetensors"}) {
    const Outcome outcome = run({"describe", target, "--json"});
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    const json described = json::parse(outcome.out);
    EXPECT_EQ(described.at("parameters"), 131);
    EXPECT_EQ(described.at("multiply_adds"), 112);
    EXPECT_EQ(described.at("layers").back().at("output"), json::array({3}));
    const Outcome text = run({"describe", target});
    EXPECT_EQ(text.code, 0);
    EXPECT_THAT(text.out, AllOf(HasSubstr("131"), HasSubstr("112"), HasSubstr("linear")));
  }
}

TEST_F(FinishedRun, ASecondRunInTheSameFolderIsRefusedAndChangesNothing) {
  const auto before = snapshot(run_path());
  const Outcome outcome = run({"train", *folder_ / "iris.toml", "--out", run_path()});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.err, HasSubstr("--resume"));
  EXPECT_EQ(snapshot(run_path()), before);
}

TEST_F(FinishedRun, ResumingWithAnotherModelIsRefusedAndChangesNothing) {
  const auto before = snapshot(run_path());
  const Outcome outcome =
      run({"train", *folder_ / "iris.toml", "--resume", run_path(), "--set", "model.hidden=[17]"});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("model.hidden"), HasSubstr("16"), HasSubstr("17")));
  EXPECT_EQ(snapshot(run_path()), before);
}

TEST(Train, JsonIsAllThatStandardOutputCarries) {
  SKIP_WITHOUT("iris");
  const TemporaryFolder folder;
  const Outcome outcome = run({"train", folder.write("iris.toml", kIris), "--set", "train.epochs=3",
                               "--json", "--out", folder / "run"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  const std::vector<std::string> lines = lines_of(outcome.out);
  ASSERT_EQ(lines.size(), 4u);
  for (std::size_t i = 0; i < 3; ++i) {
    const json epoch = json::parse(lines[i]);
    EXPECT_EQ(epoch.at("epoch"), i + 1);
    for (const char* key : {"train_loss", "validation_loss", "validation_accuracy", "seconds"}) {
      EXPECT_TRUE(epoch.at(key).is_number()) << key;
    }
  }
  const json result = json::parse(lines[3]);
  EXPECT_TRUE(result.at("test_accuracy").is_number());
  EXPECT_TRUE(result.at("test_loss").is_number());
  EXPECT_EQ(result.at("run"), folder / "run");
  EXPECT_THAT(outcome.err, HasSubstr("report.html"));
}

TEST(Train, WithoutAFolderARunGoesToRuns) {
  SKIP_WITHOUT("iris");
  const TemporaryFolder folder;
  const Outcome outcome =
      run({"train", folder.write("iris.toml", kIris), "--set", "train.epochs=1"}, folder.path());
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  int runs = 0;
  for (const auto& entry : fs::directory_iterator(folder.path() / "runs")) {
    EXPECT_THAT(entry.path().filename().string(), ::testing::EndsWith("-iris"));
    ++runs;
  }
  EXPECT_EQ(runs, 1);
}

TEST(Train, ADryRunLeavesNothing) {
  SKIP_WITHOUT("iris");
  const TemporaryFolder folder;
  folder.write("iris.toml", kIris);
  const auto before = snapshot(folder.path());
  const Outcome outcome =
      run({"train", "iris.toml", "--dry-run"}, folder.path(), {{"TMPDIR", folder.path().string()}});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, StartsWith("dry run"));
  EXPECT_EQ(snapshot(folder.path()), before);
  EXPECT_FALSE(fs::exists(folder.path() / "runs"));
}

TEST(Train, TheSeedOfTheCommandLineGoesIntoTheRecipe) {
  SKIP_WITHOUT("iris");
  const TemporaryFolder folder;
  const Outcome outcome = run({"train", folder.write("iris.toml", kIris), "--seed", "42", "--set",
                               "train.epochs=1", "--out", folder / "run"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(read_file(folder / "run/recipe.toml"), HasSubstr("seed = 42"));
}

TEST(Train, AProfileIsATableOnStandardErrorAndATraceInAFile) {
  SKIP_WITHOUT("iris");
  const TemporaryFolder folder;
  const std::string recipe = folder.write("iris.toml", kIris);
  const std::string trace = folder / "trace.json";
  const Outcome outcome = run({"train", recipe, "--set", "train.epochs=2", "--json", "--out",
                               folder / "run", "--profile", trace});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  const std::vector<std::string> lines = lines_of(outcome.err);
  const auto head = std::find_if(lines.begin(), lines.end(), [](const std::string& line) {
    return line.starts_with("operation ");
  });
  ASSERT_NE(head, lines.end()) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("\nlinear "));
  EXPECT_THAT(outcome.err, HasSubstr("\n(outside operations)"));
  for (auto line = head; line != lines.end() && !line->starts_with("in all"); ++line) {
    EXPECT_LE(line->size(), 80u) << *line;
  }
  std::size_t linear = 0;
  const json events = json::parse(read_file(trace)).at("traceEvents");
  for (const json& event : events) {
    if (event.at("ph") != "X") continue;
    linear += event.at("name") == "linear";
    EXPECT_TRUE(event.at("ts").is_number() && event.at("dur").is_number() &&
                event.at("args").at("kernel").is_string());
  }
  EXPECT_GT(linear, 2u);
  for (const std::string& line : lines_of(outcome.out)) EXPECT_TRUE(json::accept(line)) << line;

  const Outcome table =
      run({"train", recipe, "--set", "train.epochs=1", "--out", folder / "second", "--profile"});
  EXPECT_EQ(table.code, 0) << table.err;
  EXPECT_THAT(table.err, HasSubstr("(outside operations)"));
}

TEST(Train, ATraceThatCannotBeWrittenShowsBeforeTheTraining) {
  SKIP_WITHOUT("iris");
  const TemporaryFolder folder;
  const Outcome outcome = run({"train", folder.write("iris.toml", kIris), "--out", folder / "run",
                               "--profile", folder / "nowhere/trace.json"});
  EXPECT_NE(outcome.code, 0);
  EXPECT_THAT(outcome.err, HasSubstr("nowhere"));
  EXPECT_FALSE(fs::exists(folder / "run"));
}

TEST(Train, MisuseIsExitCodeTwo) {
  const std::vector<std::vector<std::string>> misuses = {
      {"train"},
      {"train", "a.toml", "b.toml"},
      {"train", "a.toml", "--epochs", "3"},
      {"train", "a.toml", "--threads", "0"},
      {"train", "a.toml", "--threads", "many"},
      {"train", "a.toml", "--threads", "99999999999999999999"},
      {"train", "a.toml", "--seed", "-1"},
      {"train", "a.toml", "--seed", "1.5"},
      {"train", "a.toml", "--seed", "9223372036854775808"},
      {"train", "a.toml", "--seed", ""},
      {"train", "a.toml", "--seed"},
      {"train", "--profile", "a.toml"},
      {"train", "a.toml", "--out", "x", "--resume", "y"},
      {"evaluate"},
      {"predict", "run"},
      {"predict", "--input", "x.csv"},
      {"describe"},
  };
  for (const auto& misuse : misuses) {
    const Outcome outcome = run(misuse);
    EXPECT_EQ(outcome.code, 2) << ::testing::PrintToString(misuse) << outcome.err;
    EXPECT_THAT(outcome.err, StartsWith("gradus: "));
    EXPECT_EQ(lines_of(outcome.err).size(), 1u) << outcome.err;
    EXPECT_THAT(outcome.out, IsEmpty());
  }
}

TEST(Train, OnATerminalOf60ColumnsNoLineIsWider) {
  SKIP_WITHOUT("iris");
  const TemporaryFolder folder;
  folder.write("iris.toml", kIris);
  const Outcome outcome =
      run_on_terminal({"train", "iris.toml", "--out", "run"}, 60, folder.path());
  EXPECT_EQ(outcome.code, 0) << outcome.out;
  EXPECT_THAT(outcome.out, HasSubstr("\r\x1b[K"));  // a bar that is drawn over itself
  std::string row;                                  // what stands in the row of the cursor
  for (std::size_t i = 0; i < outcome.out.size(); ++i) {
    const char c = outcome.out[i];
    if (c == '\r' || c == '\n') {
      row.clear();
    } else if (outcome.out.compare(i, 3, "\x1b[K") == 0) {
      i += 2;
    } else {
      row += c;
      ASSERT_LE(row.size(), 60u) << row;
    }
  }
}

TEST(Train, ADumbTerminalGetsNoControlCharacters) {
  SKIP_WITHOUT("iris");
  const TemporaryFolder folder;
  folder.write("iris.toml", kIris);
  const Outcome outcome = run_on_terminal({"train", "iris.toml", "--set", "train.epochs=2"}, 80,
                                          folder.path(), {{"TERM", "dumb"}});
  EXPECT_EQ(outcome.code, 0) << outcome.out;
  EXPECT_EQ(outcome.out.find('\x1b'), std::string::npos);
}

TEST(Train, AReaderThatWentAwayEndsTheRunWithACheckpoint) {
  SKIP_WITHOUT("digits");
  const TemporaryFolder folder;
  folder.write("digits.toml", kDigits);
  const Outcome outcome = run_shell(
      "\"$GRADUS\" train digits.toml --set train.epochs=1000 --out run --json | head -n 1; "
      "echo ${PIPESTATUS[0]}",
      folder.path());
  const std::vector<std::string> lines = lines_of(outcome.out);
  ASSERT_EQ(lines.size(), 2u) << outcome.err;
  EXPECT_EQ(json::parse(lines[0]).at("epoch"), 1);
  EXPECT_EQ(lines[1], "130");
  EXPECT_TRUE(fs::exists(folder / "run/checkpoint.safetensors"));
}

TEST(Train, AugmentationChangesTrainingBatchesOnly) {
  SKIP_WITHOUT("digits");
  const TemporaryFolder folder;
  folder.write("digits.toml", kDigits + kAugmentation);
  // A model that never learns and drops nothing: its losses tell which pictures it saw.
  const auto first_epoch = [&](const std::string& augmentation, const std::string& name) {
    const Outcome outcome = run({"train", "digits.toml", "--json", "--set", "train.epochs=1",
                                 "--set", "optimizer.learning_rate=0", "--set", "model.dropout=0",
                                 "--set", augmentation, "--out", folder / name},
                                folder.path());
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    std::vector<json> lines;
    for (const std::string& line : lines_of(outcome.out)) lines.push_back(json::parse(line));
    return lines;
  };
  const std::vector<json> plain = first_epoch("data.augmentation=[]", "plain");
  const std::vector<json> changed = first_epoch("data.augmentation.0.pixels=2", "changed");
  ASSERT_EQ(plain.size(), 2u);
  ASSERT_EQ(changed.size(), 2u);
  EXPECT_NE(changed[0].at("train_loss"), plain[0].at("train_loss"));
  EXPECT_EQ(changed[0].at("validation_loss"), plain[0].at("validation_loss"));
  EXPECT_EQ(changed[1].at("test_loss"), plain[1].at("test_loss"));
}

TEST(Predict, ReadsAPicture) {
  SKIP_WITHOUT("digits");
  const TemporaryFolder folder;
  const Outcome trained =
      run({"train", folder.write("digits.toml", kDigits), "--out", folder / "run"}, folder.path());
  ASSERT_EQ(trained.code, 0) << trained.err;
  // Ten pictures of the data set itself; white is 16 there and 255 in a file.
  const data::LoadedDataSet digits = data::load("digits");
  int right = 0;
  for (std::int64_t i = 0; i < 10; ++i) {
    const std::int64_t index[] = {i};
    const data::Batch one = digits.train.get(index);
    std::vector<std::uint8_t> pixels;
    for (const std::uint8_t value : one.inputs.data<std::uint8_t>()) {
      pixels.push_back(static_cast<std::uint8_t>(value * 255 / 16));
    }
    io::write_png(folder / "digit.png", Tensor::from(pixels, {8, 8}));
    const Outcome outcome =
        run({"predict", folder / "run", "--input", folder / "digit.png", "--json"});
    ASSERT_EQ(outcome.code, 0) << outcome.err;
    right += json::parse(outcome.out).at("label") == one.targets.item<std::int64_t>();
  }
  EXPECT_GE(right, 9);
}

}  // namespace
}  // namespace gradus::cli
