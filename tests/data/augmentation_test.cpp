#include "gradus/data/augmentation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <optional>
#include <tuple>

#include "gradus/base/error.h"
#include "gradus/base/parallel.h"
#include "gradus/data/augmentation_kinds.h"
#include "gradus/data/tensor_dataset.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/select.h"
#include "tests/support/error_of.h"

namespace gradus::data {
namespace {

using gradus::testing::error_of;
using ::testing::ElementsAre;
using Numbers = std::vector<std::int64_t>;

constexpr float kFill = 200;  // no pixel of the images below
constexpr RandomKey kKey{7, 9};

Numbers numbers_below(std::int64_t count) {
  Numbers numbers(static_cast<std::size_t>(count));
  std::iota(numbers.begin(), numbers.end(), std::int64_t{0});
  return numbers;
}

/// (count, channels, height, width): each image numbers its pixels from 0, so that a pixel tells
/// where it comes from.
Tensor numbered_images(std::int64_t count, const Shape& image, DType dtype = DType::f32) {
  std::vector<double> pixels;
  for (std::int64_t i = 0; i < count; ++i) {
    for (std::int64_t pixel = 0; pixel < image.size(); ++pixel) {
      pixels.push_back(static_cast<double>(pixel));
    }
  }
  const Shape shape{count, image[0], image[1], image[2]};
  return Tensor(cast(Tensor::from(pixels, shape), dtype).eval());
}

Tensor augmented(const Augmentation& augmentation, const Tensor& images, RandomKey key = kKey) {
  return augmentation(images, {numbers_below(images.shape()[0]), key});
}

/// Where a window lies over an image, and what it exchanges.
struct View {
  std::int64_t top = 0, left = 0;
  bool upside_down = false, mirrored = false;
  friend auto operator<=>(const View&, const View&) = default;
};

/// What `view` shows of a numbered image, as a plain loop says.
std::vector<double> shown(const View& view, const Shape& image, const Shape& window) {
  std::vector<double> pixels;
  for (std::int64_t c = 0; c < image[0]; ++c) {
    for (std::int64_t y = 0; y < window[1]; ++y) {
      for (std::int64_t x = 0; x < window[2]; ++x) {
        const std::int64_t row = view.top + (view.upside_down ? window[1] - 1 - y : y);
        const std::int64_t column = view.left + (view.mirrored ? window[2] - 1 - x : x);
        const bool inside = row >= 0 && row < image[1] && column >= 0 && column < image[2];
        const auto number = (c * image[1] + row) * image[2] + column;
        pixels.push_back(inside ? static_cast<double>(number) : double{kFill});
      }
    }
  }
  return pixels;
}

/// How often `augmentation` gives each of the views, out of `count` numbered images. Anything else
/// that it gives is a failure of the test.
std::map<View, int> views_of(const Augmentation& augmentation, const std::vector<View>& possible,
                             const Shape& image, const Shape& window, std::int64_t count,
                             DType dtype = DType::f32) {
  std::map<std::vector<double>, View> known;
  std::map<View, int> counts;
  for (const View& view : possible) {
    EXPECT_TRUE(known.emplace(shown(view, image, window), view).second) << "views look the same";
    counts[view] = 0;
  }
  const Tensor changed = augmented(augmentation, numbered_images(count, image, dtype));
  EXPECT_EQ(changed.shape(), (Shape{count, window[0], window[1], window[2]}));
  EXPECT_EQ(changed.dtype(), dtype);
  const auto pixels = changed.to_vector<double>();
  for (auto begin = pixels.begin(); begin != pixels.end(); begin += window.size()) {
    const auto found = known.find(std::vector<double>(begin, begin + window.size()));
    if (found == known.end()) {
      ADD_FAILURE() << "what is shown is none of the views";
      break;
    }
    ++counts[found->second];
  }
  return counts;
}

/// Views without exchange whose corners lie in [top, bottom] x [left, right].
std::vector<View> corners(std::int64_t top, std::int64_t bottom, std::int64_t left,
                          std::int64_t right) {
  std::vector<View> views;
  for (std::int64_t y = top; y <= bottom; ++y) {
    for (std::int64_t x = left; x <= right; ++x) views.push_back({.top = y, .left = x});
  }
  return views;
}

/// That an event of that probability happened `times` out of `trials`: within six standard
/// deviations of the binomial law, which fails for one seed in 5e8.
void expect_frequency(std::int64_t times, std::int64_t trials, double probability) {
  const double mean = static_cast<double>(trials) * probability;
  const double deviation = std::sqrt(mean * (1 - probability));
  EXPECT_NEAR(static_cast<double>(times), mean, 6 * deviation);
}

TEST(Augmentation, FlipsAsOftenAsAsked) {
  constexpr int kTrials = 20'000;
  const Shape image{2, 2, 3};
  for (const float probability : {0.02f, 0.5f, 0.9f}) {
    const auto across = views_of(horizontal_flip({.probability = probability}),
                                 {{}, {.mirrored = true}}, image, image, kTrials);
    expect_frequency(across.at({.mirrored = true}), kTrials, probability);
    const auto down = views_of(vertical_flip({.probability = probability}),
                               {{}, {.upside_down = true}}, image, image, kTrials);
    expect_frequency(down.at({.upside_down = true}), kTrials, probability);
  }
}

TEST(Augmentation, FlipsAlwaysOrNever) {
  const Shape image{2, 2, 3};
  for (const auto& [probability, times] : {std::pair{0.0f, 0}, {1.0f, 1000}}) {
    const auto views = views_of(horizontal_flip({.probability = probability}),
                                {{}, {.mirrored = true}}, image, image, 1000);
    EXPECT_EQ(views.at({.mirrored = true}), times);
  }
}

TEST(Augmentation, ShiftsAlikeToEveryPlace) {
  constexpr int kTrials = 30'000;
  const Shape image{2, 4, 5};
  const auto views = views_of(shift({.pixels = {1, 2}, .fill = kFill}), corners(-1, 1, -2, 2),
                              image, image, kTrials);
  for (const auto& [view, times] : views) expect_frequency(times, kTrials, 1.0 / 15);
}

TEST(Augmentation, CropsAlikeFromEveryPlace) {
  constexpr int kTrials = 30'000;
  // 6 x 5 pixels with the padding: a window of 3 x 4 has 4 x 2 places.
  const auto views = views_of(crop({.size = {3, 4}, .padding = {1, 0}, .fill = kFill}),
                              corners(-1, 2, 0, 1), {2, 4, 5}, {2, 3, 4}, kTrials);
  for (const auto& [view, times] : views) expect_frequency(times, kTrials, 1.0 / 8);
}

TEST(Augmentation, OneNumberStandsForBothAxes) {
  const Shape image{1, 4, 5};
  const auto views =
      views_of(shift({.pixels = {1}, .fill = kFill}), corners(-1, 1, -1, 1), image, image, 2000);
  for (const auto& [view, times] : views) EXPECT_GT(times, 0);
  const auto squares = views_of(crop({.size = {3}, .padding = {1}, .fill = kFill}),
                                corners(-1, 2, -1, 3), image, {1, 3, 3}, 2000);
  for (const auto& [view, times] : squares) EXPECT_GT(times, 0);
}

TEST(Augmentation, KeepsEveryElementType) {
  const Shape image{2, 4, 5};
  for (const DType dtype : kAllDTypes) {
    if (dtype == DType::boolean) continue;  // it cannot number pixels
    const auto views = views_of(shift({.pixels = {1, 2}, .fill = kFill}), corners(-1, 1, -2, 2),
                                image, image, 500, dtype);
    EXPECT_EQ(views.size(), 15u);
  }
}

TEST(Augmentation, ReadsImagesInAnyLayout) {
  const Tensor images = numbered_images(20, {3, 4, 5});
  const Tensor channels_last = transpose(transpose(images, {0, 2, 3, 1}).eval(), {0, 3, 1, 2});
  const Augmentation shaken = in_order({horizontal_flip(), shift({.pixels = {2}})});
  EXPECT_EQ(augmented(shaken, channels_last).to_vector<float>(),
            augmented(shaken, images).to_vector<float>());
}

TEST(Augmentation, EachChangeDrawsForItself) {
  constexpr int kTrials = 20'000;
  const Shape image{1, 1, 3};
  // Two flips undo each other, so that half of all images are flipped; if both drew the same, none
  // would be.
  const auto views = views_of(in_order({horizontal_flip(), horizontal_flip()}),
                              {{}, {.mirrored = true}}, image, image, kTrials);
  expect_frequency(views.at({.mirrored = true}), kTrials, 0.5);
}

TEST(Augmentation, KeepsTheOrder) {
  // Windows with one place only: frames of 7 and of 9 around the pixel.
  const Augmentation seven = crop({.size = {3, 3}, .padding = {1}, .fill = 7});
  const Augmentation nine = crop({.size = {5, 5}, .padding = {1}, .fill = 9});
  const Tensor framed = augmented(in_order({seven, nine}), numbered_images(1, {1, 1, 1}));
  EXPECT_THAT(framed.to_vector<float>(), ElementsAre(9, 9, 9, 9, 9, 9, 7, 7, 7, 9, 9, 7, 0, 7, 9, 9,
                                                     7, 7, 7, 9, 9, 9, 9, 9, 9));
}

TEST(Augmentation, WithoutChangesItGivesTheImagesThemselves) {
  const Tensor images = numbered_images(2, {1, 2, 2});
  EXPECT_TRUE(augmented(Augmentation(), images).is(images));
  EXPECT_TRUE(augmented(in_order({}), images).is(images));
}

TEST(Augmentation, TakesAnEmptyBatch) {
  const Tensor none = numbered_images(0, {1, 4, 4});
  EXPECT_EQ(augmented(crop({.size = {2}, .padding = {1}}), none).shape(), (Shape{0, 1, 2, 2}));
}

/// All three kinds of change, for images of 28 x 28.
Augmentation shaken() {
  return in_order({horizontal_flip(), shift({.pixels = {3}, .fill = kFill}), crop()});
}

TEST(Augmentation, GivesTheSameBitsAtAnyThreadCount) {
  const Tensor images = numbered_images(500, {1, 28, 28});
  const int before = thread_count();
  set_thread_count(1);
  const auto expected = augmented(shaken(), images).to_vector<float>();
  for (const int threads : {2, 3, 8}) {
    set_thread_count(threads);
    EXPECT_EQ(augmented(shaken(), images).to_vector<float>(), expected) << threads << " threads";
  }
  set_thread_count(before);
}

TEST(Augmentation, DependsOnTheExampleNotOnItsBatch) {
  const Tensor images = numbered_images(40, {1, 28, 28});
  const Tensor all = augmented(shaken(), images);
  const Tensor some = shaken()(slice(images, 0, {0, 2}), {Numbers{31, 5}, kKey});
  EXPECT_EQ(slice(some, 0, {0, 1}).to_vector<float>(), slice(all, 0, {31, 32}).to_vector<float>());
  EXPECT_EQ(slice(some, 0, {1, 2}).to_vector<float>(), slice(all, 0, {5, 6}).to_vector<float>());
}

TEST(Augmentation, OtherKeysGiveOtherChanges) {
  const Tensor images = numbered_images(40, {1, 28, 28});
  const auto first = augmented(shaken(), images, {7, 9}).to_vector<float>();
  EXPECT_NE(augmented(shaken(), images, {7, 10}).to_vector<float>(), first);
  EXPECT_NE(augmented(shaken(), images, {8, 9}).to_vector<float>(), first);
}

std::vector<std::vector<float>> batches_of(const Epoch& epoch) {
  std::vector<std::vector<float>> batches;
  for (const Batch& batch : epoch) batches.push_back(batch.inputs.to_vector<float>());
  return batches;
}

TEST(Augmentation, LoadersGiveTheSameOnAnyThreadAndFromAnyBatchOn) {
  const TensorDataset images(numbered_images(50, {1, 28, 28}), Tensor::from(numbers_below(50)));
  LoaderOptions options{
      .batch_size = 8, .shuffle = true, .key = Key(1), .threads = 0, .transform = shaken()};
  const DataLoader direct(images, options);
  const auto expected = batches_of(direct.epoch(3));
  EXPECT_NE(batches_of(direct.epoch(4)), expected);
  for (const int threads : {1, 3}) {
    options.threads = threads;
    const DataLoader loader(images, options);
    for (const std::int64_t first : {0, 4, 6}) {
      EXPECT_EQ(batches_of(loader.epoch(3, first)),
                std::vector<std::vector<float>>(expected.begin() + first, expected.end()))
          << threads << " threads, batch " << first;
    }
  }
}

TEST(Augmentation, LeavesTheTargets) {
  const Batch batch{numbered_images(3, {1, 28, 28}), Tensor::from(numbers_below(3))};
  const Batch changed = shaken()(batch, {numbers_below(3), kKey});
  EXPECT_TRUE(changed.targets.is(batch.targets));
}

TEST(Augmentation, RefusesOptionsThatMakeNoSense) {
  const auto message = [](auto&& make) { return std::string(error_of(make).what()); };
  EXPECT_EQ(message([] { horizontal_flip({.probability = 1.5f}); }),
            "horizontal_flip: probability must be in [0, 1], not 1.5");
  EXPECT_EQ(message([] { vertical_flip({.probability = NAN}); }),
            "vertical_flip: probability must be in [0, 1], not nan");
  EXPECT_EQ(message([] { shift({.pixels = {-1}}); }),
            "shift: pixels must be one or two integers in [0, 65536], not [-1]");
  EXPECT_EQ(message([] {
              shift({.pixels = {1, 2, 3}});
            }),
            "shift: pixels must be one or two integers in [0, 65536], not [1, 2, 3]");
  EXPECT_EQ(message([] { shift({.pixels = {}}); }),
            "shift: pixels must be one or two integers in [0, 65536], not []");
  EXPECT_EQ(message([] {
              crop({.size = {0, 3}});
            }),
            "crop: size must be one or two integers in [1, 65536], not [0, 3]");
  EXPECT_EQ(message([] { crop({.padding = {std::int64_t{1} << 62}}); }),
            "crop: padding must be one or two integers in [0, 65536], not [4611686018427387904]");
  EXPECT_EQ(message([] { crop({.fill = INFINITY}); }), "crop: fill must be a number, not inf");
}

TEST(Augmentation, RefusesWhatItCannotChange) {
  const auto message = [](const Augmentation& augmentation, const Shape& image, DType dtype) {
    return std::string(error_of([&] { augmentation.infer(image, dtype); }).what());
  };
  EXPECT_EQ(message(shift(), {4}, DType::f32),
            "shift: takes images (channels, height, width), not shape [4]");
  EXPECT_EQ(message(shift({.pixels = {0, 8}}), {1, 8, 8}, DType::f32),
            "shift: 8 pixels on each side are too many for images of shape [1, 8, 8]: nothing of "
            "one might be left");
  EXPECT_EQ(message(crop({.size = {11, 8}, .padding = {1}}), {1, 8, 8}, DType::f32),
            "crop: 11 pixels cannot be taken from images of shape [1, 8, 8] with 1 more on each "
            "side");
  for (const float fill : {-1.0f, 0.5f, 256.0f}) {
    EXPECT_EQ(error_of([&] {
                shift({.fill = fill}).infer({1, 8, 8}, DType::u8);
              }).code(),
              ErrorCode::dtype);
    EXPECT_EQ(shift({.fill = fill}).infer({1, 8, 8}, DType::f32), (Shape{1, 8, 8}));
  }
  EXPECT_EQ(message(shift({.fill = 0.5f}), {1, 8, 8}, DType::u8),
            "shift: images of u8 cannot be filled with 0.5");
}

TEST(Augmentation, RefusesBatchesOfAnotherForm) {
  const auto message = [](const Tensor& images) {
    return std::string(error_of([&] { shift()(images, {Numbers{0, 1}, kKey}); }).what());
  };
  EXPECT_EQ(message(numbered_images(3, {1, 8, 8})),
            "shift: takes 2 images (batch, channels, height, width), not f32[3, 1, 8, 8]");
  EXPECT_EQ(message(Tensor{{1, 2}, {3, 4}}),
            "shift: takes 2 images (batch, channels, height, width), not f32[2, 2]");
}

TEST(AugmentationKinds, BearTheNamesThatTheirErrorsGive) {
  for (const AugmentationKind& kind : augmentation_kinds()) {
    EXPECT_EQ(nn::find_kind(augmentation_kinds(), kind.name), &kind);
    EXPECT_EQ(error_of([&] { kind.maker()->make().infer({4}, DType::u8); }).operation(), kind.name);
  }
  EXPECT_EQ(augmentation_kinds().size(), 4u);
}

}  // namespace
}  // namespace gradus::data
