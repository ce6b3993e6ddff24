#pragma once

namespace gradus::train {

/// How often the learning rate changes.
enum class Pace { step, epoch };

}  // namespace gradus::train
