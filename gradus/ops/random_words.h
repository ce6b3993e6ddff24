// Internal: the words of a random stream, many at a time.
#pragma once

#include <cstdint>

#include "gradus/base/parallel.h"
#include "gradus/base/philox.h"
#include "gradus/core/op_def.h"

namespace gradus {

/// Writes the words of `blocks` blocks of the stream of `key` (gradus/base/philox.h), from
/// `first_block` on: four words a block.
void fill_random_words(RandomKey key, std::uint64_t first_block, std::int64_t blocks,
                       std::uint32_t* words);

/// Word `number` of the stream, by itself; for reference kernels.
inline std::uint32_t random_word(RandomKey key, std::uint64_t number) {
  return random_words(key, number / 4)[number % 4];
}
/// Words 2 * number (the low half) and 2 * number + 1 as one.
inline std::uint64_t random_long_word(RandomKey key, std::uint64_t number) {
  return std::uint64_t{random_word(key, 2 * number + 1)} << 32 | random_word(key, 2 * number);
}

/// The upper 64 bits of a * b.
constexpr std::uint64_t multiply_high(std::uint64_t a, std::uint64_t b) {
  const std::uint64_t a0 = a & 0xFFFFFFFFu, a1 = a >> 32;
  const std::uint64_t b0 = b & 0xFFFFFFFFu, b1 = b >> 32;
  const std::uint64_t lower = a1 * b0 + (a0 * b0 >> 32);
  const std::uint64_t middle = a0 * b1 + (lower & 0xFFFFFFFFu);
  return a1 * b1 + (lower >> 32) + (middle >> 32);
}

/// Throws Error naming the operation unless input 0 is a key: i64[2].
void check_key(const InferContext& context);

/// The key that an evaluated i64[2] array holds.
RandomKey read_key(const Array& array);

/// Calls f(words, first, count) for pieces of `elements`, each of which uses `words_each` words (1,
/// 2 or 4): `words` are those of elements first ... first + count - 1, with more behind them up to
/// a multiple of 64. On several threads when there are many.
template <class F>
void with_random_words(RandomKey key, std::int64_t elements, std::int64_t words_each, F f) {
  constexpr std::int64_t kTile = 1024;  // words: 4 KiB of the first-level cache
  constexpr std::int64_t kGrain = 32 * kTile;
  const std::int64_t tile = kTile / words_each;
  parallel_for(elements, kGrain / words_each, [&](std::int64_t begin, std::int64_t end) {
    alignas(64) std::uint32_t words[kTile];
    for (std::int64_t first = begin; first < end; first += tile) {
      const std::int64_t count = end - first < tile ? end - first : tile;
      fill_random_words(key, static_cast<std::uint64_t>(first * words_each / 4),
                        (count * words_each + 63) / 64 * 16, words);
      f(static_cast<const std::uint32_t*>(words), first, count);
    }
  });
}

}  // namespace gradus
