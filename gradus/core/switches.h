// Internal: what changes when graphs are evaluated, and what is told of it.
#pragma once

#include <string_view>

namespace gradus {

/// GRADUS_EAGER=1: every node is evaluated when it is made.
bool is_eager();

/// While it lives, nothing on this thread is evaluated before its value is asked for, however much
/// is pending: a model may be made only to be looked at. GRADUS_EAGER=1 evaluates all the same.
class DeferralScope {
 public:
  DeferralScope() noexcept;
  ~DeferralScope();
  DeferralScope(const DeferralScope&) = delete;
  DeferralScope& operator=(const DeferralScope&) = delete;

 private:
  bool before_;
};
bool is_deferring() noexcept;

/// GRADUS_TRACE=`what`: an account of it goes to standard error.
bool is_traced(std::string_view what);

}  // namespace gradus
