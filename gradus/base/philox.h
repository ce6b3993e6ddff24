#pragma once

#include <array>
#include <cstdint>

namespace gradus {

/// Philox 4x32-10: ten rounds of a keyed bijection on 128-bit counters.
/// Source: Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
constexpr std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter,
                                              std::array<std::uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t first = std::uint64_t{0xD2511F53u} * counter[0];
    const std::uint64_t second = std::uint64_t{0xCD9E8D57u} * counter[2];
    counter = {static_cast<std::uint32_t>(second >> 32) ^ counter[1] ^ key[0],
               static_cast<std::uint32_t>(second),
               static_cast<std::uint32_t>(first >> 32) ^ counter[3] ^ key[1],
               static_cast<std::uint32_t>(first)};
    key[0] += 0x9E3779B9u;
    key[1] += 0xBB67AE85u;
  }
  return counter;
}

/// The seed of a random stream: `seed` chosen by the user, `path` by folding in names and numbers.
struct RandomKey {
  std::uint64_t seed = 0;
  std::uint64_t path = 0;
};

/// The four words that hold elements 4 * block ... 4 * block + 3 of the stream of `key`.
constexpr std::array<std::uint32_t, 4> random_words(RandomKey key, std::uint64_t block) {
  const auto low = [](std::uint64_t v) { return static_cast<std::uint32_t>(v); };
  const auto high = [](std::uint64_t v) { return static_cast<std::uint32_t>(v >> 32); };
  return philox({low(block), high(block), low(key.path), high(key.path)},
                {low(key.seed), high(key.seed)});
}

/// An independent stream derived from `key` and `number`.
constexpr RandomKey fold_in(RandomKey key, std::uint64_t number) {
  // A key with the seed's bits flipped draws new paths, so that they never meet drawn numbers.
  const auto words = random_words({~key.seed, key.path}, number);
  return {key.seed, (std::uint64_t{words[1]} << 32) | words[0]};
}

}  // namespace gradus
