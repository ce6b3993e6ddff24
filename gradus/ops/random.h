#pragma once

#include "gradus/core/op_def.h"

namespace gradus {

extern const OpDef kFoldIn, kRandomUniform, kRandomNormal, kRandomBernoulli, kRandomPermutation,
    kRandomCategorical, kRandomInteger, kRandomLogGamma, kLogGammaSampleGradient, kRandomPoisson,
    kRandomBinomial;

/// The seed of a random stream, a value: the same key gives the same numbers. It holds a tensor
/// (i64[2]: seed and path), so that a graph stays the same from key to key. Philox 4x32-10
/// (gradus/base/philox.h): element i is word i mod 4 of block i / 4.
class Key {
 public:
  explicit Key(std::uint64_t seed = 0);
  explicit Key(Tensor data) : data_(std::move(data)) {}
  /// An independent stream for a number (a step, an epoch, a layer).
  Key fold_in(std::uint64_t number) const;
  Key fold_in(std::string_view name) const;
  /// An independent stream for a number that is itself a 0-d i64 tensor.
  Key fold_in(const Tensor& number) const;
  std::vector<Key> split(int count) const;
  const Tensor& data() const { return data_; }

 private:
  Tensor data_;
};

/// Uniform in [low, high).
Tensor random_uniform(const Key& key, const Shape& shape, double low = 0, double high = 1,
                      DType dtype = DType::f32);
Tensor random_normal(const Key& key, const Shape& shape, double mean = 0, double deviation = 1,
                     DType dtype = DType::f32);
/// True with the given probability. -> bool
Tensor random_bernoulli(const Key& key, const Shape& shape, double probability);
/// Uniform in [low, high). -> i64
Tensor random_integer(const Key& key, const Shape& shape, std::int64_t low, std::int64_t high);
/// 0 ... n - 1 in random order. -> i64 (n)
Tensor random_permutation(const Key& key, std::int64_t n);
/// Draws an index along the last axis of unnormalised log-probabilities. (..., classes) -> i64
/// (...)
Tensor random_categorical(const Key& key, const Tensor& logits);
// Of parameters outside of their domain these three are NaN.

/// The logarithm of a number of the gamma distribution of each shape (f32 or f64) and rate 1; a
/// logarithm, as numbers of small shapes underflow. Differentiable in the shape.
Tensor random_log_gamma(const Key& key, const Tensor& shape);
/// A count of the Poisson distribution of each rate, as a number of the rate's type.
Tensor random_poisson(const Key& key, const Tensor& rate);
/// Successes among `trials` independent trials, as a number of the probability's type.
Tensor random_binomial(const Key& key, const Tensor& trials, const Tensor& probability);

}  // namespace gradus
