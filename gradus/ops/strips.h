// Internal: pieces of work on large matrices, and memory for it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "gradus/base/parallel.h"
#include "gradus/memory/allocator.h"
#include "gradus/ops/lapack.h"

namespace gradus {

/// Memory from the cache of buffers, its contents undefined.
template <class T>
class Space {
 public:
  explicit Space(std::int64_t count)
      : buffer_(allocate(static_cast<std::size_t>(count) * sizeof(T))) {}
  T* data() const { return reinterpret_cast<T*>(buffer_.data()); }

 private:
  Buffer buffer_;
};

/// Calls f(first, count) for strips of n, on several threads where there are several; BLAS inside
/// has one.
template <class F>
void over_strips(std::int64_t n, std::int64_t strip, F f) {
  parallel_for((n + strip - 1) / strip, 1, [&](std::int64_t begin, std::int64_t end) {
    const OneThread guard;
    for (std::int64_t i = begin; i < end; ++i) f(i * strip, std::min(strip, n - i * strip));
  });
}

}  // namespace gradus
