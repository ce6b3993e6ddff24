#include "gradus/data/package_files.h"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "gradus/base/error.h"

namespace gradus::data {
namespace {

std::filesystem::path unpacked_root() {
  if (const char* chosen = std::getenv("GRADUS_DATA_DIR"); chosen && *chosen) return chosen;
  const char* home = std::getenv("HOME");
  return std::filesystem::path(home && *home ? home : "/root") / ".cache/gradus/data";
}

}  // namespace

std::optional<std::string> find_package_file(std::string_view package, std::string_view file) {
  for (const auto& usr : {unpacked_root() / package / "usr", std::filesystem::path("/usr")}) {
    std::error_code unreadable;
    if (std::filesystem::exists(usr / file, unreadable)) return (usr / file).string();
  }
  return std::nullopt;
}

std::string package_file(std::string_view data_set, std::string_view package,
                         std::string_view file) {
  if (auto path = find_package_file(package, file)) return *std::move(path);
  throw Error(
      ErrorCode::not_found, "load",
      fmt::format("{} needs the Debian package {}, and {} is neither in /usr nor in {}; get "
                  "it with tools/setup or apt-get install {}",
                  data_set, package, file, (unpacked_root() / package / "usr").string(), package));
}

}  // namespace gradus::data
