#include "gradus/ops/all_ops.h"

#include "gradus/core/identity.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"

namespace gradus {
namespace {

const OpDef* const kAllOps[] = {
    // graph
    &kIdentity,
    // elementwise

    // reductions
    &kSum,
    &kMean,
    &kMax,
    &kMin,

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
