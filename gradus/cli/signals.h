#pragma once

#include <atomic>

namespace gradus::cli {

/// While it lives, the first SIGINT, SIGTERM or SIGHUP asks for an orderly end, and the second ends
/// the process at once.
class SignalGuard {
 public:
  SignalGuard();
  ~SignalGuard();
  SignalGuard(const SignalGuard&) = delete;
  SignalGuard& operator=(const SignalGuard&) = delete;
};

/// True once an orderly end was asked for.
const std::atomic<bool>& end_requested() noexcept;
/// Asks for it, as the first signal does.
void request_end() noexcept;

}  // namespace gradus::cli
