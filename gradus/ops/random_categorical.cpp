#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/ops/random.h"
#include "gradus/ops/random_transforms.h"
#include "gradus/ops/random_words.h"
#include "gradus/ops/select.h"

namespace gradus {
namespace {

Specs infer_categorical(const InferContext& context) {
  check_key(context);
  const Shape& logits = context.shape(1);
  if (context.dtype(1) != DType::f32 && context.dtype(1) != DType::f64) {
    throw Error(ErrorCode::dtype, "random_categorical",
                fmt::format("logits are f32 or f64, not {}", name_of(context.dtype(1))));
  }
  if (logits.rank() == 0 || logits.back() == 0) {
    throw Error(ErrorCode::shape, "random_categorical",
                fmt::format("logits of shape {} have no classes to draw from", logits.to_string()),
                {logits});
  }
  return {{Shape(Dims(logits.begin(), logits.end() - 1)), DType::i64}};
}

/// The class with the largest sum of logit and noise so far.
template <class T>
struct Draw {
  T best = -std::numeric_limits<T>::infinity();
  std::int64_t chosen = -1;
  bool has_nan = false;

  void offer(T logit, T noise, std::int64_t index) {
    has_nan |= logit != logit;
    const T sum = logit + noise;
    if (sum > best) {
      best = sum;
      chosen = index;
    }
  }
  std::int64_t result(std::int64_t row) const {
    if (!has_nan && chosen >= 0) return chosen;
    throw Error(
        ErrorCode::numeric, "random_categorical",
        fmt::format("logits of row {} {}", row, has_nan ? "hold a NaN" : "are all minus infinity"));
  }
};

/// Gumbel (1954): the class with the largest logit + noise, noise of the standard Gumbel
/// distribution, is drawn with probability softmax(logits). Element i of the logits takes element i
/// of the noise.
template <class T>
void draw_rows(RandomKey key, const T* logits, std::int64_t rows, std::int64_t classes,
               std::int64_t* chosen) {
  constexpr std::int64_t kTile = 512;
  constexpr std::int64_t kWordsEach = sizeof(T) / sizeof(std::uint32_t);
  constexpr std::int64_t kGrain = 1 << 14;
  parallel_for(rows, std::max<std::int64_t>(1, kGrain / classes),
               [&](std::int64_t begin, std::int64_t end) {
                 alignas(64) std::uint32_t words[kTile * kWordsEach];
                 T noise[kTile];
                 const std::int64_t stop = end * classes;
                 std::int64_t next = begin * classes;
                 std::int64_t tile = 0;
                 std::int64_t tile_end = 0;  // none is made yet
                 for (std::int64_t row = begin; row < end; ++row) {
                   Draw<T> draw;
                   for (std::int64_t index = 0; index < classes; ++index, ++next) {
                     if (next >= tile_end) {
                       tile = next / 4 * 4;  // whole blocks of words
                       const std::int64_t count = std::min(kTile, (stop - tile + 63) / 64 * 64);
                       tile_end = tile + count;
                       fill_random_words(key, static_cast<std::uint64_t>(tile * kWordsEach / 4),
                                         count * kWordsEach / 4, words);
                       random_transforms<T>().gumbel(words, count, noise);
                     }
                     draw.offer(logits[next], noise[next - tile], index);
                   }
                   chosen[row] = draw.result(row);
                 }
               });
}

void run_gumbel(const KernelContext& context) {
  const RandomKey key = read_key(context.input(0));
  const Array logits = row_major_copy(context.input(1));
  Array& output = context.allocate();
  const auto draw_as = [&]<class T>() {
    draw_rows(key, logits.data<T>(), output.shape.size(), logits.shape.back(),
              output.mutable_data<std::int64_t>());
  };
  logits.dtype == DType::f64 ? draw_as.template operator()<double>()
                             : draw_as.template operator()<float>();
}

template <class T>
double reference_noise(RandomKey key, std::uint64_t number) {
  const double u = sizeof(T) == 4
                       ? (static_cast<double>(random_word(key, number)) + 0.5) * 0x1p-32
                       : (static_cast<double>(random_long_word(key, number) >> 12) + 0.5) * 0x1p-52;
  return -std::log(-std::log(u));
}

void run_reference(const KernelContext& context) {
  const RandomKey key = read_key(context.input(0));
  const Array logits = row_major_copy(context.input(1));
  Array& output = context.allocate();
  const std::int64_t classes = logits.shape.back();
  const auto draw_as = [&]<class T>() {
    for (std::int64_t row = 0; row < output.shape.size(); ++row) {
      Draw<double> draw;
      for (std::int64_t index = 0; index < classes; ++index) {
        const std::int64_t number = row * classes + index;
        draw.offer(static_cast<double>(logits.data<T>()[number]),
                   reference_noise<T>(key, static_cast<std::uint64_t>(number)), index);
      }
      output.mutable_data<std::int64_t>()[row] = draw.result(row);
    }
  };
  logits.dtype == DType::f64 ? draw_as.template operator()<double>()
                             : draw_as.template operator()<float>();
}

std::vector<Sample> categorical_samples() {
  const Tensor key = Key(16).data();
  const Tensor logits{{0, 1, 2}, {-1, 0.5f, -INFINITY}};
  std::vector<double> many(static_cast<std::size_t>(700) * 30);
  for (std::size_t i = 0; i < many.size(); ++i) many[i] = std::sin(static_cast<double>(i));
  return {
      {.name = "rows", .inputs = {key, logits}},
      {.name = "many", .inputs = {key, Tensor::from(many, {7, 100, 30})}},
      {.name = "one class", .inputs = {key, Tensor{0.f}}},
      {.name = "vector", .inputs = {key, Tensor{3, 1, 2, 0}}},
      {.name = "empty", .inputs = {key, Tensor::from(std::vector<float>(), {0, 3})}},
  };
}

}  // namespace

const OpDef kRandomCategorical{
    .name = "random_categorical",
    .doc =
        "An index drawn along the last axis of unnormalised log-probabilities. i64 (2), (..., "
        "classes) -> i64 (...)",
    .minimum_inputs = 2,
    .maximum_inputs = 2,
    .infer = infer_categorical,
    .no_derivative = "its values are indices",
    .refuses = "rows without a finite largest logit",
    .kernels = {{"gumbel", nullptr, run_gumbel}, {"reference", nullptr, run_reference}},
    .samples = categorical_samples,
};

Tensor random_categorical(const Key& key, const Tensor& logits) {
  const bool is_half = logits.dtype() == DType::f16 || logits.dtype() == DType::bf16;
  return apply(kRandomCategorical, {key.data(), is_half ? cast(logits, DType::f32) : logits});
}

}  // namespace gradus
