#pragma once

#include <string>
#include <vector>

namespace gradus::cli {

enum class Align { left, right };

/// Text in columns, two blanks apart.
class Table {
 public:
  explicit Table(std::vector<Align> columns) : columns_(std::move(columns)) {}

  /// As many cells as there are columns.
  void row(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }

  /// One line a row. If `width` is not 0, the last column is wrapped between words so that no line
  /// is longer; where that leaves too little room beside the others, it goes on a line below them.
  std::string to_string(int width) const;

 private:
  std::vector<Align> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace gradus::cli
