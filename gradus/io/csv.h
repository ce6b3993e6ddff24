#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gradus/core/tensor.h"
#include "gradus/io/file_bytes.h"

namespace gradus::io {

/// "", "NA", "N/A", "NaN", "nan", "NULL", "null" and "?".
std::vector<std::string> usual_missing_values();

struct CsvOptions {
  /// Automatic: there is a header if no field of the first row is a number or missing.
  enum class Header { automatic, present, absent };

  char delimiter = ',';
  Header header = Header::automatic;
  /// Rows that are passed over before the header, however many fields they have.
  std::int64_t skip_rows = 0;
  /// Fields that stand for a missing value.
  std::vector<std::string> missing = usual_missing_values();
  /// Most bytes that a compressed file may hold.
  std::uint64_t limit = std::uint64_t{2} << 30;
};

struct CsvColumn {
  enum class Kind { numeric, categorical };

  std::string name;  ///< from the header, else "column 1", ...
  Kind kind = Kind::numeric;
  std::vector<double> numbers;          ///< numeric: one for each row, NaN where missing
  std::vector<std::string> categories;  ///< categorical: what occurs, sorted
  std::vector<std::int64_t> codes;      ///< categorical: places in `categories`, -1 where missing
};

enum class Missing { refuse, keep };

struct CsvTable {
  std::string file;
  std::int64_t rows = 0;
  std::vector<CsvColumn> columns;
  bool has_header = false;  ///< names are those of a header

  /// The column of that name. Throws Error (not_found) that lists the names.
  const CsvColumn& column(std::string_view name) const;
  /// Numeric columns side by side, all if none are named: f32 (rows, columns). Throws Error if one
  /// is categorical or, where `missing` says so, has a missing value; kept ones are NaN.
  Tensor matrix(std::span<const std::string> names = {}, Missing missing = Missing::refuse) const;
};

/// Reads comma-separated values as RFC 4180 describes them, with LF or CRLF, in UTF-8 with or
/// without byte order mark, compressed with gzip or xz or not. Spaces around numbers and empty
/// lines are passed over. A column is numeric if every value in it that is not missing is a number.
/// Throws Error naming file:line:column.
CsvTable read_csv(const std::string& path, const CsvOptions& options = {});
CsvTable parse_csv(const FileBytes& file, const CsvOptions& options = {});

/// The number that all of `text` is, spaces around it aside: as in C, with "inf" and "nan"; nothing
/// if it is none, or too large.
std::optional<double> parse_number(std::string_view text);

}  // namespace gradus::io
