#include "gradus/train/temporary_folder.h"

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "gradus/io/file_bytes.h"

namespace gradus::train {

TemporaryFolder::TemporaryFolder() {
  const char* chosen = std::getenv("TMPDIR");
  const std::string base = chosen && *chosen ? chosen : "/tmp";
  path_ = base + "/gradus-XXXXXX";
  if (mkdtemp(path_.data())) return;
  throw io::system_error("run", base, "cannot make a temporary folder there ($TMPDIR, or /tmp)",
                         errno);
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace gradus::train
