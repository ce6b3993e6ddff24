#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gradus/base/function.h"
#include "gradus/base/pointer.h"
#include "gradus/nn/gradients.h"
#include "gradus/nn/module.h"
#include "gradus/nn/options.h"

namespace gradus::optim {

/// Parameters that are treated apart. A parameter belongs to the first group that takes it.
struct ParameterGroup {
  /// Takes parameters at or below these paths: "layers.0" takes "layers.0.weight".
  std::vector<std::string> paths = {};
  /// Takes parameters for which it is true, given path and value.
  Function<bool(std::string_view path, const Tensor& value)> where = {};
  std::optional<float> learning_rate = {};  ///< else the optimiser's
  std::optional<float> weight_decay = {};   ///< else the optimiser's
};

/// The group of parameters with one axis or none (biases, normalisation), which are usually not
/// decayed.
ParameterGroup without_decay();

/// A rule that moves a model's parameters against their gradients. It is a module: its tensors
/// (moments, step counter, learning rates) are its buffers, named by parameter path
/// ("layers.0.weight.first_moment"), so nn::state() and nn::load_state() save and load it; call
/// prepare() before loading into a new one.
class Optimizer : public nn::Module {
 public:
  /// Its name in recipes: "adam".
  virtual const char* kind() const = 0;
  virtual Owned<Optimizer> clone() const = 0;

  /// One step: gives every parameter of `model` its new value. `gradients` are in the order of
  /// parameters(model), as value_and_grad returns them. Evaluates parameters, buffers and state,
  /// except inside a transform. Throws Error if number or shapes do not fit, or if the model is not
  /// like the one of the first step.
  void step(nn::Module& model, const nn::Gradients& gradients);
  /// Makes the state for `model`, if that was not done; step() does it too.
  void prepare(nn::Module& model);

  /// The learning rate now, and of group `group` (in the order of the options).
  float learning_rate() const;
  float learning_rate(std::size_t group) const;
  /// Sets all learning rates to the given multiple of those in the options. For schedules.
  void set_rate_factor(double factor);

  void visit(nn::Visitor& v) override;

 protected:
  Optimizer(const char* kind, float learning_rate, float weight_decay,
            std::vector<ParameterGroup> groups, std::span<const char* const> slot_names);

  /// Throw Error for an option out of its range.
  void require_at_least_zero(const char* option, double value) const;
  void require_below_one(const char* option, double value) const;

  /// What update() may use beside the parameter.
  struct Update {
    const Tensor& gradient;
    std::span<Tensor> slots;  ///< the tensors of slot_names, of the parameter's shape, at first 0
    const Tensor& rate;       ///< 0-d f32
    float decay;
  };
  /// Replaces `parameter` and the slots by their values after this step.
  virtual void update(Tensor& parameter, const Update& update) = 0;
  /// Called before and after the parameters of a step are updated.
  virtual void begin_step() {}
  virtual void end_step() {}

 private:
  struct Place {
    std::string path;
    Shape shape;
    std::size_t group;  // 0: the optimiser's own options; i + 1: groups_[i]
    float decay;
  };
  std::size_t group_of(std::string_view path, const Tensor& value) const;
  void set_rates(double factor);
  void check_model(std::size_t visits) const;
  void check_gradients(const nn::Gradients& gradients) const;
  void evaluate(std::span<Tensor* const> parameters, std::span<Tensor* const> buffers);

  const char* kind_;
  float learning_rate_;
  float weight_decay_;
  std::vector<ParameterGroup> groups_;
  std::vector<const char*> slot_names_;
  std::vector<Tensor> rates_;        // 0-d f32, of group 0, 1, ...
  std::vector<Place> places_;        // in the order of parameters(model)
  std::vector<Tensor> slots_;        // of the first parameter, of the second, ...
  std::vector<bool> is_repetition_;  // of a visit to a parameter: it came before, by another name
  bool prepared_ = false;
};

}  // namespace gradus::optim
