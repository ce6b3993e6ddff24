#include "evaluation.h"

#include <chrono>

#include "gradus/core/interruption.h"

namespace gradus::python {
namespace {

std::recursive_mutex& computing() {
  static std::recursive_mutex mutex;
  return mutex;
}

/// Where what is raised on this thread waits; nullptr: it is thrown at once.
thread_local std::optional<nb::python_error>* waiting = nullptr;

void look_for_signals() {
  try {
    handle_signals_now_and_then();
  } catch (nb::python_error& error) {
    if (!waiting || waiting->has_value()) throw;
    waiting->emplace(std::move(error));
  }
}

}  // namespace

Computation::Computation() : alone_(computing()) { let_signals_interrupt(); }

Computation::~Computation() = default;

void let_signals_interrupt() { set_interruption(look_for_signals); }

PatientInterruption::PatientInterruption() { waiting = &raised_; }

PatientInterruption::~PatientInterruption() { waiting = nullptr; }

bool PatientInterruption::asked() const {
  look_for_signals();
  return raised_.has_value();
}

void PatientInterruption::rethrow() {
  if (!raised_) return;
  nb::python_error error = std::move(*raised_);
  raised_.reset();
  throw error;
}

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
