#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "gradus/cli/commands.h"
#include "gradus/cli/table.h"
#include "gradus/data/catalog.h"

namespace gradus::cli {
namespace {

using Json = nlohmann::ordered_json;
using data::DataSetInfo;

bool is_picture(const DataSetInfo& info) { return info.pixel_maximum > 0; }

std::string input_text(const DataSetInfo& info) {
  return is_picture(info) ? fmt::format("{}", fmt::join(info.input_shape, "x"))
                          : fmt::format("{} values", info.input_shape.size());
}

std::string examples_text(const DataSetInfo& info) {
  return info.test_count ? fmt::format("{} + {}", info.train_count, info.test_count)
                         : fmt::format("{}", info.train_count);
}

std::string target_text(const DataSetInfo& info) {
  return info.task == data::Task::classification ? fmt::format("{} classes", info.classes())
                                                 : "a number";
}

Json to_json(const DataSetInfo& info) {
  Json json;
  json["name"] = info.name;
  json["description"] = info.description;
  json["package"] = info.package;
  json["installed"] = data::is_installed(info);
  json["task"] = data::name_of(info.task);
  json["input_shape"] = std::vector<std::int64_t>(info.input_shape.begin(), info.input_shape.end());
  json["train_examples"] = info.train_count;
  json["test_examples"] = info.test_count;
  json["classes"] = info.class_names;
  json["features"] = info.feature_names;
  return json;
}

void print_one(const DataSetInfo& info, Output& output) {
  Table table({Align::left, Align::left});
  table.row({"data set", info.name});
  table.row({"holds", info.description});
  table.row({"files", where_data_set_is(info)});
  table.row({"examples", info.test_count ? fmt::format("{} to train and validate, {} to test",
                                                       info.train_count, info.test_count)
                                         : fmt::format("{}", info.train_count)});
  table.row({"input", is_picture(info) ? fmt::format("{} (channels, height, width), from 0 to {}",
                                                     input_text(info), info.pixel_maximum)
                                       : input_text(info)});
  table.row({"target", target_text(info)});
  if (!info.class_names.empty()) {
    table.row({"classes", fmt::format("{}", fmt::join(info.class_names, ", "))});
  }
  if (!info.feature_names.empty()) {
    table.row({"values", fmt::format("{}", fmt::join(info.feature_names, ", "))});
  }
  output.write(table.to_string(output.width()));
}

void print_all(Output& output) {
  Table table({Align::left, Align::right, Align::left, Align::left, Align::left});
  table.row({"name", "examples", "input", "target", "files"});
  for (const DataSetInfo& info : data::data_sets()) {
    table.row({info.name, examples_text(info), input_text(info), target_text(info),
               where_data_set_is(info)});
  }
  output.write(table.to_string(output.width()));
}

}  // namespace

std::string where_data_set_is(const DataSetInfo& info) {
  if (info.package.empty()) return "built in";
  return data::is_installed(info)
             ? fmt::format("here (package {})", info.package)
             : fmt::format("not here: tools/setup unpacks it, or apt-get install {}", info.package);
}

ExitCode run_data(const DataArguments& arguments, Output& output) {
  if (!arguments.name.empty()) {
    const DataSetInfo& info = data::find_data_set(arguments.name);
    if (arguments.json) {
      output.line(to_json(info).dump());
    } else {
      print_one(info, output);
    }
  } else if (arguments.json) {
    for (const DataSetInfo& info : data::data_sets()) output.line(to_json(info).dump());
  } else {
    print_all(output);
  }
  return ExitCode::done;
}

}  // namespace gradus::cli
