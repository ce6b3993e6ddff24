#include "gradus/memory/host_memory.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include <sys/resource.h>

#include "gradus/base/error.h"
#include "gradus/memory/allocator.h"
#include "tests/support/error_of.h"
#include "tests/support/temporary_folder.h"

namespace gradus {
namespace {

using gradus::testing::error_of;
using gradus::testing::TemporaryFolder;

constexpr std::uint64_t kMiB = 1 << 20;

void write(const TemporaryFolder& root, const std::string& name, const std::string& contents) {
  const std::filesystem::path path = root.path() / name;
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path) << contents;
}

/// A machine of 8 GiB with 5 GiB to spare and 1 GiB of free swap.
void write_machine(const TemporaryFolder& root) {
  write(root, "proc/meminfo",
        "MemTotal:        8388608 kB\nMemFree:         1048576 kB\n"
        "MemAvailable:    5242880 kB\nSwapTotal:       2097152 kB\n"
        "SwapFree:        1048576 kB\n");
}

TEST(HostMemory, CountsWhatIsAvailableAndFreeSwap) {
  const TemporaryFolder root;
  write_machine(root);
  const HostMemory memory = host_memory_below(root.path().string());
  EXPECT_EQ(memory.total, 8192 * kMiB);
  EXPECT_EQ(memory.available, 6144 * kMiB);
}

TEST(HostMemory, IsWithinEveryControlGroupOnTheWayUp) {
  const TemporaryFolder root;
  write_machine(root);
  write(root, "proc/self/cgroup", "0::/outer/inner\n");
  const std::string outer = "sys/fs/cgroup/outer/";
  write(root, outer + "inner/memory.max", "max\n");
  write(root, outer + "memory.max", "1073741824\n");
  write(root, outer + "memory.current", "734003200\n");  // 700 MiB, of which 300 are caches
  write(root, outer + "memory.stat",
        "anon 1\ninactive_file 209715200\nactive_file 104857600\nshmem 7\n");
  const HostMemory memory = host_memory_below(root.path().string());
  EXPECT_EQ(memory.total, 1024 * kMiB);
  EXPECT_EQ(memory.available, (1024 - 400) * kMiB);
}

TEST(HostMemory, KnowsTheFirstVersionOfControlGroups) {
  const TemporaryFolder root;
  write_machine(root);
  write(root, "proc/self/cgroup", "3:cpu:/x\n2:memory:/job\n");
  const std::string job = "sys/fs/cgroup/memory/job/";
  write(root, job + "memory.limit_in_bytes", "536870912\n");
  write(root, job + "memory.usage_in_bytes", "104857600\n");
  write(root, job + "memory.stat", "total_inactive_file 0\ntotal_active_file 52428800\n");
  EXPECT_EQ(host_memory_below(root.path().string()).available, (512 - 50) * kMiB);
}

TEST(HostMemory, OfASystemThatSaysNothingIsWithoutLimit) {
  const TemporaryFolder root;
  EXPECT_EQ(host_memory_below(root.path().string()).available, ~std::uint64_t{0});
}

TEST(HostMemory, EndsWithTheAddressSpace) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "the address sanitizer needs more address space than it leaves";
#endif
  rlimit before{};
  getrlimit(RLIMIT_AS, &before);
  rlimit little = before;
  little.rlim_cur = std::uint64_t{1} << 40;  // far above what the test uses
  const std::uint64_t available = host_memory().available;
  ASSERT_EQ(setrlimit(RLIMIT_AS, &little), 0);
  const std::uint64_t limited = host_memory().available;
  little.rlim_cur = 1;  // below what is in use already
  ASSERT_EQ(setrlimit(RLIMIT_AS, &little), 0);
  const std::uint64_t none = host_memory().available;
  setrlimit(RLIMIT_AS, &before);
  EXPECT_LE(limited, std::uint64_t{1} << 40);
  EXPECT_GT(available, 0u);
  EXPECT_EQ(none, 0u);
}

// Linux would promise it, and kill the process when it is used.
TEST(Allocator, RefusesWhatTheMachineDoesNotHave) {
  clear_memory_cache();
  const std::uint64_t bytes = host_memory().available + 512 * kMiB;
  const Error error = error_of([&] { allocate_exactly(bytes); });
  EXPECT_EQ(error.code(), ErrorCode::out_of_memory);
  EXPECT_NE(std::string(error.what()).find(std::to_string(bytes) + " bytes"), std::string::npos);
}

}  // namespace
}  // namespace gradus
