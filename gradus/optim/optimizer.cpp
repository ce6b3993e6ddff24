#include "gradus/optim/optimizer.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/base/small_vector.h"
#include "gradus/core/node.h"
#include "gradus/ops/creation.h"

namespace gradus::optim {
namespace {

/// Where a model's tensors lie, every visit of each. Builds no paths: it runs in every step.
class Addresses final : public nn::Visitor {
 public:
  explicit Addresses(nn::Module& module) { module.visit(*this); }
  SmallVector<Tensor*, 32> parameters;
  SmallVector<Tensor*, 32> buffers;

 private:
  void on_parameter(std::string_view, Tensor& tensor) override { parameters.push_back(&tensor); }
  void on_buffer(std::string_view, Tensor& tensor) override { buffers.push_back(&tensor); }
};

bool is_at_or_below(std::string_view path, std::string_view root) {
  return path.starts_with(root) && (path.size() == root.size() || path[root.size()] == '.');
}

}  // namespace

ParameterGroup without_decay() {
  return {.where = [](std::string_view, const Tensor& value) { return value.rank() <= 1; },
          .weight_decay = 0.0f};
}

void Optimizer::require_at_least_zero(const char* option, double value) const {
  if (value >= 0 && std::isfinite(value)) return;
  throw Error(ErrorCode::invalid_argument, kind_,
              fmt::format("{} must be 0 or more, not {}", option, value));
}

void Optimizer::require_below_one(const char* option, double value) const {
  if (value >= 0 && value < 1) return;
  throw Error(ErrorCode::invalid_argument, kind_,
              fmt::format("{} must be in [0, 1), not {}", option, value));
}

Optimizer::Optimizer(const char* kind, float learning_rate, float weight_decay,
                     std::vector<ParameterGroup> groups, std::span<const char* const> slot_names)
    : kind_(kind),
      learning_rate_(learning_rate),
      weight_decay_(weight_decay),
      groups_(std::move(groups)),
      slot_names_(slot_names.begin(), slot_names.end()) {
  require_at_least_zero("learning_rate", learning_rate_);
  require_at_least_zero("weight_decay", weight_decay_);
  for (const ParameterGroup& group : groups_) {
    require_at_least_zero("learning_rate", group.learning_rate.value_or(0));
    require_at_least_zero("weight_decay", group.weight_decay.value_or(0));
  }
  set_rates(1);
}

void Optimizer::set_rates(double factor) {
  const auto rate = [factor](float base) {
    return Tensor(static_cast<float>(static_cast<double>(base) * factor));
  };
  rates_.assign(1, rate(learning_rate_));
  for (const ParameterGroup& group : groups_) {
    rates_.push_back(rate(group.learning_rate.value_or(learning_rate_)));
  }
}

void Optimizer::set_rate_factor(double factor) {
  require_at_least_zero("the factor of the learning rate", factor);
  set_rates(factor);
}

float Optimizer::learning_rate() const { return rates_[0].item<float>(); }

float Optimizer::learning_rate(std::size_t group) const {
  if (group >= groups_.size()) {
    throw Error(ErrorCode::index, kind_,
                fmt::format("there is no parameter group {} among {}", group, groups_.size()));
  }
  return rates_[group + 1].item<float>();
}

std::size_t Optimizer::group_of(std::string_view path, const Tensor& value) const {
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    const ParameterGroup& group = groups_[i];
    const bool taken =
        (group.where && group.where(path, value)) ||
        std::any_of(group.paths.begin(), group.paths.end(),
                    [path](const std::string& root) { return is_at_or_below(path, root); });
    if (taken) return i + 1;
  }
  return 0;
}

void Optimizer::prepare(nn::Module& model) {
  if (prepared_) return;
  std::unordered_map<const Tensor*, bool> met;
  for (const Tensor* visit : Addresses(model).parameters) {
    is_repetition_.push_back(!met.emplace(visit, true).second);
  }
  for (const nn::Member& parameter : nn::parameters(model)) {
    const Tensor& value = *parameter.tensor;
    const std::size_t group = group_of(parameter.path, value);
    const float decay =
        group == 0 ? weight_decay_ : groups_[group - 1].weight_decay.value_or(weight_decay_);
    places_.push_back({parameter.path, value.shape(), group, decay});
    for (std::size_t i = 0; i < slot_names_.size(); ++i) slots_.push_back(zeros_like(value));
  }
  prepared_ = true;
}

void Optimizer::check_model(std::size_t visits) const {
  if (visits == is_repetition_.size()) return;
  throw Error(ErrorCode::invalid_argument, kind_,
              fmt::format("the state is of a model with {} parameters; this one has {}",
                          is_repetition_.size(), visits));
}

void Optimizer::check_gradients(const nn::Gradients& gradients) const {
  if (gradients.size() != places_.size()) {
    throw Error(
        ErrorCode::invalid_argument, kind_,
        fmt::format("{} gradients were given for {} parameters", gradients.size(), places_.size()));
  }
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    if (!gradients[i].defined() || gradients[i].shape() == places_[i].shape) continue;
    throw Error(ErrorCode::shape, kind_,
                fmt::format("the gradient of {} has shape {}, the parameter {}", places_[i].path,
                            gradients[i].shape().to_string(), places_[i].shape.to_string()),
                {gradients[i].shape(), places_[i].shape});
  }
}

void Optimizer::step(nn::Module& model, const nn::Gradients& gradients) {
  prepare(model);
  const Addresses addresses(model);
  check_model(addresses.parameters.size());
  check_gradients(gradients);
  begin_step();
  const std::size_t slots = slot_names_.size();
  std::size_t i = 0;
  for (std::size_t visit = 0; visit < addresses.parameters.size(); ++visit) {
    if (is_repetition_[visit]) continue;
    const Place& place = places_[i];
    if (gradients[i].defined()) {
      update(*addresses.parameters[visit],
             {gradients[i], {slots_.data() + i * slots, slots}, rates_[place.group], place.decay});
    }
    ++i;
  }
  end_step();
  evaluate({addresses.parameters.data(), addresses.parameters.size()},
           {addresses.buffers.data(), addresses.buffers.size()});
}

void Optimizer::evaluate(std::span<Tensor* const> parameters, std::span<Tensor* const> buffers) {
  SmallVector<Tensor, 16> values;
  const auto add = [&values](const Tensor& tensor) {
    if (!tensor.is_evaluated() && !is_watched(*tensor.node())) values.push_back(tensor);
  };
  for (const Tensor* parameter : parameters) add(*parameter);
  for (const Tensor& slot : slots_) add(slot);
  for (const Tensor* buffer : buffers) add(*buffer);
  eval({values.data(), values.size()});
}

void Optimizer::visit(nn::Visitor& v) {
  v.buffer("learning_rate", rates_[0]);
  for (std::size_t i = 1; i < rates_.size(); ++i) {
    v.enter("groups");
    v.enter(std::to_string(i - 1));
    v.buffer("learning_rate", rates_[i]);
    v.leave();
    v.leave();
  }
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    const std::size_t names = slot_names_.size();
    v.enter(places_[i / names].path);
    v.buffer(slot_names_[i % names], slots_[i]);
    v.leave();
  }
}

}  // namespace gradus::optim
