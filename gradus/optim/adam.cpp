#include "gradus/optim/adam.h"

#include "gradus/ops/arithmetic.h"
#include "gradus/ops/update.h"

namespace gradus::optim {
namespace {

constexpr const char* kMoments[] = {"first_moment", "second_moment"};

template <class Options>
void visit_fields(Options& options, nn::OptionVisitor& v) {
  v("learning_rate", options.learning_rate);
  v("beta1", options.beta1);
  v("beta2", options.beta2);
  v("epsilon", options.epsilon);
  v("weight_decay", options.weight_decay);
}

}  // namespace

void AdamOptions::fields(nn::OptionVisitor& v) { visit_fields(*this, v); }
void AdamWOptions::fields(nn::OptionVisitor& v) { visit_fields(*this, v); }

Adam::Adam(const char* kind, const AdamOptions& options, Decay decay)
    : Optimizer(kind, options.learning_rate, options.weight_decay, options.groups, kMoments),
      options_(options),
      decay_(decay) {
  require_below_one("beta1", options.beta1);
  require_below_one("beta2", options.beta2);
  require_at_least_zero("epsilon", options.epsilon);
}

AdamW::AdamW(const AdamWOptions& options)
    : Adam(kKind,
           {.learning_rate = options.learning_rate,
            .beta1 = options.beta1,
            .beta2 = options.beta2,
            .epsilon = options.epsilon,
            .weight_decay = options.weight_decay,
            .groups = options.groups},
           Decay::decoupled) {}

void Adam::begin_step() { step_ = step_ + 1; }

Owned<Optimizer> Adam::clone() const { return make_owned<Adam>(*this); }

Owned<Optimizer> AdamW::clone() const { return make_owned<AdamW>(*this); }

void Adam::update(Tensor& parameter, const Update& update) {
  AdamStep next =
      adam_update(parameter, update.gradient, update.slots[0], update.slots[1], update.rate, step_,
                  {.beta1 = options_.beta1,
                   .beta2 = options_.beta2,
                   .epsilon = options_.epsilon,
                   .decay = update.decay,
                   .decoupled = decay_ == Decay::decoupled});
  parameter = std::move(next.parameter);
  update.slots[0] = std::move(next.first_moment);
  update.slots[1] = std::move(next.second_moment);
}

void Adam::visit(nn::Visitor& v) {
  v.buffer("step", step_);
  Optimizer::visit(v);
}

}  // namespace gradus::optim
