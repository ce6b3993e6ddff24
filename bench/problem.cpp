#include "problem.h"

#include <cmath>
#include <random>
#include <utility>

namespace gradus::bench {
namespace {

Problem problem_of(std::string name, std::vector<std::int64_t> input_shape) {
  Problem problem;
  problem.name = std::move(name);
  problem.input_shape = std::move(input_shape);
  return problem;
}

/// Fills inputs, labels and parameters of a classification problem from a fixed seed.
void fill(Problem& problem, std::int64_t classes) {
  std::mt19937 random(1);
  std::normal_distribution<float> normal;
  std::int64_t size = 1;
  for (const std::int64_t extent : problem.input_shape) size *= extent;
  problem.inputs.resize(static_cast<std::size_t>(size));
  for (float& value : problem.inputs) value = normal(random);
  problem.labels.resize(static_cast<std::size_t>(problem.input_shape[0]));
  for (std::int64_t& label : problem.labels) {
    label = static_cast<std::int64_t>(random() % static_cast<std::uint32_t>(classes));
  }
}

void add_parameter(Problem& problem, std::vector<std::int64_t> shape, std::int64_t fan_in) {
  std::mt19937 random(static_cast<std::uint32_t>(problem.parameters.size() + 7));
  const float bound = 1 / std::sqrt(static_cast<float>(fan_in));
  std::uniform_real_distribution<float> uniform(-bound, bound);
  std::int64_t size = 1;
  for (const std::int64_t extent : shape) size *= extent;
  std::vector<float> values(static_cast<std::size_t>(size));
  for (float& value : values) value = uniform(random);
  problem.parameter_shapes.push_back(std::move(shape));
  problem.parameters.push_back(std::move(values));
}

void add_linear(Problem& problem, std::int64_t in, std::int64_t out) {
  add_parameter(problem, {out, in}, in);
  add_parameter(problem, {out}, in);
}

void add_convolution(Problem& problem, std::int64_t in, std::int64_t out, std::int64_t kernel) {
  const std::int64_t fan_in = in * kernel * kernel;
  add_parameter(problem, {out, in, kernel, kernel}, fan_in);
  add_parameter(problem, {out}, fan_in);
}

/// weight_ih, weight_hh, bias_ih, bias_hh.
void add_recurrence(Problem& problem, std::int64_t in, std::int64_t hidden, std::int64_t gates) {
  add_parameter(problem, {gates * hidden, in}, hidden);
  add_parameter(problem, {gates * hidden, hidden}, hidden);
  add_parameter(problem, {gates * hidden}, hidden);
  add_parameter(problem, {gates * hidden}, hidden);
}

double product_operations(double rows, double in, double out) { return 2 * rows * in * out; }

}  // namespace

Problem xor_problem() {
  Problem problem = problem_of("xor", {4, 2});
  problem.inputs = {0, 0, 0, 1, 1, 0, 1, 1};
  problem.targets = {0, 1, 1, 0};
  add_linear(problem, 2, 8);
  add_linear(problem, 8, 1);
  return problem;
}

Problem mlp_problem(std::int64_t batch) {
  Problem problem = problem_of("mlp-b" + std::to_string(batch), {batch, 784});
  fill(problem, 10);
  const auto rows = static_cast<double>(batch);
  std::int64_t in = 784;
  for (const std::int64_t out : {512, 512, 10}) {
    add_linear(problem, in, out);
    problem.operations +=
        3 * product_operations(rows, static_cast<double>(in), static_cast<double>(out));
    in = out;
  }
  return problem;
}

Problem lenet_problem(std::int64_t batch) {
  Problem problem = problem_of("lenet-b" + std::to_string(batch), {batch, 1, 28, 28});
  fill(problem, 10);
  add_convolution(problem, 1, 32, 5);
  add_convolution(problem, 32, 64, 5);
  add_linear(problem, 64 * 7 * 7, 512);
  add_linear(problem, 512, 10);
  const auto rows = static_cast<double>(batch);
  problem.operations = 2 * product_operations(rows * 28 * 28, 25, 32) +
                       3 * product_operations(rows * 14 * 14, 32 * 25, 64) +
                       3 * product_operations(rows, 64 * 7 * 7, 512) +
                       3 * product_operations(rows, 512, 10);
  return problem;
}

Problem vgg_problem(std::int64_t batch) {
  Problem problem = problem_of("vgg-b" + std::to_string(batch), {batch, 3, 32, 32});
  fill(problem, 10);
  const auto rows = static_cast<double>(batch);
  std::int64_t in = 3;
  double pixels = 32 * 32;
  for (const std::int64_t out : {64, 64, 128, 128, 256}) {
    if (in != out && in > 3) pixels /= 4;  // pooled where the width doubles
    add_convolution(problem, in, out, 3);
    problem.operations +=
        (in == 3 ? 2 : 3) *
        product_operations(rows * pixels, static_cast<double>(in) * 9, static_cast<double>(out));
    in = out;
  }
  add_linear(problem, 256, 10);
  problem.operations += 3 * product_operations(rows, 256, 10);
  return problem;
}

Problem lstm_problem(std::string name, std::int64_t batch, std::int64_t time,
                     std::int64_t features) {
  constexpr std::int64_t kHidden = 128;
  Problem problem = problem_of(std::move(name), {batch, time, features});
  fill(problem, 10);
  add_recurrence(problem, features, kHidden, 4);
  add_linear(problem, kHidden, 10);
  const auto rows = static_cast<double>(batch * time);
  problem.operations = 2 * product_operations(rows, static_cast<double>(features), 4 * kHidden) +
                       3 * product_operations(rows, kHidden, 4 * kHidden) +
                       3 * product_operations(static_cast<double>(batch), kHidden, 10);
  return problem;
}

Problem gru_problem(std::int64_t batch) {
  constexpr std::int64_t kHidden = 128, kSteps = 28;
  Problem problem = problem_of("gru-b" + std::to_string(batch), {batch, kSteps, 28});
  fill(problem, 10);
  const auto rows = static_cast<double>(batch * kSteps);
  for (const std::int64_t in : {std::int64_t{28}, 2 * kHidden}) {
    for (int direction = 0; direction < 2; ++direction) {
      add_recurrence(problem, in, kHidden, 3);
      problem.operations +=
          (in == 28 ? 2 : 3) * product_operations(rows, static_cast<double>(in), 3 * kHidden) +
          3 * product_operations(rows, kHidden, 3 * kHidden);
    }
  }
  add_linear(problem, 2 * kHidden, 10);
  problem.operations += 3 * product_operations(static_cast<double>(batch), 2 * kHidden, 10);
  return problem;
}

}  // namespace gradus::bench
