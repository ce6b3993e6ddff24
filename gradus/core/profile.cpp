#include "gradus/core/profile.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/base/parallel.h"
#include "gradus/core/kernel_call.h"

namespace gradus {
namespace {

using ProfileClock = std::chrono::steady_clock;

double in_seconds(ProfileClock::duration time) {
  return std::chrono::duration<double>(time).count();
}

/// A finished call of a kernel.
struct FinishedCall {
  std::string name;
  const Kernel* kernel;
  Phase phase;
  ProfileClock::time_point start, end;
  ProfileClock::duration within;  // of the calls that ran within it
  std::int64_t bytes, multiply_adds;
};

/// Bytes that an array takes in memory: an axis of stride 0 is there once.
std::int64_t stored_bytes(const Array& array) {
  auto bytes = static_cast<std::int64_t>(size_of(array.dtype));
  for (int axis = 0; axis < array.shape.rank(); ++axis) {
    const bool repeats =
        !array.strides.empty() && array.strides[static_cast<std::size_t>(axis)] == 0;
    bytes *= repeats && array.shape[axis] > 0 ? 1 : array.shape[axis];
  }
  return bytes;
}

std::int64_t moved_bytes(const KernelContext& context) {
  if (context.moves_nothing()) return 0;
  std::int64_t bytes = 0;
  for (std::size_t i = 0; i < context.input_count(); ++i) bytes += stored_bytes(context.input(i));
  for (std::size_t i = 0; i < context.output_count(); ++i) bytes += stored_bytes(context.output(i));
  return bytes;
}

std::string full_name(const KernelContext& context) {
  const OpDef& op = context.op();
  return op.parts ? fmt::format("{}({})", op.name, op.parts(context.attributes())) : op.name;
}

}  // namespace

/// Adds calls up.
class ProfileCollector {
 public:
  explicit ProfileCollector(const ProfileOptions& options) : options_(options) {}

  void add(const FinishedCall& call) {
    const std::size_t place = place_of(call);
    ProfiledOperation& operation = profile_.operations[place];
    ++operation.calls;
    operation.seconds += in_seconds(call.end - call.start - call.within);
    operation.bytes += call.bytes;
    operation.multiply_adds += call.multiply_adds;
    if (profile_.calls.size() >= options_.kept_calls) {
      ++profile_.calls_left_out;
      return;
    }
    profile_.calls.push_back({place, in_seconds(call.start - start_),
                              in_seconds(call.end - call.start), call.bytes, call.multiply_adds});
  }

  Profile profile() const {
    Profile sorted = profile_;
    sorted.seconds = in_seconds((has_ended() ? end_ : ProfileClock::now()) - start_);
    std::vector<std::size_t> order(sorted.operations.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return profile_.operations[a].seconds > profile_.operations[b].seconds;
    });
    std::vector<std::size_t> rank(order.size());
    for (std::size_t i = 0; i < order.size(); ++i) {
      sorted.operations[i] = profile_.operations[order[i]];
      rank[order[i]] = i;
    }
    for (ProfiledCall& call : sorted.calls) call.operation = rank[call.operation];
    return sorted;
  }

  bool is_of_this_thread() const { return thread_ == std::this_thread::get_id(); }
  bool has_ended() const { return ended_.load(std::memory_order_acquire); }
  void end() {
    end_ = ProfileClock::now();
    ended_.store(true, std::memory_order_release);
  }

 private:
  std::size_t place_of(const FinishedCall& call) {
    std::string key = fmt::format("{} {} {}", call.name, call.kernel->name, name_of(call.phase));
    const auto [place, is_new] = places_.emplace(std::move(key), profile_.operations.size());
    if (is_new) {
      profile_.operations.push_back(
          {.name = call.name, .kernel = call.kernel->name, .phase = call.phase});
    }
    return place->second;
  }

  ProfileOptions options_;
  std::thread::id thread_ = std::this_thread::get_id();
  ProfileClock::time_point start_ = ProfileClock::now(), end_ = start_;
  std::atomic<bool> ended_ = false;
  std::unordered_map<std::string, std::size_t> places_;  // of operations
  Profile profile_ = {.threads = thread_count()};
};

namespace {

/// Those that collect on this thread, and what ran within the calls that are under way.
struct ThreadProfiles {
  std::vector<Shared<ProfileCollector>> collectors;
  std::vector<ProfileClock::duration> within;

  /// Lets go of those that have ended.
  void clean() {
    std::erase_if(collectors, [](const auto& collector) { return collector->has_ended(); });
    internal::is_profiled = !collectors.empty();
  }
};

ThreadProfiles& thread_profiles() {
  thread_local ThreadProfiles profiles;
  return profiles;
}

/// The place of a call among those that are under way, also if it throws.
class CallUnderWay {
 public:
  explicit CallUnderWay(ThreadProfiles& profiles) : within_(profiles.within) {
    within_.push_back({});
  }
  ~CallUnderWay() {
    within_.pop_back();
    if (!within_.empty()) within_.back() += ProfileClock::now() - start_;
  }
  CallUnderWay(const CallUnderWay&) = delete;
  CallUnderWay& operator=(const CallUnderWay&) = delete;

  ProfileClock::time_point start() const { return start_; }
  ProfileClock::duration within() const { return within_.back(); }

 private:
  std::vector<ProfileClock::duration>& within_;
  ProfileClock::time_point start_ = ProfileClock::now();
};

}  // namespace

constinit thread_local bool internal::is_profiled = false;

void internal::call_profiled(const Kernel& kernel, const KernelContext& context, Phase phase) {
  ThreadProfiles& profiles = thread_profiles();
  const CallUnderWay call(profiles);
  kernel.run(context);
  const auto end = ProfileClock::now();
  profiles.clean();
  const OpDef& op = context.op();
  const FinishedCall finished{.name = full_name(context),
                              .kernel = &kernel,
                              .phase = phase,
                              .start = call.start(),
                              .end = end,
                              .within = call.within(),
                              .bytes = moved_bytes(context),
                              .multiply_adds = op.multiply_adds ? op.multiply_adds(context) : 0};
  for (const auto& collector : profiles.collectors) collector->add(finished);
}

ProfileScope::ProfileScope(const ProfileOptions& options)
    : collector_(share<ProfileCollector>(options)) {
  thread_profiles().collectors.push_back(collector_);
  internal::is_profiled = true;
}

// Another thread's list lets go of an ended collector when it meets it.
ProfileScope::~ProfileScope() {
  if (!collector_->has_ended()) collector_->end();
  if (collector_->is_of_this_thread()) thread_profiles().clean();
}

void ProfileScope::stop() {
  if (collector_->has_ended()) return;
  if (!collector_->is_of_this_thread()) {
    throw Error(ErrorCode::invalid_argument, "profile",
                "collects on the thread that began it, and is ended there");
  }
  collector_->end();
  thread_profiles().clean();
}

Profile ProfileScope::profile() const { return collector_->profile(); }

}  // namespace gradus
