#pragma once

// Minimisation of functions, in one include. Updates of a network's parameters are in
// gradus/gradus.h.

#include "gradus/optimize/constrained.h"
#include "gradus/optimize/least_squares.h"
#include "gradus/optimize/minimize.h"
#include "gradus/optimize/projected.h"
#include "gradus/optimize/projections.h"
