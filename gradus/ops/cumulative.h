// Internal: cumulative operations in either direction, with or without the element itself.
#pragma once

#include "gradus/core/op_def.h"

namespace gradus {

struct ScanAttributes {
  int axis = 0;
  bool reverse = false;    ///< from the last element to the first
  bool exclusive = false;  ///< each result without its own element
  void fields(FieldVisitor& v) const {
    v("axis", axis);
    v("reverse", reverse);
    v("exclusive", exclusive);
  }
};

/// kCumSum or kCumProd with these attributes.
inline Tensor scan(const OpDef& op, const Tensor& x, ScanAttributes attributes) {
  return apply(op, {x}, attributes);
}

}  // namespace gradus
