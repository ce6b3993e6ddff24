// Internal: values that the command line puts into a recipe.
#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <toml++/toml.h>

#include "gradus/train/recipe_errors.h"

namespace gradus::train {

/// The element of a list that a part of a key names, as 2 in "model.layers.2".
std::optional<std::size_t> as_index(std::string_view part);

/// Puts "key.path=value" into the tables. A value is TOML, or else a text as it stands; a number in
/// the path names an element of a list. Returns the keys that were set.
std::set<std::string> apply_overrides(toml::table& root, const std::vector<std::string>& overrides,
                                      RecipeErrors& errors);

}  // namespace gradus::train
