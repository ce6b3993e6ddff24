// Internal: what matmul and linear ask of the kernels below them.
#pragma once

#include <cstdint>

#include "gradus/core/op_def.h"
#include "gradus/ops/precision.h"

// What the operations of matmul.cpp and linear.cpp ask of the kernels below them.

namespace gradus {

/// A right operand (k, n) that is nowhere in memory but can be written out in panels.
class PanelSource {
 public:
  virtual ~PanelSource() = default;
  /// Rows [row, row + rows) of columns [column, column + columns), in panels of `panel` columns one
  /// after the other, each (rows, panel); columns that the last panel has too many are zero.
  virtual void write(std::int64_t row, std::int64_t rows, std::int64_t column, std::int64_t columns,
                     std::int64_t panel, std::byte* to) const = 0;
};

/// A matrix product on raw storage, c = a b + bias, with strides in elements:
/// a (m, k), b (k, n), bias (n) or none, c (m, n) with contiguous rows.
struct Product {
  DType dtype = DType::f32;
  ProductPrecision precision = ProductPrecision::full;  ///< of f32
  std::int64_t m = 0, n = 0, k = 0;
  const std::byte* a = nullptr;
  std::int64_t a_row = 0, a_column = 0;
  const std::byte* b = nullptr;
  std::int64_t b_row = 0, b_column = 0;
  const PanelSource* b_source = nullptr;  ///< instead of b, from its column b_offset on;
  std::int64_t b_offset = 0;              ///< only multiply_blocked takes it
  std::byte* c = nullptr;
  std::int64_t c_row = 0;
  const std::byte* bias = nullptr;
  std::int64_t bias_step = 0;

  std::int64_t multiply_adds() const { return m * n * k; }
};

/// Products that differ only in where their operands lie: one for each index of `batch`.
struct ProductBatch {
  Product first;
  Shape batch;
  Strides a, b, c;  ///< steps from one product to the next along each axis of `batch`
};

/// A way to compute one product. It must give every element of c bits that depend on its row of a,
/// its column of b and the sizes alone, or split the work by size.
using MultiplyFunction = void (*)(const Product&);

/// Computes all products of a batch, on several threads where there are several worth it.
void multiply_batch(const ProductBatch& products, MultiplyFunction multiply);

/// Tiny products, without a call to the allocator; f32 and f64.
void multiply_small(const Product& product);
/// Few rows or few columns: the long operand is read once, where it lies; f32 and f64.
void multiply_thin(const Product& product);
/// Blocks packed for the caches, on all threads; f32 and f64, any strides.
void multiply_blocked(const Product& product);
/// dnnl_sgemm, split by size; f32, and one of the strides of a and of b must be 1.
void multiply_onednn(const Product& product);
/// The first of small, thin and blocked that takes the product, which is of f32 or f64.
void multiply_packed(const Product& product);
/// Of bf16 precision: by the processor's instructions for it, or else by rounded operands in f32.
void multiply_bf16(const Product& product);
/// multiply_reference of f32 operands rounded to bf16.
void multiply_rounded_reference(const Product& product);
/// Three loops, in the order of the definition; all types.
void multiply_reference(const Product& product);

// Why a way does not take a product, or nullptr if it does.
const char* refuse_small(const Product& product);
const char* refuse_thin(const Product& product);
const char* refuse_blocked(const Product& product);
const char* refuse_onednn(const Product& product);
const char* refuse_bf16(const Product& product);

/// The attribute of products that have no other.
struct PrecisionAttributes {
  ProductPrecision precision = ProductPrecision::full;
  void fields(FieldVisitor& v) const { v("precision", static_cast<int>(precision)); }
};

}  // namespace gradus
