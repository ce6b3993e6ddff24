#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "gradus/nn/options.h"
#include "gradus/ops/random.h"

namespace gradus::nn {

/// How many inputs reach a unit, and how many units an input reaches.
struct Fans {
  std::int64_t in = 1;
  std::int64_t out = 1;
};
/// Of a weight (out, in) or (out, in, kernel...): extents of the kernel count to both.
/// Throws Error if it has fewer than two axes.
Fans fans_of(const Shape& weight);

enum class Initialization {
  fan_in_uniform,  ///< in +-gain / sqrt(fan in), LeCun et al. 1998 with PyTorch's bound
  zeros,
  constant,        ///< `value`
  uniform,         ///< in [low, high)
  normal,          ///< around `value` with `deviation`
  xavier_uniform,  ///< variance 2 / (fan in + fan out): Glorot and Bengio 2010, eq. 16
  xavier_normal,
  he_uniform,  ///< variance 2 / fan in: He et al. 2015, eq. 10
  he_normal,
  orthogonal,  ///< orthonormal rows or columns: Saxe, McClelland and Ganguli 2014
  sparse,      ///< each unit has `connections` normal weights, else zeros: Martens 2010, section 5
};
std::span<const char* const> initialization_names();

/// The first values of a parameter. `gain` multiplies the deviation of the rules that choose one.
struct Initializer {
  Initialization kind = Initialization::fan_in_uniform;
  float gain = 1;
  float value = 0;
  float low = -1;
  float high = 1;
  float deviation = 1;
  std::int64_t connections = 15;

  /// A weight of `shape`, (out, in, ...).
  Tensor operator()(const Key& key, const Shape& shape, DType dtype = DType::f32) const;
  /// A tensor of any shape that belongs to a weight of the given fans, as a bias.
  Tensor operator()(const Key& key, const Shape& shape, const Fans& fans,
                    DType dtype = DType::f32) const;
};

/// The key that a layer starts from if it is given none: a function of its kind and size.
Key starting_key(const std::optional<Key>& key, const char* kind, const Shape& size);

}  // namespace gradus::nn
