// Expected values come from the data sets' own descriptions (papers, UCI, scikit-learn's texts).
#include "gradus/data/catalog.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <numeric>
#include <optional>

#include "gradus/base/error.h"
#include "tests/support/error_of.h"
#include "tests/support/temporary_folder.h"

namespace gradus::data {
namespace {

using gradus::testing::error_of;
using gradus::testing::TemporaryFolder;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Reads a data set, or skips the test where its package is missing.
#define LOAD_OR_SKIP(variable, name)                                            \
  if (!is_installed(find_data_set(name))) {                                     \
    GTEST_SKIP() << "package " << find_data_set(name).package << " is missing"; \
  }                                                                             \
  const LoadedDataSet variable = load(name)

std::vector<std::int64_t> class_sizes(const TensorDataset& dataset, std::int64_t classes) {
  std::vector<std::int64_t> sizes(static_cast<std::size_t>(classes));
  for (const auto label : dataset.targets().data<std::int64_t>())
    ++sizes[static_cast<std::size_t>(label)];
  return sizes;
}

std::vector<std::int64_t> first_labels(const TensorDataset& dataset, std::ptrdiff_t count) {
  const auto labels = dataset.targets().data<std::int64_t>();
  return {labels.begin(), labels.begin() + count};
}

struct Range {
  float low, high;
  double mean;
};
Range range_of(const TensorDataset& dataset, std::size_t column) {
  const auto values = dataset.inputs().to_vector<float>();
  const auto width = static_cast<std::size_t>(dataset.inputs().shape()[1]);
  std::vector<float> chosen;
  for (std::size_t i = column; i < values.size(); i += width) chosen.push_back(values[i]);
  return {*std::min_element(chosen.begin(), chosen.end()),
          *std::max_element(chosen.begin(), chosen.end()),
          std::accumulate(chosen.begin(), chosen.end(), 0.0) / static_cast<double>(chosen.size())};
}

TEST(Catalog, ListsItsDataSetsByName) {
  std::vector<std::string> names;
  for (const auto& info : data_sets()) {
    names.push_back(info.name);
    EXPECT_EQ(find_data_set(info.name).description, info.description);
    EXPECT_EQ(info.package.empty(), info.name == "xor");  // xor is made, not read
    EXPECT_EQ(info.task == Task::classification, !info.class_names.empty()) << info.name;
    if (!info.feature_names.empty()) {
      EXPECT_EQ(info.input_shape, Shape{static_cast<std::int64_t>(info.feature_names.size())});
    }
  }
  EXPECT_THAT(names, ElementsAre("breast-cancer", "diabetes", "digits", "fashion-mnist", "iris",
                                 "shuttle", "wine", "xor"));
}

TEST(Catalog, NamesWhatThereIsWhenAskedForSomethingElse) {
  const Error error = error_of([] { load("mnist"); });
  EXPECT_EQ(error.code(), ErrorCode::not_found);
  EXPECT_EQ(
      error.what(),
      std::string("data: there is no data set 'mnist'; there are breast-cancer, diabetes, "
                  "digits, fashion-mnist, iris, shuttle, wine, xor; did you mean fashion-mnist?"));
}

TEST(Catalog, ReadsEveryInstalledDataSetAsItDescribesIt) {
  for (const auto& info : data_sets()) {
    if (!is_installed(info)) continue;
    const LoadedDataSet loaded = load(info.name);
    EXPECT_EQ(loaded.train.size(), info.train_count) << info.name;
    EXPECT_EQ(loaded.test ? loaded.test->size() : 0, info.test_count) << info.name;
    const Shape& shape = loaded.train.inputs().shape();
    EXPECT_EQ(Shape(std::span(shape.begin() + 1, shape.end())), info.input_shape) << info.name;
    if (info.pixel_maximum > 0) {
      const auto pixels = loaded.train.inputs().data<std::uint8_t>();
      EXPECT_EQ(*std::max_element(pixels.begin(), pixels.end()), info.pixel_maximum) << info.name;
    }
  }
}

TEST(FashionMnist, HoldsWhatItsPaperSays) {
  LOAD_OR_SKIP(fashion, "fashion-mnist");
  EXPECT_THAT(class_sizes(fashion.train, 10), Each(6000));
  EXPECT_THAT(class_sizes(*fashion.test, 10), Each(1000));
  EXPECT_THAT(first_labels(fashion.train, 10), ElementsAre(9, 0, 0, 3, 0, 2, 7, 2, 5, 5));
  EXPECT_THAT(first_labels(*fashion.test, 10), ElementsAre(9, 2, 1, 1, 6, 1, 4, 6, 5, 7));
  // The constants everybody normalises it with: mean 0.2860, deviation 0.3530 of 255.
  const auto pixels = fashion.train.inputs().data<std::uint8_t>();
  double sum = 0, squares = 0;
  for (const double pixel : pixels) {
    sum += pixel;
    squares += pixel * pixel;
  }
  const double mean = sum / static_cast<double>(pixels.size());
  const double variance = squares / static_cast<double>(pixels.size()) - mean * mean;
  EXPECT_NEAR(mean / 255, 0.2860, 5e-5);
  EXPECT_NEAR(std::sqrt(variance) / 255, 0.3530, 5e-5);
}

TEST(Digits, HoldsWhatUciSays) {
  LOAD_OR_SKIP(digits, "digits");
  EXPECT_THAT(class_sizes(digits.train, 10),
              ElementsAre(178, 182, 177, 183, 181, 182, 181, 179, 174, 180));
  EXPECT_EQ(digits.train.inputs().signature(), "u8[1797, 1, 8, 8]");
}

TEST(Iris, HoldsWhatItsTextSays) {
  LOAD_OR_SKIP(iris, "iris");
  EXPECT_THAT(class_sizes(iris.train, 3), Each(50));
  const Range sepal = range_of(iris.train, 0), petal = range_of(iris.train, 3);
  EXPECT_FLOAT_EQ(sepal.low, 4.3f);
  EXPECT_FLOAT_EQ(sepal.high, 7.9f);
  EXPECT_NEAR(sepal.mean, 5.84, 0.005);
  EXPECT_FLOAT_EQ(petal.low, 0.1f);
  EXPECT_FLOAT_EQ(petal.high, 2.5f);
  EXPECT_NEAR(petal.mean, 1.20, 0.005);
}

TEST(Wine, HoldsWhatItsTextSays) {
  LOAD_OR_SKIP(wine, "wine");
  EXPECT_THAT(class_sizes(wine.train, 3), ElementsAre(59, 71, 48));
  const Range alcohol = range_of(wine.train, 0), proline = range_of(wine.train, 12);
  EXPECT_NEAR(alcohol.low, 11.0, 0.05);
  EXPECT_NEAR(alcohol.high, 14.8, 0.05);
  EXPECT_NEAR(alcohol.mean, 13.0, 0.05);
  EXPECT_FLOAT_EQ(proline.low, 278);
  EXPECT_FLOAT_EQ(proline.high, 1680);
}

TEST(BreastCancer, HoldsWhatItsTextSays) {
  LOAD_OR_SKIP(cancer, "breast-cancer");
  EXPECT_THAT(class_sizes(cancer.train, 2), ElementsAre(212, 357));
  const Range radius = range_of(cancer.train, 0), worst = range_of(cancer.train, 20);
  EXPECT_FLOAT_EQ(radius.low, 6.981f);
  EXPECT_FLOAT_EQ(radius.high, 28.11f);
  EXPECT_FLOAT_EQ(worst.low, 7.93f);
  EXPECT_FLOAT_EQ(worst.high, 36.04f);
}

TEST(Diabetes, HoldsWhatItsPaperSays) {
  LOAD_OR_SKIP(diabetes, "diabetes");
  EXPECT_EQ(diabetes.train.targets().signature(), "f32[442, 1]");
  // Efron et al. 2004, table 1: the first two patients.
  const auto inputs = diabetes.train.inputs().data<float>();
  EXPECT_THAT(std::vector<float>(inputs.begin(), inputs.begin() + 4),
              ElementsAre(59, 2, 32.1f, 101));
  EXPECT_THAT(std::vector<float>(inputs.begin() + 10, inputs.begin() + 14),
              ElementsAre(48, 1, 21.6f, 87));
  const auto targets = diabetes.train.targets().data<float>();
  EXPECT_EQ(targets[0], 151);
  EXPECT_EQ(targets[1], 75);
}

TEST(Shuttle, HoldsWhatStatlogSays) {
  LOAD_OR_SKIP(shuttle, "shuttle");
  EXPECT_EQ(shuttle.train.inputs().signature(), "f32[58000, 9]");
  // Michie, Spiegelhalter, Taylor 1994, section 9.5.5: the classes of 43,500 and 14,500 examples.
  EXPECT_THAT(class_sizes(shuttle.train, 7), ElementsAre(34108 + 11478, 37 + 13, 132 + 39,
                                                         6748 + 2155, 2458 + 809, 6 + 4, 11 + 2));
  // The first line of shuttle.trn at UCI: 50 21 77 0 28 0 27 48 22, class 2.
  const auto inputs = shuttle.train.inputs().data<float>();
  EXPECT_THAT(std::vector<float>(inputs.begin(), inputs.begin() + 9),
              ElementsAre(50, 21, 77, 0, 28, 0, 27, 48, 22));
  EXPECT_THAT(first_labels(shuttle.train, 1), ElementsAre(1));
}

/// A folder that stands in for ${GRADUS_DATA_DIR}.
class DataFolder : public ::testing::Test {
 protected:
  DataFolder() {
    if (const char* value = getenv("GRADUS_DATA_DIR")) before_ = value;
    setenv("GRADUS_DATA_DIR", folder_.path().c_str(), 1);
  }
  ~DataFolder() override {
    if (before_) {
      setenv("GRADUS_DATA_DIR", before_->c_str(), 1);
    } else {
      unsetenv("GRADUS_DATA_DIR");
    }
  }
  void put(const std::string& path, const std::string& contents) {
    std::filesystem::create_directories(std::filesystem::path(folder_ / path).parent_path());
    folder_.write(path, contents);
  }

  TemporaryFolder folder_;

 private:
  std::optional<std::string> before_;
};

std::string images_of(int count) {
  return std::string("\0\0\x08\x03\0\0\0", 7) + static_cast<char>(count) +
         std::string("\0\0\0\x1c\0\0\0\x1c", 8) +
         std::string(static_cast<std::size_t>(784 * count), '\7');
}
std::string labels_of(const std::string& labels) {
  return std::string("\0\0\x08\x01\0\0\0", 7) + static_cast<char>(labels.size()) + labels;
}

constexpr const char* kFashion = "dataset-fashion-mnist/usr/share/datasets/fashion-mnist/";
constexpr const char* kSklearn =
    "python3-sklearn/usr/lib/python3/dist-packages/sklearn/datasets/data/";

class SmallFashion : public DataFolder {
 protected:
  SmallFashion() {
    put_file("train-images-idx3-ubyte.gz", images_of(2));
    put_file("train-labels-idx1-ubyte.gz", labels_of("\3\11"));
    put_file("t10k-images-idx3-ubyte.gz", images_of(1));
    put_file("t10k-labels-idx1-ubyte.gz", labels_of("\1"));
  }
  void put_file(const std::string& name, const std::string& contents) {
    put(kFashion + name, contents);
  }
  std::string fault(ErrorCode code = ErrorCode::format) {
    const Error error = error_of([] { load("fashion-mnist"); });
    EXPECT_EQ(error.code(), code);
    return error.what();
  }
};

TEST_F(SmallFashion, IsReadFromTheDataFolderFirst) {
  const LoadedDataSet loaded = load("fashion-mnist");
  EXPECT_EQ(loaded.train.size(), 2);
  EXPECT_THAT(first_labels(loaded.train, 2), ElementsAre(3, 9));
  EXPECT_EQ(loaded.test->inputs().signature(), "u8[1, 1, 28, 28]");
}

TEST_F(SmallFashion, RefusesLabelsOutOfRange) {
  put_file("train-labels-idx1-ubyte.gz", labels_of("\3\12"));
  EXPECT_EQ(fault(), "load: " + folder_ / kFashion +
                         "train-labels-idx1-ubyte.gz: example 1 has "
                         "label 10, and the classes are 0 to 9");
}

TEST_F(SmallFashion, RefusesPartsThatDoNotFitEachOther) {
  put_file("t10k-labels-idx1-ubyte.gz", labels_of("\1\2"));
  EXPECT_THAT(fault(), HasSubstr("t10k-labels-idx1-ubyte.gz: it holds 2 labels for 1 images"));
  put_file("t10k-labels-idx1-ubyte.gz", images_of(1));
  EXPECT_THAT(fault(), HasSubstr("it holds u8[1, 28, 28], not u8[examples]"));
  put_file("train-images-idx3-ubyte.gz", labels_of("\1\2"));
  EXPECT_THAT(fault(), HasSubstr("it holds u8[2], not u8[examples, 28, 28]"));
}

TEST_F(SmallFashion, NamesADamagedFile) {
  put_file("train-images-idx3-ubyte.gz", "\x1f\x8b");
  EXPECT_THAT(fault(), HasSubstr("train-images-idx3-ubyte.gz: byte 2: the compressed data end"));
  put_file("train-images-idx3-ubyte.gz", "");
  EXPECT_THAT(fault(), HasSubstr("train-images-idx3-ubyte.gz: byte 0: the file ends"));
  std::filesystem::remove(folder_ / kFashion + "train-images-idx3-ubyte.gz");
  std::filesystem::create_directory(folder_ / kFashion + "train-images-idx3-ubyte.gz");
  EXPECT_THAT(fault(ErrorCode::io), HasSubstr("train-images-idx3-ubyte.gz: it is a directory"));
}

TEST_F(DataFolder, AMissingPackageIsNamedWithTheCommandThatBringsIt) {
  if (std::filesystem::exists("/usr/lib/python3/dist-packages/sklearn/datasets/data/iris.csv")) {
    GTEST_SKIP() << "python3-sklearn is installed";
  }
  EXPECT_FALSE(is_installed(find_data_set("iris")));
  const Error error = error_of([] { load("iris"); });
  EXPECT_EQ(error.code(), ErrorCode::not_found);
  EXPECT_THAT(error.what(), HasSubstr("load: iris needs the Debian package python3-sklearn"));
  EXPECT_THAT(error.what(), HasSubstr("tools/setup or apt-get install python3-sklearn"));
}

TEST_F(DataFolder, TablesOfAnotherFormAreRefused) {
  put(std::string(kSklearn) + "iris.csv", "2,4,a,b,c\n1,2,3,4,0\n1,2,3,4,1\n");
  EXPECT_THAT(error_of([] { load("iris"); }).what(),
              HasSubstr("iris.csv: it has 2 rows of 5 numbers, and iris has 150 of 5"));
  std::string rows = "150,4,a,b,c\n";
  for (int i = 0; i < 149; ++i) rows += "1,2,3,4,0\n";
  put(std::string(kSklearn) + "iris.csv", rows + "1,2,3,4,3\n");
  EXPECT_THAT(error_of([] { load("iris"); }).what(),
              HasSubstr("iris.csv: example 149 has label 3, and the classes are 0 to 2"));
  put(std::string(kSklearn) + "iris.csv", rows + "1,2,3,4\n");
  EXPECT_THAT(error_of([] { load("iris"); }).what(), HasSubstr("iris.csv:151:7: this row has 4"));
  put(std::string(kSklearn) + "iris.csv", rows + "1,2,3,,0\n");
  EXPECT_THAT(error_of([] { load("iris"); }).what(),
              HasSubstr("iris.csv: column 'column 4' has no value in row 150"));
  put(std::string(kSklearn) + "iris.csv", rows + "1,2,3,4,0.5\n");
  EXPECT_THAT(error_of([] { load("iris"); }).what(),
              HasSubstr("iris.csv: 0.5 is not a whole number from 0 to 255"));
}

}  // namespace
}  // namespace gradus::data
