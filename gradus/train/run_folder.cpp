#include "gradus/train/run_folder.h"

#include <cctype>
#include <ctime>
#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/io/atomic_file.h"
#include "gradus/io/file_bytes.h"

namespace gradus::train {
namespace {

namespace fs = std::filesystem;

/// `name` with what a file name should not hold replaced.
std::string as_file_name(const std::string& name) {
  std::string result;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = std::isalnum(byte) || c == '-' || c == '_' || c == '.' || byte >= 0x80;
    result += plain ? c : '-';
  }
  return result.empty() ? "run" : result;
}

std::string local_time() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  localtime_r(&now, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y%m%d-%H%M%S", &parts);
  return text;
}

/// Throws Error if no file can be made in the folder.
void check_writable(const std::string& folder) {
  io::AtomicFile probe("run", folder + "/.probe");
  probe.write("x");  // never committed
}

}  // namespace

std::string new_run_path(const std::string& name) {
  const std::string base = fmt::format("runs/{}-{}", local_time(), as_file_name(name));
  std::string path = base;
  for (int i = 2; fs::exists(path); ++i) path = fmt::format("{}-{}", base, i);
  return path;
}

RunFolder create_run_folder(const std::string& path) {
  const RunFolder folder{path};
  std::error_code fault;
  if (fs::exists(path) && !fs::is_directory(path)) {
    throw Error(ErrorCode::io, "run", path + ": it is not a folder");
  }
  for (const std::string& file : {folder.recipe(), folder.checkpoint(), folder.model()}) {
    if (!fs::exists(file)) continue;
    throw Error(ErrorCode::io, "run",
                fmt::format("{}: it holds a run already ({}); go on with it (--resume), or choose "
                            "another folder",
                            path, fs::path(file).filename().string()));
  }
  fs::create_directories(path, fault);
  if (fault) throw io::system_error("run", path, "cannot make the folder", fault.value());
  check_writable(path);
  return folder;
}

RunFolder open_run_folder(const std::string& path) {
  const RunFolder folder{path};
  if (!fs::is_directory(path)) {
    throw Error(ErrorCode::not_found, "run", path + ": there is no such folder");
  }
  if (!fs::exists(folder.recipe())) {
    throw Error(ErrorCode::not_found, "run",
                path + ": it is not the folder of a run: it has no recipe.toml");
  }
  return folder;
}

}  // namespace gradus::train
