// Internal: a folder for the time being.
#pragma once

#include <string>

namespace gradus::train {

/// A folder below $TMPDIR, or /tmp, that is gone when its owner is.
class TemporaryFolder {
 public:
  /// Throws Error naming the path if it cannot be made.
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace gradus::train
