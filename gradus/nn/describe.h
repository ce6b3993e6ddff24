#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "gradus/nn/layer.h"

namespace gradus::nn {

/// A layer as a row of a table. Shapes are those of one example, without the batch.
struct LayerRow {
  std::string path;     ///< "layers.0"
  std::string kind;     ///< "conv2d"
  std::string options;  ///< "in=1, out=6, kernel_size=[5], ..."
  Shape output;
  std::int64_t parameters = 0;     ///< its own; those of a repeated layer are counted once
  std::int64_t multiply_adds = 0;  ///< of its products and convolutions, for one example
};

/// A row for each layer of `model`, those in a Sequential one by one, in evaluation on an input of
/// shape `input` (of one example). Computes nothing. Throws Error if the shapes do not fit, naming
/// the layer.
std::vector<LayerRow> describe(Layer& model, const Shape& input, DType dtype = DType::f32);

/// The rows as text in columns, with a last line of totals.
std::string to_table(std::span<const LayerRow> rows);

/// "in=784, out=128, bias=true"
std::string options_of(Layer& layer);

/// Multiplications with addition that the products and convolutions between `input` and `output`
/// take. `input` must be watched by an open TraceScope.
std::int64_t multiply_adds(const Tensor& output, const Tensor& input);

}  // namespace gradus::nn
