#include "gradus/train/run.h"

#include <optional>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/base/parallel.h"
#include "gradus/base/version.h"
#include "gradus/io/atomic_file.h"
#include "gradus/io/path_kind.h"
#include "gradus/train/checkpoint.h"
#include "gradus/train/memory_need.h"
#include "gradus/train/resume.h"
#include "gradus/train/run_data.h"
#include "gradus/train/run_folder.h"
#include "gradus/train/run_keys.h"
#include "gradus/train/run_log.h"
#include "gradus/train/run_report.h"
#include "gradus/train/temporary_folder.h"
#include "gradus/train/trained_model.h"

namespace gradus::train {
namespace {

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
                     .precision = train.products,
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
  check_memory({prepared.model, built.layers}, *prepared.optimizer);
  if (recipe.model.name.empty()) prepared.recipe.model.layers = std::move(built.layers);
  return prepared;
}

std::string counts_text(const RunData& data) {
  return fmt::format("{} training, {} validation, {} test", report::grouped(data.training->size()),
                     report::grouped(data.validation->size()), report::grouped(data.test->size()));
}

/// What a run has left to do.
enum class Rest {
  steps,    // of the optimiser, and all that follows
  results,  // the last checkpoint is there; a kill came before the model was written
  nothing
};

Rest rest_of(const Prepared& prepared, const RunFolder& folder,
             const std::optional<Checkpoint>& saved) {
  if (!saved || !has_ended(saved->training, prepared.fit)) return Rest::steps;
  if (!io::is_there("run", folder.report())) return Rest::results;
  if (!io::is_there("run", folder.model())) return Rest::results;
  try {
    const auto epochs = static_cast<std::int64_t>(saved->training.history.size());
    return load_run(folder.model()).epochs == epochs ? Rest::nothing : Rest::results;
  } catch (const Error&) {
    return Rest::results;  // a damaged model is written anew
  }
}

/// Trains from where the checkpoint of the folder stands.
FitResult train_on(Prepared& prepared, const RunData& data, FitOptions fit_options) {
  const Recipe& recipe = prepared.recipe;
  fit_options.checkpoint.resume = true;
  fit_options.checkpoint.metadata = {{kRecipeKey, to_toml(recipe)}};
  const auto training = loader_of(data.training, data.scale, recipe.train.precision,
                                  {.batch_size = recipe.train.batch_size,
                                   .shuffle = true,
                                   .key = order_key(recipe),
                                   .augmentation = recipe.data.make_augmentation()});
  const auto validation = loader_of(data.validation, data.scale, recipe.train.precision);
  return fit(prepared.model, prepared.loss, *prepared.optimizer,
             {.training = training, .validation = &validation}, fit_options);
}

/// Trains and leaves everything but model and report in the folder.
FitResult train(Prepared& prepared, const RunData& data, const RunFolder& folder,
                const std::vector<EpochRecord>& done, const RunOptions& options) {
  MetricsFile metrics(folder.metrics(), done);
  EventLog events(folder.path, static_cast<std::int64_t>(done.size()));
  ProgressLog progress(
      options.messages ? options.messages : [](std::string_view) {}, options.progress);
  FitOptions fit_options = prepared.fit;
  fit_options.callbacks = {&metrics, &events, &progress};
  EpochListener listener(options.after_epoch);
  if (options.after_epoch) fit_options.callbacks.push_back(&listener);
  fit_options.checkpoint.path = folder.checkpoint();
  fit_options.interrupted = options.interrupted;
  try {
    return train_on(prepared, data, std::move(fit_options));
  } catch (...) {
    progress.clear();
    throw;
  }
}

/// What fit() gives where it has no step to make.
FitResult restore(Prepared& prepared, const RunData& data, const RunFolder& folder) {
  FitOptions fit_options = prepared.fit;
  fit_options.checkpoint.path = folder.checkpoint();
  return train_on(prepared, data, std::move(fit_options));
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

/// What a failed write threw, with how the results are to be had all the same.
Error with_way_on(const Error& error, const char* left, const RunFolder& folder,
                  const RunOptions& options) {
  if (options.dry_run) return error;
  return Error(error.code(), error.operation(),
               fmt::format("{}; the training has ended and its checkpoint is saved: --resume {} "
                           "writes {}",
                           error.message(), folder.path, left),
               error.shapes(), error.where());
}

/// Leaves report and model in the folder; the model last, as it shows that all is done. A report
/// that cannot be written does not keep the model from it, unless the folder has the report of an
/// earlier model, which then stays beside that.
void write_results(const RunFolder& folder, const RunOutcome& outcome, TrainedModel trained,
                   const RunOptions& options) {
  std::optional<Error> refused;
  try {
    io::write_file("report", folder.report(), report::render(report_of(outcome, trained.model)));
  } catch (const Error& error) {
    refused = error;
  }
  const bool writes_model = !refused || !io::is_there("run", folder.report());
  try {
    if (writes_model) write_model(folder.model(), trained);
  } catch (const Error& error) {
    throw with_way_on(error, refused ? "model and report" : "the model", folder, options);
  }
  if (refused)
    throw with_way_on(*refused, writes_model ? "the report" : "model and report", folder, options);
}

/// Tests the model, and leaves the results in the folder where that is left to do.
RunResult finish(Prepared& prepared, const RunData& data, const RunFolder& folder, FitResult fitted,
                 Rest rest, const RunOptions& options) {
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
  if (rest != Rest::nothing) {
    write_results(folder, outcome,
                  {prepared.recipe, data.info, data.scale, prepared.model,
                   static_cast<std::int64_t>(fitted.history.size())},
                  options);
  }
  return {.folder = folder.path,
          .history = std::move(fitted.history),
          .reason = fitted.reason,
          .best_epoch = fitted.best_epoch,
          .test = outcome.test,
          .report = folder.report()};
}

/// Refuses the checkpoint of another model before anything in the folder is written.
void check_checkpoint(const Prepared& prepared, const Checkpoint& saved, const std::string& path) {
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

/// The keys of which a run that has ended would need more to go on.
std::string keys_to_go_on(const TrainingState& state, FitOptions options) {
  std::vector<const char*> keys;
  if (state.epoch > options.epochs) keys.push_back("train.epochs");
  options.epochs = state.epoch;  // so that only early stopping could end it
  if (has_ended(state, options)) keys.push_back("train.early_stopping.patience");
  return fmt::format("{}", fmt::join(keys, " and "));
}

/// Tells what is about to happen.
void announce(const Prepared& prepared, const RunData& data, const RunFolder& folder,
              const std::optional<Checkpoint>& saved, Rest rest, const RunOptions& options) {
  if (!options.messages) return;
  options.messages(fmt::format("{}: {} parameters, {} thread{}\n{} examples\n{}\n",
                               prepared.recipe.name,
                               report::grouped(nn::parameter_count(prepared.model)), thread_count(),
                               thread_count() == 1 ? "" : "s", counts_text(data), folder.path));
  if (prepared.fit.precision == ProductPrecision::bf16 && !has_bf16_products()) {
    options.messages(
        "this processor has no fast products of bf16 (AMX, or AVX-512 BF16 of AMD): operands are "
        "rounded and multiplied in f32, more slowly than with train.precision = \"f32\"\n");
  }
  if (options.resume && !options.dry_run && !saved) {
    options.messages("there is no checkpoint in it: training starts from the beginning\n");
  }
  if (rest != Rest::steps) {
    options.messages(
        fmt::format("training has ended after {} epochs; it would go on with more {}\n",
                    saved->training.history.size(), keys_to_go_on(saved->training, prepared.fit)));
  }
}

RunResult run_in(Prepared& prepared, const RunData& data, const RunFolder& folder,
                 std::optional<Checkpoint> saved, const RunOptions& options) {
  if (saved) check_checkpoint(prepared, *saved, folder.checkpoint());
  const Rest rest = rest_of(prepared, folder, saved);
  announce(prepared, data, folder, saved, rest, options);
  if (rest == Rest::nothing) {
    return finish(prepared, data, folder, restore(prepared, data, folder), rest, options);
  }
  io::write_file("run", folder.recipe(), to_toml(prepared.recipe));
  std::vector<EpochRecord> done;
  if (saved) done = std::move(saved->training.history);
  saved.reset();  // what is mapped keeps its place on the disk
  FitResult fitted = train(prepared, data, folder, done, options);
  if (fitted.reason == StopReason::interrupted) {
    throw Error(ErrorCode::interrupted, "train",
                fmt::format("stopped in epoch {}; the checkpoint is saved, go on with --resume {}",
                            fitted.history.size() + 1, folder.path));
  }
  return finish(prepared, data, folder, std::move(fitted), rest, options);
}

RunResult dry_run(Prepared& prepared, const RunData& data, const RunOptions& options) {
  const TemporaryFolder temporary;
  prepared.fit.epochs = 1;
  RunResult result = run_in(prepared, first_of_each(data, prepared.recipe.train.batch_size),
                            {temporary.path()}, std::nullopt, options);
  read_checkpoint(RunFolder{temporary.path()}.checkpoint());
  load_run(temporary.path());
  result.folder.clear();
  result.report.clear();
  return result;
}

/// The checkpoint of a run to go on with, if it has one; checks that the recipe goes with it.
std::optional<Checkpoint> saved_for(const Recipe& recipe, const RunFolder& folder,
                                    const TextSink& messages) {
  std::optional<Checkpoint> saved;
  if (io::is_there("run", folder.checkpoint())) saved = read_checkpoint(folder.checkpoint());
  check_recipe_to_resume(folder, saved, recipe, messages);
  return saved;
}

}  // namespace

RunResult run(const Recipe& recipe, const RunOptions& options) {
  Prepared prepared = prepare(recipe);
  const RunFolder begun{options.folder};
  const bool goes_on = options.resume && io::is_there("run", begun.recipe());
  std::optional<HeldRunFolder> held;
  std::optional<Checkpoint> saved;
  if (goes_on && !options.dry_run) held.emplace(hold_run_folder(begun.path));
  if (goes_on) saved = saved_for(prepared.recipe, begun, options.messages);
  const RunData data = load_run_data(recipe.data, split_key(recipe));
  if (options.dry_run) return dry_run(prepared, data, options);
  if (!held && options.folder.empty()) held.emplace(create_named_run_folder(recipe.name));
  if (!held) held.emplace(create_run_folder(options.folder));
  return run_in(prepared, data, held->folder, std::move(saved), options);
}

}  // namespace gradus::train
