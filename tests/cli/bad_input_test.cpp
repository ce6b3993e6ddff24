// Every bad input is exit code 3, a message that names the file and the place, and leaves what was
// there as it was.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "bad_files.h"
#include "gradus/data/catalog.h"
#include "program.h"
#include "recipes.h"

namespace gradus::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

namespace fs = std::filesystem;

/// Runs the program and expects it to refuse its input, with a message that holds `names`.
void expect_refusal(const std::vector<std::string>& arguments, const TemporaryFolder& folder,
                    const std::vector<std::string>& names, const std::string& fault,
                    const Environment& environment = {}) {
  const auto before = snapshot(folder.path());
  const Outcome outcome = run(arguments, folder.path(), environment);
  EXPECT_EQ(outcome.code, 3) << fault << ": " << outcome.err;
  // What is said of the run before (what differs, its data) may stand above.
  EXPECT_THAT("\n" + outcome.err, HasSubstr("\ngradus: ")) << fault;
  EXPECT_LT(lines_of(outcome.err).size(), 10u) << fault << ": " << outcome.err;
  for (const std::string& name : names) EXPECT_THAT(outcome.err, HasSubstr(name)) << fault;
  EXPECT_THAT(outcome.out, IsEmpty()) << fault;
  EXPECT_EQ(snapshot(folder.path()), before) << fault;
}

TEST(BadInput, DescribeRefusesEveryFaultySafetensorsFile) {
  const TemporaryFolder folder;
  for (const BadFile& bad : bad_safetensors()) {
    folder.write("model.safetensors", bad.contents);
    expect_refusal({"describe", "model.safetensors"}, folder, {"model.safetensors", bad.place},
                   bad.fault);
  }
}

TEST(BadInput, DescribeRefusesAHeaderOver100MegabytesThatIsThere) {
  const TemporaryFolder folder;
  const std::string path =
      folder.write("model.safetensors", std::string("\x01\xe1\xf5\x05\0\0\0\0{", 9));
  fs::resize_file(path, 100'000'100);  // sparse
  const Outcome outcome = run({"describe", path});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.err, HasSubstr(path));
}

TEST(BadInput, DescribeTakesPaddedEmptyAndScalarTensors) {
  const TemporaryFolder folder;
  const std::string header = R"({"none":{"dtype":"F32","shape":[0,3],"data_offsets":[0,0]},)"
                             R"("one":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}   )";
  folder.write("model.safetensors", safetensors(header, std::string(4, '\0')));
  const Outcome outcome = run({"describe", "model.safetensors"}, folder.path());
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("[0, 3]"), HasSubstr("one")));
}

TEST(BadInput, WhatIsNoFileOrNoRunIsRefused) {
  const TemporaryFolder folder;
  fs::create_directory(folder.path() / "model.safetensors");
  fs::create_directory(folder.path() / "recipe.toml");
  folder.write("file", "x");
  const std::vector<std::vector<std::string>> commands = {
      {"describe", "model.safetensors"},
      {"describe", "missing.safetensors"},
      {"describe", "missing.toml"},
      {"describe", "file"},
      {"evaluate", "missing"},
      {"evaluate", "file"},
      {"predict", "missing", "--input", "file"},
      {"train", "recipe.toml"},
      {"train", "missing.toml"},
      {"train", "--resume", "missing"},
      {"train", "--resume", "file"},
  };
  for (const auto& command : commands) {
    expect_refusal(command, folder, {command[0] == "train" ? command.back() : command[1]},
                   ::testing::PrintToString(command));
  }
}

TEST(BadInput, EveryFaultOfARecipeIsToldAtOnceWithItsPlace) {
  const TemporaryFolder folder;
  folder.write("bad.toml", R"(name = "bad"
sed = 1
[data]
name = "irish"
[model]
name = "mlp"
hidden = "many"
[optimizer]
name = "adam"
learning_rate = "fast"
[train]
epoch = 3
)");
  const Outcome outcome = run({"train", "bad.toml"}, folder.path());
  EXPECT_EQ(outcome.code, 3);
  for (const char* fault :
       {"bad.toml:2:1", "seed", "bad.toml:4:", "iris", "bad.toml:7:", "hidden",
        "bad.toml:10:", "learning_rate", "bad.toml:12:", "did you mean epochs"}) {
    EXPECT_THAT(outcome.err, HasSubstr(fault));
  }
  EXPECT_LT(lines_of(outcome.err).size(), 10u);
  EXPECT_FALSE(fs::exists(folder.path() / "runs"));
}

TEST(BadInput, ManyFaultsOfARecipeStayUnderTenLines) {
  const TemporaryFolder folder;
  std::string recipe = "[data]\nname = \"iris\"\n[model]\nname = \"mlp\"\n[train]\n";
  for (int i = 0; i < 40; ++i) recipe += "key_" + std::to_string(i) + " = 1\n";
  folder.write("bad.toml", recipe);
  expect_refusal({"train", "bad.toml"}, folder, {"bad.toml:6:1", "more"}, "40 unknown keys");
}

TEST(BadInput, AnImpossibleShapeNamesTheModuleAndBothShapes) {
  const TemporaryFolder folder;
  folder.write("bad.toml", R"(name = "bad"
[data]
name = "iris"
[[model.layers]]
type = "linear"
in = 4
out = 8
[[model.layers]]
type = "linear"
in = 9
out = 3
[optimizer]
name = "adam"
)");
  expect_refusal({"train", "bad.toml"}, folder, {"bad.toml", "layers.1", "linear", "8", "9"},
                 "a layer that does not fit the one before");
}

TEST(BadInput, ARecipeThatIsNotTomlOrNotTextIsRefused) {
  const TemporaryFolder folder;
  for (const std::string& contents :
       {std::string("[data\n"), std::string("name = \n"), std::string("\xff\xfe\x00", 3),
        std::string("a = 1\na = 2\n")}) {
    folder.write("bad.toml", contents);
    expect_refusal({"train", "bad.toml"}, folder, {"bad.toml"}, contents);
  }
}

TEST(BadInput, AMonitoredMetricThatDoesNotExistIsFoundBeforeTraining) {
  const TemporaryFolder folder;
  folder.write("bad.toml", kIris + "[train.early_stopping]\nmonitor = \"validation_acuracy\"\n");
  expect_refusal({"train", "bad.toml"}, folder, {"validation_accuracy"}, "unknown metric");
}

TEST(BadInput, AFolderThatCannotBeWrittenIsFoundBeforeTraining) {
  const TemporaryFolder folder;
  folder.write("iris.toml", kIris);
  folder.write("file", "x");
  expect_refusal({"train", "iris.toml", "--out", "file"}, folder, {"file"}, "a file as folder");
  expect_refusal({"train", "iris.toml", "--out", "file/below"}, folder, {"file/below"},
                 "a folder below a file");
  expect_refusal({"train", "iris.toml", "--out", "/proc/gradus"}, folder, {"/proc/gradus"},
                 "a folder that cannot be made");
}

/// A package folder with files made by the test.
class BadData : public ::testing::Test {
 protected:
  /// Fashion-MNIST of four pictures, all right but for what a test replaces.
  void write_fashion(const std::string& images, const std::string& labels) const {
    const std::string folder = "data/dataset-fashion-mnist/usr/share/datasets/fashion-mnist/";
    folder_.write(folder + "train-images-idx3-ubyte.gz", images);
    folder_.write(folder + "train-labels-idx1-ubyte.gz", labels);
    folder_.write(folder + "t10k-images-idx3-ubyte.gz", images);
    folder_.write(folder + "t10k-labels-idx1-ubyte.gz", labels);
  }
  void write_iris(const std::string& csv) const {
    folder_.write(
        "data/python3-sklearn/usr/lib/python3/dist-packages/sklearn/datasets/data/iris.csv", csv);
  }
  void expect_refused(const std::string& data, const std::vector<std::string>& names,
                      const std::string& fault) const {
    folder_.write("recipe.toml", "name = \"bad\"\n[data]\nname = \"" + data +
                                     "\"\n[model]\nname = \"mlp\"\n[optimizer]\nname = \"sgd\"\n");
    expect_refusal({"train", "recipe.toml"}, folder_, names, fault,
                   {{"GRADUS_DATA_DIR", folder_ / "data"}});
  }

  const TemporaryFolder folder_;
  const std::string images_ = idx({4, 28, 28}, std::string(4 * 28 * 28, '\x7f'));
  const std::string labels_ = idx({4}, std::string("\0\1\2\3", 4));
};

TEST_F(BadData, FilesOfIdxWithFaultsAreRefused) {
  const std::string packed = gzip(images_);
  const std::string images = "train-images-idx3-ubyte.gz", labels = "train-labels-idx1-ubyte.gz";
  std::string wrong_magic = images_;
  wrong_magic[0] = 'x';
  std::string wrong_type = images_;
  wrong_type[2] = '\x77';
  std::string wrong_checksum = packed;
  wrong_checksum[packed.size() - 6] ^= 1;
  const std::string huge = idx({0xffffffff, 0xffffffff, 0xffffffff}, "");

  struct Case {
    const char* fault;
    std::string images, labels;
    const std::string& file;
  };
  const std::string good_labels = gzip(labels_);
  const Case cases[] = {
      {"truncated gzip", packed.substr(0, packed.size() / 2), good_labels, images},
      {"gzip with a wrong checksum", wrong_checksum, good_labels, images},
      {"wrong magic", gzip(wrong_magic), good_labels, images},
      {"wrong type", gzip(wrong_type), good_labels, images},
      {"a size that lies, too large", gzip(idx({5, 28, 28}, std::string(4 * 28 * 28, 'x'))),
       good_labels, images},
      {"a size that lies, too small", gzip(idx({3, 28, 28}, std::string(4 * 28 * 28, 'x'))),
       good_labels, images},
      {"extents that overflow", gzip(huge), good_labels, images},
      {"other pictures", gzip(idx({4, 27, 28}, std::string(4 * 27 * 28, 'x'))), good_labels,
       images},
      {"empty file", "", good_labels, images},
      {"labels out of range", packed, gzip(idx({4}, std::string("\0\1\2\x0a", 4))), labels},
      {"too few labels", packed, gzip(idx({3}, std::string("\0\1\2", 3))), labels},
  };
  for (const Case& bad : cases) {
    write_fashion(bad.images, bad.labels);
    expect_refused("fashion-mnist", {bad.file}, bad.fault);
  }
}

TEST_F(BadData, AFolderInPlaceOfAFileIsRefused) {
  write_fashion(gzip(images_), gzip(labels_));
  const fs::path path = folder_.path() /
                        "data/dataset-fashion-mnist/usr/share/datasets/fashion-mnist"
                        "/train-images-idx3-ubyte.gz";
  fs::remove(path);
  fs::create_directory(path);
  expect_refused("fashion-mnist", {path.string()}, "a folder");
}

TEST_F(BadData, TablesWithFaultsAreRefusedWithLineAndColumn) {
  std::string good = "150,4,setosa,versicolor,virginica\n";
  for (int i = 0; i < 150; ++i) good += "5.1,3.5,1.4,0.2," + std::to_string(i / 50) + "\n";
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    return text.replace(text.find(from), from.size(), to);
  };
  struct Case {
    const char* fault;
    std::string csv;
    const char* place;
  };
  const Case cases[] = {
      {"ragged row", with("0.2,1\n", "0.2\n"), "iris.csv:52"},
      {"label out of range", with("0.2,2\n", "0.2,7\n"), "iris.csv"},
      {"a word for a number", with("0.2,1\n", "high,1\n"), "iris.csv"},
      {"too few rows", good.substr(0, good.size() / 2 / 18 * 18), "iris.csv"},
      {"quote that is not closed", with("0.2,1\n", "\"0.2,1\n"), "iris.csv"},
      {"empty file", "", "iris.csv"},
      {"zero bytes", std::string(100, '\0'), "iris.csv"},
  };
  for (const Case& bad : cases) {
    write_iris(bad.csv);
    expect_refused("iris", {bad.place}, bad.fault);
  }
}

class DamagedRun : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!data::is_installed(data::find_data_set("iris"))) {
      GTEST_SKIP() << "needs the package " << data::find_data_set("iris").package;
    }
    folder_.write("iris.toml", kIris);
    const Outcome outcome = run({"train", "iris.toml", "--out", "run"}, folder_.path());
    ASSERT_EQ(outcome.code, 0) << outcome.err;
  }
  const TemporaryFolder folder_;
};

TEST_F(DamagedRun, EveryCommandRefusesADamagedModel) {
  const std::string model = read_file(folder_ / "run/model.safetensors");
  folder_.write("flowers.csv", "1,2,3,4\n");
  for (const std::string& damaged :
       {model.substr(0, model.size() / 2), model + "x", std::string(), "x" + model}) {
    folder_.write("run/model.safetensors", damaged);
    for (const std::vector<std::string>& command : {std::vector<std::string>{"describe", "run"},
                                                    {"evaluate", "run"},
                                                    {"predict", "run", "--input", "flowers.csv"}}) {
      expect_refusal(command, folder_, {"run/model.safetensors"}, command[0]);
    }
  }
}

TEST_F(DamagedRun, ResumeRefusesEveryFaultyCheckpoint) {
  for (const BadFile& bad : bad_safetensors()) {
    folder_.write("run/checkpoint.safetensors", bad.contents);
    expect_refusal({"train", "--resume", "run", "--set", "train.epochs=20"}, folder_,
                   {"run/checkpoint.safetensors", bad.place}, bad.fault);
  }
}

TEST_F(DamagedRun, ResumeRefusesACheckpointOfAnotherModel) {
  const Outcome other =
      run({"train", "iris.toml", "--set", "model.hidden=[8]", "--out", "other"}, folder_.path());
  ASSERT_EQ(other.code, 0) << other.err;
  fs::copy_file(folder_ / "other/checkpoint.safetensors", folder_ / "run/checkpoint.safetensors",
                fs::copy_options::overwrite_existing);
  expect_refusal({"train", "--resume", "run", "--set", "train.epochs=20"}, folder_,
                 {"run/checkpoint.safetensors", "model.hidden: [8] before, [16] now"},
                 "a checkpoint of another model");
}

TEST_F(DamagedRun, ACheckpointIsDescribedByItsTensorsAndEvaluatesNothing) {
  const Outcome outcome = run({"describe", "run/checkpoint.safetensors"}, folder_.path());
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("layers.0.weight"));
  expect_refusal({"evaluate", "run/checkpoint.safetensors"}, folder_,
                 {"gradus: run/checkpoint.safetensors: it is not the model of a run"},
                 "a checkpoint in place of a model");
}

TEST_F(DamagedRun, MessagesBeginWithTheFileAndNotWithAFunction) {
  folder_.write("word.csv", "1,2,3,4\n1,2,x,4\n");
  const std::pair<std::vector<std::string>, const char*> cases[] = {
      {{"evaluate", "none"}, "gradus: none: there is no such run or model\n"},
      {{"train", "--resume", "iris.toml"},
       "gradus: iris.toml: it is a file, not the folder of a run\n"},
      {{"train", "none.toml"}, "gradus: none.toml: cannot open it: No such file or directory\n"},
      {{"predict", "run", "--input", "run"},
       "gradus: run: it is a folder; only .npy, .csv and .png files can be read\n"},
      {{"predict", "run", "--input", "word.csv"},
       "gradus: word.csv: column 'column 3' holds 'x' in row 2 of the data, which is not a "
       "number\n"},
      {{"data", "fashion"}, "gradus: there is no data set 'fashion'; "},
  };
  for (const auto& [arguments, message] : cases) {
    const Outcome outcome = run(arguments, folder_.path());
    EXPECT_EQ(outcome.code, 3);
    EXPECT_THAT(outcome.err, StartsWith(message));
  }
}

TEST_F(DamagedRun, ResumeRefusesAModelInPlaceOfACheckpoint) {
  fs::copy_file(folder_ / "run/model.safetensors", folder_ / "run/checkpoint.safetensors",
                fs::copy_options::overwrite_existing);
  expect_refusal({"train", "--resume", "run", "--set", "train.epochs=20"}, folder_,
                 {"run/checkpoint.safetensors"}, "a model in place of a checkpoint");
}

}  // namespace
}  // namespace gradus::cli
