// Internal: what GRADUS_TRACE=compile prints.
#pragma once

#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "gradus/core/plan_recording.h"

namespace gradus {

/// An account of how a plan came about and what it does.
class PlanReport {
 public:
  /// The graph behind `outputs` is what `pass` has left.
  void add_pass(const char* pass, std::span<const Tensor> outputs);
  /// To standard error: the passes, the steps with their kernels, the memory.
  void print(const PlanRecording& record, std::size_t arena_bytes,
             const SourceLocation& where) const;

 private:
  std::vector<std::pair<const char*, std::size_t>> passes_;  // nodes after each
};

}  // namespace gradus
