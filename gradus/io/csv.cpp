#include "gradus/io/csv.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>

#include "gradus/io/csv_records.h"
#include "gradus/io/read_text.h"

namespace gradus::io {
namespace {

constexpr const char* kReadCsv = "read_csv";

using Cells = std::vector<std::string_view>;

/// A table as text, column by column.
struct RawTable {
  std::vector<std::string> names;
  std::vector<Cells> columns;
  bool has_header = false;

  void add(const CsvRecord& record) {
    for (std::size_t i = 0; i < columns.size(); ++i) columns[i].push_back(record[i].text);
  }
};

bool is_missing(std::string_view cell, const CsvOptions& options) {
  return std::find(options.missing.begin(), options.missing.end(), cell) != options.missing.end();
}

bool is_header(const CsvRecord& record, const CsvOptions& options) {
  if (options.header != CsvOptions::Header::automatic) {
    return options.header == CsvOptions::Header::present;
  }
  return std::none_of(record.begin(), record.end(), [&](const CsvField& field) {
    return is_missing(field.text, options) || parse_number(field.text);
  });
}

/// Begins a table with its first record, which may be a header.
RawTable begin_table(const CsvRecords& records, const CsvRecord& first, const CsvOptions& options) {
  RawTable table;
  table.columns.resize(first.size());
  table.has_header = is_header(first, options);
  for (const CsvField& field : first) {
    std::string name = table.has_header && !field.text.empty()
                           ? std::string(field.text)
                           : fmt::format("column {}", table.names.size() + 1);
    if (std::find(table.names.begin(), table.names.end(), name) != table.names.end()) {
      throw records.error_at(field.place, fmt::format("a second column is named '{}'", name));
    }
    table.names.push_back(std::move(name));
  }
  if (!table.has_header) table.add(first);
  return table;
}

RawTable read_rows(const std::string& file, CsvRecords& records, const CsvOptions& options) {
  for (std::int64_t i = 0; i < options.skip_rows; ++i) records.next();
  RawTable table;
  while (const auto record = records.next()) {
    const bool blank = record->size() == 1 && record->front().text.empty();
    if (table.columns.empty()) {
      if (!blank) table = begin_table(records, *record, options);
      continue;
    }
    const std::size_t width = table.columns.size();
    if (blank && width > 1) continue;
    if (record->size() != width) {
      // The first field that is too much, or the last that there is.
      const CsvField& field = (*record)[std::min(record->size() - 1, width)];
      throw records.error_at(
          field.place,
          fmt::format("this row has {} fields, and the first row has {}", record->size(), width));
    }
    table.add(*record);
  }
  if (table.columns.empty()) throw format_error(kReadCsv, file, "it holds no table");
  return table;
}

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

struct Parsed {
  double value = 0;
  std::errc error{};
};

/// Parses all of `text`; invalid_argument if it is no number, result_out_of_range if too large.
Parsed parse_whole(std::string_view text) {
  text = trim(text);
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
  Parsed parsed;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), parsed.value);
  parsed.error = error;
  if (end != text.data() + text.size()) parsed.error = std::errc::invalid_argument;
  return parsed;
}

/// The cells as numbers; nothing if one that is not missing is no number.
std::optional<std::vector<double>> parse_numbers(const CsvRecords& records, const Cells& cells,
                                                 const CsvOptions& options) {
  std::vector<double> numbers;
  numbers.reserve(cells.size());
  std::optional<std::string_view> too_large;
  for (const std::string_view cell : cells) {
    if (is_missing(cell, options)) {
      numbers.push_back(std::numeric_limits<double>::quiet_NaN());
      continue;
    }
    const Parsed parsed = parse_whole(cell);
    if (parsed.error == std::errc::invalid_argument) return std::nullopt;
    if (parsed.error != std::errc{} && !too_large) too_large = cell;
    numbers.push_back(parsed.value);
  }
  if (too_large) {
    throw records.error_at(too_large->data(),
                           fmt::format("{} is beyond the range of a number", *too_large));
  }
  return numbers;
}

CsvColumn make_column(const CsvRecords& records, std::string name, const Cells& cells,
                      const CsvOptions& options) {
  CsvColumn column{std::move(name), CsvColumn::Kind::numeric, {}, {}, {}};
  if (auto numbers = parse_numbers(records, cells, options)) {
    column.numbers = *std::move(numbers);
    return column;
  }
  column.kind = CsvColumn::Kind::categorical;
  Cells distinct = cells;
  std::erase_if(distinct, [&](std::string_view cell) { return is_missing(cell, options); });
  std::sort(distinct.begin(), distinct.end());
  distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
  column.categories.assign(distinct.begin(), distinct.end());
  column.codes.reserve(cells.size());
  for (const std::string_view cell : cells) {
    const auto place = std::lower_bound(distinct.begin(), distinct.end(), cell);
    const bool known = place != distinct.end() && *place == cell;
    column.codes.push_back(known ? place - distinct.begin() : -1);
  }
  return column;
}

}  // namespace

std::optional<double> parse_number(std::string_view text) {
  const Parsed parsed = parse_whole(text);
  return parsed.error == std::errc{} ? std::optional(parsed.value) : std::nullopt;
}

std::vector<std::string> usual_missing_values() {
  return {"", "NA", "N/A", "NaN", "nan", "NULL", "null", "?"};
}

CsvTable parse_csv(const FileBytes& file, const CsvOptions& options) {
  const std::string text = read_text(kReadCsv, file, options.limit);
  CsvRecords records(kReadCsv, file.name, text, options.delimiter);
  RawTable raw = read_rows(file.name, records, options);
  CsvTable table{.file = file.name,
                 .rows = static_cast<std::int64_t>(raw.columns.front().size()),
                 .columns = {},
                 .has_header = raw.has_header};
  for (std::size_t i = 0; i < raw.columns.size(); ++i) {
    const Cells cells = std::exchange(raw.columns[i], {});
    table.columns.push_back(make_column(records, std::move(raw.names[i]), cells, options));
  }
  return table;
}

CsvTable read_csv(const std::string& path, const CsvOptions& options) {
  return parse_csv(map_file(kReadCsv, path), options);
}

}  // namespace gradus::io
