// Internal: values of R as its files hold them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gradus/io/file_bytes.h"

namespace gradus::io {

struct RAttribute;

/// A vector, a list or a list of pairs.
struct RValue {
  enum class Kind { null, numbers, texts, items };

  Kind kind = Kind::null;
  std::uint64_t place = 0;                        ///< the byte where it begins, decompressed
  std::vector<double> numbers;                    ///< logical, integer, real, raw; NaN where NA
  std::vector<std::optional<std::string>> texts;  ///< UTF-8; nothing where NA
  std::vector<RValue> items;
  std::vector<RAttribute> attributes;  ///< of a list of pairs: its pairs

  std::size_t size() const { return numbers.size() + texts.size() + items.size(); }
  /// The attribute of that name; nothing if there is none.
  const RValue* attribute(std::string_view name) const;
};

struct RAttribute {
  std::string name;
  RValue value;
};

/// An Error about byte `place` of a file's contents, decompressed where it is compressed.
Error r_fault(const char* operation, const FileBytes& file, std::uint64_t place,
              const std::string& what, ErrorCode code = ErrorCode::format);

/// The objects of a file that R's save() wrote, by name: versions 2 and 3, big-endian ("XDR", what
/// save() writes unless told otherwise), compressed by gzip or xz or not. Vectors, lists and their
/// attributes; throws Error (unsupported) that names anything else.
/// Format: R Internals, section 1.8, "Serialization Formats", and R's src/main/serialize.c.
std::vector<RAttribute> parse_r_objects(const char* operation, const FileBytes& file);

}  // namespace gradus::io
