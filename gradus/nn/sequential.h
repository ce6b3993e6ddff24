#pragma once

#include <concepts>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "gradus/base/error.h"
#include "gradus/base/pointer.h"
#include "gradus/nn/layer.h"

namespace gradus::nn {

/// Runs `f` and puts `name` into the path of an Error that it throws, as Sequential does for its
/// layers: in_module("decoder", [&] { return decoder(x); }).
template <class F>
auto in_module(std::string_view name, F&& f) {
  try {
    return f();
  } catch (Error& error) {
    error.add_module(name);
    throw;
  }
}

template <class T>
concept LayerType = std::derived_from<std::remove_cvref_t<T>, Layer>;

/// Layers one after the other. A copy has its own layers.
///
///     nn::Sequential model{nn::Linear{{.in = 784, .out = 128}}, nn::ReLU{},
///                          nn::Linear{{.in = 128, .out = 10}}};
class Sequential final : public LayerOf<Sequential> {
 public:
  static constexpr const char* kKind = "sequential";

  Sequential() = default;
  /// The layers as they are.
  template <LayerType First, LayerType... Rest>
  requires(
      sizeof...(Rest) > 0 ||
      !std::same_as<std::remove_cvref_t<First>, Sequential>) explicit Sequential(First&& first,
                                                                                 Rest&&... rest) {
    add(std::forward<First>(first));
    (add(std::forward<Rest>(rest)), ...);
  }
  /// The layers with their parameters drawn anew from `key`.
  template <LayerType... Layers>
  explicit Sequential(const Key& key, Layers&&... layers) {
    (add(std::forward<Layers>(layers)), ...);
    nn::initialize(*this, key);
  }
  Sequential(const Sequential& other);
  Sequential(Sequential&&) noexcept = default;
  Sequential& operator=(const Sequential& other);
  Sequential& operator=(Sequential&&) noexcept = default;
  ~Sequential() override = default;

  template <LayerType L>
  Sequential& add(L&& layer) {
    return add(make_owned<std::remove_cvref_t<L>>(std::forward<L>(layer)));
  }
  Sequential& add(Owned<Layer> layer);
  /// Uses layer `index` once more, at the end: one set of parameters in two places.
  Sequential& repeat(std::size_t index);

  std::size_t size() const { return layers_.size(); }
  Layer& operator[](std::size_t index) { return *layers_[index]; }
  const Layer& operator[](std::size_t index) const { return *layers_[index]; }

  /// An Error of a layer names its place: "layers.2: linear: ...".
  Tensor operator()(const Tensor& x, Context& context);
  /// In evaluation: dropout does nothing, batch normalisation uses its running statistics.
  Tensor operator()(const Tensor& x) const;

  Tensor forward(const Tensor& x, Context& context) override { return (*this)(x, context); }
  void visit(Visitor& v) override;

 private:
  // Shared only between places of one Sequential: copying keeps that, and no more.
  std::vector<Shared<Layer>> layers_;
};

}  // namespace gradus::nn
