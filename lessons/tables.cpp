#include "lessons/tables.h"

#include <algorithm>

#include "gradus/data/catalog.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/select.h"

namespace gradus::lessons {

namespace {

/// Mean 0 and deviation 1 along the examples.
Tensor standardised(const Tensor& raw) {
  const Tensor x = cast(raw, DType::f64);
  return ((x - mean(x, {.axes = {0}})) / std_dev(x, {.axes = {0}})).eval();
}

Tensor column_named(const data::LoadedDataSet& set, const std::string& name) {
  const auto& names = set.info.feature_names;
  const auto place = std::find(names.begin(), names.end(), name);
  return select(set.train.inputs(), 1, place - names.begin());
}

}  // namespace

StandardTable diabetes() {
  const data::LoadedDataSet set = data::load("diabetes");
  return {standardised(set.train.inputs()), standardised(reshape(set.train.targets(), Dims{-1})),
          set.info.feature_names};
}

StandardTable tumour_areas() {
  const data::LoadedDataSet set = data::load("breast-cancer");
  const std::string radius = "mean radius";
  return {standardised(expand_dims(column_named(set, radius), 1)),
          standardised(column_named(set, "worst area")),
          {radius}};
}

std::vector<double> counted(std::size_t count) {
  std::vector<double> numbers(count);
  for (std::size_t i = 0; i < count; ++i) numbers[i] = static_cast<double>(i);
  return numbers;
}

std::vector<double> spaced(double low, double high, int count) {
  std::vector<double> numbers;
  for (int i = 0; i < count; ++i) numbers.push_back(low + (high - low) * i / (count - 1));
  return numbers;
}

}  // namespace gradus::lessons
