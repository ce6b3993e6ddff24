#pragma once

// Minimisation of functions, in one include. Updates of a network's parameters are in
// gradus/gradus.h.

#include "gradus/optimize/minimize.h"
