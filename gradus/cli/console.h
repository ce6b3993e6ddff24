#pragma once

#include <string>
#include <string_view>

namespace gradus::cli {

/// Whoever reads standard output went away: no error, there is just nobody left to tell.
struct ClosedOutput {};

/// Standard output. Text is gathered and handed over by flush(), so that a line is never torn.
class Output {
 public:
  void write(std::string_view text) { pending_ += text; }
  void line(std::string_view text) {
    write(text);
    write("\n");
  }
  /// Throws ClosedOutput if the reader is gone, Error if the system refuses (a full disk).
  void flush();
  /// Columns to wrap text at: the terminal's, or 0 where output goes to a file or a program.
  int width() const;

 private:
  std::string pending_;
};

/// Writes to standard error; if that fails there is nobody to tell.
void write_to_standard_error(std::string_view text);

/// "gradus: <message>", control characters made visible.
void report_error(std::string_view message);

/// True if standard error is a terminal that can draw over a line.
bool draws_on_standard_error();
/// Columns of the terminal behind a file descriptor, 80 if it does not say.
int terminal_width(int descriptor);

}  // namespace gradus::cli
