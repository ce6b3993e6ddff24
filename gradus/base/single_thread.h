#pragma once

#if __has_include(<sys/single_threaded.h>)
#include <sys/single_threaded.h>
#endif

namespace gradus {

/// True while this process has never had a second thread; then an increment need not be atomic,
/// which takes several times as long. False where the C library does not tell (glibc does since
/// 2.32). It becomes false in the thread that starts the second one, before that runs.
inline bool is_single_threaded() noexcept {
#if __has_include(<sys/single_threaded.h>)
  return __libc_single_threaded;
#else
  return false;
#endif
}

}  // namespace gradus
