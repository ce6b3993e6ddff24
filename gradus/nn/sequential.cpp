#include "gradus/nn/sequential.h"

#include <algorithm>
#include <string>

namespace gradus::nn {

Sequential::Sequential(const Sequential& other) : LayerOf(other) {
  layers_.reserve(other.layers_.size());
  for (std::size_t i = 0; i < other.layers_.size(); ++i) {
    const auto first = std::find(other.layers_.begin(), other.layers_.end(), other.layers_[i]);
    const auto earlier = static_cast<std::size_t>(first - other.layers_.begin());
    layers_.push_back(earlier < i ? layers_[earlier] : Shared<Layer>(other.layers_[i]->clone()));
  }
}

Sequential& Sequential::operator=(const Sequential& other) {
  *this = Sequential(other);
  return *this;
}

Sequential& Sequential::add(Owned<Layer> layer) {
  if (!layer) throw Error(ErrorCode::invalid_argument, "sequential", "a layer is null");
  layers_.push_back(std::move(layer));
  return *this;
}

Sequential& Sequential::repeat(std::size_t index) {
  if (index >= layers_.size()) {
    throw Error(ErrorCode::index, "sequential",
                "there is no layer " + std::to_string(index) + " to repeat among " +
                    std::to_string(layers_.size()));
  }
  layers_.push_back(layers_[index]);
  return *this;
}

Tensor Sequential::operator()(const Tensor& x, Context& context) {
  Tensor value = x;
  std::size_t i = 0;
  try {
    for (; i < layers_.size(); ++i) value = layers_[i]->forward(value, context);
  } catch (Error& error) {
    error.add_module("layers." + std::to_string(i));
    throw;
  }
  return value;
}

Tensor Sequential::operator()(const Tensor& x) const {
  Context evaluation;  // in which no layer changes
  return const_cast<Sequential&>(*this)(x, evaluation);
}

void Sequential::visit(Visitor& v) {
  v.enter("layers");
  for (std::size_t i = 0; i < layers_.size(); ++i) v.element(i, *layers_[i]);
  v.leave();
}

}  // namespace gradus::nn
