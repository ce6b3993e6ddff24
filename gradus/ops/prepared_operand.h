// Internal: a matrix that many small products have in common.
#pragma once

#include "gradus/memory/buffer.h"
#include "gradus/ops/product.h"

namespace gradus {

/// A matrix (k, n) of f32 or f64 with strides in elements, one of them 1.
struct RightOperand {
  DType dtype;
  std::int64_t k, n;
  const std::byte* data;
  std::int64_t row, column;
};

/// The right operand b of many products a b, one after the other: a recurrent weight in every step.
/// It is packed for the caches once, unless the products have so few rows that to read it where it
/// lies is as fast. `b` must outlive this.
class PreparedOperand {
 public:
  /// `rows`: of the products to come, at most.
  PreparedOperand(const RightOperand& b, std::int64_t rows);

  /// c (rows, n) = a (rows, k) b; rows of a and c are contiguous and `a_row` and `c_row` elements
  /// apart. Each element of c is summed in the order of k. Runs on the calling thread alone.
  void multiply(std::int64_t rows, const std::byte* a, std::int64_t a_row, std::byte* c,
                std::int64_t c_row) const;

 private:
  RightOperand b_;
  Buffer packed_;  // panels of columns one after the other, each (k, columns); or none
};

}  // namespace gradus
