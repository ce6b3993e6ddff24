#include "gradus/core/interruption.h"

namespace gradus {
namespace {

thread_local void (*current_check)() = nullptr;

}  // namespace

void set_interruption(void (*check)()) noexcept { current_check = check; }

void check_interruption() {
  if (current_check) current_check();
}

}  // namespace gradus
