#include "program.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <thread>

namespace gradus::cli {
namespace {

std::string temporary_file() {
  std::string path = (std::filesystem::temp_directory_path() / "gradus_cli_XXXXXX").string();
  const int descriptor = mkstemp(path.data());
  if (descriptor >= 0) close(descriptor);
  return path;
}

void redirect(const std::string& path, int flags, int descriptor) {
  const int file = open(path.c_str(), flags, 0600);
  if (file < 0 || dup2(file, descriptor) < 0) _exit(126);
  close(file);
}

/// Replaces this process by the program. After fork().
[[noreturn]] void become(const char* program, const std::vector<std::string>& arguments,
                         const std::filesystem::path& folder, const Environment& environment) {
  if (chdir(folder.c_str()) != 0) _exit(126);
  for (const auto& [name, value] : environment) setenv(name.c_str(), value.c_str(), 1);
  std::vector<char*> pointers{const_cast<char*>(program)};
  for (const std::string& argument : arguments)
    pointers.push_back(const_cast<char*>(argument.c_str()));
  pointers.push_back(nullptr);
  execv(program, pointers.data());
  _exit(127);
}

Outcome outcome_of(int status) {
  Outcome outcome;
  if (WIFEXITED(status)) outcome.code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) outcome.signal = WTERMSIG(status);
  return outcome;
}

}  // namespace

Process::Process(const std::vector<std::string>& arguments, const std::filesystem::path& folder,
                 const Environment& environment)
    : out_path_(temporary_file()), err_path_(temporary_file()) {
  id_ = fork();
  if (id_ != 0) return;
  redirect("/dev/null", O_RDONLY, STDIN_FILENO);
  redirect(out_path_, O_WRONLY, STDOUT_FILENO);
  redirect(err_path_, O_WRONLY, STDERR_FILENO);
  become(GRADUS_BINARY, arguments, folder, environment);
}

Process::~Process() {
  if (!status_) {
    send(SIGKILL);
    reap(0);
  }
  std::filesystem::remove(out_path_);
  std::filesystem::remove(err_path_);
}

void Process::send(int signal) const {
  if (!status_) kill(id_, signal);
}

std::string Process::error_so_far() const { return read_file(err_path_); }

bool Process::reap(int options) {
  int status = 0;
  if (!status_ && waitpid(id_, &status, options) == id_) status_ = status;
  return status_.has_value();
}

bool Process::is_running() { return !reap(WNOHANG); }

Outcome Process::wait(std::chrono::seconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (is_running()) {
    if (std::chrono::steady_clock::now() > deadline) {
      ADD_FAILURE() << "the program still runs after " << patience.count()
                    << " s; it said: " << error_so_far();
      send(SIGKILL);
      reap(0);
      break;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  Outcome outcome = outcome_of(*status_);
  outcome.out = read_file(out_path_);
  outcome.err = read_file(err_path_);
  return outcome;
}

Outcome run(const std::vector<std::string>& arguments, const std::filesystem::path& folder,
            const Environment& environment) {
  return Process(arguments, folder, environment).wait();
}

Outcome run_shell(const std::string& line, const std::filesystem::path& folder) {
  const std::string out = temporary_file(), err = temporary_file();
  const pid_t id = fork();
  if (id == 0) {
    redirect(out, O_WRONLY, STDOUT_FILENO);
    redirect(err, O_WRONLY, STDERR_FILENO);
    become("/bin/bash", {"-c", line}, folder, {{"GRADUS", GRADUS_BINARY}});
  }
  int status = 0;
  waitpid(id, &status, 0);
  Outcome outcome = outcome_of(status);
  outcome.out = read_file(out);
  outcome.err = read_file(err);
  std::filesystem::remove(out);
  std::filesystem::remove(err);
  return outcome;
}

Outcome run_on_terminal(const std::vector<std::string>& arguments, int columns,
                        const std::filesystem::path& folder, const Environment& environment) {
  int terminal = -1;
  winsize size{};
  size.ws_row = 24;
  size.ws_col = static_cast<unsigned short>(columns);
  const pid_t id = forkpty(&terminal, nullptr, nullptr, &size);
  if (id == 0) {
    Environment on_terminal = environment;
    on_terminal.try_emplace("TERM", "xterm");
    become(GRADUS_BINARY, arguments, folder, on_terminal);
  }
  std::string text;
  char buffer[4096];
  for (;;) {  // a terminal whose last user has gone answers EIO
    const ssize_t count = read(terminal, buffer, sizeof buffer);
    if (count <= 0) break;
    text.append(buffer, static_cast<std::size_t>(count));
  }
  close(terminal);
  int status = 0;
  waitpid(id, &status, 0);
  Outcome outcome = outcome_of(status);
  outcome.out = text;
  return outcome;
}

TemporaryFolder::TemporaryFolder() {
  std::string path = (std::filesystem::temp_directory_path() / "gradus_cli_XXXXXX").string();
  if (!mkdtemp(path.data())) ADD_FAILURE() << "cannot make " << path;
  path_ = path;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string TemporaryFolder::write(const std::string& name, const std::string& contents) const {
  const std::filesystem::path path = path_ / name;
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << contents;
  return path.string();
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::map<std::string, std::string> snapshot(const std::filesystem::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) {
      files[std::filesystem::relative(entry.path(), folder).string()] = read_file(entry.path());
    }
  }
  return files;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

}  // namespace gradus::cli
