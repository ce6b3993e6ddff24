#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gradus/cli/console.h"
#include "gradus/cli/table.h"
#include "gradus/report/plot.h"

namespace gradus::cli {

/// Where a lesson tells what it finds: text to standard output, pictures to a folder.
class Notebook {
 public:
  /// folder: there, and it can be written to.
  Notebook(Output& output, std::string folder) : output_(output), folder_(std::move(folder)) {}

  /// A line, or several.
  void say(std::string_view text);
  void show(const Table& table);
  /// Writes NAME.svg, and says so.
  void picture(const std::string& name, const std::vector<report::Plot>& plots, int columns = 1);

 private:
  Output& output_;
  std::string folder_;
};

/// A small program that shows a row of the course at work.
struct Lesson {
  const char* name;   ///< "gradient-paths"
  const char* row;    ///< of the course, "1.14"
  const char* title;  ///< one line
  void (*run)(Notebook&);
};

/// All of them, in the order of the course. They stand in lessons/, outside the library.
std::span<const Lesson> lessons();

}  // namespace gradus::cli
