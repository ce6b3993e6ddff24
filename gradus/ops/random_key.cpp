#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/ops/random.h"
#include "gradus/ops/random_words.h"

namespace gradus {
namespace {

Specs infer_fold_in(const InferContext& context) {
  check_key(context);
  if (!is_integer(context.dtype(1)) || context.shape(1).rank() != 0) {
    throw Error(ErrorCode::invalid_argument, "fold_in",
                fmt::format("the number is {}, not a 0-d integer", context.inputs[1].signature()),
                {context.shape(1)});
  }
  return {{Shape{2}, DType::i64}};
}

std::int64_t read_integer(const Array& array) {
  switch (array.dtype) {
    case DType::u8:
      return *array.data<std::uint8_t>();
    case DType::i32:
      return *array.data<std::int32_t>();
    default:
      return *array.data<std::int64_t>();
  }
}

void run_reference(const KernelContext& context) {
  const RandomKey key = read_key(context.input(0));
  const auto number = static_cast<std::uint64_t>(read_integer(context.input(1)));
  const RandomKey folded = fold_in(key, number);
  auto* const words = context.allocate().mutable_data<std::int64_t>();
  words[0] = static_cast<std::int64_t>(folded.seed);
  words[1] = static_cast<std::int64_t>(folded.path);
}

std::vector<Sample> fold_in_samples() {
  const Tensor key = Key(7).data();
  return {
      {.name = "small", .inputs = {key, Tensor(std::int64_t{3})}},
      {.name = "negative", .inputs = {key, Tensor(std::int64_t{-1})}},
      {.name = "i32", .inputs = {Key(7).fold_in(3).data(), Tensor(5)}},
  };
}

/// Fowler, Noll and Vo: FNV-1a, 64 bits.
std::uint64_t hash_of(std::string_view name) {
  std::uint64_t hash = 0xCBF29CE484222325u;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3u;
  return hash;
}

}  // namespace

const OpDef kFoldIn{
    .name = "fold_in",
    .doc = "The key of an independent stream for a key and a number. i64 (2), i64 () -> i64 (2)",
    .minimum_inputs = 2,
    .maximum_inputs = 2,
    .infer = infer_fold_in,
    .no_derivative = "its values are random bits",
    .kernels = {{"reference", nullptr, run_reference}},
    .samples = fold_in_samples,
};

Key::Key(std::uint64_t seed)
    : data_(Tensor::from(std::vector<std::int64_t>{static_cast<std::int64_t>(seed), 0})) {}

Key Key::fold_in(std::uint64_t number) const {
  return fold_in(Tensor(static_cast<std::int64_t>(number)));
}

Key Key::fold_in(std::string_view name) const { return fold_in(hash_of(name)); }

Key Key::fold_in(const Tensor& number) const { return Key(apply(kFoldIn, {data_, number})); }

std::vector<Key> Key::split(int count) const {
  if (count < 0) {
    throw Error(ErrorCode::invalid_argument, "split",
                fmt::format("a key is split into {} keys, which is below 0", count));
  }
  // Not the streams that fold_in(0), fold_in(1), ... give.
  const Key base = fold_in("split");
  std::vector<Key> keys;
  for (int i = 0; i < count; ++i) keys.push_back(base.fold_in(static_cast<std::uint64_t>(i)));
  return keys;
}

}  // namespace gradus
