#include "random_graph.h"

#include <cmath>
#include <limits>
#include <vector>

#include "gradus/base/error.h"
#include "gradus/ops/all_ops.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/reduce_axes.h"
#include "gradus/ops/select.h"
#include "sample_variants.h"

namespace gradus::testing {
namespace {

constexpr DType kComputed[] = {DType::boolean, DType::u8,  DType::i32,
                               DType::i64,     DType::f32, DType::f64};

const std::vector<const OpDef*>& elementwise_ops() {
  static const std::vector<const OpDef*> ops = [] {
    std::vector<const OpDef*> found;
    for (const OpDef* op : all_ops()) {
      if (op->elementwise) found.push_back(op);
    }
    return found;
  }();
  return ops;
}

}  // namespace

RandomGraph::RandomGraph(std::uint64_t seed) : random_(seed) {
  const Dims choices[] = {{5, 37}, {3, 4, 11}, {2, 600}, {130, 3}, {1, 1}, {0, 4}, {2, 1, 65}};
  extents_ = seed % 50 == 49 ? Dims{3, 5000} : choices[below(std::size(choices))];
}

/// The whole shape, or what broadcasts to it.
Shape RandomGraph::random_shape() {
  Dims dims = extents_;
  switch (below(6)) {
    case 0:
      return Shape{};
    case 1:
      return Shape{dims.back()};
    case 2:
      dims.back() = 1;
      return Shape(dims);
    default:
      return Shape(dims);
  }
}

Tensor RandomGraph::leaf() {
  const Shape shape = random_shape();
  constexpr float kSpecial[] = {0, -0.0f, std::numeric_limits<float>::infinity(),
                                -std::numeric_limits<float>::infinity(),
                                std::numeric_limits<float>::quiet_NaN()};
  std::normal_distribution<float> normal(0, 3);
  std::vector<float> numbers(static_cast<std::size_t>(shape.size()));
  for (float& number : numbers) {
    number = below(40) == 0 ? kSpecial[below(std::size(kSpecial))] : normal(random_);
  }
  const DType dtype = below(2) == 0 ? DType::f32 : kComputed[below(std::size(kComputed))];
  return random_layout(cast(Tensor::from(numbers, shape), dtype)).eval();
}

Tensor RandomGraph::random_layout(const Tensor& x) {
  switch (below(5)) {
    case 0:
      return strided_copy(x);
    case 1:
      return x.rank() > 0 ? repeated_first(x) : x;
    default:
      return x;
  }
}

Tensor RandomGraph::pick() {
  const std::size_t back = std::min(below(values_.size()), below(values_.size()));
  return values_[values_.size() - 1 - back];
}

Tensor RandomGraph::step() {
  const OpDef& op = *elementwise_ops()[below(elementwise_ops().size())];
  const std::vector<Sample> samples = op.samples();
  const Sample& sample = samples[below(samples.size())];
  const DType dtype = pick().dtype();
  Inputs inputs;
  for (std::size_t k = 0; k < sample.inputs.size(); ++k) inputs.push_back(pick());
  if (&op == &kWhere) inputs[0] = cast(inputs[0], DType::boolean);
  const std::size_t first = &op == &kWhere ? 1 : 0;
  for (std::size_t k = first; k < inputs.size(); ++k) inputs[k] = cast(inputs[k], dtype);
  try {
    return apply(op, std::move(inputs), sample.attributes);
  } catch (const Error&) {
    return Tensor();  // the operation does not take this type
  }
}

Tensor RandomGraph::reduction(const Tensor& x) {
  const OpDef* const ops[] = {&kSum, &kMean, &kMax, &kMin, &kLogSumExp};
  Dims axes;
  for (auto axis = static_cast<std::int64_t>(below(static_cast<std::size_t>(x.rank())));
       axis < x.rank(); ++axis) {
    axes.push_back(axis);
  }
  try {
    return apply(*ops[below(std::size(ops))], {x}, ReduceAttributes{axes, below(2) == 0});
  } catch (const Error&) {
    return Tensor();  // of an element type or an empty shape that has no such reduction
  }
}

Tensors RandomGraph::outputs() {
  const std::size_t leaves = 1 + below(5);
  for (std::size_t i = 0; i < leaves; ++i) values_.push_back(leaf());
  const std::size_t steps = 2 + below(30);
  Tensors chosen;
  for (std::size_t i = 0; i < steps; ++i) {
    const Tensor x = pick();
    const bool reduces = below(12) == 0 && x.rank() > 0;
    const Tensor y = reduces ? reduction(x) : step();
    if (!y.defined()) continue;
    const bool broadcasts = !reduces || y.rank() == x.rank();
    if (broadcasts) values_.push_back(y);
    if (!broadcasts || below(8) == 0) chosen.push_back(y);
  }
  chosen.push_back(values_.back());
  return chosen;
}

}  // namespace gradus::testing
