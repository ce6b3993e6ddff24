#pragma once

namespace gradus {

/// Has `check` called on this thread before each operation that it computes; what `check` throws
/// ends the computation, and the tensors that were asked for stay unevaluated. nullptr: nothing is
/// called, as at first.
void set_interruption(void (*check)()) noexcept;

/// Calls what set_interruption() named on this thread.
void check_interruption();

}  // namespace gradus
