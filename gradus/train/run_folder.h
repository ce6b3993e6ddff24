#pragma once

#include <string>

namespace gradus::train {

/// The folder of a run and its files.
struct RunFolder {
  std::string path;

  std::string recipe() const { return path + "/recipe.toml"; }
  std::string metrics() const { return path + "/metrics.jsonl"; }
  std::string model() const { return path + "/model.safetensors"; }
  std::string checkpoint() const { return path + "/checkpoint.safetensors"; }
  std::string report() const { return path + "/report.html"; }
};

/// "runs/20250131-093000-digits", with a number behind it where that is taken. Makes nothing.
std::string new_run_path(const std::string& name);

/// Makes the folder of a run, or takes an empty one. Throws Error if there is something else, if it
/// holds a run already, or if nothing can be written there.
RunFolder create_run_folder(const std::string& path);

/// The folder of a run that was begun. Throws Error if it is not one.
RunFolder open_run_folder(const std::string& path);

}  // namespace gradus::train
