// Internal: writing results that are too large for the caches.
#pragma once

#include <cstddef>
#include <cstdint>

namespace gradus {

/// Results of so many bytes leave the caches before anybody reads them. Written past the caches,
/// their lines need not be fetched first: three passages through memory instead of four for a sum.
inline constexpr std::int64_t kStreamedBytes = std::int64_t{32} << 20;

/// As memcpy, past the caches. Others see it after finish_streaming().
void stream_copy(void* target, const void* source, std::size_t bytes);
/// Waits until what this thread streamed is in memory.
void finish_streaming();

}  // namespace gradus
