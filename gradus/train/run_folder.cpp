#include "gradus/train/run_folder.h"

#include <cctype>
#include <ctime>
#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/io/file_bytes.h"
#include "gradus/io/path_kind.h"

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

void make_folders(const std::string& path) {
  std::error_code fault;
  fs::create_directories(path, fault);
  if (fault) throw io::system_error("run", path, "cannot make the folder", fault.value());
}

/// False if it is there already.
bool make_folder(const std::string& path) {
  std::error_code fault;
  const bool made = fs::create_directory(path, fault);
  if (fault) throw io::system_error("run", path, "cannot make the folder", fault.value());
  return made;
}

void check_holds_no_run(const RunFolder& folder) {
  for (const std::string& file : {folder.recipe(), folder.checkpoint(), folder.model()}) {
    if (!io::is_there("run", file)) continue;
    throw Error(ErrorCode::io, "run",
                fmt::format("{}: it holds a run already ({}); go on with it (--resume), or choose "
                            "another folder",
                            folder.path, fs::path(file).filename().string()));
  }
}

}  // namespace

HeldRunFolder hold_run_folder(const std::string& path) {
  const RunFolder folder{path};
  return {folder, io::FileLock("run", folder.lock(), "another process trains in this folder")};
}

HeldRunFolder create_run_folder(const std::string& path) {
  const io::PathKind kind = io::kind_of_path("run", path);
  if (kind != io::PathKind::nothing && kind != io::PathKind::folder) {
    throw Error(ErrorCode::io, "run", path + ": it is not a folder");
  }
  make_folders(path);
  HeldRunFolder held = hold_run_folder(path);
  check_holds_no_run(held.folder);
  return held;
}

HeldRunFolder create_named_run_folder(const std::string& name) {
  const std::string base = fmt::format("runs/{}-{}", local_time(), as_file_name(name));
  make_folders("runs");
  std::string path = base;
  for (int i = 2; !make_folder(path); ++i) path = fmt::format("{}-{}", base, i);
  return hold_run_folder(path);
}

RunFolder open_run_folder(const std::string& path) {
  const RunFolder folder{path};
  const io::PathKind kind = io::kind_of_path("run", path);
  if (kind == io::PathKind::nothing) {
    throw Error(ErrorCode::not_found, "run", path + ": there is no such folder");
  }
  if (kind != io::PathKind::folder) {
    throw Error(ErrorCode::not_found, "run", path + ": it is a file, not the folder of a run");
  }
  if (!io::is_there("run", folder.recipe())) {
    throw Error(ErrorCode::not_found, "run",
                path + ": it is not the folder of a run: it has no recipe.toml");
  }
  return folder;
}

}  // namespace gradus::train
