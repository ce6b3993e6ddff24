// Internal: a random stream for each element, of as many numbers as it takes.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <numbers>

#include "gradus/base/philox.h"
#include "gradus/ops/random_words.h"

namespace gradus {

/// The stream of element i under a key: what is drawn for one element does not depend on how much
/// another one takes.
class RandomElement {
 public:
  RandomElement(RandomKey key, std::int64_t element)
      : key_(fold_in(key, static_cast<std::uint64_t>(element))) {}

  /// In (0, 1), of 52 bits.
  double uniform() {
    if (used_ == 2) {
      words_ = random_words(key_, block_++);
      used_ = 0;
    }
    const std::uint64_t word = std::uint64_t{words_[2 * used_ + 1]} << 32 | words_[2 * used_];
    ++used_;
    return (static_cast<double>(word >> 12) + 0.5) * 0x1p-52;
  }
  /// Box and Muller 1958.
  double normal() {
    const double radius = std::sqrt(-2 * std::log(uniform()));
    return radius * std::cos(2 * std::numbers::pi * uniform());
  }

 private:
  RandomKey key_;
  std::uint64_t block_ = 0;
  std::array<std::uint32_t, 4> words_{};
  std::size_t used_ = 2;
};

}  // namespace gradus
