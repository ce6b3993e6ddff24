#include <algorithm>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/ops/random.h"
#include "gradus/ops/random_words.h"

namespace gradus {
namespace {

struct PermutationAttributes {
  std::int64_t size = 0;
  void fields(FieldVisitor& v) const { v("size", size); }
};

Specs infer_permutation(const InferContext& context) {
  const std::int64_t size = context.attributes.as<PermutationAttributes>().size;
  check_key(context);
  if (size < 0) {
    throw Error(ErrorCode::invalid_argument, "random_permutation",
                fmt::format("of {} numbers, which is below 0", size));
  }
  return {{Shape{size}, DType::i64}};
}

/// Fisher and Yates (1938), inside out: number i comes to a random place j of the first i + 1, and
/// what was there moves to place i. j is uniform but for less than i / 2^64.
void insert(std::int64_t* numbers, std::int64_t i, std::uint64_t word) {
  const auto j = multiply_high(word, static_cast<std::uint64_t>(i) + 1);
  numbers[i] = numbers[j];
  numbers[j] = i;
}

void run_tiles(const KernelContext& context) {
  const RandomKey key = read_key(context.input());
  Array& output = context.allocate();
  auto* const numbers = output.mutable_data<std::int64_t>();
  constexpr std::int64_t kTile = 512;
  alignas(64) std::uint32_t words[2 * kTile];
  for (std::int64_t first = 0; first < output.shape.size(); first += kTile) {
    const std::int64_t count = std::min(kTile, output.shape.size() - first);
    fill_random_words(key, static_cast<std::uint64_t>(first / 2), (count + 1) / 2, words);
    for (std::int64_t i = 0; i < count; ++i) {
      insert(numbers, first + i, std::uint64_t{words[2 * i + 1]} << 32 | words[2 * i]);
    }
  }
}

void run_reference(const KernelContext& context) {
  const RandomKey key = read_key(context.input());
  Array& output = context.allocate();
  for (std::int64_t i = 0; i < output.shape.size(); ++i) {
    insert(output.mutable_data<std::int64_t>(), i,
           random_long_word(key, static_cast<std::uint64_t>(i)));
  }
}

std::vector<Sample> permutation_samples() {
  const Tensor key = Key(15).data();
  return {
      {.name = "some", .inputs = {key}, .attributes = PermutationAttributes{33}},
      {.name = "many", .inputs = {key}, .attributes = PermutationAttributes{3001}},
      {.name = "one", .inputs = {key}, .attributes = PermutationAttributes{1}},
      {.name = "none", .inputs = {key}, .attributes = PermutationAttributes{0}},
  };
}

}  // namespace

const OpDef kRandomPermutation{
    .name = "random_permutation",
    .doc = "0 ... n - 1 in random order. i64 (2) -> i64 (n)",
    .infer = infer_permutation,
    .no_derivative = "its values are indices",
    .kernels = {{"tiles", nullptr, run_tiles}, {"reference", nullptr, run_reference}},
    .samples = permutation_samples,
};

Tensor random_permutation(const Key& key, std::int64_t n) {
  return apply(kRandomPermutation, {key.data()}, PermutationAttributes{n});
}

}  // namespace gradus
