#include <unistd.h>

#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "gradus/base/parallel.h"
#include "gradus/cli/commands.h"
#include "gradus/cli/metrics_text.h"
#include "gradus/cli/signals.h"
#include "gradus/cli/table.h"
#include "gradus/core/profile.h"
#include "gradus/io/atomic_file.h"
#include "gradus/ops/machine_peak.h"
#include "gradus/report/profile_report.h"
#include "gradus/train/run.h"
#include "gradus/train/run_folder.h"

namespace gradus::cli {
namespace {

using Json = nlohmann::ordered_json;

train::Recipe read_recipe(const TrainArguments& arguments) {
  std::vector<std::string> overrides = arguments.overrides;
  if (arguments.seed) overrides.push_back(fmt::format("seed={}", *arguments.seed));
  const std::string path = arguments.recipe.empty()
                               ? train::open_run_folder(arguments.resume).recipe()
                               : arguments.recipe;
  return train::read_recipe(path, overrides);
}

/// Prints a line at once. A reader that went away ends the training as a signal does: what was
/// done is saved.
void print_epoch(const train::EpochRecord& record, Output& output) {
  try {
    output.line(train::to_json(record));
    output.flush();
  } catch (const ClosedOutput&) {
    request_end();
  }
}

std::string result_json(const train::RunResult& result) {
  Json json;
  for (const char* name : {"accuracy", "loss"}) {
    if (const auto value = train::find_metric(result.test, name)) {
      json[std::string("test_") + name] = *value;
    }
  }
  for (const auto& [name, value] : result.test) json["test_" + name] = value;
  json["run"] = result.folder;
  return json.dump();
}

std::string result_text(const train::RunResult& result) {
  Table table({Align::left, Align::left});
  add_metric_rows(table, "test ", result.test);
  table.row({"run", result.folder});
  table.row({"report", result.report});
  return table.to_string(0);
}

void print_result(const train::RunResult& result, bool json, Output& output) {
  if (!json) {
    output.write(result_text(result));
    return;
  }
  write_to_standard_error(result_text(result));
  output.line(result_json(result));
}

/// The run, and what its operations took.
train::RunResult run_profiled(const train::Recipe& recipe, const train::RunOptions& options,
                              const std::string& path) {
  std::optional<io::AtomicFile> trace;  // a place that cannot be written shows before the training
  if (!path.empty()) trace.emplace("profile", path);
  ProfileScope scope;
  train::RunResult result = train::run(recipe, options);
  scope.stop();
  const Profile profile = scope.profile();
  write_to_standard_error(report::profile_table(profile, measure_machine_peak(thread_count())));
  if (trace) {
    trace->write(report::profile_trace(profile));
    trace->commit();
  }
  return result;
}

}  // namespace

ExitCode run_train(const TrainArguments& arguments, Output& output) {
  if (arguments.threads) set_thread_count(*arguments.threads);
  const train::Recipe recipe = read_recipe(arguments);
  const bool resumes = !arguments.resume.empty();
  train::RunOptions options{.folder = resumes ? arguments.resume : arguments.folder,
                            .resume = resumes,
                            .dry_run = arguments.dry_run,
                            .messages = write_to_standard_error,
                            .progress = {.terminal = draws_on_standard_error(),
                                         .width = [] { return terminal_width(STDERR_FILENO); }},
                            .interrupted = [] { return end_requested().load(); }};
  if (arguments.json && !arguments.dry_run) {
    options.after_epoch = [&](const train::EpochRecord& record) { print_epoch(record, output); };
  }
  const SignalGuard guard;
  const train::RunResult result = arguments.profile
                                      ? run_profiled(recipe, options, arguments.profile_file)
                                      : train::run(recipe, options);
  if (arguments.dry_run) {
    const char* done = "dry run: one batch went through training, validation, checkpoint, report\n";
    arguments.json ? write_to_standard_error(done) : output.write(done);
    return ExitCode::done;
  }
  print_result(result, arguments.json, output);
  return ExitCode::done;
}

}  // namespace gradus::cli
