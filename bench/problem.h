#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace gradus::bench {

/// What one step of a workload does.
enum class Work {
  training,    ///< loss, gradients, update of the parameters
  inference,   ///< the outputs of a network
  expression,  ///< the result of some operations on the inputs
};

/// The rule that moves the parameters.
enum class Rule {
  adam,  ///< learning rate 0.001
  sgd,   ///< learning rate 0.1
};

/// A workload: the data and the initial parameters, in plain vectors, so that every library starts
/// from the same numbers.
struct Problem {
  std::string name;
  Work work = Work::training;
  Rule rule = Rule::adam;
  bool compiled = true;  ///< a training step is one compiled function, where the library can
  bool bf16 = false;     ///< Gradus rounds the operands of products to bfloat16
  std::vector<std::int64_t> input_shape;  ///< with the batch
  std::vector<float> inputs;              ///< an expression's operands stand one after the other
  std::vector<std::int64_t> indices;      ///< the inputs of an embedding, in place of `inputs`
  std::vector<std::int64_t> labels;       ///< classes: the loss is cross-entropy
  std::vector<std::int64_t> target_shape;
  std::vector<float> targets;  ///< values: the loss is the mean squared error
  std::vector<std::vector<std::int64_t>> parameter_shapes;
  std::vector<std::vector<float>> parameters;  ///< uniform in +-1 / sqrt(fan in)
  /// Multiply-adds counted twice: three times the forward products (and convolutions without the
  /// first layer's gradient to its data, which nobody needs); once where there is no training.
  double operations = 0;
  /// Bytes that a step has to move where that, not arithmetic, bounds it.
  double bytes = 0;
};

/// The workloads by name, in the order of reports.
std::vector<std::string> problem_names();
/// Throws std::invalid_argument for a name that is not among them.
Problem make_problem(std::string_view name);

/// One step of a problem: returns the loss before it or, where there is none, one element of the
/// result: that at checked_element(step, size). Reading a number is part of every step.
using Step = std::function<float()>;

/// Where libraries compare results: an element that moves on from step to step.
constexpr std::int64_t checked_element(std::int64_t step, std::int64_t size) {
  return step * 7919 % size;
}

Step gradus_step(const Problem& problem);

}  // namespace gradus::bench
