#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "gradus/base/dtype.h"
#include "gradus/base/pointer.h"
#include "gradus/ops/precision.h"
#include "gradus/optim/plateau.h"
#include "gradus/train/choice.h"
#include "gradus/train/early_stopping.h"
#include "gradus/train/pace.h"

namespace gradus::train {

/// The [loss] table.
struct LossRecipe {
  LossChoice kind = {};
  void fields(RecipeVisitor& v) { kind.fields(v, "name"); }
};

/// The [optimizer] table.
struct OptimizerRecipe {
  OptimizerChoice kind{"adam"};
  /// Throws Error, naming the place in the recipe, if an option makes no sense.
  Owned<optim::Optimizer> make() const;
  void fields(RecipeVisitor& v) { kind.fields(v, "name"); }
};

/// The [schedule] table. Time counts in epochs.
struct ScheduleRecipe {
  /// "plateau" has no maker: it is not a function of time.
  ScheduleChoice kind = {};
  Pace pace = Pace::step;  ///< how often the rate changes
  double warm_up = 0;  ///< epochs in which the rate first grows along a line; time starts after it
  std::string monitor = "validation_loss";  ///< of plateau
  optim::PlateauOptions plateau = {};

  static constexpr const char* kPlateau = "plateau";
  bool is_plateau() const { return kind.name() == kPlateau; }

  void fields(RecipeVisitor& v);
};

/// The [train] table.
struct TrainRecipe {
  std::int64_t epochs = 10;
  std::int64_t batch_size = 64;
  DType precision = DType::f32;  ///< of weights and computation: f32 or f64
  /// Of products and convolutions of training steps, where `precision` is f32.
  ProductPrecision products = ProductPrecision::full;
  double clip_norm = 0;               ///< limit of the gradients' global norm; 0: none
  double clip_value = 0;              ///< limit of each element of the gradients; 0: none
  bool compile = true;                ///< run steps as one compiled function
  std::int64_t checkpoint_steps = 0;  ///< save after so many steps of an epoch; 0: do not
  double checkpoint_seconds = 30;     ///< save within an epoch when the last is so old; 0: do not
  std::optional<EarlyStopping> early_stopping = {};

  void fields(RecipeVisitor& v);
};

}  // namespace gradus::train
