#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gradus/base/function.h"
#include "gradus/data/loader.h"
#include "gradus/io/metadata.h"
#include "gradus/nn/layer.h"
#include "gradus/nn/loss.h"
#include "gradus/ops/precision.h"
#include "gradus/optim/optimizer.h"
#include "gradus/optim/plateau.h"
#include "gradus/optim/schedule.h"
#include "gradus/train/early_stopping.h"
#include "gradus/train/history.h"
#include "gradus/train/metrics.h"
#include "gradus/train/pace.h"

namespace gradus::train {

struct TrainingState;

/// Where batches come from.
struct Loaders {
  const data::DataLoader& training;
  const data::DataLoader* validation = nullptr;
};

/// Where an epoch stands after a step.
struct StepRecord {
  std::int64_t epoch = 0;  ///< from 1
  std::int64_t step = 0;   ///< of this epoch, from 1
  std::int64_t steps = 0;  ///< of an epoch
  double loss = 0;         ///< of this step
  const MetricSums& sums;  ///< of the epoch so far
};

/// Is told how training goes.
class Callback {
 public:
  virtual ~Callback() = default;
  virtual void start_epoch(std::int64_t /*epoch*/, std::int64_t /*epochs*/,
                           std::int64_t /*steps*/) {}
  virtual void after_step(const StepRecord& /*record*/) {}
  virtual void end_epoch(const EpochRecord& /*record*/) {}
};

/// Lowers the learning rate when a metric has stopped improving.
struct PlateauSchedule {
  optim::PlateauOptions options = {};  ///< the direction follows from the metric
  std::string monitor = "validation_loss";
};

/// Saves where training stands, so that it can go on from there.
struct CheckpointOptions {
  std::string path = {};       ///< empty: none
  std::int64_t steps = 0;      ///< save after so many steps of an epoch; 0: do not
  double seconds = 30;         ///< save within an epoch when the last is so old; 0: do not
  io::Metadata metadata = {};  ///< kept with it
  bool resume = false;         ///< go on from it if it is there
};

struct FitOptions {
  std::int64_t epochs = 10;
  Key key = Key(0);  ///< of what layers draw (dropout)
  MetricSet metrics = MetricSet::none;
  double clip_norm = 0;   ///< limit of the gradients' global norm; 0: none
  double clip_value = 0;  ///< limit of each element of the gradients; 0: none
  /// Of the products and convolutions of training steps; validation is computed in full precision.
  ProductPrecision precision = ProductPrecision::full;
  bool compile = true;            ///< run steps as one compiled function; the bits are the same
  optim::Schedule schedule = {};  ///< of the learning rate, by epochs; none: constant
  Pace schedule_every = Pace::step;
  std::optional<PlateauSchedule> plateau = {};
  std::optional<EarlyStopping> early_stopping = {};
  std::vector<Callback*> callbacks = {};
  CheckpointOptions checkpoint = {};
  Function<bool()> interrupted = {};  ///< asked after each step: true ends training there
};

enum class StopReason { all_epochs, early_stopping, interrupted };

struct FitResult {
  std::vector<EpochRecord> history;
  StopReason reason = StopReason::all_epochs;
  /// With the best validation loss (or training loss, without validation), or by what early
  /// stopping monitors.
  std::int64_t best_epoch = 0;
};

/// Trains a model: in each epoch, a step of the optimiser for every batch, then validation. What
/// happens depends on the arguments alone: an interrupted run that goes on from its checkpoint ends
/// in the same bits as one that was not interrupted.
///
///     train::fit(model, nn::cross_entropy, optimizer, {.training = loader}, {.epochs = 5});
///
/// Throws Error before the first step if the options do not fit (a monitored metric that is not
/// measured), and when the loss is no longer finite; the step that showed it is not made, so model
/// and optimiser are as the step before has left them.
FitResult fit(nn::Layer& model, const nn::Loss& loss, optim::Optimizer& optimizer,
              const Loaders& loaders, const FitOptions& options = {});

/// True if a fit with these options that goes on from `state` has no step to make.
bool has_ended(const TrainingState& state, const FitOptions& options);

/// On which examples metrics are measured after an epoch.
enum class Measured { training, training_and_validation };

/// The names that can be monitored: "train_loss", "validation_accuracy", ...
std::vector<std::string> monitored_names(MetricSet set, Measured on);
/// Throws Error, naming what monitors and the nearest name, if `monitor` is not measured.
void check_monitor(const std::string& what, const std::string& monitor, MetricSet set, Measured on);

}  // namespace gradus::train
