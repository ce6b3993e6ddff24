#pragma once

#include <torch/nn.h>

#include <string_view>

namespace gradus::bench {

/// The network of a workload, as in gradus_step.cpp.
torch::nn::Sequential libtorch_network(std::string_view workload);

}  // namespace gradus::bench
