#pragma once

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

/// True once a signal has asked for an orderly end.
bool end_requested() noexcept;

}  // namespace gradus::cli
