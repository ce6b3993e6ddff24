#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "gradus/core/tensor.h"
#include "gradus/data/catalog.h"
#include "gradus/learn/estimator.h"
#include "gradus/learn/saving.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/comparison.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/indexing.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/select.h"
#include "tests/support/temporary_folder.h"

// Skips a test whose data set is not on this machine.
#define GRADUS_NEEDS(NAME)                                                             \
  if (!gradus::data::is_installed(gradus::data::find_data_set(NAME))) {                \
    GTEST_SKIP() << "needs the package " << gradus::data::find_data_set(NAME).package; \
  }

namespace gradus::learn {

struct Table {
  Tensor x;  // f64 (examples, features)
  Tensor y;  // i64 classes (examples), or numbers (examples, 1)
};

/// A data set as a table of f64: what scikit-learn sees of it, rounded to f32 when it was read.
inline Table table(const std::string& name) {
  const data::LoadedDataSet set = data::load(name);
  std::vector<std::int64_t> all(static_cast<std::size_t>(set.train.size()));
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::int64_t>(i);
  const data::Batch batch = set.train.get(all);
  const Tensor x = cast(reshape(batch.inputs, {set.train.size(), -1}), DType::f64);
  return {x.eval(), batch.targets};
}

/// Diabetes as scikit-learn scales it: features centred and divided by their length.
inline Table scaled_diabetes() {
  Table result = table("diabetes");
  const Tensor centred = result.x - mean(result.x, {.axes = {0}});
  result.x = (centred / sqrt(sum(centred * centred, {.axes = {0}}))).eval();
  return result;
}

/// What load() makes of what save() wrote.
inline Owned<Estimator> saved_and_loaded(const Estimator& estimator) {
  const testing::TemporaryFolder folder;
  const std::string path = folder / "estimator.safetensors";
  save(estimator, path);
  return load(path);
}

}  // namespace gradus::learn
