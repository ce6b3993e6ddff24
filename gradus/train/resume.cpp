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

std::string or_nothing(const std::string& value) { return value.empty() ? "nothing" : value; }

}  // namespace

void check_recipe_to_resume(const std::string& folder, const Recipe& before, const Recipe& after,
                            const TextSink& messages) {
  std::string refused;
  for (const RecipeDifference& difference : differences(before, after)) {
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
                  folder, refused));
}

}  // namespace gradus::train
