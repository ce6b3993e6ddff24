// Internal: what may change when a run goes on.
#pragma once

#include <optional>

#include "gradus/train/checkpoint.h"
#include "gradus/train/progress.h"
#include "gradus/train/recipe.h"
#include "gradus/train/run_folder.h"

namespace gradus::train {

/// Tells `messages` what differs between the recipe that a run was trained with, which its
/// checkpoint knows whatever recipe.toml says by now, and the one to go on with. Throws one Error
/// that lists what cannot change: seed, data, model, loss, kind of optimiser, batch size,
/// precision.
void check_recipe_to_resume(const RunFolder& folder, const std::optional<Checkpoint>& saved,
                            const Recipe& after, const TextSink& messages);

}  // namespace gradus::train
