#include "gradus/io/r_value.h"

#include <fmt/format.h>

#include <bit>
#include <cmath>
#include <limits>

#include "gradus/io/inflate.h"
#include "gradus/io/read_text.h"
#include "gradus/io/utf8.h"
#include "gradus/io/xz.h"

namespace gradus::io {
namespace {

/// Types of values by their numbers in the first byte of the flags.
enum RType : std::uint32_t {
  kSymbol = 1,
  kPairs = 2,
  kCharacters = 9,
  kLogical = 10,
  kInteger = 13,
  kReal = 14,
  kTexts = 16,
  kList = 19,
  kRaw = 24,
  kNull = 254,
  kReference = 255,
};

const char* name_of_type(std::uint32_t type) {
  switch (type) {
    case 3:
      return "a function";
    case 4:
    case 242:
    case 253:
      return "an environment";
    case 6:
      return "a call";
    case 15:
      return "complex numbers";
    case 20:
      return "an expression";
    case 25:
      return "an object of class S4";
    case 238:
      return "a vector in a compact form (ALTREP)";
    default:
      return "a value";
  }
}

struct Flags {
  std::uint32_t type, levels, reference;
  bool has_attributes, has_tag;
};

/// Walks over the bytes of a file. Nothing is allocated that the bytes left do not pay for.
class RReader {
 public:
  RReader(const char* operation, const FileBytes& file, std::string_view text)
      : operation_(operation), file_(file), text_(text) {}

  std::vector<RAttribute> objects() {
    read_header();
    std::vector<RAttribute> found = pairs(position_, flags(), 0);
    if (position_ < text_.size()) {
      throw fault(position_, fmt::format("{} bytes follow the objects", text_.size() - position_));
    }
    return found;
  }

 private:
  Error fault(std::uint64_t place, const std::string& what,
              ErrorCode code = ErrorCode::format) const {
    return r_fault(operation_, file_, place, what, code);
  }

  std::string_view take(std::uint64_t count) {
    if (count > text_.size() - position_) {
      throw fault(position_, fmt::format("{} bytes are wanted here, and {} are left", count,
                                         text_.size() - position_));
    }
    const std::string_view taken = text_.substr(position_, count);
    position_ += count;
    return taken;
  }

  std::uint64_t big_endian(std::size_t bytes) {
    std::uint64_t value = 0;
    for (const char byte : take(bytes)) value = value << 8 | static_cast<unsigned char>(byte);
    return value;
  }
  std::int32_t integer() { return static_cast<std::int32_t>(big_endian(4)); }

  Flags flags() {
    const auto word = static_cast<std::uint32_t>(big_endian(4));
    return {.type = word & 0xff,
            .levels = word >> 12,
            .reference = word >> 8,
            .has_attributes = (word & 0x200) != 0,
            .has_tag = (word & 0x400) != 0};
  }

  void read_header() {
    const std::string_view magic = text_.substr(0, 5);
    const bool known = magic == "RDX2\n" || magic == "RDX3\n";
    if (!known && (magic.starts_with("RDA") || magic.starts_with("RDB"))) {
      throw fault(0,
                  "it is written as text or in the order of one machine; save(ascii = FALSE) "
                  "writes what can be read here",
                  ErrorCode::unsupported);
    }
    if (!known) throw fault(0, "it does not begin like a file of R's save()");
    position_ = magic.size();
    if (take(2) != "X\n") throw fault(5, "its values are not in big-endian (XDR) form");
    const std::int32_t version = integer();
    if (version != magic[3] - '0') {
      throw fault(7, fmt::format("version {} in a file of version {}", version, magic[3]));
    }
    take(8);  // the version of R that wrote it, and the first that can read it
    if (version == 3) take(length(1));  // the name of the writer's encoding
  }

  /// The number of elements, of at least `bytes` bytes each.
  std::uint64_t length(std::uint64_t bytes) {
    const std::uint64_t place = position_;
    std::int64_t count = integer();
    if (count == -1) count = static_cast<std::int64_t>(big_endian(8));  // 2^31 elements or more
    if (count < 0 || static_cast<std::uint64_t>(count) > (text_.size() - position_) / bytes) {
      throw fault(place, fmt::format("a length of {}, and {} bytes are left", count,
                                     text_.size() - position_));
    }
    return static_cast<std::uint64_t>(count);
  }

  std::optional<std::string> characters(std::uint64_t place, const Flags& flags) {
    constexpr std::uint32_t kLatin1 = 1 << 2;
    if (flags.type != kCharacters) throw fault(place, "text is wanted here");
    const std::int32_t size = integer();
    if (size == -1) return std::nullopt;
    if (size < 0) throw fault(place, fmt::format("a text of {} bytes", size));
    const std::string_view bytes = take(static_cast<std::uint64_t>(size));
    if (!(flags.levels & kLatin1)) {
      if (const auto wrong = find_invalid_utf8(bytes)) {
        throw fault(place + 8 + *wrong, "text that is not UTF-8", ErrorCode::unsupported);
      }
      return std::string(bytes);
    }
    std::string text;
    for (const char byte : bytes) {
      const auto code = static_cast<unsigned char>(byte);
      if (code < 0x80) {
        text += byte;
      } else {
        text += static_cast<char>(0xc0 | code >> 6);
        text += static_cast<char>(0x80 | (code & 0x3f));
      }
    }
    return text;
  }

  /// A name: a symbol, spelled out where it occurs first and a number from then on.
  std::string symbol(std::uint64_t place, const Flags& flags) {
    if (flags.type == kReference) {
      const std::uint32_t number =
          flags.reference ? flags.reference : static_cast<std::uint32_t>(big_endian(4));
      if (number < 1 || number > symbols_.size()) {
        throw fault(place,
                    fmt::format("name number {}, and {} are known", number, symbols_.size()));
      }
      return symbols_[number - 1];
    }
    if (flags.type != kSymbol) throw fault(place, "a name is wanted here");
    const std::uint64_t begin = position_;
    auto name = characters(begin, this->flags());
    symbols_.push_back(name ? *std::move(name) : "NA");
    return symbols_.back();
  }

  /// Named values, each followed by the next; `first` are the flags of the first.
  std::vector<RAttribute> pairs(std::uint64_t place, Flags first, int depth) {
    std::vector<RAttribute> all;
    for (Flags now = first; now.type != kNull; now = flags()) {
      if (now.type != kPairs || !now.has_tag) throw fault(place, "a named value is wanted here");
      if (now.has_attributes) value(depth + 1);
      const std::uint64_t begin = position_;
      std::string name = symbol(begin, flags());
      all.push_back({std::move(name), value(depth + 1)});
      place = position_;
    }
    return all;
  }

  RValue value(int depth) {
    constexpr int kDeepest = 64;  // a data frame has four levels
    RValue result;
    result.place = position_;
    if (depth > kDeepest) {
      throw fault(position_, fmt::format("values within values, more than {} deep", kDeepest),
                  ErrorCode::unsupported);
    }
    const Flags now = flags();
    switch (now.type) {
      case kNull:
        return result;
      case kPairs:
        result.kind = RValue::Kind::items;
        result.attributes = pairs(result.place, now, depth);
        return result;
      case kLogical:
      case kInteger:
        read_numbers(result, 4, [&] {
          const std::int32_t stored = integer();
          return stored == std::numeric_limits<std::int32_t>::min() ? std::nan("") : stored;
        });
        break;
      case kReal:
        read_numbers(result, 8, [&] { return std::bit_cast<double>(big_endian(8)); });
        break;
      case kRaw:
        read_numbers(result, 1, [&] { return static_cast<double>(big_endian(1)); });
        break;
      case kTexts:
        result.kind = RValue::Kind::texts;
        for (auto left = length(8); left > 0; --left) {
          const std::uint64_t begin = position_;
          result.texts.push_back(characters(begin, flags()));
        }
        break;
      case kList:
        result.kind = RValue::Kind::items;
        for (auto left = length(4); left > 0; --left) result.items.push_back(value(depth + 1));
        break;
      default:
        throw fault(
            result.place,
            fmt::format("{} (type {}), where data are wanted", name_of_type(now.type), now.type),
            ErrorCode::unsupported);
    }
    if (now.has_attributes) {
      const std::uint64_t begin = position_;
      result.attributes = pairs(begin, flags(), depth);
    }
    return result;
  }

  template <class Next>
  void read_numbers(RValue& result, std::uint64_t bytes, Next&& next) {
    result.kind = RValue::Kind::numbers;
    result.numbers.resize(length(bytes));
    for (double& number : result.numbers) number = next();
  }

  const char* operation_;
  const FileBytes& file_;
  std::string_view text_;
  std::size_t position_ = 0;
  std::vector<std::string> symbols_;
};

}  // namespace

const RValue* RValue::attribute(std::string_view name) const {
  for (const RAttribute& attribute : attributes) {
    if (attribute.name == name) return &attribute.value;
  }
  return nullptr;
}

Error r_fault(const char* operation, const FileBytes& file, std::uint64_t place,
              const std::string& what, ErrorCode code) {
  const bool compressed = is_gzip(file.bytes()) || is_xz(file.bytes());
  return Error(code, operation,
               fmt::format("{}: byte {}{}: {}", file.name, place,
                           compressed ? " (decompressed)" : "", what));
}

std::vector<RAttribute> parse_r_objects(const char* operation, const FileBytes& file) {
  constexpr std::uint64_t kLimit = std::uint64_t{256} << 20;
  if (file.size >= 3 &&
      std::string_view(reinterpret_cast<const char*>(file.bytes().data()), 3) == "BZh") {
    throw Error(ErrorCode::unsupported, operation,
                file.name + ": byte 0: it is compressed by bzip2; gzip and xz can be read here");
  }
  const std::string text = read_text(operation, file, kLimit);
  return RReader(operation, file, text).objects();
}

}  // namespace gradus::io
