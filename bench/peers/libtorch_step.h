#pragma once

#include <string>

#include "../problem.h"

namespace gradus::bench {

/// The same training step in libtorch.
Step libtorch_step(const Problem& problem);

void set_libtorch_threads(int count);
std::string libtorch_version();

}  // namespace gradus::bench
