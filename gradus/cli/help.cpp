#include "gradus/cli/help.h"

#include <vector>

#include <fmt/format.h>
#include <unistd.h>

#include "gradus/cli/console.h"
#include "gradus/cli/table.h"

namespace gradus::cli {
namespace {

constexpr int kWidestHelp = 100;

int help_width() {
  const int columns = isatty(STDOUT_FILENO) ? terminal_width(STDOUT_FILENO) : kWidestHelp;
  return columns < kWidestHelp ? columns : kWidestHelp;
}

/// "gradus train"
std::string full_name(const CLI::App& app) {
  const CLI::App* parent = app.get_parent();
  return parent ? full_name(*parent) + " " + app.get_name() : app.get_name();
}

/// "RECIPE.toml", or "[RECIPE.toml]" where it may be left out.
std::string placeholder(const CLI::Option& option) {
  const std::string name = option.get_type_name();
  return option.get_required() ? name : "[" + name + "]";
}

std::string usage(const CLI::App& app, const std::vector<const CLI::Option*>& arguments) {
  std::string text = "usage: " + full_name(app);
  if (!app.get_subcommands({}).empty()) text += " COMMAND";
  for (const CLI::Option* argument : arguments) text += " " + placeholder(*argument);
  return text + " [options]\n";
}

}  // namespace

std::string usage_name(const CLI::Option& option) {
  if (option.get_positional()) return option.get_type_name();
  const bool takes_value = option.get_items_expected_max() > 0;
  return option.get_name() + (takes_value ? " " + option.get_type_name() : "");
}

std::string help_text(const CLI::App& app) {
  const auto arguments =
      app.get_options([](const CLI::Option* option) { return option->get_positional(); });
  const auto options =
      app.get_options([](const CLI::Option* option) { return option->nonpositional(); });

  Table table({Align::left, Align::left});
  for (const CLI::App* command : app.get_subcommands({})) {
    table.row({"  " + command->get_name(), command->get_description()});
  }
  for (const CLI::Option* option : arguments) {
    table.row({"  " + usage_name(*option), option->get_description()});
  }
  for (const CLI::Option* option : options) {
    table.row({"  " + usage_name(*option), option->get_description()});
  }
  Table description({Align::left});
  description.row({app.get_description()});
  return fmt::format("{}\n{}\n{}\n{}\n", description.to_string(help_width()), usage(app, arguments),
                     table.to_string(help_width()), app.get_footer());
}

}  // namespace gradus::cli
