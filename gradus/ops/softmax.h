#pragma once

#include "gradus/core/op_def.h"

namespace gradus {

extern const OpDef kSoftmax, kSoftmaxGradient, kLogSoftmax, kSoftmaxCrossEntropy,
    kSoftmaxCrossEntropyGradient;

/// exp(x) / sum(exp(x)) along `axis`, without overflow.
Tensor softmax(const Tensor& x, int axis = -1);
Tensor log_softmax(const Tensor& x, int axis = -1);
/// -log softmax(logits)[label] per row, in one pass: (..., classes), integer (...) -> (...).
/// Labels out of [0, classes) throw Error when evaluated.
Tensor softmax_cross_entropy(const Tensor& logits, const Tensor& labels);

}  // namespace gradus
