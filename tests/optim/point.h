#pragma once

#include <functional>
#include <vector>

#include "gradus/nn/module.h"
#include "gradus/optim/optimizer.h"

namespace gradus::optim {

/// A model that is one vector.
struct Point : nn::Module {
  Tensor w;
  explicit Point(const std::vector<float>& values) : w(Tensor::from(values)) {}
  void visit(nn::Visitor& v) override { v("w", w); }
};

/// Steps of `optimizer` from `start` along gradients 2 a w of the quadratic a w^2, one dimension.
inline std::vector<double> descend(Optimizer& optimizer, double start, double a, int steps) {
  Point point({static_cast<float>(start)});
  std::vector<double> path;
  for (int i = 0; i < steps; ++i) {
    const double w = point.w.item<double>();
    optimizer.step(point, {Tensor{static_cast<float>(2 * a * w)}});
    path.push_back(point.w.item<double>());
  }
  return path;
}

}  // namespace gradus::optim
