// Internal: the grammar of CSV, without meaning.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gradus/base/error.h"

namespace gradus::io {

struct CsvField {
  std::string_view text;  ///< without quotes
  const char* place;      ///< where the field begins
};
using CsvRecord = std::vector<CsvField>;

/// The records of a text in RFC 4180's grammar, one after the other.
class CsvRecords {
 public:
  /// Throws Error if the text is not UTF-8. `text` must outlive this.
  CsvRecords(const char* operation, std::string file, std::string_view text, char delimiter);

  /// The next record, valid as long as this and the text; nothing at the end. An empty line is a
  /// record of one empty field.
  std::optional<CsvRecord> next();

  /// An Error at a place in the text, as file:line:column.
  Error error_at(const char* place, const std::string& what,
                 ErrorCode code = ErrorCode::format) const;

 private:
  std::string_view quoted_field();
  std::string_view plain_field();
  bool at_line_end() const { return *rest_ == '\n' || *rest_ == '\r'; }

  const char* operation_;
  std::string file_;
  std::string_view text_;
  char delimiter_;
  const char* rest_;                   // what has not been read
  std::deque<std::string> unescaped_;  // fields in which quotes were doubled
};

}  // namespace gradus::io
