#include "lessons/tables.h"

#include "gradus/data/catalog.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/select.h"

namespace gradus::lessons {

StandardTable diabetes() {
  const data::LoadedDataSet set = data::load("diabetes");
  const auto standard = [](const Tensor& raw) {
    const Tensor x = cast(raw, DType::f64);
    return ((x - mean(x, {.axes = {0}})) / std_dev(x, {.axes = {0}})).eval();
  };
  return {standard(set.train.inputs()), standard(reshape(set.train.targets(), Dims{-1})),
          set.info.feature_names};
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
