#pragma once

#include "gradus/base/pointer.h"
#include "gradus/nn/context.h"
#include "gradus/nn/module.h"
#include "gradus/nn/options.h"

namespace gradus::nn {

/// A module from one tensor to one tensor, as Sequential holds it.
class Layer : public Module {
 public:
  /// Its name in recipes, tables and messages: "linear".
  virtual const char* kind() const = 0;
  virtual Tensor forward(const Tensor& x, Context& context) = 0;
  virtual Owned<Layer> clone() const = 0;
  /// The layer itself, or the one behind a layer that only passes calls on.
  virtual const Layer& inner() const { return *this; }
  /// The options it was made with.
  virtual void fields(OptionVisitor& /*v*/) {}

  void visit(Visitor& /*v*/) override {}
};

/// Makes a layer of a struct that has `static constexpr const char* kKind` and is called with
/// (x), or with (x, context) if it depends on training or draws random numbers.
template <class Self>
class LayerOf : public Layer {
 public:
  const char* kind() const override { return Self::kKind; }
  Tensor forward(const Tensor& x, Context& context) override {
    if constexpr (requires(Self & layer) { layer(x); }) {
      return self()(x);
    } else {
      return self()(x, context);
    }
  }
  Owned<Layer> clone() const override {
    return Owned<Layer>(new Self(static_cast<const Self&>(*this)));
  }
  void fields(OptionVisitor& v) override {
    if constexpr (requires(Self & s) { s.options.fields(v); }) self().options.fields(v);
  }

 private:
  Self& self() { return static_cast<Self&>(*this); }
};

}  // namespace gradus::nn
