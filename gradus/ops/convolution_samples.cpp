#include "gradus/core/op_def.h"
#include "gradus/ops/convolution_kernels.h"

namespace gradus {
namespace {

/// Numbers in steps of 1/4 from -1.25 to 1.25: sums of products of them are exact in f32.
Tensor numbers(const Shape& shape, std::int64_t start) {
  std::vector<float> values;
  for (std::int64_t i = 0; i < shape.size(); ++i) {
    values.push_back(static_cast<float>((i * 7 + start * 3) % 11 - 5) / 4);
  }
  return Tensor::from(values, shape);
}

/// A convolution as the samples of all three operations describe it.
struct Case {
  const char* name;
  Shape x, weight;
  ConvolutionAttributes attributes;

  /// Of Winograd's filtering, whose points are no integers; 0 where sums are exact.
  double tolerance() const {
    return attributes.algorithm == ConvolutionAlgorithm::winograd ? 2e-5 : 0;
  }
};

std::vector<Case> cases() {
  return {
      {"one axis", {2, 2, 7}, {3, 2, 3}, {{1}, {0}, {0}, {1}}},
      {"one axis, stride, padding after", {1, 2, 8}, {2, 2, 3}, {{2}, {0}, {1}, {1}}},
      {"two axes", {2, 3, 5, 4}, {4, 3, 3, 2}, {{1, 1}, {0, 0}, {0, 0}, {1, 1}}},
      {"one input channel", {2, 1, 6, 6}, {8, 1, 5, 5}, {{1, 1}, {2, 2}, {2, 2}, {1, 1}}},
      {"stride that leaves a rest", {1, 2, 6, 7}, {2, 2, 3, 3}, {{2, 3}, {1, 1}, {1, 1}, {1, 1}}},
      {"padding on one side", {1, 1, 4, 4}, {2, 1, 3, 3}, {{1, 1}, {2, 0}, {0, 1}, {1, 1}}},
      {"dilation", {1, 2, 7, 7}, {2, 2, 3, 3}, {{1, 1}, {1, 2}, {1, 2}, {2, 2}}},
      {"groups", {2, 4, 5, 5}, {6, 2, 3, 3}, {{1, 1}, {1, 1}, {1, 1}, {1, 1}, 2}},
      {"depthwise", {1, 8, 5, 5}, {8, 1, 3, 3}, {{1, 1}, {1, 1}, {1, 1}, {1, 1}, 8}},
      {"pointwise", {2, 8, 3, 3}, {8, 8, 1, 1}, {{1, 1}, {0, 0}, {0, 0}, {1, 1}}},
      {"three axes",
       {1, 2, 4, 3, 5},
       {2, 2, 2, 3, 2},
       {{1, 1, 2}, {0, 1, 0}, {0, 1, 0}, {1, 1, 1}}},
      {"Winograd's filtering, 3x3",
       {2, 3, 6, 7},
       {18, 3, 3, 3},
       {{1, 1}, {1, 0}, {1, 2}, {1, 1}, 1, ConvolutionAlgorithm::winograd}},
      {"Winograd's filtering, 5x5",
       {2, 2, 7, 6},
       {3, 2, 5, 5},
       {{1, 1}, {2, 1}, {2, 0}, {1, 1}, 1, ConvolutionAlgorithm::winograd}},
      {"in bf16",
       {2, 8, 5, 6},
       {8, 8, 3, 3},
       {{1, 1},
        {1, 1},
        {1, 1},
        {1, 1},
        1,
        ConvolutionAlgorithm::automatic,
        ProductPrecision::bf16}},
      {"empty batch", {0, 2, 5, 5}, {3, 2, 3, 3}, {{1, 1}, {0, 0}, {0, 0}, {1, 1}}},
  };
}

Shape output_shape(const Case& c) {
  Dims dims{c.x[0], c.weight[0]};
  for (std::size_t i = 0; i < c.attributes.stride.size(); ++i) {
    const auto axis = static_cast<int>(i) + 2;
    const ConvolutionAttributes& a = c.attributes;
    dims.push_back(
        (c.x[axis] + a.before[i] + a.after[i] - a.dilation[i] * (c.weight[axis] - 1) - 1) /
            a.stride[i] +
        1);
  }
  return Shape(std::move(dims));
}

ConvolutionAttributes with_extents(ConvolutionAttributes attributes, const Shape& shape) {
  attributes.extents = Dims(shape.begin() + 2, shape.end());
  return attributes;
}

}  // namespace

std::vector<Sample> convolution_samples() {
  std::vector<Sample> samples;
  for (const Case& c : cases()) {
    samples.push_back({.name = c.name,
                       .inputs = {numbers(c.x, 1), numbers(c.weight, 2)},
                       .attributes = c.attributes,
                       .tolerance = c.tolerance()});
    if (c.x.rank() != 4) continue;
    samples.push_back({.name = std::string(c.name) + ", bias",
                       .inputs = {numbers(c.x, 1), numbers(c.weight, 2), numbers({c.weight[0]}, 3)},
                       .attributes = c.attributes,
                       .tolerance = c.tolerance()});
  }
  return samples;
}

std::vector<Sample> data_gradient_samples() {
  std::vector<Sample> samples;
  for (const Case& c : cases()) {
    samples.push_back({.name = c.name,
                       .inputs = {numbers(output_shape(c), 1), numbers(c.weight, 2)},
                       .attributes = with_extents(c.attributes, c.x),
                       .tolerance = c.tolerance()});
  }
  return samples;
}

std::vector<Sample> weight_gradient_samples() {
  std::vector<Sample> samples;
  for (const Case& c : cases()) {
    samples.push_back({.name = c.name,
                       .inputs = {numbers(output_shape(c), 1), numbers(c.x, 2)},
                       .attributes = with_extents(c.attributes, c.weight),
                       .tolerance = c.tolerance()});
  }
  return samples;
}

}  // namespace gradus
