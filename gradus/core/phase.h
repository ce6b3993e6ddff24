#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

namespace gradus {

/// The part of a training step that a node belongs to.
enum class Phase : std::uint8_t {
  forward,
  backward,  ///< built by the derivative rules
  update,    ///< of the parameters, by an optimiser
};
const char* name_of(Phase phase);

namespace internal {
extern constinit thread_local Phase phase_of_new_nodes;
}

/// While it lives, nodes that this thread builds belong to `phase`.
class PhaseScope {
 public:
  explicit PhaseScope(Phase phase) noexcept
      : before_(std::exchange(internal::phase_of_new_nodes, phase)) {}
  ~PhaseScope() { internal::phase_of_new_nodes = before_; }
  PhaseScope(const PhaseScope&) = delete;
  PhaseScope& operator=(const PhaseScope&) = delete;

 private:
  Phase before_;
};

}  // namespace gradus
