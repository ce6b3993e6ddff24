#include "gradus/optim/sgd.h"

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/select.h"
#include "gradus/ops/update.h"

namespace gradus::optim {
namespace {

constexpr const char* kVelocity[] = {"velocity"};

}  // namespace

void SgdOptions::fields(nn::OptionVisitor& v) {
  v("learning_rate", learning_rate);
  v("momentum", momentum);
  v("dampening", dampening);
  v("nesterov", nesterov);
  v("weight_decay", weight_decay);
}

Sgd::Sgd(const SgdOptions& options)
    : Optimizer(kKind, options.learning_rate, options.weight_decay, options.groups,
                options.momentum == 0 ? std::span<const char* const>() : kVelocity),
      options_(options) {
  require_at_least_zero("momentum", options.momentum);
  if (options.nesterov && (options.momentum == 0 || options.dampening != 0)) {
    throw Error(ErrorCode::invalid_argument, kKind,
                fmt::format("nesterov needs momentum and no dampening; they are {} and {}",
                            options.momentum, options.dampening));
  }
  if (options.momentum != 0 && options.dampening != 0) is_first_ = Tensor(true);
}

Owned<Optimizer> Sgd::clone() const { return make_owned<Sgd>(*this); }

void Sgd::update(Tensor& parameter, const Update& update) {
  if (update.slots.empty()) {
    parameter = sgd_update(parameter, update.gradient, update.rate, update.decay);
    return;
  }
  Tensor& velocity = update.slots[0];
  if (is_first_.defined()) {
    // The first velocity is the whole gradient: momentum * v0 makes up for the dampened share.
    const Tensor decayed = update.gradient + parameter * update.decay;
    velocity =
        where(is_first_, decayed * (double{options_.dampening} / options_.momentum), velocity);
  }
  MomentumStep next = momentum_update(parameter, update.gradient, velocity, update.rate,
                                      {.momentum = options_.momentum,
                                       .dampening = options_.dampening,
                                       .nesterov = options_.nesterov,
                                       .decay = update.decay});
  parameter = std::move(next.parameter);
  velocity = std::move(next.velocity);
}

void Sgd::end_step() {
  if (is_first_.defined()) is_first_ = Tensor(false);
}

void Sgd::visit(nn::Visitor& v) {
  v.buffer("is_first_step", is_first_);
  Optimizer::visit(v);
}

}  // namespace gradus::optim
