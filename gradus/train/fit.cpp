#include "gradus/train/fit.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/base/nearest_name.h"
#include "gradus/core/compile.h"
#include "gradus/io/path_kind.h"
#include "gradus/ops/require_finite.h"
#include "gradus/optim/train_step.h"
#include "gradus/train/checkpoint.h"
#include "gradus/train/evaluate.h"

namespace gradus::train {
namespace {

using Clock = std::chrono::steady_clock;

// Epochs may be much shorter than writing to a disk takes.
constexpr double kBetweenCheckpoints = 1.0;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

bool is_improvement(double value, double best, bool larger_is_better, double minimum_change) {
  if (std::isnan(value)) return false;
  return larger_is_better ? value > best + minimum_change : value < best - minimum_change;
}

std::int64_t best_by_loss(const std::vector<EpochRecord>& history) {
  std::int64_t best_epoch = 0;
  double best = INFINITY;
  for (const EpochRecord& record : history) {
    const auto loss =
        find_metric(record.validation.empty() ? record.training : record.validation, "loss");
    if (!loss || !is_improvement(*loss, best, false, 0)) continue;
    best = *loss;
    best_epoch = record.epoch;
  }
  return best_epoch;
}

bool has_stopped_early(const TrainingState& state, const std::optional<EarlyStopping>& stopping) {
  return stopping && state.epoch - 1 - state.best_epoch > stopping->patience;
}

/// A step over a batch, of tensors alone so that it can be compiled: inputs, targets and a key give
/// the loss and the prediction.
struct BatchStep {
  optim::TrainStep step;

  Tensors operator()(const Tensor& inputs, const Tensor& targets, const Tensor& key) {
    auto [loss, prediction] = step.run(inputs, targets, Key(key));
    return {std::move(loss), std::move(prediction)};
  }
  void add_state(StateAddresses& addresses) { step.add_state(addresses); }
};

/// One call of fit().
class Fitting {
 public:
  Fitting(nn::Layer& model, const nn::Loss& loss, optim::Optimizer& optimizer,
          const Loaders& loaders, const FitOptions& options)
      : model_(model),
        loss_(loss),
        optimizer_(optimizer),
        loaders_(loaders),
        options_(options),
        step_(compile(BatchStep{optim::train_step(model, optimizer, loss,
                                                  {.clip_value = options.clip_value,
                                                   .clip_norm = options.clip_norm,
                                                   .precision = options.precision})})),
        sums_(options.metrics) {
    check_options();
    if (options_.plateau) plateau_.emplace(plateau_options());
    resume();
  }

  FitResult run() {
    while (!has_ended(state_, options_)) {
      if (!run_epoch()) {
        save();
        return result(StopReason::interrupted);
      }
    }
    const bool early = state_.epoch <= options_.epochs;
    if (options_.early_stopping && options_.early_stopping->restore_best && state_.best_epoch > 0) {
      nn::load_state(model_, state_.best);
    }
    return result(early ? StopReason::early_stopping : StopReason::all_epochs);
  }

 private:
  void check_options() const {
    if (options_.epochs < 1) {
      throw Error(ErrorCode::invalid_argument, "fit",
                  fmt::format("epochs must be 1 or more, not {}", options_.epochs));
    }
    if (loaders_.training.size() == 0) {
      throw Error(ErrorCode::invalid_argument, "fit", "there are no training examples");
    }
    const Measured measured =
        has_validation() ? Measured::training_and_validation : Measured::training;
    if (options_.early_stopping) {
      check_monitor("early_stopping", options_.early_stopping->monitor, options_.metrics, measured);
    }
    if (options_.plateau) {
      check_monitor("plateau", options_.plateau->monitor, options_.metrics, measured);
    }
  }

  bool has_validation() const { return loaders_.validation && loaders_.validation->size() > 0; }

  optim::PlateauOptions plateau_options() const {
    optim::PlateauOptions options = options_.plateau->options;
    options.direction = is_better_when_larger(options_.plateau->monitor)
                            ? optim::Direction::maximize
                            : optim::Direction::minimize;
    return options;
  }

  void resume() {
    const std::string& path = options_.checkpoint.path;
    if (!options_.checkpoint.resume || path.empty()) return;
    if (!io::is_there("fit", path)) return;
    Checkpoint checkpoint = read_checkpoint(path);
    try {
      nn::load_state(model_, checkpoint.model);
      nn::load_state(optimizer_, checkpoint.optimizer);
      if (plateau_ && !checkpoint.schedule.empty()) {
        nn::load_state(*plateau_, checkpoint.schedule);
      }
      if (!checkpoint.training.sums.empty()) sums_.load_state(checkpoint.training.sums);
    } catch (Error& error) {
      error.add_context(path);
      throw;
    }
    state_ = std::move(checkpoint.training);
  }

  void save() {
    if (options_.checkpoint.path.empty()) return;
    state_.sums = sums_.state();
    Checkpoint checkpoint{.training = state_,
                          .model = nn::state(model_),
                          .optimizer = nn::state(optimizer_),
                          .schedule = plateau_ ? nn::state(*plateau_) : nn::NamedTensors{},
                          .metadata = options_.checkpoint.metadata};
    checkpoint.training.seconds += seconds_since(epoch_start_);
    write_checkpoint(options_.checkpoint.path, checkpoint);
    last_saved_ = Clock::now();
  }

  /// False if it was interrupted.
  bool run_epoch() {
    const std::int64_t steps = loaders_.training.size();
    epoch_start_ = Clock::now();
    if (state_.step == 0) sums_ = MetricSums(options_.metrics);
    for (Callback* callback : options_.callbacks) {
      callback->start_epoch(state_.epoch, options_.epochs, steps);
    }
    for (const data::Batch& batch : loaders_.training.epoch(state_.epoch - 1, state_.step)) {
      const double loss = step(batch);
      ++state_.step;
      for (Callback* callback : options_.callbacks) {
        callback->after_step({state_.epoch, state_.step, steps, loss, sums_});
      }
      if (options_.interrupted && options_.interrupted()) return false;
      if (state_.step < steps && checkpoint_is_due()) save();
    }
    end_epoch();
    return true;
  }

  bool checkpoint_is_due() const {
    const CheckpointOptions& checkpoint = options_.checkpoint;
    if (checkpoint.path.empty()) return false;
    if (checkpoint.steps > 0 && state_.step % checkpoint.steps == 0) return true;
    return checkpoint.seconds > 0 && seconds_since(last_saved_) >= checkpoint.seconds;
  }

  /// One step of the optimiser; returns the loss.
  double step(const data::Batch& batch) {
    if (!batch.inputs.defined() || !batch.targets.defined()) {
      throw Error(ErrorCode::invalid_argument, "fit",
                  fmt::format("the training examples have no {}",
                              batch.inputs.defined() ? "targets" : "inputs"));
    }
    set_learning_rate();
    const Key key = options_.key.fold_in(static_cast<std::uint64_t>(state_.epoch))
                        .fold_in(static_cast<std::uint64_t>(state_.step));
    const Tensors outputs = run_step(batch, key);
    const double loss = outputs[0].item<double>();
    sums_.add(loss, outputs[1], batch.targets);
    return loss;
  }

  /// The loss, which is finite, and the prediction.
  Tensors run_step(const data::Batch& batch, const Key& key) {
    try {
      return options_.compile ? step_(batch.inputs, batch.targets, key.data())
                              : step_.function()(batch.inputs, batch.targets, key.data());
    } catch (const Error& error) {
      if (error.operation() != kRequireFinite.name) throw;
      throw not_finite(error.message());
    }
  }

  Error not_finite(const std::string& what) const {
    return Error(ErrorCode::numeric, "fit",
                 fmt::format("{} in epoch {} after {} steps, with learning rate {:g}; a lower "
                             "learning rate or clip_norm may help, and so may a look for such "
                             "values in the data",
                             what, state_.epoch, state_.step, optimizer_.learning_rate()));
  }

  void set_learning_rate() {
    double time = static_cast<double>(state_.epoch - 1);
    if (options_.schedule_every == Pace::step) {
      time += static_cast<double>(state_.step) / static_cast<double>(loaders_.training.size());
    }
    const double scheduled = options_.schedule ? options_.schedule(time) : 1;
    const double factor = plateau_ ? scheduled * plateau_->factor() : scheduled;
    if (factor == rate_factor_) return;
    optimizer_.set_rate_factor(factor);
    rate_factor_ = factor;
  }

  void end_epoch() {
    EpochRecord record{.epoch = state_.epoch, .training = sums_.result()};
    if (has_validation()) {
      record.validation = evaluate(model_, loss_, *loaders_.validation, options_.metrics);
    }
    // The shortest decimal: 0.05 instead of 0.05000000074505806.
    record.learning_rate = std::stod(fmt::format("{}", optimizer_.learning_rate()));
    record.seconds = state_.seconds + seconds_since(epoch_start_);
    if (plateau_) (*plateau_)(*find_metric(record, options_.plateau->monitor));
    if (options_.early_stopping) remember_the_best(record);
    state_.history.push_back(record);
    ++state_.epoch;
    state_.step = 0;
    state_.seconds = 0;
    epoch_start_ = Clock::now();
    if (has_ended(state_, options_) || seconds_since(last_saved_) >= kBetweenCheckpoints) save();
    for (Callback* callback : options_.callbacks) callback->end_epoch(record);
  }

  void remember_the_best(const EpochRecord& record) {
    const EarlyStopping& stopping = *options_.early_stopping;
    const double value = *find_metric(record, stopping.monitor);
    const bool first = state_.best_epoch == 0 && !std::isnan(value);
    if (!first && !is_improvement(value, state_.best_value, is_better_when_larger(stopping.monitor),
                                  stopping.minimum_change)) {
      return;
    }
    state_.best_epoch = record.epoch;
    state_.best_value = value;
    if (stopping.restore_best) state_.best = nn::state(model_);
  }

  FitResult result(StopReason reason) const {
    const bool monitored = options_.early_stopping && state_.best_epoch > 0;
    return {state_.history, reason, monitored ? state_.best_epoch : best_by_loss(state_.history)};
  }

  nn::Layer& model_;
  const nn::Loss& loss_;
  optim::Optimizer& optimizer_;
  const Loaders& loaders_;
  const FitOptions& options_;
  Compiled<BatchStep> step_;
  std::optional<optim::Plateau> plateau_;
  TrainingState state_;
  MetricSums sums_;
  double rate_factor_ = NAN;  // none set yet
  Clock::time_point epoch_start_ = Clock::now();
  Clock::time_point last_saved_ = Clock::now();
};

}  // namespace

bool has_ended(const TrainingState& state, const FitOptions& options) {
  return state.epoch > options.epochs || has_stopped_early(state, options.early_stopping);
}

std::vector<std::string> monitored_names(MetricSet set, Measured on) {
  std::vector<std::string> names;
  for (const std::string& name : metric_names(set)) names.push_back("train_" + name);
  if (on == Measured::training) return names;
  for (const std::string& name : metric_names(set)) names.push_back("validation_" + name);
  return names;
}

void check_monitor(const std::string& what, const std::string& monitor, MetricSet set,
                   Measured on) {
  const std::vector<std::string> names = monitored_names(set, on);
  if (std::find(names.begin(), names.end(), monitor) != names.end()) return;
  throw Error(ErrorCode::invalid_argument, "fit",
              fmt::format("{} monitors {}, which is not measured{}", what, monitor,
                          suggestion(monitor, names)));
}

FitResult fit(nn::Layer& model, const nn::Loss& loss, optim::Optimizer& optimizer,
              const Loaders& loaders, const FitOptions& options) {
  return Fitting(model, loss, optimizer, loaders, options).run();
}

}  // namespace gradus::train
