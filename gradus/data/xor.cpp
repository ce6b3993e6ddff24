// The smallest problem that a single layer cannot learn. Made here; no file is read.
#include "gradus/data/sources.h"

namespace gradus::data {
namespace {

/// All four cases are the training set and the test set.
LoadedDataSet load_xor(const DataSetSource& source) {
  const TensorDataset cases(Tensor{{0, 0}, {0, 1}, {1, 0}, {1, 1}},
                            Tensor::from(std::vector<std::int64_t>{0, 1, 1, 0}));
  return {source.info, cases, cases};
}

}  // namespace

DataSetSource xor_source() {
  return {{.name = "xor",
           .description = "The exclusive or of two bits; all four cases, for training and for test",
           .package = "",
           .task = Task::classification,
           .input_shape = {2},
           .pixel_maximum = 0,
           .train_count = 4,
           .test_count = 4,
           .class_names = {"0", "1"},
           .feature_names = {"a", "b"}},
          {},
          &load_xor};
}

}  // namespace gradus::data
