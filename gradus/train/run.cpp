#include "gradus/train/run.h"

#include <filesystem>

#include <fmt/format.h>
#include <unistd.h>

#include "gradus/base/error.h"
#include "gradus/base/parallel.h"
#include "gradus/base/version.h"
#include "gradus/io/atomic_file.h"
#include "gradus/io/file_bytes.h"
#include "gradus/train/checkpoint.h"
#include "gradus/train/resume.h"
#include "gradus/train/run_data.h"
#include "gradus/train/run_folder.h"
#include "gradus/train/run_keys.h"
#include "gradus/train/run_log.h"
#include "gradus/train/run_report.h"
#include "gradus/train/trained_model.h"

namespace gradus::train {
namespace {

namespace fs = std::filesystem;

/// A folder that is gone when its owner is.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (fs::temp_directory_path() / "gradus-dry-run-XXXXXX").string();
    if (!mkdtemp(pattern.data())) {
      throw io::system_error("run", pattern, "cannot make a temporary folder", errno);
    }
    path_ = pattern;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// What a recipe stands for, made and checked.
struct Prepared {
  Recipe recipe;  ///< with every size filled in
  nn::Sequential model;
  nn::Loss loss;
  Owned<optim::Optimizer> optimizer;
  FitOptions fit;
};

template <class F>
auto at_place(const Place& place, F&& f) {
  try {
    return f();
  } catch (Error& error) {
    if (!place.source.empty()) error.add_context(place.to_string());
    throw;
  }
}

optim::Schedule schedule_of(const ScheduleRecipe& recipe, std::int64_t epochs) {
  if (!recipe.kind) return {};
  return at_place(recipe.kind.place(), [&] {
    const ScheduleRecipe copy = recipe;
    copy.kind.maker().infer(static_cast<double>(epochs) - recipe.warm_up);
    optim::Schedule schedule = copy.kind.maker().make();
    if (recipe.warm_up == 0) return schedule;
    return optim::warm_up({.duration = static_cast<float>(recipe.warm_up)}, schedule);
  });
}

FitOptions fit_options_of(const Recipe& recipe) {
  const TrainRecipe& train = recipe.train;
  FitOptions options{.epochs = train.epochs,
                     .key = layers_key(recipe),
                     .metrics = recipe.metrics(),
                     .clip_norm = train.clip_norm,
                     .clip_value = train.clip_value,
                     .compile = train.compile,
                     .early_stopping = train.early_stopping};
  options.checkpoint.steps = train.checkpoint_steps;
  options.checkpoint.seconds = train.checkpoint_seconds;
  if (recipe.schedule && recipe.schedule->is_plateau()) {
    options.plateau = PlateauSchedule{recipe.schedule->plateau, recipe.schedule->monitor};
  } else if (recipe.schedule) {
    options.schedule = schedule_of(*recipe.schedule, train.epochs);
    options.schedule_every = recipe.schedule->pace;
  }
  return options;
}

Prepared prepare(const Recipe& recipe) {
  const data::DataSetInfo& info = data::find_data_set(recipe.data.name);
  const std::int64_t outputs = info.task == data::Task::classification ? info.classes() : 1;
  BuiltModel built = build_model(recipe.model, info.input_shape, outputs, weights_key(recipe),
                                 recipe.train.precision);
  Prepared prepared{
      .recipe = recipe,
      .model = std::move(built.model),
      .loss = at_place(recipe.loss->kind.place(), [&] { return recipe.loss->kind.maker().make(); }),
      .optimizer = recipe.optimizer.make(),
      .fit = fit_options_of(recipe)};
  if (recipe.model.name.empty()) prepared.recipe.model.layers = std::move(built.layers);
  return prepared;
}

std::string counts_text(const RunData& data) {
  return fmt::format("{} training, {} validation, {} test", report::grouped(data.training->size()),
                     report::grouped(data.validation->size()), report::grouped(data.test->size()));
}

/// Trains and leaves everything but the report in the folder.
FitResult train(Prepared& prepared, const RunData& data, const RunFolder& folder,
                const RunOptions& options) {
  const Recipe& recipe = prepared.recipe;
  std::vector<EpochRecord> done;
  if (fs::exists(folder.checkpoint())) done = read_checkpoint(folder.checkpoint()).training.history;

  MetricsFile metrics(folder.metrics(), done);
  EventLog events(folder.path, static_cast<std::int64_t>(done.size()));
  ProgressLog progress(
      options.messages ? options.messages : [](std::string_view) {}, options.progress);
  FitOptions fit_options = prepared.fit;
  fit_options.callbacks = {&metrics, &events, &progress};
  EpochListener listener(options.after_epoch);
  if (options.after_epoch) fit_options.callbacks.push_back(&listener);
  fit_options.checkpoint.path = folder.checkpoint();
  fit_options.checkpoint.resume = true;
  fit_options.interrupted = options.interrupted;

  const auto training = loader_of(data.training, data.scale, recipe.train.precision,
                                  {.batch_size = recipe.train.batch_size,
                                   .shuffle = true,
                                   .key = order_key(recipe),
                                   .augmentation = recipe.data.make_augmentation()});
  const auto validation = loader_of(data.validation, data.scale, recipe.train.precision);
  try {
    return fit(prepared.model, prepared.loss, *prepared.optimizer,
               {.training = training, .validation = &validation}, fit_options);
  } catch (...) {
    progress.clear();
    throw;
  }
}

std::vector<report::Fact> facts_of(const Recipe& recipe, const RunData& data,
                                   const FitResult& fitted, const std::string& folder) {
  const std::string stopped = fitted.reason == StopReason::early_stopping
                                  ? fmt::format("early, after {} epochs", fitted.history.size())
                                  : fmt::format("after all {} epochs", fitted.history.size());
  return {{"Run", folder},
          {"Data", fmt::format("{}: {} examples", data.info.name, counts_text(data))},
          {"Seed", fmt::format("{}", recipe.seed)},
          {"Stopped", stopped},
          {"Threads", fmt::format("{}", thread_count())},
          {"Program", fmt::format("Gradus {} ({})", version(), commit())}};
}

/// Test, model and report.
RunResult finish(Prepared& prepared, const RunData& data, const RunFolder& folder,
                 FitResult fitted) {
  TrainedModel trained{prepared.recipe, data.info, data.scale, prepared.model};
  write_model(folder.model(), trained);
  RunOutcome outcome{.title = prepared.recipe.name,
                     .info = data.info,
                     .history = fitted.history,
                     .best_epoch = fitted.best_epoch,
                     .examples = data.test.get(),
                     .facts = facts_of(prepared.recipe, data, fitted, folder.path),
                     .recipe = to_toml(prepared.recipe)};
  if (data.test->size() > 0) {
    const auto loader = loader_of(data.test, data.scale, prepared.recipe.train.precision);
    outcome.test = evaluate(prepared.model, prepared.loss, loader, prepared.fit.metrics);
    outcome.predictions = predict(prepared.model, loader);
  }
  io::write_file("report", folder.report(), report::render(report_of(outcome, prepared.model)));
  return {.folder = folder.path,
          .history = std::move(fitted.history),
          .reason = fitted.reason,
          .best_epoch = fitted.best_epoch,
          .test = outcome.test,
          .report = folder.report()};
}

/// Refuses the checkpoint of another model before anything in the folder is written.
void check_checkpoint(const Prepared& prepared, const std::string& path) {
  if (!fs::exists(path)) return;
  const Checkpoint saved = read_checkpoint(path);
  try {
    nn::Sequential model = prepared.model;
    nn::load_state(model, saved.model);
    const auto optimizer = prepared.optimizer->clone();
    optimizer->prepare(model);
    nn::load_state(*optimizer, saved.optimizer);
  } catch (Error& error) {
    error.add_context(path);
    throw;
  }
}

RunResult run_in(Prepared& prepared, const RunData& data, const RunFolder& folder,
                 const RunOptions& options) {
  check_checkpoint(prepared, folder.checkpoint());
  io::write_file("run", folder.recipe(), to_toml(prepared.recipe));
  if (options.messages) {
    options.messages(
        fmt::format("{}: {} parameters, {} thread{}\n{} examples\n{}\n", prepared.recipe.name,
                    report::grouped(nn::parameter_count(prepared.model)), thread_count(),
                    thread_count() == 1 ? "" : "s", counts_text(data), folder.path));
    if (options.resume && !fs::exists(folder.checkpoint())) {
      options.messages("there is no checkpoint in it: training starts from the beginning\n");
    }
  }
  FitResult fitted = train(prepared, data, folder, options);
  if (fitted.reason == StopReason::interrupted) {
    throw Error(ErrorCode::interrupted, "train",
                fmt::format("stopped in epoch {}; the checkpoint is saved, go on with --resume {}",
                            fitted.history.size() + 1, folder.path));
  }
  return finish(prepared, data, folder, std::move(fitted));
}

RunResult dry_run(Prepared& prepared, const RunData& data, const RunOptions& options) {
  const TemporaryFolder temporary;
  prepared.fit.epochs = 1;
  RunResult result = run_in(prepared, first_of_each(data, prepared.recipe.train.batch_size),
                            {temporary.path()}, options);
  read_checkpoint(RunFolder{temporary.path()}.checkpoint());
  load_run(temporary.path());
  result.folder.clear();
  result.report.clear();
  return result;
}

}  // namespace

RunResult run(const Recipe& recipe, const RunOptions& options) {
  Prepared prepared = prepare(recipe);
  const bool goes_on = options.resume && fs::exists(RunFolder{options.folder}.recipe());
  if (goes_on) {
    const Recipe before = read_recipe(RunFolder{options.folder}.recipe());
    check_recipe_to_resume(options.folder, before, prepared.recipe, options.messages);
  }
  const RunData data = load_run_data(recipe.data, split_key(recipe));
  if (options.dry_run) return dry_run(prepared, data, options);
  const std::string path = options.folder.empty() ? new_run_path(recipe.name) : options.folder;
  const RunFolder folder = goes_on ? open_run_folder(path) : create_run_folder(path);
  return run_in(prepared, data, folder, options);
}

}  // namespace gradus::train
