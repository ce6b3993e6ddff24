#include <fmt/format.h>

#include <cmath>

#include "gradus/io/csv.h"

namespace gradus::io {
namespace {

constexpr const char* kCsvTable = "csv_table";

/// For a column that is not numeric: which value makes it so, and where it stands first.
std::string first_word(const CsvColumn& column) {
  for (std::size_t row = 0; row < column.codes.size(); ++row) {
    if (column.codes[row] < 0) continue;
    const std::string& value = column.categories[static_cast<std::size_t>(column.codes[row])];
    if (!parse_number(value)) return fmt::format("'{}' in row {} of the data", value, row + 1);
  }
  return "categories";
}

void check_numeric(const CsvTable& table, const CsvColumn& column, Missing missing) {
  if (column.kind != CsvColumn::Kind::numeric) {
    throw format_error(kCsvTable, table.file,
                       fmt::format("column '{}' holds {}, which is not a number", column.name,
                                   first_word(column)));
  }
  if (missing == Missing::keep) return;
  for (std::size_t row = 0; row < column.numbers.size(); ++row) {
    if (!std::isnan(column.numbers[row])) continue;
    throw format_error(
        kCsvTable, table.file,
        fmt::format("column '{}' has no value in row {} of the data", column.name, row + 1));
  }
}

}  // namespace

const CsvColumn& CsvTable::column(std::string_view name) const {
  std::string known;
  for (const CsvColumn& column : columns) {
    if (column.name == name) return column;
    known += (known.empty() ? "" : ", ") + column.name;
  }
  throw Error(ErrorCode::not_found, kCsvTable,
              fmt::format("{}: there is no column '{}'; there are {}", file, name, known));
}

Tensor CsvTable::matrix(std::span<const std::string> names, Missing missing) const {
  std::vector<const CsvColumn*> chosen;
  for (const std::string& name : names) chosen.push_back(&column(name));
  if (names.empty()) {
    for (const CsvColumn& column : columns) chosen.push_back(&column);
  }
  for (const CsvColumn* column : chosen) check_numeric(*this, *column, missing);
  const std::size_t width = chosen.size();
  std::vector<float> values(static_cast<std::size_t>(rows) * width);
  for (std::size_t c = 0; c < width; ++c) {
    for (std::size_t r = 0; r < static_cast<std::size_t>(rows); ++r) {
      values[r * width + c] = static_cast<float>(chosen[c]->numbers[r]);
    }
  }
  return Tensor::from(values, {rows, static_cast<std::int64_t>(width)});
}

}  // namespace gradus::io
