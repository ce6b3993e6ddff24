#include "gradus/cli/signals.h"

#include <unistd.h>

#include <atomic>
#include <csignal>
#include <string_view>

#include "gradus/cli/exit_code.h"

namespace gradus::cli {
namespace {

constexpr int kSignals[] = {SIGINT, SIGTERM, SIGHUP};
struct sigaction before[std::size(kSignals)];

std::atomic<bool> requested = false;
static_assert(std::atomic<bool>::is_always_lock_free);  // else a handler may not touch it

/// Calls only what POSIX allows in a handler.
void on_signal(int) {
  if (requested.exchange(true)) _exit(static_cast<int>(ExitCode::interrupted));
  constexpr std::string_view kMessage =
      "\ngradus: stopping after this step and saving; once more to stop at once\n";
  const std::string_view message = isatty(STDERR_FILENO) ? kMessage : kMessage.substr(1);
  [[maybe_unused]] const ssize_t ignored = write(STDERR_FILENO, message.data(), message.size());
}

}  // namespace

SignalGuard::SignalGuard() {
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  for (std::size_t i = 0; i < std::size(kSignals); ++i) sigaction(kSignals[i], &action, &before[i]);
}

SignalGuard::~SignalGuard() {
  for (std::size_t i = 0; i < std::size(kSignals); ++i) sigaction(kSignals[i], &before[i], nullptr);
}

const std::atomic<bool>& end_requested() noexcept { return requested; }

void request_end() noexcept { requested.store(true); }

}  // namespace gradus::cli
