#pragma once

#include <string>
#include <vector>

namespace gradus::train {

/// A key of a recipe, as the code that reads recipes knows it.
struct RecipeKey {
  std::string name;           ///< "learning_rate"
  std::string takes;          ///< "an integer, 1 or more"
  std::string default_value;  ///< as TOML; empty: it must be given, or follows from other keys
};

/// The keys of a table. A table whose keys depend on one of them, as those of [optimizer] on
/// `name`, comes once for each kind.
struct RecipeTable {
  std::string path;      ///< "model.layers"; empty: what stands before any table
  bool in_list = false;  ///< [[path]]
  std::string kind_key;  ///< "name"; empty if the keys are always the same
  std::string kind;      ///< "adam"; empty: where kind_key is left out
  std::string doc;       ///< of the kind, one sentence; may be empty
  std::vector<RecipeKey> keys;
};

/// Every table that a recipe may have, in the order in which they are read.
std::vector<RecipeTable> recipe_tables();

}  // namespace gradus::train
