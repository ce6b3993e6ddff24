// Internal: random words as numbers of a distribution.
#pragma once

#include <cstdint>

namespace gradus {

/// Numbers low + width * u, never above `highest`: u from the upper 24 bits of word i, for f64 the
/// upper 53 of words 2i and 2i + 1.
struct UniformRange {
  double low = 0;
  double width = 1;
  double highest = 1;
};

/// Each function writes `count` elements from the words of their stream; `words` holds a multiple
/// of
/// 64. The bits do not depend on the instruction set: there is no fused multiply-add, and the
/// elementary functions are series of our own.
template <class T>
struct RandomTransforms {
  void (*uniform)(const std::uint32_t* words, std::int64_t count, const UniformRange& range,
                  T* values);
  /// mean + deviation * z. Box and Muller (1958): elements 2j and 2j + 1 are r cos(a) and r sin(a),
  /// r^2 / 2 = -log(u) from the word (f64: pair of words) of the first, the angle a from that of
  /// the second. u lies in the middle between two multiples of 2^-32 (f64: 2^-52), so that |z| ends
  /// at 6.76 (f64: 8.57).
  void (*normal)(const std::uint32_t* words, std::int64_t count, double mean, double deviation,
                 T* values);
  /// -log(-log(u)), u as above.
  void (*gumbel)(const std::uint32_t* words, std::int64_t count, T* values);
};

/// The functions for this processor; T is float or double.
template <class T>
const RandomTransforms<T>& random_transforms();

}  // namespace gradus
