#pragma once

#include "gradus/core/tensor.h"

// Information of probabilities, which lie along the last axis and add up to 1 (else an Error when
// evaluated); leading axes are batches and broadcast. Differentiable. An event of probability 0
// adds nothing.

namespace gradus::stats {

/// Natural logarithms, or logarithms to base 2.
enum class InformationUnit { nats, bits };

/// -log p of each event. (...) -> (...)
Tensor self_information(const Tensor& probability, InformationUnit unit = InformationUnit::nats);
/// -sum p log p. (..., k) -> (...)
Tensor entropy(const Tensor& probabilities, InformationUnit unit = InformationUnit::nats);
/// -sum p log q; infinity where q is 0 and p is not. (..., k), (..., k) -> (...)
Tensor cross_entropy(const Tensor& p, const Tensor& q,
                     InformationUnit unit = InformationUnit::nats);
/// sum p log(p / q), the divergence of q from p.
Tensor kl_divergence(const Tensor& p, const Tensor& q,
                     InformationUnit unit = InformationUnit::nats);
/// Half of the divergences of p and of q from their mean: symmetric, at most one bit.
Tensor jensen_shannon_divergence(const Tensor& p, const Tensor& q,
                                 InformationUnit unit = InformationUnit::nats);
/// The divergence of a joint table (..., x, y) from the product of its marginals. -> (...)
Tensor mutual_information(const Tensor& joint, InformationUnit unit = InformationUnit::nats);
/// The entropy of y given x of a joint table (..., x, y). -> (...)
Tensor conditional_entropy(const Tensor& joint, InformationUnit unit = InformationUnit::nats);

}  // namespace gradus::stats
