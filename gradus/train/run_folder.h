#pragma once

#include <string>

#include "gradus/io/file_lock.h"

namespace gradus::train {

/// The folder of a run and its files.
struct RunFolder {
  std::string path;

  std::string recipe() const { return path + "/recipe.toml"; }
  std::string metrics() const { return path + "/metrics.jsonl"; }
  std::string model() const { return path + "/model.safetensors"; }
  std::string checkpoint() const { return path + "/checkpoint.safetensors"; }
  std::string report() const { return path + "/report.html"; }
  std::string lock() const { return path + "/.lock"; }
};

/// The folder of a run to which nobody else writes while this lives.
struct HeldRunFolder {
  RunFolder folder;
  io::FileLock lock;
};

/// Holds a folder that is there. Throws Error if another process does, or if nothing can be written
/// there.
HeldRunFolder hold_run_folder(const std::string& path);

/// Makes the folder of a run, or takes an empty one. Throws Error as hold_run_folder(), and if
/// there is something else or it holds a run already.
HeldRunFolder create_run_folder(const std::string& path);

/// Makes a new folder "runs/20250131-093000-digits", with a number behind it where that is taken.
HeldRunFolder create_named_run_folder(const std::string& name);

/// The folder of a run that was begun. Throws Error if it is not one.
RunFolder open_run_folder(const std::string& path);

}  // namespace gradus::train
