// Internal: functions of a few numbers that take hundreds of cycles each.
#pragma once

#include <array>
#include <cstdint>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/base/parallel.h"
#include "gradus/core/op_def.h"

// Incomplete gamma and beta functions and their inverses are loops until a series converges:
// nothing is won by vectors or by fusion. They are computed in f64, broadcast like elementwise
// operations.

namespace gradus {

/// Broadcast shape of the inputs from `first` on, and their type, f32 or f64. Throws Error for
/// other types and for a mixture.
inline Specs infer_scalar_map(const InferContext& context, std::size_t first = 0) {
  const DType dtype = context.dtype(first);
  Shape shape = context.shape(first);
  for (std::size_t i = first; i < context.inputs.size(); ++i) {
    if (context.dtype(i) != DType::f32 && context.dtype(i) != DType::f64) {
      throw Error(ErrorCode::dtype, context.op.name,
                  fmt::format("takes f32 or f64, not {}", name_of(context.dtype(i))));
    }
    if (context.dtype(i) != dtype) {
      throw Error(ErrorCode::dtype, context.op.name,
                  fmt::format("inputs of {} and {} must be cast to one element type",
                              name_of(dtype), name_of(context.dtype(i))));
    }
    shape = broadcast_shapes(context.op.name, shape, context.shape(i));
  }
  return {{shape, dtype}};
}

/// An input in row-major order, repeated up to `shape`.
inline Array broadcast_copy(const Array& input, const Shape& shape) {
  Array repeated = input;
  repeated.strides = broadcast_strides(input.shape, input.strides, shape);
  repeated.shape = shape;
  return row_major_copy(repeated);
}

/// output[i] = f({input 0 [i], input 1 [i], ...}, i), of n inputs from `first` on; f takes and
/// gives double.
template <std::size_t n, class F>
void run_scalar_map(const KernelContext& context, F f, std::size_t first = 0) {
  constexpr std::int64_t kGrain = 256;
  Array& output = context.allocate();
  std::array<Array, n> inputs;
  for (std::size_t k = 0; k < n; ++k) {
    inputs[k] = broadcast_copy(context.input(first + k), output.shape);
  }
  const auto run = [&]<class T>() {
    T* const out = output.mutable_data<T>();
    parallel_for(output.shape.size(), kGrain, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        std::array<double, n> x;
        for (std::size_t k = 0; k < n; ++k)
          x[k] = static_cast<double>(inputs[k].template data<T>()[i]);
        out[i] = static_cast<T>(f(x, i));
      }
    });
  };
  output.dtype == DType::f64 ? run.template operator()<double>() : run.template operator()<float>();
}

}  // namespace gradus
