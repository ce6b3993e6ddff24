#pragma once

// Derivatives beside the transforms of gradus/gradus.h: by differences and of formulas, and the
// check of one against the other.

#include "gradus/autodiff/check_gradients.h"
#include "gradus/autodiff/finite_difference.h"
#include "gradus/symbolic/common_subexpressions.h"
#include "gradus/symbolic/differentiate.h"
#include "gradus/symbolic/evaluate.h"
#include "gradus/symbolic/expression.h"
#include "gradus/symbolic/number.h"
#include "gradus/symbolic/parse.h"
#include "gradus/symbolic/simplify.h"
