#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gradus/data/tensor_dataset.h"

namespace gradus::data {

enum class Task { classification, regression };
/// "classification" or "regression".
std::string_view name_of(Task task);

/// A data set that Gradus knows, whether its files are on this machine or not.
struct DataSetInfo {
  std::string name;         ///< "fashion-mnist"
  std::string description;  ///< one line
  std::string package;      ///< the Debian package that brings it; empty: it is made, not read
  Task task = Task::classification;
  Shape input_shape;             ///< of one example: (channels, height, width) or (features)
  double pixel_maximum = 0;      ///< of pictures: 255 or less; 0 for tables
  std::int64_t train_count = 0;  ///< examples
  std::int64_t test_count = 0;   ///< examples of a test set of its own; 0: it has none
  std::vector<std::string> class_names;    ///< of a classification
  std::vector<std::string> feature_names;  ///< of a table

  std::int64_t classes() const { return static_cast<std::int64_t>(class_names.size()); }
};

/// What load() returns. Pictures are u8 (examples, channels, height, width), tables f32 (examples,
/// features); classes are i64 (examples), other targets f32 (examples, 1).
struct LoadedDataSet {
  DataSetInfo info;
  TensorDataset train;  ///< all examples where the data set has no test set
  std::optional<TensorDataset> test;
};

/// Every data set, in alphabetical order.
std::span<const DataSetInfo> data_sets();

/// The data set of that name. Throws Error (not_found) that lists the names.
const DataSetInfo& find_data_set(std::string_view name);

/// True if its files are on this machine: below ${GRADUS_DATA_DIR:-~/.cache/gradus/data}, where
/// tools/setup unpacks packages, or installed in /usr.
bool is_installed(const DataSetInfo& info);

/// Reads a data set. Throws Error: not_found, naming the package to install, or format where a file
/// is not what it should be.
LoadedDataSet load(std::string_view name);

}  // namespace gradus::data
