#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/data/package_files.h"
#include "gradus/data/sources.h"
#include "gradus/io/r_data.h"

namespace gradus::data {
namespace {

LoadedDataSet load_shuttle(const DataSetSource& source) {
  const DataSetInfo& info = source.info;
  const std::string path = package_file(info.name, info.package, source.files[0]);
  const io::CsvTable table = io::read_r_data(path, "Shuttle");
  const io::CsvColumn& classes = table.column("Class");
  if (table.rows != info.train_count || classes.categories != info.class_names) {
    throw Error(ErrorCode::format, "load",
                fmt::format("{}: it has {} rows of the classes {}, and {} has {} of {}", path,
                            table.rows, fmt::join(classes.categories, ", "), info.name,
                            info.train_count, fmt::join(info.class_names, ", ")));
  }
  return {info,
          TensorDataset(table.matrix(info.feature_names),
                        checked_labels(path, Tensor::from(classes.codes), info.classes())),
          std::nullopt};
}

}  // namespace

DataSetSource shuttle_source() {
  return {
      .info = {.name = "shuttle",
               .description = "Positions of radiators in the space shuttle (Statlog; Catlett 1991)",
               .package = "r-cran-mlbench",
               .task = Task::classification,
               .input_shape = {9},
               .pixel_maximum = 0,
               .train_count = 58'000,
               .test_count = 0,
               .class_names = {"Rad.Flow", "Fpv.Close", "Fpv.Open", "High", "Bypass", "Bpv.Close",
                               "Bpv.Open"},
               .feature_names = {"V1", "V2", "V3", "V4", "V5", "V6", "V7", "V8", "V9"}},
      .files = {"lib/R/site-library/mlbench/data/Shuttle.rda"},
      .load = &load_shuttle};
}

}  // namespace gradus::data
