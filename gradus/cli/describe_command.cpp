#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "gradus/cli/commands.h"
#include "gradus/cli/table.h"
#include "gradus/io/path_kind.h"
#include "gradus/io/safetensors.h"
#include "gradus/nn/describe.h"
#include "gradus/train/recipe.h"
#include "gradus/train/run_folder.h"
#include "gradus/train/trained_model.h"

namespace gradus::cli {
namespace {

using Json = nlohmann::ordered_json;

/// The layers of a recipe's model, or of the model of a run.
void print_layers(const std::string& title, const data::DataSetInfo& info, nn::Sequential& model,
                  DType dtype, bool json, Output& output) {
  const std::vector<nn::LayerRow> rows = nn::describe(model, info.input_shape, dtype);
  if (!json) {
    output.line(fmt::format("{}: examples of shape {} ({})\n", title, info.input_shape.to_string(),
                            info.name));
    output.write(nn::to_table(rows));
    return;
  }
  const auto extents = [](const Shape& shape) {
    return std::vector<std::int64_t>(shape.begin(), shape.end());
  };
  Json layers = Json::array();
  std::int64_t parameters = 0, multiply_adds = 0;
  for (const nn::LayerRow& row : rows) {
    layers.push_back({{"path", row.path},
                      {"kind", row.kind},
                      {"options", row.options},
                      {"output", extents(row.output)},
                      {"parameters", row.parameters},
                      {"multiply_adds", row.multiply_adds}});
    parameters += row.parameters;
    multiply_adds += row.multiply_adds;
  }
  const Json all = {{"name", title},
                    {"input", extents(info.input_shape)},
                    {"layers", layers},
                    {"parameters", parameters},
                    {"multiply_adds", multiply_adds}};
  output.line(all.dump());
}

void print_recipe(const std::string& path, bool json, Output& output) {
  const train::Recipe recipe = train::read_recipe(path);
  nn::Sequential model = train::build_model(recipe);
  print_layers(recipe.name, data::find_data_set(recipe.data.name), model, recipe.train.precision,
               json, output);
}

void print_model(const std::string& path, bool json, Output& output) {
  train::TrainedModel trained = train::load_run(path);
  print_layers(trained.recipe.name, trained.info, trained.model, trained.recipe.train.precision,
               json, output);
}

/// What can be said of a model that comes without its recipe.
void print_tensors(const io::Safetensors& file, bool json, Output& output) {
  Table table({Align::left, Align::left, Align::left, Align::right});
  table.row({"tensor", "type", "shape", "numbers"});
  Json tensors = Json::array();
  std::int64_t numbers = 0;
  for (const auto& [name, tensor] : file.tensors) {
    const Shape& shape = tensor.shape();
    table.row({name, std::string(name_of(tensor.dtype())), shape.to_string(),
               fmt::format("{}", shape.size())});
    tensors.push_back({{"name", name},
                       {"type", name_of(tensor.dtype())},
                       {"shape", std::vector<std::int64_t>(shape.begin(), shape.end())}});
    numbers += shape.size();
  }
  table.row({"total", "", "", fmt::format("{}", numbers)});
  if (json) {
    output.line(Json{{"tensors", tensors}, {"numbers", numbers}}.dump());
  } else {
    output.write(table.to_string(0));
  }
}

}  // namespace

ExitCode run_describe(const DescribeArguments& arguments, Output& output) {
  const std::string& target = arguments.target;
  if (io::kind_of_path("describe", target) == io::PathKind::folder) {
    const train::RunFolder run = train::open_run_folder(target);
    if (io::is_there("describe", run.model())) {
      print_model(run.model(), arguments.json, output);
    } else {
      print_recipe(run.recipe(), arguments.json, output);
    }
  } else if (target.ends_with(".toml")) {
    print_recipe(target, arguments.json, output);
  } else {
    const io::Safetensors file = io::read_safetensors(target);
    if (train::has_recipe(file)) {
      print_model(target, arguments.json, output);
    } else {
      print_tensors(file, arguments.json, output);
    }
  }
  return ExitCode::done;
}

}  // namespace gradus::cli
