#pragma once

#include <nanobind/nanobind.h>

#include "gradus/data/loader.h"

namespace gradus::python {

namespace nb = nanobind;

/// A data set as Python holds it.
struct DatasetHolder {
  Shared<const data::Dataset> dataset;
};

/// A loader as Python holds it.
struct LoaderHolder {
  data::DataLoader loader;
  std::int64_t next_epoch = 0;
};

/// A data set of a Python object: one of the library's, a pair of tensors (inputs, targets), or any
/// sequence of examples, each a tensor-like or a pair of them.
Shared<const data::Dataset> dataset_of(nb::handle object);

/// (inputs, targets); None for targets that are undefined.
nb::tuple pair_of(const data::Batch& batch);

}  // namespace gradus::python
