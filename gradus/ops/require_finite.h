#pragma once

#include <string>

#include "gradus/core/op_def.h"

namespace gradus {

extern const OpDef kRequireFinite;

/// x itself, if all its elements are finite; otherwise evaluating it throws Error, in which `what`
/// names x: "the loss is nan". What is computed from the result never sees such a value, and in a
/// compiled function that returns the result state stays as it was. (...) -> (...)
Tensor require_finite(const Tensor& x, const std::string& what = "a value");

}  // namespace gradus
