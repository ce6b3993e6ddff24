// Internal: the shape rules, kernels and promotion of elementwise operations.
#pragma once

#include "gradus/core/op_def.h"
#include "gradus/ops/reduce.h"

// What the families of elementwise operations share: shape rules, kernels, promotion. An operation
// is a row: a tile function per element type (elementwise_tiles-inl.h), the same function on single
// values for the reference kernel, and a derivative.

namespace gradus {

/// Broadcast shape, the type of the inputs. Throws Error where they differ in type or the
/// operation does not take it.
Specs infer_elementwise(const InferContext& context);
/// As infer_elementwise, with a bool result.
Specs infer_predicate(const InferContext& context);

/// The most inputs that an elementwise operation has.
inline constexpr std::size_t kMaxElementwiseInputs = 4;

/// Runs the tile function over inputs of any strides.
void run_elementwise(const KernelContext& context);
/// One element at a time, by ElementwiseDef::real or ElementwiseDef::integer.
void run_elementwise_reference(const KernelContext& context);

inline constexpr Kernels kElementwiseKernels{{"tiles", nullptr, run_elementwise},
                                             {"reference", nullptr, run_elementwise_reference}};

/// Applies a binary operation to operands cast to their common type.
Tensor apply_promoted(const OpDef& op, const Tensor& a, const Tensor& b);
/// As apply_promoted, with integers and booleans computed in f32.
Tensor apply_floating(const OpDef& op, const Tensor& a, const Tensor& b);
Tensor apply_floating(const OpDef& op, const Tensor& x, Attributes attributes = {});

/// The gradients of two operands, summed back over what broadcasting repeated. `a` and `b` are
/// functions, called only where their gradient is needed.
template <class A, class B>
Inputs operand_gradients(const VjpContext& context, const A& a, const B& b) {
  return {context.needed[0] ? sum_to(a(), context.inputs[0].shape()) : Tensor(),
          context.needed[1] ? sum_to(b(), context.inputs[1].shape()) : Tensor()};
}

/// Inputs that show a unary operation, with values spread over [low, high]: a vector longer than
/// any register, a matrix, a single value, no value.
std::vector<Sample> unary_samples(double low, double high, Attributes attributes = {});
/// Inputs that show a binary operation, each kind of broadcasting among them.
std::vector<Sample> binary_samples(double low, double high);

}  // namespace gradus
