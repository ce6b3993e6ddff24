#include "gradus/io/file_bytes.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "gradus/core/array.h"
#include "gradus/memory/allocator.h"

namespace gradus::io {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return number_; }

 private:
  int number_;
};

/// What munmap needs to know.
struct Mapping {
  void* address;
  std::size_t size;
  static void release(void* raw) {
    auto* mapping = static_cast<Mapping*>(raw);
    ::munmap(mapping->address, mapping->size);
    delete mapping;
  }
};

}  // namespace

FileBytes map_file(const char* operation, const std::string& path) {
  // A pipe without a writer must not block.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.get() < 0) throw system_error(operation, path, "cannot open it", errno);
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) {
    throw system_error(operation, path, "cannot examine it", errno);
  }
  if (S_ISDIR(status.st_mode)) {
    throw Error(ErrorCode::io, operation, path + ": it is a directory, not a file");
  }
  if (!S_ISREG(status.st_mode)) {
    throw Error(ErrorCode::io, operation, path + ": it is not a regular file");
  }
  FileBytes result{path, {}, static_cast<std::size_t>(status.st_size)};
  if (result.size == 0) return result;
  void* address = ::mmap(nullptr, result.size, PROT_READ, MAP_PRIVATE, file.get(), 0);
  if (address == MAP_FAILED) throw system_error(operation, path, "cannot map it", errno);
  result.buffer =
      wrap_foreign(address, result.size, &Mapping::release, new Mapping{address, result.size});
  return result;
}

FileBytes copy_bytes(std::string name, std::span<const std::byte> bytes) {
  FileBytes result{std::move(name), {}, bytes.size()};
  if (bytes.empty()) return result;
  result.buffer = allocate(bytes.size());
  std::memcpy(result.buffer.data(), bytes.data(), bytes.size());
  return result;
}

Tensor tensor_over(const FileBytes& file, std::size_t offset, const Shape& shape, DType dtype) {
  const std::size_t item = size_of(dtype);
  const std::size_t bytes = static_cast<std::size_t>(shape.size()) * item;
  const std::size_t place = file.begin + offset;  // in the buffer, which is aligned
  if (bytes == 0 || place % item != 0) {
    return Tensor::from_bytes(file.bytes().subspan(offset, bytes), shape, dtype);
  }
  return Tensor::from_array({.shape = shape,
                             .dtype = dtype,
                             .strides = row_major(shape),
                             .buffer = file.buffer,
                             .offset = static_cast<std::int64_t>(place / item)});
}

void check_booleans(const char* operation, const FileBytes& file, std::size_t offset,
                    std::size_t count) {
  const auto bytes = file.bytes().subspan(offset, count);
  const auto wrong = std::find_if(bytes.begin(), bytes.end(),
                                  [](std::byte b) { return std::to_integer<int>(b) > 1; });
  if (wrong == bytes.end()) return;
  throw format_error(operation, file.name,
                     fmt::format("byte {}: {} is not a boolean",
                                 offset + static_cast<std::size_t>(wrong - bytes.begin()),
                                 std::to_integer<int>(*wrong)));
}

Error format_error(const char* operation, const std::string& name, const std::string& what) {
  return {ErrorCode::format, operation, name + ": " + what};
}

Error system_error(const char* operation, const std::string& path, const std::string& attempt,
                   int number) {
  ErrorCode code = ErrorCode::io;
  if (number == ENOENT || number == ENOTDIR) code = ErrorCode::not_found;
  if (number == ENOSPC || number == EDQUOT || number == EFBIG) code = ErrorCode::disk_full;
  return {code, operation, fmt::format("{}: {}: {}", path, attempt, std::strerror(number))};
}

}  // namespace gradus::io
