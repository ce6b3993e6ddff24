#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "arguments.h"
#include "evaluation.h"
#include "gradus/nn/module_state.h"
#include "gradus/train/recipe_keys.h"
#include "gradus/train/run.h"
#include "gradus/train/trained_model.h"
#include "module.h"
#include "options.h"
#include "tensor_like.h"
#include "training_callbacks.h"

// Recipes, the runs made of them, and the models that runs leave behind.

namespace gradus::python {
namespace {

using namespace nb::literals;
using train::Recipe;
using train::TrainedModel;

/// What Python makes a Sequential of: kind and options of each layer, and the state by path.
nb::tuple parts_of(nn::Sequential& model) {
  nb::list layers;
  for (std::size_t i = 0; i < model.size(); ++i) {
    nn::Layer& layer = model[i];
    layers.append(
        nb::make_tuple(layer.kind(), read_options([&](nn::OptionVisitor& v) { layer.fields(v); })));
  }
  nb::dict state;
  for (const auto& [path, tensor] : nn::state(model)) state[path.c_str()] = tensor;
  return nb::make_tuple(layers, state);
}

nb::list sections_of(const Recipe& recipe) {
  nb::list sections;
  for (const train::RecipeSection& section : train::sections_of(recipe)) {
    nb::dict values;
    for (const auto& [key, value] : section.values) values[key.c_str()] = value;
    sections.append(nb::make_tuple(section.path, section.in_list, values));
  }
  return sections;
}

nb::list recipe_tables() {
  nb::list tables;
  for (const train::RecipeTable& table : train::recipe_tables()) {
    nb::dict keys;
    for (const train::RecipeKey& key : table.keys) {
      keys[key.name.c_str()] = nb::make_tuple(key.takes, key.default_value);
    }
    nb::dict row;
    row["path"] = table.path;
    row["in_list"] = table.in_list;
    row["kind_key"] = table.kind_key;
    row["kind"] = table.kind;
    row["doc"] = table.doc;
    row["keys"] = keys;
    tables.append(row);
  }
  return tables;
}

void bind_recipes(nb::module_& module) {
  nb::class_<Recipe>(module, "Recipe", "An experiment, as a TOML file describes it.")
      .def_prop_ro("name", [](const Recipe& recipe) { return recipe.name; })
      .def_prop_ro("seed", [](const Recipe& recipe) { return recipe.seed; })
      .def_prop_ro("metrics", &Recipe::metrics, "What is measured, by the task of the data set.")
      .def("to_toml", &train::to_toml, "The recipe with every default written out.")
      .def(
          "__eq__",
          [](const Recipe& a, nb::handle b) {
            return nb::isinstance<Recipe>(b) &&
                   train::to_toml(a) == train::to_toml(nb::cast<const Recipe&>(b));
          },
          "other"_a.none())
      .def("__hash__",
           [](const Recipe& recipe) { return nb::hash(nb::cast(train::to_toml(recipe))); })
      .def("__repr__", &train::to_toml);
  module.def(
      "read_recipe",
      [](const std::string& path, const std::vector<std::string>& overrides) {
        return train::read_recipe(path, overrides);
      },
      "path"_a, "overrides"_a);
  module.def(
      "parse_recipe",
      [](const std::string& text, const std::string& source,
         const std::vector<std::string>& overrides) {
        return train::parse_recipe(text, source, overrides);
      },
      "text"_a, "source"_a, "overrides"_a);
  module.def("sections_of", &sections_of, "recipe"_a,
             "(path, in_list, values) of each table; values are TOML by key.");
  module.def("to_toml", &train::to_toml, "recipe"_a, "The recipe with every default written out.");
  module.def("recipe_tables", &recipe_tables,
             "Every table that a recipe may have: its keys with what they take and their default.");
  module.def(
      "differences",
      [](const Recipe& before, const Recipe& after) {
        nb::dict found;
        for (const train::RecipeDifference& row : train::differences(before, after)) {
          found[row.key.c_str()] = nb::make_tuple(row.before, row.after);
        }
        return found;
      },
      "before"_a, "after"_a, "(before, after) of each key whose value is not the same.");
  module.def(
      "build_model",
      [](const Recipe& recipe) {
        nn::Sequential model = train::build_model(recipe);
        return parts_of(model);
      },
      "recipe"_a);
}

train::RunResult run(const Recipe& recipe, const std::string& folder, bool resume, bool dry_run,
                     const nb::object& progress, const nb::object& after_epoch) {
  const ProgressWriter writer(progress);
  train::RunOptions options{.folder = folder,
                            .resume = resume,
                            .dry_run = dry_run,
                            .messages = writer.sink(),
                            .progress = writer.options()};
  if (!after_epoch.is_none()) {
    if (!PyCallable_Check(after_epoch.ptr())) throw nb::type_error("after_epoch is a function");
    options.after_epoch = [function = HeldObject(after_epoch)](const train::EpochRecord& record) {
      const nb::gil_scoped_acquire locked;
      (*function)(record_of(record));
    };
  }
  return compute([&] {
    PatientInterruption patience;
    options.interrupted = [&] { return patience.asked(); };
    try {
      train::RunResult result = train::run(recipe, options);
      patience.rethrow();
      return result;
    } catch (const Error& error) {
      if (error.code() == ErrorCode::interrupted) patience.rethrow();
      throw;
    }
  });
}

void bind_running(nb::module_& module) {
  nb::class_<train::RunResult>(module, "RunResult", "What a run has done.")
      .def_ro("folder", &train::RunResult::folder)
      .def_prop_ro("history",
                   [](const train::RunResult& result) { return records_of(result.history); })
      .def_prop_ro("reason", [](const train::RunResult& result) { return name_of(result.reason); })
      .def_ro("best_epoch", &train::RunResult::best_epoch)
      .def_prop_ro(
          "test", [](const train::RunResult& result) { return dictionary_of(result.test); },
          "Metrics on the test examples; empty without any.")
      .def_ro("report", &train::RunResult::report, "The path of report.html.");
  module.def("run", &run, "recipe"_a, "folder"_a, "resume"_a, "dry_run"_a, "progress"_a.none(),
             "after_epoch"_a.none());
}

nb::tuple predict(TrainedModel& trained, const TensorLike& inputs) {
  const Tensor given = inputs;
  const train::Prediction found = compute([&] { return train::predict(trained, given); });
  return nb::make_tuple(found.outputs, or_none(found.probabilities), or_none(found.labels));
}

nb::dict evaluate(TrainedModel& trained, const std::string& data) {
  return dictionary_of(compute([&] { return train::evaluate(trained, data); }).metrics);
}

void bind_trained_model(nb::module_& module) {
  nb::class_<TrainedModel>(module, "TrainedModel", "The model that a run has trained.")
      .def_ro("recipe", &TrainedModel::recipe)
      .def_ro("info", &TrainedModel::info, "Of the data it was trained on.")
      .def_ro("scale", &TrainedModel::scale, "Applied to inputs before they meet the model.")
      .def_ro("epochs", &TrainedModel::epochs)
      .def_prop_ro(
          "model",
          [](nb::handle self) { return nb::module_::import_("gradus.train").attr("_model")(self); },
          nb::for_getter(nb::sig("def model(self, /) -> gradus.nn.Sequential")),
          "As layers of Python: a copy. It takes inputs that scale has been applied to.")
      .def("parts", [](TrainedModel& trained) { return parts_of(trained.model); })
      .def("state",
           [](const TrainedModel& trained) {
             nb::dict values;
             for (const auto& [path, tensor] : nn::state(trained.model)) {
               values[path.c_str()] = tensor;
             }
             return values;
           })
      .def("predict", &predict, "inputs"_a,
           "(outputs, probabilities, labels) of inputs as they are in the data set.")
      .def("evaluate", &evaluate, "data"_a = "",
           "Metrics on the test examples of a data set, its own if none is named.");
  module.def("evaluate", &evaluate, "trained"_a, "data"_a = "");
  module.def("predict", &predict, "trained"_a, "inputs"_a);
  module.def(
      "load_run",
      [](const std::string& path) { return compute([&] { return train::load_run(path); }); },
      "path"_a, "The model of a finished run, from its folder or its model.safetensors.");
  module.def(
      "write_model",
      [](const std::string& path, const TrainedModel& trained) {
        compute([&] { train::write_model(path, trained); });
      },
      "path"_a, "trained"_a, "Writes a model with its recipe and scale, atomically.");
}

}  // namespace

void bind_runs(nb::module_& module) {
  bind_recipes(module);
  bind_running(module);
  bind_trained_model(module);
}

}  // namespace gradus::python
