#include "gradus/cli/console.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>

#include <fmt/format.h>

#include "gradus/base/error.h"

namespace gradus::cli {
namespace {

/// Returns 0 or the errno of the write that failed.
int write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

/// Names from hostile files must not move the cursor or colour the screen.
std::string visible(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_control = (byte < 0x20 && c != '\n') || byte == 0x7f;
    result += is_control ? fmt::format("\\x{:02x}", byte) : std::string(1, c);
  }
  return result;
}

}  // namespace

void Output::flush() {
  const std::string text = std::exchange(pending_, {});
  const int failure = write_all(STDOUT_FILENO, text);
  if (failure == 0) return;
  if (failure == EPIPE) throw ClosedOutput{};
  const bool full = failure == ENOSPC || failure == EDQUOT || failure == EFBIG;
  throw Error(
      full ? ErrorCode::disk_full : ErrorCode::io, "output",
      fmt::format("standard output: cannot write: {}", std::generic_category().message(failure)));
}

int Output::width() const { return isatty(STDOUT_FILENO) ? terminal_width(STDOUT_FILENO) : 0; }

void write_to_standard_error(std::string_view text) { write_all(STDERR_FILENO, text); }

void report_error(std::string_view message) {
  write_to_standard_error(fmt::format("gradus: {}\n", visible(message)));
}

bool draws_on_standard_error() {
  const char* terminal = std::getenv("TERM");
  const bool is_dumb = !terminal || std::string_view(terminal) == "dumb";
  return !is_dumb && isatty(STDERR_FILENO) == 1;
}

int terminal_width(int descriptor) {
  winsize size{};
  if (ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

}  // namespace gradus::cli
