#pragma once

#include <string>

#include "../problem.h"

namespace gradus::bench {

/// The same step in libtorch.
Step libtorch_step(const Problem& problem);

std::string libtorch_version();

}  // namespace gradus::bench
