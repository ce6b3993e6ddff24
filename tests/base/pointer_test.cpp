#include "gradus/base/pointer.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace gradus {
namespace {

/// Counts how many of its kind live.
struct Counted {
  explicit Counted(int& count) : alive(count) { ++alive; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
  virtual ~Counted() { --alive; }
  int& alive;
};

struct Derived final : Counted {
  Derived(int& count, int& derived_count) : Counted(count), derived(derived_count) { ++derived; }
  ~Derived() override { --derived; }
  int& derived;
};

TEST(Owned, DestroysItsObjectOnceWhereverItMoved) {
  int alive = 0, derived = 0;
  {
    Owned<Derived> made = make_owned<Derived>(alive, derived);
    Owned<Counted> base = std::move(made);
    EXPECT_FALSE(made);
    EXPECT_TRUE(base);
    Owned<Counted> other = make_owned<Derived>(alive, derived);
    EXPECT_EQ(alive, 2);
    other = std::move(base);
    EXPECT_EQ(alive, 1);
    EXPECT_EQ(derived, 1);
    other = nullptr;
    EXPECT_EQ(alive, 0);
  }
  EXPECT_EQ(alive, 0);
  EXPECT_EQ(derived, 0);
}

TEST(Owned, GivesItsObjectUp) {
  int alive = 0;
  Owned<Counted> owned = make_owned<Counted>(alive);
  Counted* object = owned.release();
  EXPECT_EQ(owned, nullptr);
  EXPECT_EQ(alive, 1);
  delete object;
}

TEST(Shared, LivesAsLongAsItsLastOwner) {
  int alive = 0, derived = 0;
  Shared<const Counted> last;
  {
    const Shared<Derived> first = share<Derived>(alive, derived);
    Shared<const Counted> second = first;
    last = second;
    EXPECT_EQ(second, last);
    second = nullptr;
    EXPECT_EQ(alive, 1);
  }
  EXPECT_EQ(alive, 1);
  last = Shared<const Counted>();
  EXPECT_EQ(alive, 0);
  EXPECT_EQ(derived, 0);
}

TEST(Shared, AssigningToItselfKeepsTheObject) {
  int alive = 0;
  Shared<Counted> shared = share<Counted>(alive);
  const Shared<Counted>& same = shared;
  shared = same;
  EXPECT_EQ(alive, 1);
  EXPECT_TRUE(shared);
}

TEST(Shared, IsOwnedBySeveralThreads) {
  int alive = 0;
  Shared<Counted> shared = share<Counted>(alive);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([shared] {
      for (int round = 0; round < 10'000; ++round) const Shared<Counted> copy = shared;
    });
  }
  for (std::thread& thread : threads) thread.join();
  threads.clear();
  EXPECT_EQ(alive, 1);
  shared = nullptr;
  EXPECT_EQ(alive, 0);
}

}  // namespace
}  // namespace gradus
