#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace gradus::cli {

/// What came out of a run of the program.
struct Outcome {
  int code = -1;    ///< exit code; -1 if a signal ended it
  int signal = 0;   ///< the signal that ended it, or 0
  std::string out;  ///< standard output
  std::string err;  ///< standard error
};

using Environment = std::map<std::string, std::string>;

/// The program, running in the background with its outputs in files.
class Process {
 public:
  /// Starts `gradus arguments...` in `folder` with additions to the environment.
  Process(const std::vector<std::string>& arguments, const std::filesystem::path& folder,
          const Environment& environment = {});
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  void send(int signal) const;
  /// What it has written to standard error so far.
  std::string error_so_far() const;
  bool is_running();
  /// Waits until it ends; after `patience` it is killed, and the test fails.
  Outcome wait(std::chrono::seconds patience = std::chrono::seconds(120));

 private:
  bool reap(int options);

  pid_t id_ = -1;
  std::optional<int> status_;
  std::string out_path_, err_path_;
};

/// Runs `gradus arguments...` to its end.
Outcome run(const std::vector<std::string>& arguments,
            const std::filesystem::path& folder = std::filesystem::temp_directory_path(),
            const Environment& environment = {});

/// Runs a line of shell in which $GRADUS is the program.
Outcome run_shell(const std::string& line,
                  const std::filesystem::path& folder = std::filesystem::temp_directory_path());

/// Runs the program with all its descriptors on a new terminal of `columns` columns. `out` holds
/// all that it wrote there.
Outcome run_on_terminal(const std::vector<std::string>& arguments, int columns,
                        const std::filesystem::path& folder, const Environment& environment = {});

/// A folder that goes away with the test.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }
  /// Writes a file and returns its path.
  std::string write(const std::string& name, const std::string& contents) const;

 private:
  std::filesystem::path path_;
};

std::string read_file(const std::filesystem::path& path);

/// Every file below `folder`, by relative path.
std::map<std::string, std::string> snapshot(const std::filesystem::path& folder);

std::vector<std::string> lines_of(const std::string& text);

}  // namespace gradus::cli
