// Internal: systems whose right side may be a vector and whose leading axes broadcast.
#pragma once

#include "gradus/core/tensor.h"

namespace gradus::linalg {

/// a (..., m, n) and b (..., m, k) with the same leading axes.
struct System {
  Tensor a;
  Tensor b;
  bool vector = false;  ///< b was given as (m)

  /// x (..., n, k) in the form of the given right side.
  Tensor in_form_of_b(const Tensor& x) const;
};
/// Throws Error naming `operation` if the shapes or types do not fit.
System make_system(const char* operation, const Tensor& a, const Tensor& b);

}  // namespace gradus::linalg
