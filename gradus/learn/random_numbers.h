// Internal: numbers drawn one after the other where what is drawn next depends on the last.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "gradus/base/philox.h"

namespace gradus::learn {

/// The stream of a seed and a name's number, one number after the other.
class RandomNumbers {
 public:
  explicit RandomNumbers(std::int64_t seed, std::uint64_t stream = 0)
      : key_(fold_in(RandomKey{static_cast<std::uint64_t>(seed), 0}, stream)) {}

  /// Uniform in [0, 1), of 53 bits.
  double uniform() {
    const auto words = random_words(key_, block_++);
    const std::uint64_t bits = (std::uint64_t{words[1]} << 32) | words[0];
    return static_cast<double>(bits >> 11) * 0x1p-53;
  }
  /// Uniform in [0, n).
  std::int64_t below(std::int64_t n) {
    const auto drawn = static_cast<std::int64_t>(uniform() * static_cast<double>(n));
    return drawn < n ? drawn : n - 1;
  }
  /// 0 ... n - 1 in random order (Fisher and Yates).
  std::vector<std::int64_t> permutation(std::int64_t n) {
    std::vector<std::int64_t> order(static_cast<std::size_t>(n));
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<std::int64_t>(i);
    for (std::int64_t i = n - 1; i > 0; --i) {
      std::swap(order[static_cast<std::size_t>(i)], order[static_cast<std::size_t>(below(i + 1))]);
    }
    return order;
  }

 private:
  RandomKey key_;
  std::uint64_t block_ = 0;
};

}  // namespace gradus::learn
