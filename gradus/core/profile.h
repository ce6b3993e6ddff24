#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "gradus/base/pointer.h"
#include "gradus/core/phase.h"

namespace gradus {

/// What all calls of an operation cost that one kernel ran in one part of a training step.
struct ProfiledOperation {
  std::string name;    ///< "linear"; fused operations by their parts: "fused(multiply add; sum)"
  std::string kernel;  ///< "onednn"
  Phase phase = Phase::forward;
  std::int64_t calls = 0;
  double seconds = 0;              ///< without operations that ran within it
  std::int64_t bytes = 0;          ///< of what was read and written, each array once
  std::int64_t multiply_adds = 0;  ///< of products, convolutions and recurrences; else 0
};

/// One call.
struct ProfiledCall {
  std::size_t operation = 0;  ///< its place in Profile::operations
  double start = 0;           ///< seconds since the profile began
  double seconds = 0;         ///< with operations that ran within it
  std::int64_t bytes = 0;
  std::int64_t multiply_adds = 0;
};

/// What was collected.
struct Profile {
  double seconds = 0;                              ///< from the beginning to the end, or to now
  int threads = 1;                                 ///< that kernels could use when it began
  std::vector<ProfiledOperation> operations = {};  ///< the most time first
  std::vector<ProfiledCall> calls = {};            ///< in the order in which they ended
  std::int64_t calls_left_out = 0;                 ///< that came after the list was full
};

class ProfileCollector;

struct ProfileOptions {
  /// The most calls that are kept one by one, of 40 bytes each; the sums hold all of them.
  std::size_t kept_calls = std::size_t{1} << 20;
};

/// While it lives, or until stop(), collects what the operations that are evaluated on this thread
/// cost: in plain and in compiled functions. Scopes may be nested; each collects.
///
///     ProfileScope scope;
///     train::fit(model, loss, optimizer, loaders);
///     std::fputs(report::profile_table(scope.profile(), machine_peak()).c_str(), stderr);
class ProfileScope {
 public:
  explicit ProfileScope(const ProfileOptions& options = {});
  ~ProfileScope();
  ProfileScope(const ProfileScope&) = delete;
  ProfileScope& operator=(const ProfileScope&) = delete;

  /// Ends the collecting; the second time does nothing. Throws Error on another thread than that
  /// which made the scope.
  void stop();
  /// What was collected so far.
  Profile profile() const;

 private:
  Shared<ProfileCollector> collector_;
};

}  // namespace gradus
