#include "gradus/io/r_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "gradus/io/r_value.h"

namespace gradus::io {
namespace {

constexpr const char* kReadRData = "read_r_data";

bool is_of_class(const RValue& value, std::string_view name) {
  const RValue* classes = value.attribute("class");
  return classes &&
         std::find(classes->texts.begin(), classes->texts.end(), name) != classes->texts.end();
}

/// Makes a table of one data frame; errors name the byte of what is wrong.
class DataFrame {
 public:
  DataFrame(const FileBytes& file, const RAttribute& object)
      : file_(file), name_(object.name), value_(object.value) {}

  CsvTable table() const {
    if (value_.kind != RValue::Kind::items || !is_of_class(value_, "data.frame")) {
      throw fault(value_, fmt::format("'{}' is not a data frame", name_), ErrorCode::unsupported);
    }
    const RValue* names = value_.attribute("names");
    const std::size_t width = value_.items.size();
    if ((names ? names->texts.size() : 0) != width) {
      throw fault(value_,
                  fmt::format("{} names for {} columns", names ? names->texts.size() : 0, width));
    }
    CsvTable table{.file = file_.name, .rows = rows(), .columns = {}, .has_header = true};
    for (std::size_t i = 0; i < width; ++i) {
      table.columns.push_back(column(names->texts[i].value_or("NA"), value_.items[i], table.rows));
    }
    return table;
  }

 private:
  Error fault(const RValue& value, const std::string& what,
              ErrorCode code = ErrorCode::format) const {
    return r_fault(kReadRData, file_, value.place, what, code);
  }

  /// Row names are texts or numbers, one each, or NA and the number of rows, perhaps negative.
  std::int64_t rows() const {
    const RValue* names = value_.attribute("row.names");
    if (!names) throw fault(value_, fmt::format("'{}' has no row names", name_));
    const auto& numbers = names->numbers;
    if (numbers.size() != 2 || !std::isnan(numbers[0])) {
      return static_cast<std::int64_t>(names->size());
    }
    const double count = std::abs(numbers[1]);
    if (!(count == std::floor(count) && count <= 0x7fffffff)) {
      throw fault(*names, fmt::format("{} rows", numbers[1]));
    }
    return static_cast<std::int64_t>(count);
  }

  CsvColumn column(const std::string& name, const RValue& value, std::int64_t rows) const {
    if (value.kind == RValue::Kind::items || value.attribute("dim")) {
      throw fault(value,
                  fmt::format("column '{}' of '{}' is neither numbers, nor text, nor a factor",
                              name, name_),
                  ErrorCode::unsupported);
    }
    if (static_cast<std::int64_t>(value.size()) != rows) {
      throw fault(value, fmt::format("column '{}' of '{}' has {} values, and there are {} rows",
                                     name, name_, value.size(), rows));
    }
    CsvColumn result{.name = name, .numbers = {}, .categories = {}, .codes = {}};
    if (value.kind == RValue::Kind::texts) {
      take_texts(result, value);
    } else if (is_of_class(value, "factor")) {
      take_factor(result, value);
    } else {
      result.numbers = value.numbers;
    }
    return result;
  }

  void take_texts(CsvColumn& column, const RValue& value) const {
    column.kind = CsvColumn::Kind::categorical;
    std::set<std::string> occurring;
    for (const auto& text : value.texts) {
      if (text) occurring.insert(*text);
    }
    column.categories.assign(occurring.begin(), occurring.end());
    for (const auto& text : value.texts) {
      column.codes.push_back(
          text ? std::lower_bound(column.categories.begin(), column.categories.end(), *text) -
                     column.categories.begin()
               : -1);
    }
  }

  void take_factor(CsvColumn& column, const RValue& value) const {
    column.kind = CsvColumn::Kind::categorical;
    const RValue* levels = value.attribute("levels");
    if (!levels) throw fault(value, fmt::format("the factor '{}' has no levels", column.name));
    for (const auto& level : levels->texts) column.categories.push_back(level.value_or("NA"));
    const auto count = static_cast<double>(column.categories.size());
    for (const double number : value.numbers) {
      if (!std::isnan(number) &&
          !(number >= 1 && number <= count && number == std::floor(number))) {
        throw fault(value, fmt::format("the factor '{}' has level number {}, and there are {}",
                                       column.name, number, count));
      }
      column.codes.push_back(std::isnan(number) ? -1 : static_cast<std::int64_t>(number) - 1);
    }
  }

  const FileBytes& file_;
  const std::string& name_;
  const RValue& value_;
};

}  // namespace

CsvTable parse_r_data(const FileBytes& file, std::string_view object) {
  const std::vector<RAttribute> objects = parse_r_objects(kReadRData, file);
  std::string known;
  for (const RAttribute& candidate : objects) {
    if (candidate.name == object) return DataFrame(file, candidate).table();
    known += (known.empty() ? "" : ", ") + candidate.name;
  }
  throw Error(ErrorCode::not_found, kReadRData,
              fmt::format("{}: there is no object '{}'; there are {}", file.name, object,
                          known.empty() ? "none" : known));
}

CsvTable read_r_data(const std::string& path, std::string_view object) {
  return parse_r_data(map_file(kReadRData, path), object);
}

}  // namespace gradus::io
