// Internal: the threads of DataLoader.
#pragma once

#include <condition_variable>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "gradus/base/function.h"
#include "gradus/data/loader.h"

namespace gradus::data {

/// Makes batches ahead of time on threads of its own and hands them out in order. The destructor
/// waits only for the batches under way.
class Prefetcher final : public BatchStream {
 public:
  /// Batches first ... last - 1 of `make`, on `threads` threads, with room for `prefetch` that lie
  /// ready.
  Prefetcher(Function<Batch(std::int64_t)> make, std::int64_t first, std::int64_t last, int threads,
             int prefetch);
  ~Prefetcher() override;
  Prefetcher(const Prefetcher&) = delete;
  Prefetcher& operator=(const Prefetcher&) = delete;

  std::optional<Batch> next() override;

 private:
  struct Slot {
    bool ready = false;
    Batch batch;
    std::exception_ptr failure;
  };
  void work();
  void stop();
  Slot& slot_of(std::int64_t number) {
    return slots_[static_cast<std::size_t>(number) % slots_.size()];
  }

  const Function<Batch(std::int64_t)> make_;
  std::mutex mutex_;
  std::condition_variable ready_, room_;
  std::vector<Slot> slots_;  // of batches next_ ... next_ + slots_.size() - 1
  std::int64_t unclaimed_;   // the next that a thread will make
  std::int64_t next_;        // the next that will be handed out
  std::int64_t last_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace gradus::data
