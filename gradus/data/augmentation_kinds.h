#pragma once

#include <span>

#include "gradus/data/augmentation.h"
#include "gradus/nn/maker.h"

namespace gradus::data {

using AugmentationMaker = nn::Maker<Augmentation>;
using AugmentationKind = nn::Kind<AugmentationMaker>;

/// Every augmentation that can be chosen by name.
std::span<const AugmentationKind> augmentation_kinds();

}  // namespace gradus::data
