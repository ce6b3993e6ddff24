// Internal: folds of floating-point elements with vector instructions.
#pragma once

#include "gradus/ops/fold.h"

namespace gradus {

enum class VectorFold { sum, mean, maximum, minimum };

/// The fold over f32 or f64 for this processor.
const Fold& vector_fold(VectorFold kind, DType dtype);

}  // namespace gradus
