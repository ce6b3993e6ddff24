#pragma once

#include "gradus/stats/distribution.h"

namespace gradus::stats {

/// A class index, 0 ... k - 1; parameters have the classes along their last axis. Samples are i64.
struct Categorical final : Distribution {
  Tensor log_probabilities;  // (batch..., k), normalised

  /// Of probabilities that add up to 1. (batch..., k)
  explicit Categorical(const Tensor& probabilities);
  /// Of unnormalised log-probabilities. (batch..., k)
  static Categorical from_logits(const Tensor& logits);

  const char* name() const override { return "Categorical"; }
  Shape batch_shape() const override;
  DType dtype() const override { return log_probabilities.dtype(); }
  Tensor log_prob(const Tensor& x) const override;
  Tensor cdf(const Tensor& x) const override;
  /// -> i64; p outside [0, 1] gives -1.
  Tensor quantile(const Tensor& p) const override;
  Tensor sample(const Key& key, const Shape& shape = {}) const override;
  /// Of the index as a number.
  Tensor mean() const override;
  Tensor variance() const override;
  Tensor entropy() const override;
  Tensor probabilities() const;

 private:
  struct Normalized {
    Tensor values;
  };
  explicit Categorical(const Normalized& logs) : log_probabilities(logs.values) {}
};

}  // namespace gradus::stats
