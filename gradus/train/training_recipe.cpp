#include "gradus/train/training_recipe.h"

#include "gradus/base/error.h"

namespace gradus::train {
namespace {

constexpr const char* kPaces[] = {"step", "epoch"};
constexpr const char* kPrecisions[] = {"f32", "f64", "bf16"};

}  // namespace

Owned<optim::Optimizer> OptimizerRecipe::make() const {
  try {
    return kind.maker().make();
  } catch (Error& error) {
    error.add_context(kind.place().to_string());
    throw;
  }
}

void ScheduleRecipe::fields(RecipeVisitor& v) {
  kind.fields(v, "name", {kPlateau});
  if (kind) {
    v("pace", pace, kPaces);
    v.number("warm_up", warm_up, {.low = 0});
  } else if (is_plateau()) {
    v.text("monitor", monitor, {});
    plateau.fields(v);
  }
}

void EarlyStopping::fields(RecipeVisitor& v) {
  v.integer("patience", patience, {.low = 0});
  v.text("monitor", monitor, {});
  v.number("minimum_change", minimum_change, {.low = 0});
  v("restore_best", restore_best);
}

void TrainRecipe::fields(RecipeVisitor& v) {
  v.integer("epochs", epochs, {.low = 1});
  v.integer("batch_size", batch_size, {.low = 1});
  enum class Precision { f32, f64, bf16 };
  Precision chosen = precision == DType::f64              ? Precision::f64
                     : products == ProductPrecision::bf16 ? Precision::bf16
                                                          : Precision::f32;
  v("precision", chosen, kPrecisions);
  precision = chosen == Precision::f64 ? DType::f64 : DType::f32;
  products = chosen == Precision::bf16 ? ProductPrecision::bf16 : ProductPrecision::full;
  v.number("clip_norm", clip_norm, {.low = 0});
  v.number("clip_value", clip_value, {.low = 0});
  v("compile", compile);
  v.integer("checkpoint_steps", checkpoint_steps, {.low = 0});
  v.number("checkpoint_seconds", checkpoint_seconds, {.low = 0});
  v.table("early_stopping", early_stopping);
}

}  // namespace gradus::train
