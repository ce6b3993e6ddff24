#pragma once

#include <string>

#include "problem.h"

namespace gradus::bench {

/// Who takes the steps.
struct Library {
  std::string name;
  std::string version;
};

/// The worker's side of the benchmark: first writes one line of JSON that says who it is, then
/// answers commands on standard input, one a line, until the input ends:
///
///     losses N   what the next N steps return: [2.31, 2.28, ...]
///     run N      seconds that N steps take
///     memory     the largest resident size since the start of serve(), in MiB
///
/// bench/peers/worker.py does the same in Python.
void serve(const Library& library, const Step& step);

}  // namespace gradus::bench
