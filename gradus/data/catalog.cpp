#include "gradus/data/catalog.h"

#include <fmt/format.h>

#include <algorithm>

#include "gradus/base/error.h"
#include "gradus/base/nearest_name.h"
#include "gradus/data/package_files.h"
#include "gradus/data/sources.h"

namespace gradus::data {
namespace {

/// The one list of data sets.
std::vector<DataSetSource> make_sources() {
  std::vector<DataSetSource> all = scikit_learn_sources();
  all.push_back(fashion_mnist_source());
  all.push_back(shuttle_source());
  all.push_back(xor_source());
  std::sort(all.begin(), all.end(), [](const DataSetSource& a, const DataSetSource& b) {
    return a.info.name < b.info.name;
  });
  return all;
}

const std::vector<DataSetSource>& sources() {
  static const std::vector<DataSetSource> all = make_sources();
  return all;
}

const DataSetSource& find_source(std::string_view name) {
  for (const auto& source : sources()) {
    if (source.info.name == name) return source;
  }
  std::vector<std::string> known;
  for (const auto& source : sources()) known.push_back(source.info.name);
  const std::string nearest = nearest_name(name, known);
  throw Error(ErrorCode::not_found, "data",
              fmt::format("there is no data set '{}'; there are {}{}", name, fmt::join(known, ", "),
                          nearest.empty() ? "" : fmt::format("; did you mean {}?", nearest)));
}

}  // namespace

std::string_view name_of(Task task) {
  return task == Task::classification ? "classification" : "regression";
}

std::span<const DataSetInfo> data_sets() {
  static const std::vector<DataSetInfo> infos = [] {
    std::vector<DataSetInfo> all;
    for (const auto& source : sources()) all.push_back(source.info);
    return all;
  }();
  return infos;
}

const DataSetInfo& find_data_set(std::string_view name) { return find_source(name).info; }

bool is_installed(const DataSetInfo& info) {
  const auto& files = find_source(info.name).files;
  return std::all_of(files.begin(), files.end(), [&](const std::string& file) {
    return find_package_file(info.package, file).has_value();
  });
}

LoadedDataSet load(std::string_view name) {
  const DataSetSource& source = find_source(name);
  return source.load(source);
}

Tensor checked_labels(const std::string& file, const Tensor& labels, std::int64_t classes) {
  const auto values = labels.to_vector<std::int64_t>();
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i] < 0 || values[i] >= classes) {
      throw Error(ErrorCode::format, "load",
                  fmt::format("{}: example {} has label {}, and the classes are 0 to {}", file, i,
                              values[i], classes - 1));
    }
  }
  return Tensor::from(values);
}

}  // namespace gradus::data
