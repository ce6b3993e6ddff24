#include "gradus/cli/table.h"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

namespace gradus::cli {
namespace {

constexpr std::size_t kNarrowestText = 24;  // a column of less is hard to read; let it run on

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

}  // namespace

std::string Table::to_string(int width) const {
  std::vector<std::size_t> widths(columns_.size(), 0);
  for (const auto& cells : rows_) {
    for (std::size_t i = 0; i < cells.size(); ++i) widths[i] = std::max(widths[i], cells[i].size());
  }
  std::size_t indent = 0;
  for (std::size_t i = 0; i + 1 < widths.size(); ++i) indent += widths[i] + 2;
  const auto columns = static_cast<std::size_t>(width);
  const bool wraps = width > 0 && columns >= indent + kNarrowestText;

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
    const auto pieces =
        wraps && !is_right ? wrap(last, columns - indent) : std::vector<std::string_view>{last};
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      line = (i == 0 ? line : std::string(indent, ' ')) + std::string(pieces[i]);
      line.erase(line.find_last_not_of(' ') + 1);
      text += line + "\n";
    }
  }
  return text;
}

}  // namespace gradus::cli
