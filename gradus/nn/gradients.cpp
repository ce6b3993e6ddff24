#include "gradus/nn/gradients.h"

#include <span>
#include <string>
#include <utility>

#include "gradus/autodiff/grad.h"
#include "gradus/base/error.h"
#include "gradus/base/small_vector.h"
#include "gradus/core/node.h"

namespace gradus::nn {
namespace {

/// While it lives, the parameters of a module are variables of a transform.
class WatchedParameters final : public Visitor {
 public:
  WatchedParameters(Module& module, const TraceScope& scope) : scope_(scope) {
    try {
      module.visit(*this);
    } catch (...) {
      restore();
      throw;
    }
  }
  ~WatchedParameters() override { restore(); }
  WatchedParameters(const WatchedParameters&) = delete;
  WatchedParameters& operator=(const WatchedParameters&) = delete;

  std::span<const Tensor> variables() const { return {variables_.data(), variables_.size()}; }

 private:
  struct Place {
    Tensor* tensor;
    Tensor value;
  };

  void on_parameter(std::string_view name, Tensor& tensor) override {
    if (tensor.node()->trace() == scope_.id()) return;  // visited before, under another name
    if (!is_floating(tensor.dtype())) {
      throw Error(ErrorCode::dtype, "value_and_grad",
                  "parameter " + std::string(name) + " is " + tensor.signature() +
                      "; only floating tensors have gradients: visit it as a buffer");
    }
    Tensor& variable = variables_.emplace_back(scope_.watch(tensor));
    places_.push_back({&tensor, std::exchange(tensor, variable)});
  }
  void on_buffer(std::string_view, Tensor&) override {}
  void restore() noexcept {
    for (Place& place : places_) *place.tensor = std::move(place.value);
  }

  const TraceScope& scope_;
  SmallVector<Tensor, 16> variables_;
  SmallVector<Place, 16> places_;
};

}  // namespace

LossAndGradients internal::value_and_grad(Module& model, Tensor (*loss)(void*), void* state) {
  const TraceScope scope;
  const WatchedParameters watched(model, scope);
  Tensor value = loss(state);
  Gradients gradients = gradients_of(value, watched.variables());
  return {std::move(value), std::move(gradients)};
}

}  // namespace gradus::nn
