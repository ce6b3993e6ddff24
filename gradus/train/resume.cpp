#include "gradus/train/resume.h"

#include <algorithm>

#include <fmt/format.h>

#include "gradus/base/error.h"

namespace gradus::train {
namespace {

/// True of keys on which the weights, the optimiser's state or the place in the data hang.
bool is_fixed(const std::string& key) {
  for (const char* prefix : {"data.", "model.", "loss."}) {
    if (key.starts_with(prefix)) return true;
  }
  for (const char* fixed : {"seed", "optimizer.name", "train.batch_size", "train.precision"}) {
    if (key == fixed) return true;
  }
  return false;
}

/// The recipe of a run, and the file that says so.
struct KnownRecipe {
  std::string source;
  Recipe recipe;
};

KnownRecipe known_recipe(const RunFolder& folder, const std::optional<Checkpoint>& saved) {
  const std::string* text = saved ? saved->metadata.find(kRecipeKey) : nullptr;
  if (!text) return {folder.recipe(), read_recipe(folder.recipe())};
  return {folder.checkpoint(), parse_recipe(*text, folder.checkpoint() + ": " + kRecipeKey)};
}

std::string or_nothing(const std::string& value) { return value.empty() ? "nothing" : value; }

}  // namespace

void check_recipe_to_resume(const RunFolder& folder, const std::optional<Checkpoint>& saved,
                            const Recipe& after, const TextSink& messages) {
  const KnownRecipe before = known_recipe(folder, saved);
  std::string refused;
  for (const RecipeDifference& difference : differences(before.recipe, after)) {
    const std::string line =
        fmt::format("{}: {} before, {} now", difference.key, or_nothing(difference.before),
                    or_nothing(difference.after));
    if (is_fixed(difference.key)) {
      refused += "\n" + line;
    } else if (messages) {
      messages(fmt::format("the recipe has changed: {}\n", line));
    }
  }
  if (refused.empty()) return;
  throw Error(
      ErrorCode::invalid_argument, "resume",
      fmt::format("{}: what cannot change in a run has changed; begin a new one, or take it "
                  "back{}",
                  before.source, refused));
}

}  // namespace gradus::train
