#pragma once

#include "callback.h"
#include "gradus/stats/distribution.h"

namespace gradus::python {

/// A distribution that Python owns, for what keeps a distribution: its object lives as long.
class BorrowedDistribution final : public stats::Distribution {
 public:
  explicit BorrowedDistribution(nb::object object)
      : own_(&nb::cast<const stats::Distribution&>(object)), object_(std::move(object)) {}

  const char* name() const override { return own_->name(); }
  Shape batch_shape() const override { return own_->batch_shape(); }
  Shape event_shape() const override { return own_->event_shape(); }
  DType dtype() const override { return own_->dtype(); }
  Tensor log_prob(const Tensor& x) const override { return own_->log_prob(x); }
  Tensor cdf(const Tensor& x) const override { return own_->cdf(x); }
  Tensor survival(const Tensor& x) const override { return own_->survival(x); }
  Tensor quantile(const Tensor& p) const override { return own_->quantile(p); }
  Tensor sample(const Key& key, const Shape& shape) const override {
    return own_->sample(key, shape);
  }
  bool has_reparametrised_samples() const override { return own_->has_reparametrised_samples(); }
  Tensor mean() const override { return own_->mean(); }
  Tensor variance() const override { return own_->variance(); }
  Tensor entropy() const override { return own_->entropy(); }

 private:
  const stats::Distribution* own_;
  HeldObject object_;
};

}  // namespace gradus::python
