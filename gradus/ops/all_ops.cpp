#include "gradus/ops/all_ops.h"

#include "gradus/core/identity.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/comparison.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/select.h"

namespace gradus {
namespace {

const OpDef* const kAllOps[] = {
    // graph
    &kIdentity,
    // elementwise
    &kAdd, &kSubtract, &kMultiply, &kDivide, &kFloorDivide, &kRemainder, &kMaximum, &kMinimum,
    &kCopySign, &kNegative, &kAbsolute, &kSign, &kSquare, &kReciprocal, &kSqrt, &kRsqrt, &kEqual,
    &kNotEqual, &kLess, &kLessEqual, &kGreater, &kGreaterEqual, &kIsNan, &kIsInfinite, &kIsFinite,
    &kSignBit, &kLogicalAnd, &kLogicalOr, &kLogicalXor, &kLogicalNot, &kWhere, &kCast,
    &kStopGradient,

    // reductions
    &kSum, &kMean, &kMax, &kMin,

    // rearrangement, indexing, creation
    &kFull, &kReshape, &kTranspose, &kBroadcast,

    // random

    // products, convolutions, pooling
    &kMatmul, &kLinear, &kLinearGradient,

    // softmax, normalisation

    // optimiser steps

};

}  // namespace

std::span<const OpDef* const> all_ops() { return kAllOps; }

const OpDef* find_op(std::string_view name) {
  for (const OpDef* op : all_ops()) {
    if (name == op->name) return op;
  }
  return nullptr;
}

}  // namespace gradus
