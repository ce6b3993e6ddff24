// The tables and the digits that scikit-learn's Debian package brings as CSV.
#include <fmt/format.h>

#include <cmath>

#include "gradus/base/error.h"
#include "gradus/data/package_files.h"
#include "gradus/data/sources.h"
#include "gradus/io/csv.h"

namespace gradus::data {
namespace {

using io::CsvOptions;
using io::CsvTable;

constexpr const char* kPackage = "python3-sklearn";

std::string in_package(const std::string& file) {
  return "lib/python3/dist-packages/sklearn/datasets/data/" + file;
}

std::string path_of(const DataSetSource& source, std::size_t file) {
  return package_file(source.info.name, source.info.package, source.files[file]);
}

/// Throws Error unless the table has the size that the catalog gives.
void check_size(const CsvTable& table, const DataSetInfo& info, std::int64_t columns) {
  const auto width = static_cast<std::int64_t>(table.columns.size());
  if (table.rows == info.train_count && width == columns) return;
  throw Error(ErrorCode::format, "load",
              fmt::format("{}: it has {} rows of {} numbers, and {} has {} of {}", table.file,
                          table.rows, width, info.name, info.train_count, columns));
}

/// Columns begin ... end - 1 of a table as rows of type T.
template <class T>
Tensor columns_of(const CsvTable& table, std::size_t begin, std::size_t end, const Shape& shape) {
  const CsvTable part{.file = table.file,
                      .rows = table.rows,
                      .columns = {table.columns.begin() + static_cast<std::ptrdiff_t>(begin),
                                  table.columns.begin() + static_cast<std::ptrdiff_t>(end)}};
  const Tensor matrix = part.matrix();
  std::vector<T> values;
  values.reserve(static_cast<std::size_t>(matrix.size()));
  for (const float value : matrix.data<float>()) {
    if (std::is_integral_v<T> && (value < 0 || value > 255 || value != std::floor(value))) {
      throw Error(ErrorCode::format, "load",
                  fmt::format("{}: {} is not a whole number from 0 to 255", table.file, value));
    }
    values.push_back(static_cast<T>(value));
  }
  return Tensor::from(values, shape);
}

/// Features, then the class: iris, wine, breast cancer. The first line has counts and class names.
LoadedDataSet load_table(const DataSetSource& source) {
  const DataSetInfo& info = source.info;
  const std::string path = path_of(source, 0);
  const auto table = io::read_csv(path, {.header = CsvOptions::Header::absent, .skip_rows = 1});
  const std::int64_t features = info.input_shape[0];
  check_size(table, info, features + 1);
  const auto width = static_cast<std::size_t>(features);
  const Tensor labels = columns_of<std::uint8_t>(table, width, width + 1, {table.rows});
  return {info,
          TensorDataset(columns_of<float>(table, 0, width, {table.rows, features}),
                        checked_labels(path, labels, info.classes())),
          std::nullopt};
}

/// 64 pixels, then the class.
LoadedDataSet load_digits(const DataSetSource& source) {
  const std::string path = path_of(source, 0);
  const auto table = io::read_csv(path, {.header = CsvOptions::Header::absent});
  check_size(table, source.info, 65);
  const Tensor labels = columns_of<std::uint8_t>(table, 64, 65, {table.rows});
  return {source.info,
          TensorDataset(columns_of<std::uint8_t>(table, 0, 64, {table.rows, 1, 8, 8}),
                        checked_labels(path, labels, source.info.classes())),
          std::nullopt};
}

/// Features and targets in files of their own, with blanks between the numbers.
LoadedDataSet load_diabetes(const DataSetSource& source) {
  const CsvOptions options = {.delimiter = ' ', .header = CsvOptions::Header::absent};
  const auto features = io::read_csv(path_of(source, 0), options);
  const auto targets = io::read_csv(path_of(source, 1), options);
  check_size(features, source.info, source.info.input_shape[0]);
  check_size(targets, source.info, 1);
  return {source.info, TensorDataset(features.matrix(), targets.matrix()), std::nullopt};
}

DataSetInfo table_info(std::string name, std::string description, std::int64_t examples,
                       std::vector<std::string> classes, std::vector<std::string> features) {
  return {.name = std::move(name),
          .description = std::move(description),
          .package = kPackage,
          .task = classes.empty() ? Task::regression : Task::classification,
          .input_shape = {static_cast<std::int64_t>(features.size())},
          .pixel_maximum = 0,
          .train_count = examples,
          .test_count = 0,
          .class_names = std::move(classes),
          .feature_names = std::move(features)};
}

DataSetSource iris() {
  return {table_info(
              "iris", "Irises by the size of their flowers (Fisher 1936)", 150,
              {"setosa", "versicolor", "virginica"},
              {"sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)"}),
          {in_package("iris.csv")},
          &load_table};
}

DataSetSource wine() {
  return {table_info("wine", "Wines of three growers by chemical analysis (Forina et al. 1988)",
                     178, {"class_0", "class_1", "class_2"},
                     {"alcohol", "malic acid", "ash", "alcalinity of ash", "magnesium",
                      "total phenols", "flavanoids", "nonflavanoid phenols", "proanthocyanins",
                      "color intensity", "hue", "od280/od315 of diluted wines", "proline"}),
          {in_package("wine_data.csv")},
          &load_table};
}

DataSetSource breast_cancer() {
  std::vector<std::string> features;
  for (const std::string statistic : {"mean ", "error of ", "worst "}) {
    for (const char* measure :
         {"radius", "texture", "perimeter", "area", "smoothness", "compactness", "concavity",
          "concave points", "symmetry", "fractal dimension"}) {
      features.push_back(statistic + measure);
    }
  }
  return {table_info("breast-cancer",
                     "Tumours by the cell nuclei of a biopsy (Street, Wolberg, Mangasarian 1993)",
                     569, {"malignant", "benign"}, std::move(features)),
          {in_package("breast_cancer.csv")},
          &load_table};
}

DataSetSource diabetes() {
  return {
      table_info("diabetes", "Progression of diabetes after a year (Efron et al. 2004)", 442, {},
                 {"age", "sex", "body mass index", "blood pressure", "serum cholesterol",
                  "low-density lipoproteins", "high-density lipoproteins", "cholesterol ratio",
                  "log of serum triglycerides", "blood sugar"}),
      {in_package("diabetes_data_raw.csv.gz"), in_package("diabetes_target.csv.gz")},
      &load_diabetes};
}

DataSetSource digits() {
  DataSetInfo info =
      table_info("digits", "Handwritten digits, 8 by 8 pixels, grey (Alpaydin and Kaynak 1998)",
                 1'797, {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}, {});
  info.input_shape = {1, 8, 8};
  info.pixel_maximum = 16;
  return {std::move(info), {in_package("digits.csv.gz")}, &load_digits};
}

}  // namespace

std::vector<DataSetSource> scikit_learn_sources() {
  return {breast_cancer(), diabetes(), digits(), iris(), wine()};
}

}  // namespace gradus::data
