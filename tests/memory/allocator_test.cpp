#include "gradus/memory/allocator.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>
#include <vector>

#include "gradus/base/error.h"
#include "gradus/memory/host_memory.h"

namespace gradus {
namespace {

TEST(Allocator, ReusesFreedBlocksUnderTwiceTheSize) {
  clear_memory_cache();
  const std::byte* first = nullptr;
  {
    const Buffer buffer = allocate(100000);
    first = buffer.data();
  }
  const std::uint64_t hits = memory_statistics().cache_hits;
  const Buffer smaller = allocate(70000);
  EXPECT_EQ(smaller.data(), first);
  EXPECT_EQ(memory_statistics().cache_hits, hits + 1);
  const Buffer much_smaller = allocate(100);
  EXPECT_NE(much_smaller.data(), first);
}

TEST(Allocator, AlignsToCacheLines) {
  for (std::size_t bytes = 0; bytes < 5000; bytes += 37) {
    const Buffer buffer = allocate(bytes);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(buffer.data()) % 64, 0u);
    EXPECT_EQ(buffer.bytes(), bytes);
  }
}

TEST(Allocator, TakesLargeBlocksWhole) {
  for (const std::size_t bytes : {kLargePage - 64, kLargePage, 3 * kLargePage + 12345}) {
    const Buffer buffer = allocate_exactly(bytes);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(buffer.data()) % 64, 0u);
    std::fill_n(buffer.data(), bytes, std::byte{3});
    EXPECT_EQ(buffer.data()[bytes - 1], std::byte{3});
  }
}

TEST(Allocator, CountsWhatIsInUse) {
  const std::size_t before = memory_statistics().in_use;
  {
    const Buffer buffer = allocate(1 << 20);
    const std::size_t held = memory_statistics().in_use - before;
    EXPECT_GE(held, std::size_t{1} << 20);
    EXPECT_LT(held, std::size_t{2} << 20);
  }
  EXPECT_EQ(memory_statistics().in_use, before);
}

TEST(Allocator, KeepsNoMoreThanItsLimit) {
  clear_memory_cache();
  set_memory_cache_limit(1 << 20);
  { const Buffer large = allocate(4 << 20); }
  EXPECT_EQ(memory_statistics().cached, 0u);
  { const Buffer small = allocate(1 << 10); }
  EXPECT_GT(memory_statistics().cached, 0u);
  set_memory_cache_limit(std::size_t{512} << 20);
}

TEST(Allocator, GivesOldBlocksBack) {
  clear_memory_cache();
  { const Buffer large = allocate(8 << 20); }
  EXPECT_GE(memory_statistics().cached, std::size_t{8} << 20);
  for (int i = 0; i < 30000; ++i) allocate(64);
  EXPECT_LT(memory_statistics().cached, std::size_t{8} << 20);
}

TEST(Allocator, SaysWhenThereIsNoMemory) {
  try {
    allocate(std::size_t{1} << 60);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::out_of_memory);
  }
}

TEST(Allocator, IsSafeOnManyThreads) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([t] {
      std::vector<Buffer> held(16);
      for (int i = 0; i < 5000; ++i) {
        Buffer& slot = held[static_cast<std::size_t>(i * 7 + t) % held.size()];
        slot = allocate(static_cast<std::size_t>(1 + i * 131 % 9000));
        slot.data()[0] = static_cast<std::byte>(t);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(Buffer, ReleasesForeignMemoryOnce) {
  int released = 0;
  float data[4] = {};
  {
    const Buffer buffer = wrap_foreign(
        data, sizeof(data), [](void* count) { ++*static_cast<int*>(count); }, &released);
    const Buffer copy = buffer;
    EXPECT_FALSE(copy.exclusive());
  }
  EXPECT_EQ(released, 1);
}

}  // namespace
}  // namespace gradus
