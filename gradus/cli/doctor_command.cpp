#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "gradus/base/bytes_text.h"
#include "gradus/base/parallel.h"
#include "gradus/base/version.h"
#include "gradus/cli/commands.h"
#include "gradus/cli/machine.h"
#include "gradus/cli/table.h"

namespace gradus::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string processors_text(const Machine& machine) {
  std::string text =
      fmt::format("{} processor{}", machine.processors, machine.processors == 1 ? "" : "s");
  if (machine.usable_processors != machine.processors) {
    text += fmt::format(", of which this process may use {}", machine.usable_processors);
  }
  return text;
}

Json to_json(const Machine& machine, const std::vector<LibraryInUse>& libraries) {
  Json json;
  json["version"] = version();
  json["commit"] = commit();
  json["processor"] = machine.processor;
  json["processors"] = machine.processors;
  json["usable_processors"] = machine.usable_processors;
  json["instructions"] = machine.instructions;
  json["threads"] = thread_count();
  json["memory"] = machine.memory;
  json["free_memory"] = machine.free_memory;
  for (const LibraryInUse& library : libraries) {
    json["libraries"].push_back(
        {{"name", library.name}, {"version", library.version}, {"kernels", library.kernels}});
  }
  for (const data::DataSetInfo& info : data::data_sets()) {
    json["data"].push_back(
        {{"name", info.name}, {"package", info.package}, {"installed", data::is_installed(info)}});
  }
  return json;
}

std::string to_text(const Machine& machine, const std::vector<LibraryInUse>& libraries, int width) {
  Table table({Align::left, Align::left});
  table.row({"gradus", fmt::format("{} ({})", version(), commit())});
  table.row({"processor", machine.processor.empty() ? "unknown" : machine.processor});
  table.row({"", processors_text(machine)});
  table.row({"instructions", fmt::format("{}", fmt::join(machine.instructions, ", "))});
  table.row({"threads", fmt::format("{}", thread_count())});
  table.row({"memory", fmt::format("{}, of which {} free", bytes_text(machine.memory),
                                   bytes_text(machine.free_memory))});
  for (const LibraryInUse& library : libraries) {
    table.row(
        {library.name, library.version.empty()
                           ? library.kernels
                           : fmt::format("{}, kernels for {}", library.version, library.kernels)});
  }
  for (const data::DataSetInfo& info : data::data_sets()) {
    table.row({"data", fmt::format("{}: {}", info.name, where_data_set_is(info))});
  }
  return table.to_string(width);
}

}  // namespace

ExitCode run_doctor(const DoctorArguments& arguments, Output& output) {
  const Machine machine = read_machine();
  const std::vector<LibraryInUse> libraries = libraries_in_use();
  if (arguments.json) {
    output.line(to_json(machine, libraries).dump());
  } else {
    output.write(to_text(machine, libraries, output.width()));
  }
  return ExitCode::done;
}

}  // namespace gradus::cli
