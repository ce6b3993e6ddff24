#pragma once

#include <string>

#include "gradus/core/op_def.h"

namespace gradus {

extern const OpDef kRequireFinite, kRequireThat;

/// x itself, if all its elements are finite; otherwise evaluating it throws Error, in which `what`
/// names x: "the loss is nan". What is computed from the result never sees such a value, and in a
/// compiled function that returns the result state stays as it was. (...) -> (...)
Tensor require_finite(const Tensor& x, const std::string& what = "a value");

/// x itself, if `condition`, of x's shape, is true everywhere; otherwise evaluating it throws Error
/// by `operation` with the rule that was broken and the first element that breaks it:
/// "Normal: deviation must be positive; element 2 is -1".
Tensor require_that(const Tensor& x, const Tensor& condition, const std::string& operation,
                    const std::string& rule);

}  // namespace gradus
