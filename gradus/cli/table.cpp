#include "gradus/cli/table.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace gradus::cli {
namespace {

constexpr std::size_t kNarrowestText = 24;  // a column of less is hard to read
constexpr std::size_t kIndentBelow = 4;     // of a last column that stands below the others

/// The lines of `text`, each at most `width` bytes unless one word is longer.
std::vector<std::string_view> wrap(std::string_view text, std::size_t width) {
  std::vector<std::string_view> lines;
  while (text.size() > width) {
    std::size_t blank = text.rfind(' ', width);
    if (blank == std::string_view::npos || blank == 0) blank = text.find(' ', 1);
    if (blank == std::string_view::npos) break;
    lines.push_back(text.substr(0, blank));
    text.remove_prefix(blank + 1);
  }
  lines.push_back(text);
  return lines;
}

std::string without_blanks_at_end(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

}  // namespace

std::string Table::to_string(int width) const {
  std::vector<std::size_t> widths(columns_.size(), 0);
  for (const auto& cells : rows_) {
    for (std::size_t i = 0; i < cells.size(); ++i) widths[i] = std::max(widths[i], cells[i].size());
  }
  std::size_t indent = 0;
  for (std::size_t i = 0; i + 1 < widths.size(); ++i) indent += widths[i] + 2;
  const auto columns = static_cast<std::size_t>(width);
  const bool has_room = columns >= indent + kNarrowestText;

  std::string text;
  for (const auto& cells : rows_) {
    std::string line;
    for (std::size_t i = 0; i + 1 < cells.size(); ++i) {
      line += columns_[i] == Align::left ? fmt::format("{:<{}}  ", cells[i], widths[i])
                                         : fmt::format("{:>{}}  ", cells[i], widths[i]);
    }
    const bool is_right = columns_.back() == Align::right;
    const std::string last =
        is_right ? fmt::format("{:>{}}", cells.back(), widths.back()) : cells.back();
    if (width == 0 || is_right || line.size() + last.size() <= columns) {
      text += without_blanks_at_end(line + last) + "\n";
      continue;
    }
    const std::size_t left = has_room ? indent : std::min(indent, kIndentBelow);
    if (left != indent) text += without_blanks_at_end(std::exchange(line, "")) + "\n";
    line.resize(left, ' ');
    for (const std::string_view piece : wrap(last, columns > left ? columns - left : 1)) {
      text += std::exchange(line, std::string(left, ' ')) + std::string(piece) + "\n";
    }
  }
  return text;
}

}  // namespace gradus::cli
