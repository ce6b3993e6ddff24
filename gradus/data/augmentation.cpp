#include "gradus/data/augmentation.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "gradus/base/error.h"
#include "gradus/data/random_window.h"

namespace gradus::data {
namespace {

constexpr std::int64_t kLargest = 1 << 16;  // pixels along an axis; images have fewer

[[noreturn]] void refuse(const char* operation, const std::string& what) {
  throw Error(ErrorCode::invalid_argument, operation, what);
}

float checked_probability(const char* operation, const FlipOptions& options) {
  if (options.probability >= 0 && options.probability <= 1) return options.probability;
  refuse(operation, fmt::format("probability must be in [0, 1], not {}", options.probability));
}

float checked_fill(const char* operation, float fill) {
  if (std::isfinite(fill)) return fill;
  refuse(operation, fmt::format("fill must be a number, not {}", fill));
}

/// Height and width from one number for both, or from two.
std::array<std::int64_t, 2> for_both_axes(const char* operation, const char* option,
                                          const Dims& values, std::int64_t least) {
  const bool in_range = std::all_of(values.begin(), values.end(), [&](std::int64_t value) {
    return value >= least && value <= kLargest;
  });
  if (in_range && (values.size() == 1 || values.size() == 2)) return {values[0], values.back()};
  refuse(operation, fmt::format("{} must be one or two integers in [{}, {}], not [{}]", option,
                                least, kLargest, fmt::join(values, ", ")));
}

Augmentation made_of(const RandomWindow& change) {
  return Augmentation(std::vector<RandomWindow>{change});
}

}  // namespace

Augmentation::Augmentation() : Augmentation(std::vector<RandomWindow>()) {}

Augmentation::Augmentation(std::vector<RandomWindow> changes)
    : changes_(share<const std::vector<RandomWindow>>(std::move(changes))) {}

Shape Augmentation::infer(const Shape& image, DType dtype) const {
  Shape shape = image;
  for (const RandomWindow& change : changes()) shape = data::infer(change, shape, dtype);
  return shape;
}

Tensor Augmentation::operator()(const Tensor& images, const TransformContext& context) const {
  Tensor changed = images;
  std::vector<RandomKey> keys(context.indices.size());
  for (std::size_t change = 0; change < changes().size(); ++change) {
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const auto example = static_cast<std::uint64_t>(context.indices[i]);
      keys[i] = fold_in(fold_in(context.key, example), change);
    }
    changed = look_through(changes()[change], changed, keys);
  }
  return changed;
}

Augmentation in_order(const std::vector<Augmentation>& parts) {
  std::vector<RandomWindow> changes;
  for (const Augmentation& part : parts) {
    changes.insert(changes.end(), part.changes().begin(), part.changes().end());
  }
  return Augmentation(std::move(changes));
}

Augmentation horizontal_flip(const FlipOptions& options) {
  constexpr const char* kOperation = "horizontal_flip";
  return made_of({.operation = kOperation, .mirrored = checked_probability(kOperation, options)});
}

Augmentation vertical_flip(const FlipOptions& options) {
  constexpr const char* kOperation = "vertical_flip";
  return made_of(
      {.operation = kOperation, .upside_down = checked_probability(kOperation, options)});
}

void ShiftOptions::fields(nn::OptionVisitor& v) {
  v("pixels", pixels);
  v("fill", fill);
}

Augmentation shift(const ShiftOptions& options) {
  constexpr const char* kOperation = "shift";
  return made_of({.operation = kOperation,
                  .margin = for_both_axes(kOperation, "pixels", options.pixels, 0),
                  .fill = checked_fill(kOperation, options.fill)});
}

void CropOptions::fields(nn::OptionVisitor& v) {
  v("size", size);
  v("padding", padding);
  v("fill", fill);
}

Augmentation crop(const CropOptions& options) {
  constexpr const char* kOperation = "crop";
  RandomWindow window{.operation = kOperation,
                      .margin = for_both_axes(kOperation, "padding", options.padding, 0),
                      .fill = checked_fill(kOperation, options.fill)};
  if (!options.size.empty()) window.size = for_both_axes(kOperation, "size", options.size, 1);
  return made_of(window);
}

}  // namespace gradus::data
