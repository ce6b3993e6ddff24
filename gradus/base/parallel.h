#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace gradus {

/// Threads that parallel_for may use, counting the caller. At first what OpenMP offers
/// (OMP_NUM_THREADS, else the processors this process may run on).
int thread_count();

/// Sets thread_count() for the calling thread; 1 or more. Throws Error otherwise.
void set_thread_count(int count);

/// True inside the body of a parallel_for that runs on several threads.
bool in_parallel();

namespace internal {
/// What parallel_for hands from its caller to the threads that run its pieces: ops/targets.h keeps
/// here for which instruction set kernels run. 0 on a thread that nobody told otherwise.
extern constinit thread_local std::size_t inherited_choice;

void run_chunks(std::int64_t chunks, void (*body)(void*, std::int64_t), void* state);
}  // namespace internal

/// Calls f(begin, end) over [0, n) in pieces of `grain` (the last may be shorter), on several
/// threads when there is more than one piece. The pieces depend on n and grain alone, never on the
/// number of threads, so that a reduction by pieces gives the same bits everywhere. The first
/// exception thrown by a piece is rethrown here. Nested calls run on the calling thread.
template <class F>
void parallel_for(std::int64_t n, std::int64_t grain, F&& f) {
  if (n <= 0) return;
  if (grain < 1) grain = 1;
  if (n <= grain) {
    f(std::int64_t{0}, n);
    return;
  }
  struct State {
    std::remove_reference_t<F>* f;
    std::int64_t n, grain;
  } state{&f, n, grain};
  internal::run_chunks((n + grain - 1) / grain,
                       [](void* raw, std::int64_t chunk) {
                         auto& s = *static_cast<State*>(raw);
                         const std::int64_t begin = chunk * s.grain;
                         (*s.f)(begin, begin + s.grain < s.n ? begin + s.grain : s.n);
                       },
                       &state);
}

}  // namespace gradus
