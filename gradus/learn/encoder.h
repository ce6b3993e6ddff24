#pragma once

#include "gradus/learn/estimator.h"

namespace gradus::learn {

struct OneHotEncoderOptions {
  enum class Unknown {
    error,
    ignore,  ///< all its columns are 0
  };
  Unknown unknown = Unknown::error;  ///< what a value is that fit() did not see

  void fields(OptionVisitor& v);
};

/// Each different value of each feature becomes a column that is 1 where an example has it.
struct OneHotEncoder final : EstimatorOf<OneHotEncoder, Transformer> {
  static constexpr const char* kKind = "one_hot_encoder";
  OneHotEncoderOptions options;
  Tensor categories;  ///< f64 (columns): of each feature in turn, ascending
  Tensor sizes;       ///< i64 (features): how many categories each has

  explicit OneHotEncoder(const OneHotEncoderOptions& chosen = {}) : options(chosen) {}
  void fitted(FittedVisitor& v) override;
  void finish_loading() override;

 protected:
  void learn(const Tensor& x, const Tensor& y, const Tensor& weights) override;
  Tensor do_transform(const Tensor& x) const override;
  Tensor do_inverse_transform(const Tensor& x) const override;
};

}  // namespace gradus::learn
