#pragma once

#include <cstdint>
#include <string>

namespace gradus::train {

class RecipeVisitor;

/// When training stops because it no longer helps.
struct EarlyStopping {
  std::int64_t patience = 5;  ///< epochs without improvement that are borne
  std::string monitor = "validation_loss";
  double minimum_change = 0;  ///< what counts as an improvement
  bool restore_best = true;   ///< end with the weights of the best epoch, not of the last

  void fields(RecipeVisitor& v);
};

}  // namespace gradus::train
