#pragma once

#include <span>
#include <vector>

#include "gradus/base/pointer.h"
#include "gradus/nn/maker.h"
#include "gradus/optim/optimizer.h"

namespace gradus::optim {

class OptimizerMaker : public nn::Maker<Owned<Optimizer>> {
 public:
  virtual void set_groups(std::vector<ParameterGroup> groups) = 0;
};
using OptimizerKind = nn::Kind<OptimizerMaker>;

/// Every optimiser that can be made by name.
std::span<const OptimizerKind> optimizer_kinds();

}  // namespace gradus::optim
