#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "gradus/base/error.h"
#include "gradus/base/nearest_name.h"
#include "gradus/cli/commands.h"
#include "gradus/cli/table.h"
#include "gradus/train/recipe_keys.h"

namespace gradus::cli {
namespace {

using Json = nlohmann::ordered_json;
using train::RecipeKey;
using train::RecipeTable;

/// [optimizer] name = "adam", [[model.layers]] without type, or "before any table".
std::string heading_of(const RecipeTable& table) {
  if (table.path.empty()) return "before any table";
  std::string text = table.in_list ? "[[" + table.path + "]]" : '[' + table.path + ']';
  if (table.kind_key.empty()) return text;
  return text + (table.kind.empty() ? fmt::format(" without {}", table.kind_key)
                                    : fmt::format(" {} = \"{}\"", table.kind_key, table.kind));
}

/// "optimizer.adam"
std::string name_of(const RecipeTable& table) {
  return table.kind.empty() ? table.path : table.path + '.' + table.kind;
}

Json to_json(const RecipeTable& table) {
  Json keys = Json::array();
  for (const RecipeKey& key : table.keys) {
    keys.push_back({{"name", key.name},
                    {"takes", key.takes},
                    {"default", key.default_value.empty() ? Json() : Json(key.default_value)}});
  }
  return {{"table", table.path}, {"in_list", table.in_list}, {"kind_key", table.kind_key},
          {"kind", table.kind},  {"doc", table.doc},         {"keys", keys}};
}

void print_table(const RecipeTable& table, Output& output) {
  Table heading({Align::left});
  heading.row({heading_of(table) + (table.doc.empty() ? "" : ": " + table.doc)});
  output.write(heading.to_string(output.width()));
  Table rows({Align::left, Align::left, Align::left});
  for (const RecipeKey& key : table.keys) {
    if (key.name == table.kind_key) continue;
    rows.row({"  " + key.name, key.default_value.empty() ? "-" : key.default_value, key.takes});
  }
  output.write(rows.to_string(output.width()));
}

/// The tables of that name: all kinds of "optimizer", or "optimizer.adam" alone.
std::vector<RecipeTable> find_tables(const std::string& name) {
  std::vector<RecipeTable> found = train::recipe_tables();
  std::vector<std::string> names;
  for (const RecipeTable& table : found) {
    for (const std::string& known : {table.path, name_of(table)}) {
      const bool is_new = std::find(names.begin(), names.end(), known) == names.end();
      if (is_new && !known.empty()) names.push_back(known);
    }
  }
  if (name.empty()) return found;
  std::erase_if(found, [&](const RecipeTable& table) {
    return table.path != name && name_of(table) != name;
  });
  if (!found.empty()) return found;
  const std::string nearest = nearest_name(name, names);
  if (nearest.empty())
    std::erase_if(names, [](const auto& known) { return known.find('.') != known.npos; });
  const std::string hint = nearest.empty() ? fmt::format("there are {}", fmt::join(names, ", "))
                                           : fmt::format("did you mean {}?", nearest);
  throw Error(ErrorCode::not_found, "keys",
              fmt::format("a recipe has no table {}; {} (gradus keys lists all)", name, hint));
}

}  // namespace

ExitCode run_keys(const KeysArguments& arguments, Output& output) {
  bool first = true;
  for (const RecipeTable& table : find_tables(arguments.table)) {
    if (arguments.json) {
      output.line(to_json(table).dump());
      continue;
    }
    if (!std::exchange(first, false)) output.line("");
    print_table(table, output);
  }
  return ExitCode::done;
}

}  // namespace gradus::cli
