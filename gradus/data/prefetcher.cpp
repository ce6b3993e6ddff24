#include "gradus/data/prefetcher.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "gradus/base/error.h"
#include "gradus/base/parallel.h"

namespace gradus::data {

Prefetcher::Prefetcher(Function<Batch(std::int64_t)> make, std::int64_t first, std::int64_t last,
                       int threads, int prefetch)
    : make_(std::move(make)),
      slots_(static_cast<std::size_t>(threads) + static_cast<std::size_t>(prefetch)),
      unclaimed_(first),
      next_(first),
      last_(last) {
  const auto wanted = std::min<std::int64_t>(threads, last - first);
  try {
    for (std::int64_t i = 0; i < wanted; ++i) threads_.emplace_back([this] { work(); });
  } catch (const std::system_error& error) {
    stop();
    throw Error(ErrorCode::out_of_memory, "data_loader",
                std::string("cannot start a thread: ") + error.what());
  }
}

Prefetcher::~Prefetcher() { stop(); }

void Prefetcher::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  room_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void Prefetcher::work() {
  set_thread_count(1);  // the threads are the parallelism; the rest of the machine computes
  std::unique_lock lock(mutex_);
  for (;;) {
    room_.wait(lock, [&] {
      const bool claimable =
          unclaimed_ < last_ && unclaimed_ < next_ + static_cast<std::int64_t>(slots_.size());
      return stopping_ || claimable || unclaimed_ >= last_;
    });
    if (stopping_ || unclaimed_ >= last_) return;
    const std::int64_t number = unclaimed_++;
    lock.unlock();
    Slot made{.ready = true, .batch = {}, .failure = nullptr};
    try {
      made.batch = make_(number);
    } catch (...) {
      made.failure = std::current_exception();
    }
    lock.lock();
    slot_of(number) = std::move(made);
    if (number == next_) ready_.notify_one();
  }
}

std::optional<Batch> Prefetcher::next() {
  std::unique_lock lock(mutex_);
  if (next_ >= last_) return std::nullopt;
  Slot& slot = slot_of(next_);
  ready_.wait(lock, [&] { return slot.ready; });
  Slot taken = std::exchange(slot, Slot{});
  ++next_;
  if (taken.failure) {
    last_ = next_ = 0;
    unclaimed_ = 0;
    lock.unlock();
    stop();
    std::rethrow_exception(taken.failure);
  }
  lock.unlock();
  room_.notify_one();
  return std::move(taken.batch);
}

}  // namespace gradus::data
