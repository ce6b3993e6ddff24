#include "gradus/core/phase.h"

namespace gradus {

constinit thread_local Phase internal::phase_of_new_nodes = Phase::forward;

const char* name_of(Phase phase) {
  constexpr const char* kNames[] = {"forward", "backward", "update"};
  return kNames[static_cast<std::size_t>(phase)];
}

}  // namespace gradus
