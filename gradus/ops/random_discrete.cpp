#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/ops/random.h"
#include "gradus/ops/random_words.h"

namespace gradus {
namespace {

struct BernoulliAttributes {
  Shape shape;
  double probability = 0.5;
  void fields(FieldVisitor& v) const {
    v("shape", shape);
    v("probability", probability);
  }
  /// A word below this is true: the probability to the nearest multiple of 2^-32.
  std::uint64_t threshold() const {
    return static_cast<std::uint64_t>(std::llround(probability * 0x1p32));
  }
};

struct IntegerAttributes {
  Shape shape;
  std::int64_t low = 0;
  std::int64_t high = 1;
  void fields(FieldVisitor& v) const {
    v("shape", shape);
    v("low", low);
    v("high", high);
  }
  std::uint64_t range() const {
    return static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low);
  }
};

Specs infer_bernoulli(const InferContext& context) {
  const auto& attributes = context.attributes.as<BernoulliAttributes>();
  check_key(context);
  if (!(attributes.probability >= 0 && attributes.probability <= 1)) {
    throw Error(ErrorCode::invalid_argument, "random_bernoulli",
                fmt::format("probability {} is not in [0, 1]", attributes.probability));
  }
  return {{attributes.shape, DType::boolean}};
}

void run_bernoulli(const KernelContext& context) {
  const std::uint64_t threshold = context.attributes<BernoulliAttributes>().threshold();
  const RandomKey key = read_key(context.input());
  Array& output = context.allocate();
  auto* const data = output.mutable_data<std::uint8_t>();
  with_random_words(key, output.shape.size(), 1,
                    [&](const std::uint32_t* words, std::int64_t first, std::int64_t count) {
                      std::uint8_t* const out = data + first;
                      for (std::int64_t i = 0; i < count; ++i) out[i] = words[i] < threshold;
                    });
}

void bernoulli_reference(const KernelContext& context) {
  const std::uint64_t threshold = context.attributes<BernoulliAttributes>().threshold();
  const RandomKey key = read_key(context.input());
  Array& output = context.allocate();
  for (std::int64_t i = 0; i < output.shape.size(); ++i) {
    output.mutable_data<bool>()[i] = random_word(key, static_cast<std::uint64_t>(i)) < threshold;
  }
}

Specs infer_integer(const InferContext& context) {
  const auto& attributes = context.attributes.as<IntegerAttributes>();
  check_key(context);
  if (attributes.low >= attributes.high) {
    throw Error(ErrorCode::invalid_argument, "random_integer",
                fmt::format("there is no integer in [{}, {})", attributes.low, attributes.high));
  }
  return {{attributes.shape, DType::i64}};
}

// Lemire 2019: the upper part of range * word. With w bits a word, a number's probability is off by
// less than range / 2^w of itself: two words up to a range of 2^32, four above, so less than 2^-32.

constexpr std::uint64_t kShortRange = std::uint64_t{1} << 32;

std::int64_t short_integer(const std::uint32_t* words, const IntegerAttributes& attributes) {
  const std::uint64_t word = std::uint64_t{words[1]} << 32 | words[0];
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(attributes.low) +
                                   multiply_high(word, attributes.range()));
}

std::int64_t long_integer(const std::uint32_t* words, const IntegerAttributes& attributes) {
  const std::uint64_t lower = std::uint64_t{words[1]} << 32 | words[0];
  const std::uint64_t upper = std::uint64_t{words[3]} << 32 | words[2];
  const std::uint64_t range = attributes.range();
  // (upper 2^64 + lower) * range / 2^128, with the carry from the middle.
  const std::uint64_t middle = upper * range;
  const std::uint64_t carry = middle + multiply_high(lower, range) < middle ? 1 : 0;
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(attributes.low) +
                                   multiply_high(upper, range) + carry);
}

void run_integer(const KernelContext& context) {
  const auto attributes = context.attributes<IntegerAttributes>();
  const RandomKey key = read_key(context.input());
  Array& output = context.allocate();
  auto* const data = output.mutable_data<std::int64_t>();
  const bool is_short = attributes.range() <= kShortRange;
  with_random_words(key, output.shape.size(), is_short ? 2 : 4,
                    [&](const std::uint32_t* words, std::int64_t first, std::int64_t count) {
                      std::int64_t* const out = data + first;
                      for (std::int64_t i = 0; i < count; ++i) {
                        out[i] = is_short ? short_integer(words + 2 * i, attributes)
                                          : long_integer(words + 4 * i, attributes);
                      }
                    });
}

void integer_reference(const KernelContext& context) {
  const auto& attributes = context.attributes<IntegerAttributes>();
  const RandomKey key = read_key(context.input());
  Array& output = context.allocate();
  for (std::int64_t i = 0; i < output.shape.size(); ++i) {
    const auto block = static_cast<std::uint64_t>(i);
    if (attributes.range() <= kShortRange) {
      const auto words = random_words(key, block / 2);
      output.mutable_data<std::int64_t>()[i] =
          short_integer(words.data() + block % 2 * 2, attributes);
    } else {
      output.mutable_data<std::int64_t>()[i] =
          long_integer(random_words(key, block).data(), attributes);
    }
  }
}

std::vector<Sample> bernoulli_samples() {
  const Tensor key = Key(13).data();
  return {
      {.name = "fair", .inputs = {key}, .attributes = BernoulliAttributes{{3, 35}, 0.5}},
      {.name = "rare", .inputs = {key}, .attributes = BernoulliAttributes{{40000}, 0.01}},
      {.name = "never", .inputs = {key}, .attributes = BernoulliAttributes{{9}, 0}},
      {.name = "always", .inputs = {key}, .attributes = BernoulliAttributes{{9}, 1}},
      {.name = "empty", .inputs = {key}, .attributes = BernoulliAttributes{{0}, 0.5}},
  };
}

std::vector<Sample> integer_samples() {
  const Tensor key = Key(14).data();
  return {
      {.name = "dice", .inputs = {key}, .attributes = IntegerAttributes{{5, 7}, 1, 7}},
      {.name = "one value", .inputs = {key}, .attributes = IntegerAttributes{{}, -3, -2}},
      {.name = "all", .inputs = {key}, .attributes = IntegerAttributes{{99}, INT64_MIN, INT64_MAX}},
      {.name = "long", .inputs = {key}, .attributes = IntegerAttributes{{40000}, -50, 50}},
      {.name = "empty", .inputs = {key}, .attributes = IntegerAttributes{{0}, 0, 9}},
  };
}

}  // namespace

const OpDef kRandomBernoulli{
    .name = "random_bernoulli",
    .doc =
        "True with the given probability, to the nearest multiple of 2^-32. i64 (2) -> bool "
        "shape",
    .infer = infer_bernoulli,
    .no_derivative = "its values are true and false",
    .kernels = {{"vector", nullptr, run_bernoulli}, {"reference", nullptr, bernoulli_reference}},
    .samples = bernoulli_samples,
};

const OpDef kRandomInteger{
    .name = "random_integer",
    .doc = "Random integers, uniform in [low, high) but for less than 2^-32. i64 (2) -> i64 shape",
    .infer = infer_integer,
    .no_derivative = "its values are integers",
    .kernels = {{"vector", nullptr, run_integer}, {"reference", nullptr, integer_reference}},
    .samples = integer_samples,
};

Tensor random_bernoulli(const Key& key, const Shape& shape, double probability) {
  return apply(kRandomBernoulli, {key.data()}, BernoulliAttributes{shape, probability});
}

Tensor random_integer(const Key& key, const Shape& shape, std::int64_t low, std::int64_t high) {
  return apply(kRandomInteger, {key.data()}, IntegerAttributes{shape, low, high});
}

}  // namespace gradus
