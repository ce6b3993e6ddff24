#include "gradus/optim/adagrad.h"

#include "gradus/ops/update.h"

namespace gradus::optim {
namespace {

constexpr const char* kSums[] = {"squared_gradients"};

}  // namespace

void AdaGradOptions::fields(nn::OptionVisitor& v) {
  v("learning_rate", learning_rate);
  v("epsilon", epsilon);
  v("weight_decay", weight_decay);
}

AdaGrad::AdaGrad(const AdaGradOptions& options)
    : Optimizer(kKind, options.learning_rate, options.weight_decay, options.groups, kSums),
      options_(options) {
  require_at_least_zero("epsilon", options.epsilon);
}

Owned<Optimizer> AdaGrad::clone() const { return make_owned<AdaGrad>(*this); }

void AdaGrad::update(Tensor& parameter, const Update& update) {
  AccumulatorStep next = adagrad_update(parameter, update.gradient, update.slots[0], update.rate,
                                        options_.epsilon, update.decay);
  parameter = std::move(next.parameter);
  update.slots[0] = std::move(next.accumulator);
}

}  // namespace gradus::optim
