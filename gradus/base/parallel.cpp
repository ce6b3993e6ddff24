#include "gradus/base/parallel.h"

#include <omp.h>

#include <atomic>
#include <exception>
#include <string>

#include "gradus/base/error.h"

namespace gradus {

int thread_count() { return omp_get_max_threads(); }

void set_thread_count(int count) {
  if (count < 1) {
    throw Error(ErrorCode::invalid_argument, "set_thread_count",
                "the number of threads must be 1 or more, not " + std::to_string(count));
  }
  omp_set_num_threads(count);
}

bool in_parallel() { return omp_in_parallel() != 0; }

namespace internal {

constinit thread_local std::size_t inherited_choice = 0;

void run_chunks(std::int64_t chunks, void (*body)(void*, std::int64_t), void* state) {
  if (thread_count() == 1 || in_parallel()) {
    for (std::int64_t chunk = 0; chunk < chunks; ++chunk) body(state, chunk);
    return;
  }
  std::exception_ptr failure;
  std::atomic<bool> failed = false;
  const std::size_t choice = inherited_choice;
#pragma omp parallel for schedule(dynamic, 1)
  for (std::int64_t chunk = 0; chunk < chunks; ++chunk) {
    if (failed.load(std::memory_order_relaxed)) continue;
    inherited_choice = choice;
    try {
      body(state, chunk);
    } catch (...) {
      if (!failed.exchange(true)) failure = std::current_exception();
    }
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace internal
}  // namespace gradus
