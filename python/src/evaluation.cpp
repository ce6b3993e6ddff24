#include "evaluation.h"

#include <chrono>

#include "gradus/core/interruption.h"

namespace gradus::python {
namespace {

std::recursive_mutex& computing() {
  static std::recursive_mutex mutex;
  return mutex;
}

}  // namespace

Computation::Computation() : alone_(computing()) { let_signals_interrupt(); }

Computation::~Computation() = default;

void let_signals_interrupt() { set_interruption(handle_signals_now_and_then); }

void handle_signals() {
  if (PyErr_CheckSignals() != 0) throw nb::python_error();
}

void handle_signals_now_and_then() {
  using Clock = std::chrono::steady_clock;
  thread_local Clock::time_point next{};
  const Clock::time_point now = Clock::now();
  if (now < next) return;
  next = now + std::chrono::milliseconds(50);
  const nb::gil_scoped_acquire locked;
  handle_signals();
}

}  // namespace gradus::python
