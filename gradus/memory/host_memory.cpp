#include "gradus/memory/host_memory.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <optional>
#include <string_view>

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace gradus {
namespace {

std::optional<std::uint64_t> number_at_start(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  std::uint64_t number = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), number);
  return result.ec == std::errc() ? std::optional(number) : std::nullopt;
}

std::optional<std::uint64_t> first_number(const std::string& path) {
  std::ifstream file(path);
  std::string text;
  std::getline(file, text);
  return number_at_start(text);
}

/// The number behind `key` in a file of lines that begin with one.
std::optional<std::uint64_t> number_of(const std::string& path, std::string_view key) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(key)) return number_at_start(std::string_view(line).substr(key.size()));
  }
  return std::nullopt;
}

/// Names of files in a control group: version 2 of the kernel's interface, and version 1.
struct GroupFiles {
  const char* mount;
  const char* limit;
  const char* usage;
  const char* caches[2];  // keys of memory.stat: what is given up before anybody is killed
};
constexpr GroupFiles kVersion2{
    "/sys/fs/cgroup", "/memory.max", "/memory.current", {"inactive_file ", "active_file "}};
constexpr GroupFiles kVersion1{"/sys/fs/cgroup/memory",
                               "/memory.limit_in_bytes",
                               "/memory.usage_in_bytes",
                               {"total_inactive_file ", "total_active_file "}};

void apply_limit(const std::string& group, const GroupFiles& files, HostMemory& memory) {
  const auto limit = first_number(group + files.limit);  // "max": none
  if (!limit) return;
  std::uint64_t used = first_number(group + files.usage).value_or(0);
  for (const char* cache : files.caches) {
    used -= std::min(used, number_of(group + "/memory.stat", cache).value_or(0));
  }
  memory.total = std::min(memory.total, *limit);
  memory.available = std::min(memory.available, *limit - std::min(used, *limit));
}

/// A group's limits hold for the groups in it. Inside a container the path may be that of the
/// world outside; then only the mount itself is there.
void apply_limits(const std::string& mount, std::string path, const GroupFiles& files,
                  HostMemory& memory) {
  for (;;) {
    apply_limit(mount + path, files, memory);
    const auto slash = path.rfind('/');
    if (slash == path.npos) return;
    path.resize(slash);
  }
}

void apply_control_groups(const std::string& root, HostMemory& memory) {
  std::ifstream file(root + "/proc/self/cgroup");
  for (std::string line; std::getline(file, line);) {  // number:controllers:/path
    const auto first = line.find(':');
    const auto second = line.find(':', first + 1);
    if (second == line.npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    if (!controllers.empty() && controllers != "memory") continue;
    const GroupFiles& files = controllers.empty() ? kVersion2 : kVersion1;
    apply_limits(root + files.mount, line.substr(second + 1), files, memory);
  }
}

void apply_address_space(HostMemory& memory) {
  rlimit limit{};
  if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return;
  const std::uint64_t pages = first_number("/proc/self/statm").value_or(0);
  const std::uint64_t used = pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  memory.available = std::min(memory.available, limit.rlim_cur - std::min(used, limit.rlim_cur));
}

}  // namespace

HostMemory host_memory_below(const std::string& root) {
  HostMemory memory;
  const std::string meminfo = root + "/proc/meminfo";  // counts in KiB
  if (const auto total = number_of(meminfo, "MemTotal:")) memory.total = *total * 1024;
  if (const auto available = number_of(meminfo, "MemAvailable:")) {
    memory.available = (*available + number_of(meminfo, "SwapFree:").value_or(0)) * 1024;
  }
  apply_control_groups(root, memory);
  return memory;
}

void prefer_large_pages([[maybe_unused]] void* memory, [[maybe_unused]] std::size_t bytes) {
#ifdef MADV_HUGEPAGE
  const auto begin = reinterpret_cast<std::uintptr_t>(memory);
  const std::uintptr_t first = (begin + kLargePage - 1) / kLargePage * kLargePage;
  const std::uintptr_t end = (begin + bytes) / kLargePage * kLargePage;
  if (first < end) madvise(reinterpret_cast<void*>(first), end - first, MADV_HUGEPAGE);
#endif
}

void return_free_memory() {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}

HostMemory host_memory() {
  HostMemory memory = host_memory_below("");
  apply_address_space(memory);
  return memory;
}

}  // namespace gradus
