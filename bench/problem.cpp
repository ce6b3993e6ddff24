#include "problem.h"

#include <cmath>
#include <random>
#include <stdexcept>
#include <utility>

namespace gradus::bench {
namespace {

Problem problem_of(std::string name, std::vector<std::int64_t> input_shape) {
  Problem problem;
  problem.name = std::move(name);
  problem.input_shape = std::move(input_shape);
  return problem;
}

std::int64_t size_of(const std::vector<std::int64_t>& shape) {
  std::int64_t size = 1;
  for (const std::int64_t extent : shape) size *= extent;
  return size;
}

std::vector<float> normal_values(std::int64_t count) {
  std::mt19937 random(1);
  std::normal_distribution<float> normal;
  std::vector<float> values(static_cast<std::size_t>(count));
  for (float& value : values) value = normal(random);
  return values;
}

std::vector<std::int64_t> integers_below(std::int64_t bound, std::int64_t count) {
  std::mt19937 random(2);
  std::vector<std::int64_t> values(static_cast<std::size_t>(count));
  for (std::int64_t& value : values) {
    value = static_cast<std::int64_t>(random() % static_cast<std::uint32_t>(bound));
  }
  return values;
}

/// "lenet-b64", "lenet-inference-b1"
std::string name_of(const std::string& network, Work work, std::int64_t batch) {
  return network + (work == Work::inference ? "-inference-b" : "-b") + std::to_string(batch);
}

/// Fills inputs and labels of a classification problem from fixed seeds.
void fill(Problem& problem, std::int64_t classes) {
  problem.inputs = normal_values(size_of(problem.input_shape));
  problem.labels = integers_below(classes, problem.input_shape[0]);
}

void add_parameter(Problem& problem, std::vector<std::int64_t> shape, std::int64_t fan_in) {
  std::mt19937 random(static_cast<std::uint32_t>(problem.parameters.size() + 7));
  const float bound = 1 / std::sqrt(static_cast<float>(fan_in));
  std::uniform_real_distribution<float> uniform(-bound, bound);
  std::vector<float> values(static_cast<std::size_t>(size_of(shape)));
  for (float& value : values) value = uniform(random);
  problem.parameter_shapes.push_back(std::move(shape));
  problem.parameters.push_back(std::move(values));
}

void add_linear(Problem& problem, std::int64_t in, std::int64_t out) {
  add_parameter(problem, {out, in}, in);
  add_parameter(problem, {out}, in);
}

struct Filters {
  std::int64_t in, out, kernel;
  int axes = 2;
  std::int64_t groups = 1;
  bool bias = true;

  std::int64_t fan_in() const {
    std::int64_t size = in / groups;
    for (int i = 0; i < axes; ++i) size *= kernel;
    return size;
  }
};

void add_convolution(Problem& problem, const Filters& filters) {
  std::vector<std::int64_t> shape{filters.out, filters.in / filters.groups};
  shape.resize(shape.size() + static_cast<std::size_t>(filters.axes), filters.kernel);
  add_parameter(problem, std::move(shape), filters.fan_in());
  if (filters.bias) add_parameter(problem, {filters.out}, filters.fan_in());
}

/// Scale 1 and shift 0.
void add_batch_norm(Problem& problem, std::int64_t channels) {
  for (const float value : {1.0f, 0.0f}) {
    problem.parameter_shapes.push_back({channels});
    problem.parameters.emplace_back(static_cast<std::size_t>(channels), value);
  }
}

/// weight_ih, weight_hh, bias_ih, bias_hh of a recurrent layer in one direction.
void add_recurrence(Problem& problem, std::int64_t in, std::int64_t hidden, std::int64_t gates) {
  add_parameter(problem, {gates * hidden, in}, hidden);
  add_parameter(problem, {gates * hidden, hidden}, hidden);
  add_parameter(problem, {gates * hidden}, hidden);
  add_parameter(problem, {gates * hidden}, hidden);
}

double product_operations(double rows, double in, double out) { return 2 * rows * in * out; }

/// Adds layers to a problem and counts their operations.
class Layers {
 public:
  /// `positions`: pixels or samples of one example.
  Layers(Problem& problem, double positions) : problem_(problem), positions_(positions) {}

  void convolution(const Filters& filters) {
    add_convolution(problem_, filters);
    const double operations =
        product_operations(rows() * positions_, static_cast<double>(filters.fan_in()),
                           static_cast<double>(filters.out));
    if (forward_ == 0) first_ = operations;
    forward_ += operations;
  }
  void normalised_convolution(Filters filters) {
    filters.bias = false;
    convolution(filters);
    add_batch_norm(problem_, filters.out);
  }
  /// Pooling or a stride, by which the following layers have fewer positions.
  void shrink(double factor) { positions_ /= factor; }
  void linear(std::int64_t in, std::int64_t out) {
    add_linear(problem_, in, out);
    forward_ += product_operations(rows(), static_cast<double>(in), static_cast<double>(out));
  }
  void finish() {
    problem_.operations = problem_.work == Work::inference ? forward_ : 3 * forward_ - first_;
  }

 private:
  double rows() const { return static_cast<double>(problem_.input_shape[0]); }

  Problem& problem_;
  double positions_;
  double forward_ = 0;
  double first_ = 0;  // of a convolution that reads the data
};

Problem xor_problem() {
  Problem problem = problem_of("xor", {4, 2});
  problem.rule = Rule::sgd;
  problem.inputs = {0, 0, 0, 1, 1, 0, 1, 1};
  problem.target_shape = {4, 1};
  problem.targets = {0, 1, 1, 0};
  add_linear(problem, 2, 8);
  add_linear(problem, 8, 1);
  return problem;
}

/// Fully connected layers of these widths.
void add_widths(Problem& problem, const std::vector<std::int64_t>& widths) {
  Layers layers(problem, 1);
  for (std::size_t i = 0; i + 1 < widths.size(); ++i) layers.linear(widths[i], widths[i + 1]);
  layers.finish();
}

Problem mlp_problem(std::int64_t batch) {
  Problem problem = problem_of(name_of("mlp", Work::training, batch), {batch, 784});
  fill(problem, 10);
  add_widths(problem, {784, 512, 512, 10});
  return problem;
}

/// Reproduces its inputs.
Problem autoencoder_problem(std::int64_t batch) {
  Problem problem = problem_of(name_of("autoencoder", Work::training, batch), {batch, 784});
  problem.inputs = normal_values(size_of(problem.input_shape));
  problem.target_shape = problem.input_shape;
  problem.targets = problem.inputs;
  add_widths(problem, {784, 256, 64, 256, 784});
  return problem;
}

/// 28x28: 5x5 convolutions 32, 64, each pooled; 512, 10.
Problem lenet_problem(std::int64_t batch, Work work) {
  Problem problem = problem_of(name_of("lenet", work, batch), {batch, 1, 28, 28});
  problem.work = work;
  fill(problem, 10);
  Layers layers(problem, 28 * 28);
  layers.convolution({.in = 1, .out = 32, .kernel = 5});
  layers.shrink(4);
  layers.convolution({.in = 32, .out = 64, .kernel = 5});
  layers.linear(64 * 7 * 7, 512);
  layers.linear(512, 10);
  layers.finish();
  return problem;
}

/// 3x32x32: 3x3 convolutions 64, 64, pool, 128, 128, pool, 256, global mean, 10.
Problem vgg_problem(std::int64_t batch) {
  Problem problem = problem_of(name_of("vgg", Work::training, batch), {batch, 3, 32, 32});
  fill(problem, 10);
  Layers layers(problem, 32 * 32);
  std::int64_t in = 3;
  for (const std::int64_t out : {64, 64, 128, 128, 256}) {
    if (in != out && in > 3) layers.shrink(4);  // pooled where the width doubles
    layers.convolution({.in = in, .out = out, .kernel = 3});
    in = out;
  }
  layers.linear(256, 10);
  layers.finish();
  return problem;
}

/// The network of He et al. 2016 for 32x32 pixels (section 4.2): a 3x3 convolution in place of the
/// large first one and its pooling, then four stages of two blocks.
Problem resnet_problem(std::int64_t batch, Work work) {
  Problem problem = problem_of(name_of("resnet18", work, batch), {batch, 3, 32, 32});
  problem.work = work;
  fill(problem, 10);
  Layers layers(problem, 32 * 32);
  layers.normalised_convolution({.in = 3, .out = 64, .kernel = 3});
  std::int64_t in = 64;
  for (const std::int64_t out : {64, 64, 128, 128, 256, 256, 512, 512}) {
    if (in != out) layers.shrink(4);  // a stride of 2 where the width doubles
    layers.normalised_convolution({.in = in, .out = out, .kernel = 3});
    layers.normalised_convolution({.in = out, .out = out, .kernel = 3});
    if (in != out) layers.normalised_convolution({.in = in, .out = out, .kernel = 1});
    in = out;
  }
  layers.linear(512, 10);
  layers.finish();
  return problem;
}

/// Depthwise 3x3 and pointwise convolutions in turn, as in Howard et al. 2017, for 32x32 pixels.
Problem mobilenet_problem(std::int64_t batch) {
  Problem problem = problem_of(name_of("mobilenet", Work::training, batch), {batch, 3, 32, 32});
  fill(problem, 10);
  Layers layers(problem, 32 * 32);
  layers.normalised_convolution({.in = 3, .out = 32, .kernel = 3});
  std::int64_t in = 32;
  for (const std::int64_t out : {64, 128, 128, 256, 256}) {
    if (in != out && in > 32) layers.shrink(4);  // a stride of 2 where the width doubles
    layers.normalised_convolution({.in = in, .out = in, .kernel = 3, .groups = in});
    layers.normalised_convolution({.in = in, .out = out, .kernel = 1});
    in = out;
  }
  layers.linear(256, 10);
  layers.finish();
  return problem;
}

/// 8 channels of 1,024 samples: kernels of 9, widths 64, 64, 128, pooled by 2 in between.
Problem series_problem(std::int64_t batch) {
  Problem problem = problem_of(name_of("conv1d", Work::training, batch), {batch, 8, 1024});
  fill(problem, 10);
  Layers layers(problem, 1024);
  layers.convolution({.in = 8, .out = 64, .kernel = 9, .axes = 1});
  layers.shrink(2);
  layers.convolution({.in = 64, .out = 64, .kernel = 9, .axes = 1});
  layers.shrink(2);
  layers.convolution({.in = 64, .out = 128, .kernel = 9, .axes = 1});
  layers.linear(128, 10);
  layers.finish();
  return problem;
}

/// Volumes of 16x32x32: 3x3x3 convolutions 32, 64, 64, pooled by 2 in between.
Problem volume_problem(std::int64_t batch) {
  Problem problem = problem_of(name_of("conv3d", Work::training, batch), {batch, 1, 16, 32, 32});
  fill(problem, 10);
  Layers layers(problem, 16 * 32 * 32);
  layers.convolution({.in = 1, .out = 32, .kernel = 3, .axes = 3});
  layers.shrink(8);
  layers.convolution({.in = 32, .out = 64, .kernel = 3, .axes = 3});
  layers.shrink(8);
  layers.convolution({.in = 64, .out = 64, .kernel = 3, .axes = 3});
  layers.linear(64, 10);
  layers.finish();
  return problem;
}

/// An LSTM of 128 units over sequences (batch, time, features); its last state, classified.
Problem lstm_problem(std::string name, std::int64_t batch, std::int64_t time, std::int64_t features,
                     Work work = Work::training) {
  constexpr std::int64_t kHidden = 128;
  Problem problem = problem_of(std::move(name), {batch, time, features});
  problem.work = work;
  fill(problem, 10);
  add_recurrence(problem, features, kHidden, 4);
  add_linear(problem, kHidden, 10);
  const auto rows = static_cast<double>(batch * time);
  const double input = product_operations(rows, static_cast<double>(features), 4 * kHidden);
  const double rest = product_operations(rows, kHidden, 4 * kHidden) +
                      product_operations(static_cast<double>(batch), kHidden, 10);
  problem.operations = work == Work::inference ? input + rest : 2 * input + 3 * rest;
  return problem;
}

/// Two layers of GRUs of 128 units in both directions over 28x28; their last states, classified.
Problem gru_problem(std::int64_t batch) {
  constexpr std::int64_t kHidden = 128, kSteps = 28;
  Problem problem = problem_of(name_of("gru", Work::training, batch), {batch, kSteps, 28});
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

/// The mean vector of 32 words out of `entries`, classified; 64 texts at once. Adam moves every
/// entry in every step: value and two moments, read and written.
Problem embedding_problem(std::int64_t entries) {
  constexpr std::int64_t kTexts = 64, kWords = 32, kDimension = 128;
  Problem problem = problem_of("embedding-50k", {kTexts, kWords});
  problem.indices = integers_below(entries, kTexts * kWords);
  problem.labels = integers_below(10, kTexts);
  add_parameter(problem, {entries, kDimension}, kDimension);
  add_linear(problem, kDimension, 10);
  problem.bytes = 6.0 * sizeof(float) * static_cast<double>(entries * kDimension);
  return problem;
}

/// tanh(a * b + a) * 0.5 + b over `size` floats: two arrays read, one written.
Problem elementwise_problem(std::string name, std::int64_t size) {
  Problem problem = problem_of(std::move(name), {2, size});
  problem.work = Work::expression;
  problem.inputs = normal_values(2 * size);
  problem.bytes = 3.0 * sizeof(float) * static_cast<double>(size);
  return problem;
}

/// Over the rows of a square: read once, written once.
Problem softmax_problem(std::int64_t size) {
  Problem problem = problem_of("softmax-" + std::to_string(size), {size, size});
  problem.work = Work::expression;
  problem.inputs = normal_values(size * size);
  problem.bytes = 2.0 * sizeof(float) * static_cast<double>(size * size);
  return problem;
}

/// The values, and the vectors where there are any, of a symmetric matrix.
Problem decomposition_problem(const std::string& operation, std::int64_t size) {
  Problem problem = problem_of(operation + "-" + std::to_string(size), {size, size});
  problem.work = Work::expression;
  problem.inputs = normal_values(size * size);
  for (std::int64_t row = 0; row < size; ++row) {
    for (std::int64_t column = 0; column < row; ++column) {
      problem.inputs[static_cast<std::size_t>(column * size + row)] =
          problem.inputs[static_cast<std::size_t>(row * size + column)];
    }
  }
  return problem;
}

/// The same training without compile().
Problem uncompiled(Problem problem) {
  problem.name += "-uncompiled";
  problem.compiled = false;
  return problem;
}

/// The same training with products in bfloat16, beside the peers' f32.
Problem in_bf16(Problem problem) {
  problem.name += "-bf16";
  problem.bf16 = true;
  return problem;
}

using MakeProblem = Problem (*)();

struct Entry {
  const char* name;
  MakeProblem make;
};

constexpr Entry kProblems[] = {
    {"xor", xor_problem},
    {"xor-uncompiled", [] { return uncompiled(xor_problem()); }},
    {"mlp-b128-uncompiled", [] { return uncompiled(mlp_problem(128)); }},
    {"lenet-b64-uncompiled", [] { return uncompiled(lenet_problem(64, Work::training)); }},
    {"mlp-b128-bf16", [] { return in_bf16(mlp_problem(128)); }},
    {"mlp-b512-bf16", [] { return in_bf16(mlp_problem(512)); }},
    {"lenet-b64-bf16", [] { return in_bf16(lenet_problem(64, Work::training)); }},
    {"vgg-b64-bf16", [] { return in_bf16(vgg_problem(64)); }},
    {"mlp-b1", [] { return mlp_problem(1); }},
    {"mlp-b32", [] { return mlp_problem(32); }},
    {"mlp-b128", [] { return mlp_problem(128); }},
    {"mlp-b512", [] { return mlp_problem(512); }},
    {"autoencoder-b128", [] { return autoencoder_problem(128); }},
    {"lenet-b1", [] { return lenet_problem(1, Work::training); }},
    {"lenet-b64", [] { return lenet_problem(64, Work::training); }},
    {"vgg-b64", [] { return vgg_problem(64); }},
    {"resnet18-b64", [] { return resnet_problem(64, Work::training); }},
    {"mobilenet-b32", [] { return mobilenet_problem(32); }},
    {"conv1d-b64", [] { return series_problem(64); }},
    {"conv3d-b16", [] { return volume_problem(16); }},
    {"lstm-b1", [] { return lstm_problem("lstm-b1", 1, 28, 28); }},
    {"lstm-b64", [] { return lstm_problem("lstm-b64", 64, 28, 28); }},
    {"lstm-784", [] { return lstm_problem("lstm-784", 32, 784, 1); }},
    {"gru-b64", [] { return gru_problem(64); }},
    {"embedding-50k", [] { return embedding_problem(50'000); }},
    {"lenet-inference-b1", [] { return lenet_problem(1, Work::inference); }},
    {"resnet18-inference-b1", [] { return resnet_problem(1, Work::inference); }},
    {"lstm-inference-b1",
     [] { return lstm_problem("lstm-inference-b1", 1, 28, 28, Work::inference); }},
    {"elementwise-1m", [] { return elementwise_problem("elementwise-1m", 1 << 20); }},
    {"elementwise-16m", [] { return elementwise_problem("elementwise-16m", 1 << 24); }},
    {"softmax-4096", [] { return softmax_problem(4096); }},
    {"svd-512", [] { return decomposition_problem("svd", 512); }},
    {"svd-1024", [] { return decomposition_problem("svd", 1024); }},
    {"eigh-512", [] { return decomposition_problem("eigh", 512); }},
    {"eigh-1024", [] { return decomposition_problem("eigh", 1024); }},
    {"eigvalsh-512", [] { return decomposition_problem("eigvalsh", 512); }},
    {"eigvalsh-1024", [] { return decomposition_problem("eigvalsh", 1024); }},
};

}  // namespace

std::vector<std::string> problem_names() {
  std::vector<std::string> names;
  for (const Entry& entry : kProblems) names.emplace_back(entry.name);
  return names;
}

Problem make_problem(std::string_view name) {
  for (const Entry& entry : kProblems) {
    if (name == entry.name) return entry.make();
  }
  throw std::invalid_argument("there is no workload " + std::string(name));
}

}  // namespace gradus::bench
