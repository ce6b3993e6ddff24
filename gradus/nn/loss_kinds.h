#pragma once

#include <span>

#include "gradus/nn/loss.h"
#include "gradus/nn/maker.h"

namespace gradus::nn {

using LossKind = Kind<Maker<Loss>>;

/// Every loss that can be chosen by name.
std::span<const LossKind> loss_kinds();

}  // namespace gradus::nn
