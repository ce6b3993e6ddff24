#include "gradus/io/csv_records.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "gradus/io/utf8.h"

namespace gradus::io {

CsvRecords::CsvRecords(const char* operation, std::string file, std::string_view text,
                       char delimiter)
    : operation_(operation), file_(std::move(file)), text_(text), delimiter_(delimiter) {
  if (text_.starts_with("\xef\xbb\xbf")) text_.remove_prefix(3);
  rest_ = text_.data();
  if (const auto wrong = find_invalid_utf8(text_)) {
    throw error_at(text_.data() + *wrong, "it is not UTF-8");
  }
}

std::optional<CsvRecord> CsvRecords::next() {
  const char* const end = text_.data() + text_.size();
  if (rest_ == end) return std::nullopt;
  CsvRecord fields;
  for (;;) {
    const char* const place = rest_;
    fields.push_back({rest_ != end && *rest_ == '"' ? quoted_field() : plain_field(), place});
    if (rest_ == end) break;
    if (at_line_end()) {
      const bool pair = *rest_ == '\r' && rest_ + 1 != end && rest_[1] == '\n';
      rest_ += pair ? 2 : 1;
      break;
    }
    ++rest_;  // the delimiter; after it there is a field, be it empty
  }
  return fields;
}

std::string_view CsvRecords::plain_field() {
  const char* const end = text_.data() + text_.size();
  const char* const begin = rest_;
  while (rest_ != end && *rest_ != delimiter_ && !at_line_end()) {
    if (*rest_ == '"') throw error_at(rest_, "a quote in a field that does not begin with one");
    ++rest_;
  }
  return {begin, static_cast<std::size_t>(rest_ - begin)};
}

std::string_view CsvRecords::quoted_field() {
  const char* const end = text_.data() + text_.size();
  const char* const opening = rest_++;
  const char* begin = rest_;
  std::string* unescaped = nullptr;
  for (;;) {
    rest_ = std::find(rest_, end, '"');
    if (rest_ == end) throw error_at(opening, "the quote that opens here is not closed");
    if (rest_ + 1 == end || rest_[1] != '"') break;
    if (!unescaped) unescaped = &unescaped_.emplace_back();
    unescaped->append(begin, rest_ + 1);
    rest_ += 2;
    begin = rest_;
  }
  const char* const closing = rest_++;
  if (rest_ != end && *rest_ != delimiter_ && !at_line_end()) {
    throw error_at(rest_, "text after the quote that closes a field");
  }
  if (!unescaped) return {begin, static_cast<std::size_t>(closing - begin)};
  unescaped->append(begin, closing);
  return *unescaped;
}

Error CsvRecords::error_at(const char* place, const std::string& what, ErrorCode code) const {
  std::size_t line = 1;
  for (const char* c = text_.data(); c != place; ++c) {
    line += *c == '\n' || (*c == '\r' && c[1] != '\n') ? 1 : 0;
  }
  std::size_t column = 1;
  for (const char* c = place; c != text_.data() && c[-1] != '\n' && c[-1] != '\r'; --c) {
    const bool begins_character = (static_cast<unsigned char>(c[-1]) & 0xc0u) != 0x80u;
    column += begins_character ? 1 : 0;
  }
  return {code, operation_, fmt::format("{}:{}:{}: {}", file_, line, column, what)};
}

}  // namespace gradus::io
