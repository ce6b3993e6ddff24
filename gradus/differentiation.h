#pragma once

// Derivatives beside the transforms of gradus/gradus.h: by differences and of expressions, and the
// check of one against the other.

#include "gradus/autodiff/check_gradients.h"
#include "gradus/autodiff/finite_difference.h"
