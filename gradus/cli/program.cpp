#include "gradus/cli/program.h"

#include <fcntl.h>
#include <unistd.h>

#include <charconv>
#include <csignal>
#include <functional>
#include <limits>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "gradus/base/nearest_name.h"
#include "gradus/base/version.h"
#include "gradus/cli/commands.h"
#include "gradus/cli/help.h"

namespace gradus::cli {
namespace {

/// For CLI11: what is wrong with a text, or nothing.
using Check = std::function<std::string(const std::string&)>;

/// An integer within bounds. (CLI11's own conversion takes a number that is too large for the
/// largest there is, and its own check puts a name for the type into the help.)
Check integer_from(std::int64_t low, std::int64_t high) {
  return [low, high](const std::string& text) -> std::string {
    std::int64_t value = 0;
    const char* const end = text.data() + text.size();
    const auto [rest, fault] = std::from_chars(text.data(), end, value);
    if (fault == std::errc() && rest == end && value >= low && value <= high) return "";
    return fmt::format("'{}' is not an integer from {} to {}", text, low, high);
  };
}

std::string check_override(const std::string& text) {
  const auto equals = text.find('=');
  if (equals != text.npos && equals > 0) return "";
  return fmt::format("'{}' is not of the form KEY=VALUE, as train.epochs=5", text);
}

/// An option whose value may be left out takes the word behind it, be that meant or not.
std::string check_trace_file(const std::string& text) {
  if (text.empty() || text.ends_with(".json")) return "";
  return fmt::format("a trace is a file NAME.json, not '{}'; other arguments go before --profile",
                     text);
}

/// An option or argument that the command cannot do without, and that was not given.
const CLI::Option* missing_option(const CLI::App& app) {
  const auto missing = app.get_options(
      [](const CLI::Option* option) { return option->get_required() && option->count() == 0; });
  return missing.empty() ? nullptr : missing.front();
}

/// "unknown option --ot; did you mean --out?"
std::string unknown_text(const CLI::App& app, const std::string& given) {
  const bool is_option = given.starts_with('-');
  const auto commands = app.get_subcommands({});
  std::vector<std::string> names;
  if (is_option) {
    for (const CLI::Option* option : app.get_options()) {
      for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    }
  } else {
    for (const CLI::App* command : commands) names.push_back(command->get_name());
  }
  const char* kind = is_option ? "option" : commands.empty() ? "argument" : "command";
  const std::string nearest = nearest_name(given, names);
  return fmt::format("unknown {} {}{}", kind, given,
                     nearest.empty() ? "" : fmt::format("; did you mean {}?", nearest));
}

/// The command line as CLI11 knows it, and the place its values go to.
class CommandLine {
 public:
  CommandLine();
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;

  ExitCode run(int argc, const char* const* argv, Output& output);

 private:
  using Action = std::function<ExitCode(Output&)>;
  CLI::App* add_command(const char* name, const char* description, const char* example,
                        Action action);
  void add_train();
  void add_evaluate();
  void add_predict();
  void add_describe();
  void add_data();
  void add_keys();
  void add_ops();
  void add_derive();
  void add_lesson();
  void add_doctor();
  ExitCode report_usage(const CLI::ParseError& error) const;

  CLI::App app_;
  Action action_;  // of the command that was given
  TrainArguments train_;
  EvaluateArguments evaluate_;
  PredictArguments predict_;
  DescribeArguments describe_;
  DataArguments data_;
  KeysArguments keys_;
  OpsArguments ops_;
  DeriveArguments derive_;
  LessonArguments lesson_;
  DoctorArguments doctor_;
};

CommandLine::CommandLine()
    : app_(
          "Gradus trains, examines and uses neural networks. Run a command with --help for its "
          "options.",
          "gradus") {
  app_.set_version_flag("--version", fmt::format("gradus {} ({})", version(), commit()),
                        "print the version and the commit it was built from");
  app_.set_help_flag("-h,--help", "print this text");
  app_.formatter_fn(
      [](const CLI::App* app, const std::string&, CLI::AppFormatMode) { return help_text(*app); });
  app_.footer("example:\n  gradus train recipes/xor.toml");
  app_.require_subcommand(1);
  add_train();
  add_evaluate();
  add_predict();
  add_describe();
  add_data();
  add_keys();
  add_ops();
  add_derive();
  add_lesson();
  add_doctor();
}

CLI::App* CommandLine::add_command(const char* name, const char* description, const char* example,
                                   Action action) {
  CLI::App* command = app_.add_subcommand(name, description);
  command->footer(std::string("example:\n  ") + example);
  command->callback([this, action = std::move(action)] { action_ = action; });
  return command;
}

void CommandLine::add_train() {
  CLI::App* command = add_command(
      "train", "Train a network as a recipe says, or go on with a run that was interrupted.",
      "gradus train recipes/digits.toml --set train.epochs=5",
      [this](Output& output) { return run_train(train_, output); });
  CLI::Option* recipe = command->add_option(
      "recipe", train_.recipe, "a TOML file that says what is trained on what, and how");
  recipe->type_name("RECIPE.toml");
  command
      ->add_option("--set", train_.overrides,
                   "give a key of the recipe another value; may be repeated")
      ->type_name("KEY=VALUE")
      ->check(check_override)
      ->allow_extra_args(false);
  CLI::Option* out = command->add_option("--out", train_.folder,
                                         "the folder of the run; without it, a new one in runs/");
  out->type_name("DIR");
  command
      ->add_option("--resume", train_.resume,
                   "go on with the run in this folder; its recipe need not be named")
      ->type_name("DIR")
      ->excludes(out);
  command->add_option("--seed", train_.seed, "the recipe's seed: 0 or more")
      ->type_name("N")
      ->check(integer_from(0, std::numeric_limits<std::int64_t>::max()));
  command->add_option("--threads", train_.threads, "how many threads compute: 1 to 1024")
      ->type_name("N")
      ->check(integer_from(1, 1024));
  CLI::Option* profile = command->add_option(
      "--profile", train_.profile_file,
      "when training has ended, print a table of what each operation took to standard error; with "
      "FILE.json, also write every call as a trace for ui.perfetto.dev");
  profile->type_name("FILE.json")->expected(0, 1)->check(check_trace_file);
  command->add_flag("--json", train_.json,
                    "print one JSON object for each epoch and one for the result; all else goes to "
                    "standard error");
  command->add_flag("--dry-run", train_.dry_run,
                    "take one batch through everything in a temporary folder, and stop");
  command->parse_complete_callback([this, profile] {
    train_.profile = profile->count() > 0;
    if (train_.recipe.empty() && train_.resume.empty()) {
      throw CLI::RequiredError("a recipe, or --resume,");
    }
  });
}

void CommandLine::add_evaluate() {
  CLI::App* command = add_command(
      "evaluate", "Measure a trained network on its test examples.", "gradus evaluate runs/digits",
      [this](Output& output) { return run_evaluate(evaluate_, output); });
  command->add_option("run", evaluate_.run, "the folder of a run, or its model.safetensors")
      ->type_name("RUN")
      ->required();
  command->add_option("--data", evaluate_.data, "a data set other than the one of the training")
      ->type_name("NAME");
  command->add_flag("--json", evaluate_.json, "print one JSON object");
}

void CommandLine::add_predict() {
  CLI::App* command =
      add_command("predict", "Say what a trained network makes of examples in a file.",
                  "gradus predict runs/digits --input seven.png",
                  [this](Output& output) { return run_predict(predict_, output); });
  command->add_option("run", predict_.run, "the folder of a run, or its model.safetensors")
      ->type_name("RUN")
      ->required();
  command
      ->add_option("--input", predict_.input,
                   "one picture (.png), or examples as in the data set: an array (.npy), or a row "
                   "each (.csv)")
      ->type_name("FILE")
      ->required();
  command->add_flag("--json", predict_.json, "print one JSON object for each example");
}

void CommandLine::add_describe() {
  CLI::App* command = add_command(
      "describe",
      "List the layers of a network: output shapes, parameters, multiply-adds for one example.",
      "gradus describe recipes/fashion-mnist-lenet.toml",
      [this](Output& output) { return run_describe(describe_, output); });
  command
      ->add_option("target", describe_.target,
                   "a recipe, the folder of a run, or a model.safetensors")
      ->type_name("RECIPE|RUN|MODEL")
      ->required();
  command->add_flag("--json", describe_.json, "print one JSON object");
}

void CommandLine::add_data() {
  CLI::App* command = add_command(
      "data", "List the data sets and where they come from, or tell about one.",
      "gradus data fashion-mnist", [this](Output& output) { return run_data(data_, output); });
  command->add_option("name", data_.name, "a data set; without it, all are listed")
      ->type_name("NAME");
  command->add_flag("--json", data_.json, "print one JSON object for each data set");
}

void CommandLine::add_keys() {
  CLI::App* command = add_command(
      "keys", "List the keys of a recipe with their defaults and what they take.",
      "gradus keys optimizer.adam", [this](Output& output) { return run_keys(keys_, output); });
  command
      ->add_option("table", keys_.table,
                   "a table, or one kind of it, as optimizer.adam; without it, all are listed")
      ->type_name("TABLE");
  command->add_flag("--json", keys_.json, "print one JSON object for each table and kind");
}

void CommandLine::add_ops() {
  CLI::App* command =
      add_command("ops", "List the operations on tensors, or tell about one.", "gradus ops matmul",
                  [this](Output& output) { return run_ops(ops_, output); });
  command->add_option("name", ops_.name, "an operation; without it, all are listed")
      ->type_name("NAME");
  command->add_flag("--json", ops_.json, "print one JSON object for each operation");
}

void CommandLine::add_derive() {
  CLI::App* command =
      add_command("derive", "Differentiate a formula, and compare ways to compute the derivative.",
                  "gradus derive 'x^2*sin(x)' --at x=2",
                  [this](Output& output) { return run_derive(derive_, output); });
  command
      ->add_option(
          "formula", derive_.expression,
          "a formula: + - * / ^, brackets, sqrt, exp, log, sin, ..., pi, e and variables; after "
          "-- if it begins with a minus")
      ->type_name("FORMULA")
      ->required();
  command
      ->add_option("--by", derive_.variables,
                   "a variable to differentiate by; may be repeated; without it, all")
      ->type_name("NAME")
      ->allow_extra_args(false);
  command->add_option("--order", derive_.order, "how often: 0 to 20")
      ->type_name("N")
      ->check(integer_from(0, 20));
  command
      ->add_option("--at", derive_.at,
                   "a value for a variable; also prints the derivative there, computed by formula, "
                   "automatically, by a complex step and by differences; may be repeated")
      ->type_name("NAME=VALUE")
      ->check(check_override)
      ->allow_extra_args(false);
  CLI::Option* latex = command->add_flag("--latex", derive_.latex, "print LaTeX");
  command->add_flag("--raw", derive_.raw, "as the rules give it, not simplified");
  command->add_flag("--shared", derive_.shared, "write common subexpressions once")
      ->excludes(latex);
  command->add_flag("--json", derive_.json, "print one JSON object for each derivative");
}

void CommandLine::add_lesson() {
  CLI::App* command = add_command(
      "lesson", "Show an idea of the course at work on real data, in numbers and pictures.",
      "gradus lesson run gradient-paths",
      [this](Output& output) { return run_lesson(lesson_, output); });
  command->add_option("action", lesson_.action, "list: name all lessons; run: run one")
      ->type_name("list|run")
      ->check([](const std::string& text) -> std::string {
        return text == "list" || text == "run" ? "" : fmt::format("'{}' is not list or run", text);
      })
      ->required();
  command->add_option("name", lesson_.name, "the lesson to run")->type_name("NAME");
  command
      ->add_option("--out", lesson_.folder,
                   "the folder of the pictures (SVG); without it, lesson-pictures")
      ->type_name("DIR");
  command->add_flag("--json", lesson_.json, "list: print one JSON object for each lesson");
  command->parse_complete_callback([this] {
    if (lesson_.action == "run" && lesson_.name.empty()) {
      throw CLI::RequiredError("the name of a lesson");
    }
  });
}

void CommandLine::add_doctor() {
  CLI::App* command =
      add_command("doctor",
                  "Tell what this machine offers: processor, libraries and the "
                  "kernels they chose, memory, data sets.",
                  "gradus doctor", [this](Output& output) { return run_doctor(doctor_, output); });
  command->add_flag("--json", doctor_.json, "print one JSON object");
}

ExitCode CommandLine::report_usage(const CLI::ParseError& error) const {
  const auto commands = app_.get_subcommands();
  const CLI::App& app = commands.empty() ? app_ : *commands.front();
  const auto unknown = app_.remaining(true);
  std::string what = error.what();
  if (!unknown.empty()) {
    what = unknown_text(app, unknown.front());
  } else if (commands.empty()) {
    what = "no command given";
  } else if (const CLI::Option* option = missing_option(app)) {
    what = fmt::format("{} is missing: {}", usage_name(*option), option->get_description());
  }
  const std::string name = commands.empty() ? "gradus" : "gradus " + app.get_name();
  report_error(fmt::format("{} ({} --help tells what there is)", what, name));
  return ExitCode::usage;
}

ExitCode CommandLine::run(int argc, const char* const* argv, Output& output) {
  try {
    app_.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    const auto commands = app_.get_subcommands();
    output.write(help_text(commands.empty() ? app_ : *commands.front()));
    return ExitCode::done;
  } catch (const CLI::CallForVersion& version) {
    output.line(version.what());
    return ExitCode::done;
  } catch (const CLI::ParseError& error) {
    return report_usage(error);
  }
  return action_(output);
}

/// A file that is opened where standard output was closed would receive what is printed. What
/// takes its place refuses every write, as a closed descriptor does.
void fill_standard_descriptors() {
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(descriptor, F_GETFD) >= 0) continue;
    if (open("/dev/null", O_RDONLY) < 0) return;  // the lowest free one: `descriptor`
  }
}

/// True of errors that speak of files, names and requests, and say which: that a function of the
/// library found it adds nothing. Of others, as of shapes, the operation is a part of the message.
bool speaks_for_itself(const Error& error) {
  switch (error.code()) {
    case ErrorCode::not_found:
    case ErrorCode::format:
    case ErrorCode::io:
    case ErrorCode::disk_full:
    case ErrorCode::interrupted:
      return true;
    default:
      return error.operation().starts_with("read_");
  }
}

std::string text_of(const std::exception& error) {
  const std::string_view text = error.what();
  const auto* known = dynamic_cast<const Error*>(&error);
  if (!known || !speaks_for_itself(*known)) return std::string(text);
  const std::string operation = known->operation() + ": ";
  return std::string(text.starts_with(operation) ? text.substr(operation.size()) : text);
}

ExitCode run_checked(int argc, const char* const* argv, Output& output) {
  try {
    const ExitCode code = CommandLine().run(argc, argv, output);
    output.flush();
    return code;
  } catch (const ClosedOutput&) {
    return ExitCode::done;  // the reader has seen enough
  } catch (const std::exception& error) {
    const ExitCode code = exit_code_of(error);
    report_error(code == ExitCode::internal
                     ? fmt::format("{} (a defect of gradus; please report it)", error.what())
                     : text_of(error));
    return code;
  }
}

}  // namespace

int run_program(int argc, const char* const* argv) {
  fill_standard_descriptors();
  for (const int signal : {SIGPIPE, SIGXFSZ}) std::signal(signal, SIG_IGN);  // writes fail instead
  Output output;
  return static_cast<int>(run_checked(argc, argv, output));
}

}  // namespace gradus::cli
