#include "gradus/optim/rmsprop.h"

#include "gradus/ops/update.h"

namespace gradus::optim {
namespace {

constexpr const char* kMeans[] = {"squared_gradients"};

}  // namespace

void RmsPropOptions::fields(nn::OptionVisitor& v) {
  v("learning_rate", learning_rate);
  v("alpha", alpha);
  v("epsilon", epsilon);
  v("weight_decay", weight_decay);
}

RmsProp::RmsProp(const RmsPropOptions& options)
    : Optimizer(kKind, options.learning_rate, options.weight_decay, options.groups, kMeans),
      options_(options) {
  require_below_one("alpha", options.alpha);
  require_at_least_zero("epsilon", options.epsilon);
}

Owned<Optimizer> RmsProp::clone() const { return make_owned<RmsProp>(*this); }

void RmsProp::update(Tensor& parameter, const Update& update) {
  AccumulatorStep next = rmsprop_update(parameter, update.gradient, update.slots[0], update.rate,
                                        options_.alpha, options_.epsilon, update.decay);
  parameter = std::move(next.parameter);
  update.slots[0] = std::move(next.accumulator);
}

}  // namespace gradus::optim
