#pragma once

#include <span>

#include "gradus/base/pointer.h"
#include "gradus/nn/layer.h"
#include "gradus/nn/maker.h"

namespace gradus::nn {

class LayerMaker : public Maker<Owned<Layer>> {
 public:
  /// Fills sizes that are left open (`in`, `channels`, `shape`) from the shape of the layer's
  /// input, batch included.
  virtual void infer(const Shape& input) = 0;
};
using LayerKind = Kind<LayerMaker>;

/// Every layer that can be made by name, but for Sequential.
std::span<const LayerKind> layer_kinds();

}  // namespace gradus::nn
