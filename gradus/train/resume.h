// Internal: what may change when a run goes on.
#pragma once

#include "gradus/train/progress.h"
#include "gradus/train/recipe.h"

namespace gradus::train {

/// Tells `messages` what differs between the recipe of a run and the one to go on with. Throws one
/// Error that lists what cannot change: seed, data, model, loss, kind of optimiser, batch size,
/// precision.
void check_recipe_to_resume(const std::string& folder, const Recipe& before, const Recipe& after,
                            const TextSink& messages);

}  // namespace gradus::train
