#pragma once

#include <cstdint>

#include "gradus/nn/module.h"
#include "gradus/nn/options.h"

namespace gradus::optim {

enum class Direction { minimize, maximize };

struct PlateauOptions {
  float factor = 0.1f;
  std::int64_t patience = 10;  ///< values without improvement that are borne
  float threshold = 1e-4f;     ///< share of the best value by which a better one must differ
  std::int64_t cooldown = 0;   ///< values after a reduction that do not count
  float minimum = 0;           ///< the factor goes no lower
  Direction direction = Direction::minimize;

  void fields(nn::OptionVisitor& v);
};

/// Multiplies the learning rate by `factor` when a metric has stopped improving (the rule of
/// PyTorch's ReduceLROnPlateau). A module: what it remembers are its buffers, for checkpoints.
class Plateau final : public nn::Module {
 public:
  explicit Plateau(const PlateauOptions& options = {});

  /// Takes the metric of an epoch; returns the factor of the learning rate from now on. NaN is
  /// never an improvement.
  double operator()(double metric);
  double factor() const { return factor_.item<double>(); }

  void visit(nn::Visitor& v) override;

 private:
  bool improves(double metric) const;

  PlateauOptions options_;
  Tensor factor_;  // 0-d f64, as are the others
  Tensor best_;
  Tensor waited_;   // values since the best
  Tensor cooling_;  // values still to pass over
};

}  // namespace gradus::optim
