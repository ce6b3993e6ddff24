#include <filesystem>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "gradus/base/error.h"
#include "gradus/base/nearest_name.h"
#include "gradus/cli/commands.h"
#include "gradus/cli/lesson.h"
#include "gradus/io/atomic_file.h"

namespace gradus::cli {
namespace {

const Lesson& find_lesson(const std::string& name) {
  std::vector<std::string> names;
  for (const Lesson& lesson : lessons()) {
    if (lesson.name == name) return lesson;
    names.emplace_back(lesson.name);
  }
  const std::string nearest = nearest_name(name, names);
  throw Error(ErrorCode::not_found, "lesson",
              fmt::format("there is no lesson \"{}\"; {}gradus lesson list lists them all", name,
                          nearest.empty() ? "" : fmt::format("did you mean {}? ", nearest)));
}

void list_lessons(const LessonArguments& arguments, Output& output) {
  if (arguments.json) {
    for (const Lesson& lesson : lessons()) {
      nlohmann::ordered_json json;
      json["name"] = lesson.name;
      json["row"] = lesson.row;
      json["title"] = lesson.title;
      output.line(json.dump());
    }
    return;
  }
  Table table({Align::left, Align::left, Align::left});
  table.row({"row", "lesson", "what it shows"});
  for (const Lesson& lesson : lessons()) table.row({lesson.row, lesson.name, lesson.title});
  output.write(table.to_string(output.width()));
}

std::string picture_path(const std::string& folder, const std::string& name) {
  return (std::filesystem::path(folder) / (name + ".svg")).string();
}

/// Makes the folder and tries whether the lesson's picture can be written there: some work for a
/// minute before they do.
void check_folder(const std::string& folder, const char* lesson) {
  std::error_code fault;
  std::filesystem::create_directories(folder, fault);
  if (fault) {
    throw Error(ErrorCode::io, "lesson",
                fmt::format("cannot make the folder {}: {}", folder, fault.message()));
  }
  const io::AtomicFile never_committed("lesson", picture_path(folder, lesson));
}

}  // namespace

void Notebook::say(std::string_view text) {
  output_.line(text);
  output_.flush();
}

void Notebook::show(const Table& table) {
  output_.write(table.to_string(output_.width()));
  output_.flush();
}

void Notebook::picture(const std::string& name, const std::vector<report::Plot>& plots,
                       int columns) {
  const std::string path = picture_path(folder_, name);
  io::write_file("lesson", path, report::to_svg(plots, columns));
  say("picture: " + path);
}

ExitCode run_lesson(const LessonArguments& arguments, Output& output) {
  if (arguments.action == "list") {
    list_lessons(arguments, output);
    return ExitCode::done;
  }
  const Lesson& lesson = find_lesson(arguments.name);
  check_folder(arguments.folder, lesson.name);
  Notebook notebook(output, arguments.folder);
  notebook.say(fmt::format("{} ({}): {}\n", lesson.name, lesson.row, lesson.title));
  lesson.run(notebook);
  return ExitCode::done;
}

}  // namespace gradus::cli
