#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace gradus::bench {

/// A training workload: the data and the initial parameters, in plain vectors, so that every
/// library starts from the same numbers.
struct Problem {
  std::string name;
  std::vector<std::int64_t> input_shape;  ///< with the batch
  std::vector<float> inputs;
  std::vector<std::int64_t> labels;  ///< classes; empty for XOR
  std::vector<float> targets;        ///< XOR's outputs
  std::vector<std::vector<std::int64_t>> parameter_shapes;
  std::vector<std::vector<float>> parameters;  ///< uniform in +-1 / sqrt(fan in)
  /// Multiply-adds counted twice: three times the forward products (and convolutions without the
  /// first layer's gradient to its data, which nobody needs).
  double operations = 0;
};

/// 2-8-1 with tanh, the four cases as one batch, mean squared error, SGD.
Problem xor_problem();
/// 784-512-512-10 with ReLU, cross-entropy, Adam.
Problem mlp_problem(std::int64_t batch);
/// 28x28: 5x5x32, pool, 5x5x64, pool, 512, 10; ReLU, cross-entropy, Adam.
Problem lenet_problem(std::int64_t batch);
/// 3x32x32: 3x3 convolutions 64, 64, pool, 128, 128, pool, 256, global mean, 10; Adam.
Problem vgg_problem(std::int64_t batch);

/// One training step of a problem: returns the loss before it.
using Step = std::function<float()>;

Step gradus_step(const Problem& problem);
/// The same as one compiled function.
Step gradus_compiled_step(const Problem& problem);

}  // namespace gradus::bench
