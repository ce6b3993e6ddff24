#pragma once

#include "gradus/core/op_def.h"

namespace gradus {

extern const OpDef kScatterMatrix;

struct ScatterMatrix {
  Tensor mean;    ///< (..., n)
  Tensor matrix;  ///< (..., n, n): (x - mean)^T (x - mean)
};
/// Of rows x (..., m, n), m >= 1, in one pass over them.
ScatterMatrix scatter_matrix(const Tensor& x);

}  // namespace gradus
