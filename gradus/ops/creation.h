#pragma once

#include "gradus/core/op_def.h"

namespace gradus {

extern const OpDef kFull, kArange, kLinspace, kEye;

/// Every element `value`. Takes the memory of one element until something writes to it.
Tensor full(const Shape& shape, double value, DType dtype = DType::f32);
Tensor zeros(const Shape& shape, DType dtype = DType::f32);
Tensor ones(const Shape& shape, DType dtype = DType::f32);
Tensor full_like(const Tensor& x, double value);
Tensor zeros_like(const Tensor& x);
Tensor ones_like(const Tensor& x);
/// start, start + step, ... short of stop. -> (ceil((stop - start) / step))
Tensor arange(double start, double stop, double step = 1, DType dtype = DType::f32);
/// `count` values from start to stop, both exactly included. -> (count)
Tensor linspace(double start, double stop, std::int64_t count, DType dtype = DType::f32);
/// Ones on diagonal `offset` (positive: above the main one). -> (rows, columns)
Tensor eye(std::int64_t rows, std::int64_t columns, std::int64_t offset = 0,
           DType dtype = DType::f32);

}  // namespace gradus
