#include "gradus/nn/module_state.h"

namespace gradus::nn {
namespace {

/// Builds no paths: it runs at every call of a compiled function.
class Addresses final : public Visitor {
 public:
  explicit Addresses(StateAddresses& found) : found_(found) {}

 private:
  void on_parameter(std::string_view, Tensor& tensor) override { found_.push_back(&tensor); }
  void on_buffer(std::string_view, Tensor& tensor) override { found_.push_back(&tensor); }

  StateAddresses& found_;
};

}  // namespace

void add_state(Module& module, StateAddresses& addresses) {
  Addresses visitor(addresses);
  module.visit(visitor);
}

}  // namespace gradus::nn
