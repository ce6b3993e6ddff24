#pragma once

#include <mutex>
#include <optional>
#include <utility>

#include <nanobind/nanobind.h>

#include "gradus/core/tensor.h"

namespace gradus::python {

namespace nb = nanobind;

/// While it lives, this thread computes: other Python threads run, one computation goes at a time
/// (a graph that is not evaluated may be reached from several Python threads), and Ctrl-C ends it.
class Computation {
 public:
  Computation();
  ~Computation();
  Computation(const Computation&) = delete;
  Computation& operator=(const Computation&) = delete;

 private:
  nb::gil_scoped_release released_;
  std::unique_lock<std::recursive_mutex> alone_;
};

/// Calls f as a Computation.
template <class F>
decltype(auto) compute(F&& f) {
  const Computation running;
  return std::forward<F>(f)();
}

/// Evaluates, if there is anything to do.
inline const Tensor& evaluated(const Tensor& tensor) {
  if (!tensor.is_evaluated()) compute([&] { tensor.eval(); });
  return tensor;
}

/// Has Ctrl-C end what this thread computes without asking, too: much that is pending.
void let_signals_interrupt();

/// While it lives, what the handler of a signal raises on this thread (KeyboardInterrupt) waits
/// until training asks, so that it can end after the step under way and save where it stands. What
/// is raised meanwhile by a second signal does not wait.
class PatientInterruption {
 public:
  PatientInterruption();
  ~PatientInterruption();
  PatientInterruption(const PatientInterruption&) = delete;
  PatientInterruption& operator=(const PatientInterruption&) = delete;

  /// Looks for signals; true if something was raised.
  bool asked() const;
  /// Throws what was raised, if anything was.
  void rethrow();

 private:
  std::optional<nb::python_error> raised_;
};

/// Runs the handlers of signals that have arrived; throws what they raise (KeyboardInterrupt).
/// Needs the interpreter lock.
void handle_signals();

/// As handle_signals(), for a thread without the lock: takes it, at most twenty times a second.
void handle_signals_now_and_then();

}  // namespace gradus::python
