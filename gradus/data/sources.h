// Internal: the functions that read each data set of the catalog.
#pragma once

#include "gradus/data/catalog.h"

namespace gradus::data {

/// A data set of the catalog, the files it needs below /usr, and how to read it.
struct DataSetSource {
  DataSetInfo info;
  std::vector<std::string> files;
  LoadedDataSet (*load)(const DataSetSource& source);
};

DataSetSource fashion_mnist_source();
DataSetSource shuttle_source();
DataSetSource xor_source();
/// The tables and the digits that scikit-learn brings.
std::vector<DataSetSource> scikit_learn_sources();

/// i64 (examples) from integer labels of any type. Throws Error naming `file` and the first example
/// whose label is not in [0, classes).
Tensor checked_labels(const std::string& file, const Tensor& labels, std::int64_t classes);

}  // namespace gradus::data
