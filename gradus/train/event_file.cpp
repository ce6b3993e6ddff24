#include "gradus/train/event_file.h"

#include <array>
#include <bit>
#include <chrono>

#include <fmt/format.h>
#include <unistd.h>

namespace gradus::train {
namespace {

constexpr std::array<std::uint32_t, 256> kCrcTable = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t remainder = i;
    for (int bit = 0; bit < 8; ++bit) {
      remainder = remainder & 1 ? remainder >> 1 ^ 0x82F63B78u : remainder >> 1;
    }
    table[i] = remainder;
  }
  return table;
}();

template <class T>
void append_little_endian(std::string& out, T value) {
  for (std::size_t i = 0; i < sizeof(T); ++i) out += static_cast<char>(value >> 8 * i & 0xff);
}

std::uint32_t masked_crc(std::string_view bytes) {
  const std::uint32_t crc = crc32c(bytes);
  return (crc >> 15 | crc << 17) + 0xa282ead8u;
}

/// Fields of a protocol-buffer message, in its wire format: a tag (number and kind), then the
/// value. https://protobuf.dev/programming-guides/encoding
class Message {
 public:
  Message& integer(int field, std::int64_t value) {
    varint(tag(field, 0));
    varint(static_cast<std::uint64_t>(value));
    return *this;
  }
  Message& real64(int field, double value) {
    varint(tag(field, 1));
    append_little_endian(bytes_, std::bit_cast<std::uint64_t>(value));
    return *this;
  }
  Message& real32(int field, float value) {
    varint(tag(field, 5));
    append_little_endian(bytes_, std::bit_cast<std::uint32_t>(value));
    return *this;
  }
  /// A string or a message.
  Message& text(int field, std::string_view value) {
    varint(tag(field, 2));
    varint(value.size());
    bytes_ += value;
    return *this;
  }
  const std::string& bytes() const { return bytes_; }

 private:
  static std::uint64_t tag(int field, int kind) {
    return static_cast<std::uint64_t>(field) << 3 | static_cast<std::uint64_t>(kind);
  }
  void varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes_ += static_cast<char>((value & 0x7f) | 0x80);
    bytes_ += static_cast<char>(value);
  }

  std::string bytes_;
};

double wall_time() {
  using Seconds = std::chrono::duration<double>;
  return Seconds(std::chrono::system_clock::now().time_since_epoch()).count();
}

// Field numbers of tensorflow/core/util/event.proto and framework/summary.proto.
Message event(std::int64_t step) {
  return Message().real64(1 /* wall_time */, wall_time()).integer(2 /* step */, step);
}

std::string version_event() { return event(0).text(3 /* file_version */, "brain.Event:2").bytes(); }

std::string start_event(std::int64_t step) {
  const Message start = Message().integer(1 /* status */, 1 /* START */);
  return event(step).text(7 /* session_log */, start.bytes()).bytes();
}

std::string scalar_event(std::string_view name, float value, std::int64_t step) {
  const Message entry = Message().text(1 /* tag */, name).real32(2 /* simple_value */, value);
  const Message summary = Message().text(1 /* value */, entry.bytes());
  return event(step).text(5 /* summary */, summary.bytes()).bytes();
}

io::LogFile new_file(const std::string& folder) {
  const auto seconds = static_cast<std::int64_t>(wall_time());
  const std::string name = fmt::format("events.out.tfevents.{:010}.{}", seconds, getpid());
  for (int attempt = 0;; ++attempt) {
    std::string path = folder + '/' + name + (attempt ? fmt::format(".{}", attempt) : "");
    if (auto file = io::LogFile::create("event_file", path)) return std::move(*file);
  }
}

}  // namespace

std::uint32_t crc32c(std::string_view bytes) {
  std::uint32_t crc = 0xffffffffu;
  for (const char c : bytes) {
    crc = crc >> 8 ^ kCrcTable[(crc ^ static_cast<unsigned char>(c)) & 0xff];
  }
  return ~crc;
}

std::string tf_record(std::string_view data) {
  std::string record;
  append_little_endian(record, std::uint64_t{data.size()});
  append_little_endian(record, masked_crc(record));
  record += data;
  append_little_endian(record, masked_crc(data));
  return record;
}

EventFile::EventFile(const std::string& folder, std::int64_t resumed_step)
    : file_(new_file(folder)) {
  write(version_event());
  if (resumed_step > 0) write(start_event(resumed_step));
  flush();
}

void EventFile::add_scalar(std::string_view tag, float value, std::int64_t step) {
  write(scalar_event(tag, value, step));
}

void EventFile::write(std::string_view event) { file_.write(tf_record(event)); }

}  // namespace gradus::train
