#pragma once

#include <string>
#include <vector>

// Recipes that train in a moment.

namespace gradus::cli {

/// 150 examples of 4 numbers in 3 classes.
inline const std::string kIris = R"(name = "iris"
seed = 1

[data]
name = "iris"

[model]
name = "mlp"
hidden = [16]

[optimizer]
name = "adam"
learning_rate = 0.02

[train]
epochs = 12
batch_size = 16
)";

/// 1,797 pictures; dropout and early stopping, so that a checkpoint has more to keep. A checkpoint
/// every few steps.
inline const std::string kDigits = R"(name = "digits"
seed = 3

[data]
name = "digits"

[model]
name = "mlp"
hidden = [48]
dropout = 0.1

[optimizer]
name = "adam"
learning_rate = 0.003

[train]
epochs = 8
batch_size = 32
checkpoint_steps = 5

[train.early_stopping]
patience = 20
)";

/// To be put behind kDigits: random changes of its training pictures.
inline const std::string kAugmentation = R"(
[[data.augmentation]]
type = "shift"
pixels = 1

[[data.augmentation]]
type = "horizontal_flip"
probability = 0.1
)";

}  // namespace gradus::cli
