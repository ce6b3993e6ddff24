#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace gradus::cli {

/// What there is to compute with.
struct Machine {
  std::string processor = {};  ///< "AMD EPYC 9B45"; empty if the system does not say
  int processors = 0;          ///< of the machine
  int usable_processors = 0;   ///< that this process may run on
  std::vector<std::string> instructions = {};  ///< "AVX2", "AVX-512F": what matters for speed
  std::uint64_t memory = 0;                    ///< bytes, at most what the control group allows
  std::uint64_t free_memory = 0;               ///< that this process can still get
};
Machine read_machine();

/// A library that Gradus stands on, and what it chose for this processor.
struct LibraryInUse {
  std::string name = {};
  std::string version = {};
  std::string kernels = {};
};
std::vector<LibraryInUse> libraries_in_use();

}  // namespace gradus::cli
