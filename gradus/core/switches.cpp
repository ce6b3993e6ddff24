#include "gradus/core/switches.h"

#include <cstdlib>
#include <utility>

namespace gradus {
namespace {

thread_local bool deferring = false;

bool environment_says(const char* name, std::string_view wanted) {
  const char* value = std::getenv(name);
  return value && value == wanted;
}

}  // namespace

bool is_eager() {
  static const bool eager = environment_says("GRADUS_EAGER", "1");
  return eager;
}

DeferralScope::DeferralScope() noexcept : before_(std::exchange(deferring, true)) {}
DeferralScope::~DeferralScope() { deferring = before_; }
bool is_deferring() noexcept { return deferring; }

bool is_traced(std::string_view what) { return environment_says("GRADUS_TRACE", what); }

}  // namespace gradus
