#include "gradus/base/parallel.h"

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <set>
#include <stdexcept>
#include <utility>
#include <vector>

#include "gradus/base/error.h"

namespace gradus {
namespace {

std::set<std::pair<std::int64_t, std::int64_t>> pieces(std::int64_t n, std::int64_t grain) {
  std::mutex mutex;
  std::set<std::pair<std::int64_t, std::int64_t>> result;
  parallel_for(n, grain, [&](std::int64_t begin, std::int64_t end) {
    const std::lock_guard lock(mutex);
    result.emplace(begin, end);
  });
  return result;
}

TEST(ParallelFor, CutsBySizeWhateverTheThreads) {
  const int before = thread_count();
  set_thread_count(1);
  const auto one = pieces(1000, 64);
  set_thread_count(5);
  EXPECT_EQ(pieces(1000, 64), one);
  EXPECT_EQ(one.size(), 16u);
  EXPECT_TRUE(pieces(0, 64).empty());
  EXPECT_EQ(pieces(3, 0).size(), 3u);
  set_thread_count(before);
}

TEST(ParallelFor, VisitsEveryElementOnce) {
  std::vector<std::atomic<int>> visits(100000);
  parallel_for(100000, 1000, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) ++visits[static_cast<std::size_t>(i)];
  });
  for (const auto& count : visits) EXPECT_EQ(count, 1);
}

TEST(ParallelFor, RethrowsWhatAPieceThrows) {
  const int before = thread_count();
  for (const int threads : {1, 4}) {
    set_thread_count(threads);
    EXPECT_THROW(parallel_for(100, 1,
                              [](std::int64_t begin, std::int64_t) {
                                if (begin == 57) throw std::runtime_error("57");
                              }),
                 std::runtime_error);
  }
  set_thread_count(before);
}

TEST(ParallelFor, NestsOnTheSameThread) {
  const int before = thread_count();
  set_thread_count(4);
  std::atomic<int> sum = 0;
  parallel_for(8, 1, [&](std::int64_t, std::int64_t) {
    parallel_for(8, 1, [&](std::int64_t, std::int64_t) { ++sum; });
  });
  EXPECT_EQ(sum, 64);
  set_thread_count(before);
}

TEST(ThreadCount, IsAtLeastOne) { EXPECT_THROW(set_thread_count(0), Error); }

}  // namespace
}  // namespace gradus
