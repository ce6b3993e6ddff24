#pragma once

#include <string>
#include <vector>

#include "gradus/train/place.h"

namespace gradus::train {

/// What is wrong with a recipe: everything is collected, then thrown as one Error.
class RecipeErrors {
 public:
  void add(Place place, std::string key, std::string what);
  bool empty() const { return entries_.empty(); }

  /// Throws an Error with a line for each fault, in the order of the file, if there are any:
  ///
  ///     recipe: xor.toml has 2 faults
  ///     xor.toml:3:1: train.epoch: unknown key; allowed: epochs, ...; did you mean epochs?
  ///
  /// At most nine lines; the last counts the faults beyond them.
  void throw_if_any(const std::string& source) const;

 private:
  struct Entry {
    Place place;
    std::string key;
    std::string what;
  };
  std::vector<Entry> entries_;
};

}  // namespace gradus::train
