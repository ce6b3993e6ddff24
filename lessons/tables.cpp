#include "lessons/tables.h"

#include <algorithm>

#include <fmt/format.h>

#include "gradus/data/catalog.h"
#include "gradus/data/package_files.h"
#include "gradus/io/png.h"
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
  return {standardised(set.train.inputs()),
          standardised(reshape(set.train.targets(), Dims{-1})),
          set.info.feature_names,
          // Of Efron et al. 2004.
          {"age", "sex", "bmi", "bp", "tc", "ldl", "hdl", "tch", "ltg", "glu"}};
}

StandardTable tumour_areas() {
  const data::LoadedDataSet set = data::load("breast-cancer");
  const std::string radius = "mean radius";
  return {standardised(expand_dims(column_named(set, radius), 1)),
          standardised(column_named(set, "worst area")),
          {radius}};
}

Digits digit_rows() {
  const data::LoadedDataSet digits = data::load("digits");
  return {reshape(cast(digits.train.inputs(), DType::f64), Dims{-1, 64}).eval(),
          digits.train.targets()};
}

DigitParts digit_parts() {
  const Digits digits = digit_rows();
  const Tensor pixels = (cast(digits.x, DType::f32) * (1.0 / 16)).eval();
  const auto part = [&](const Range& range) {
    return Digits{slice(pixels, 0, range), slice(digits.labels, 0, range)};
  };
  return {part({.stop = 400}), part({.start = 400, .stop = 800})};
}

Tensor camera() {
  const Tensor pixels = io::read_png(data::package_file(
      "camera", "python3-skimage", "lib/python3/dist-packages/skimage/data/camera.png"));
  const std::vector<Range> every_second{{.step = 2}, {.step = 2}, {.start = 0, .stop = 1}};
  return (squeeze(cast(slice(pixels, every_second), DType::f64), {2}) * (1 / 255.0)).eval();
}

Tensor matrix(std::initializer_list<std::initializer_list<double>> rows) {
  std::vector<double> all;
  for (const auto& row : rows) all.insert(all.end(), row.begin(), row.end());
  const auto count = static_cast<std::int64_t>(rows.size());
  return Tensor::from(all, Shape{count, static_cast<std::int64_t>(all.size()) / count});
}

Tensor vector(std::initializer_list<double> values) {
  return Tensor::from(std::vector<double>(values));
}

std::string in_brackets(const Tensor& x) {
  if (x.rank() == 0) return fmt::format("{:.6g}", x.item<double>());
  std::string text = "[";
  for (std::int64_t i = 0; i < x.dim(0); ++i) {
    text += (i > 0 ? ", " : "") + in_brackets(select(x, 0, i));
  }
  return text + "]";
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
