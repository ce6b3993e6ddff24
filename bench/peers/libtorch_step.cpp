#include "libtorch_step.h"

#include <torch/torch.h>

#include <memory>

namespace gradus::bench {
namespace {

namespace nn = torch::nn;

nn::Sequential mlp() {
  return nn::Sequential(nn::Linear(784, 512), nn::ReLU(), nn::Linear(512, 512), nn::ReLU(),
                        nn::Linear(512, 10));
}

nn::Conv2d convolution(int in, int out, int kernel) {
  return nn::Conv2d(nn::Conv2dOptions(in, out, kernel).padding(kernel / 2));
}

nn::Sequential lenet() {
  return nn::Sequential(convolution(1, 32, 5), nn::ReLU(), nn::MaxPool2d(2), convolution(32, 64, 5),
                        nn::ReLU(), nn::MaxPool2d(2), nn::Flatten(), nn::Linear(64 * 7 * 7, 512),
                        nn::ReLU(), nn::Linear(512, 10));
}

nn::Sequential vgg() {
  return nn::Sequential(convolution(3, 64, 3), nn::ReLU(), convolution(64, 64, 3), nn::ReLU(),
                        nn::MaxPool2d(2), convolution(64, 128, 3), nn::ReLU(),
                        convolution(128, 128, 3), nn::ReLU(), nn::MaxPool2d(2),
                        convolution(128, 256, 3), nn::ReLU(), nn::AdaptiveAvgPool2d(1),
                        nn::Flatten(), nn::Linear(256, 10));
}

nn::Sequential xor_network() {
  return nn::Sequential(nn::Linear(2, 8), nn::Tanh(), nn::Linear(8, 1));
}

/// A recurrent module (batch, time, features) -> its states after the last step, (batch, width).
template <class Module>
struct LastState : nn::Module {
  explicit LastState(Module chosen) : module(register_module("module", std::move(chosen))) {}
  torch::Tensor forward(const torch::Tensor& x) {
    const auto states = last(std::get<1>(module->forward(x)));  // (layers * directions, batch, h)
    if (!module->options.bidirectional()) return states[-1];
    return torch::cat({states[-2], states[-1]}, 1);
  }
  static torch::Tensor last(const torch::Tensor& state) { return state; }
  static torch::Tensor last(const std::tuple<torch::Tensor, torch::Tensor>& states) {
    return std::get<0>(states);
  }
  Module module;
};

nn::Sequential lstm(std::int64_t features) {
  const auto options = nn::LSTMOptions(features, 128).batch_first(true);
  return nn::Sequential(LastState<nn::LSTM>(nn::LSTM(options)), nn::Linear(128, 10));
}

nn::Sequential gru() {
  const auto options = nn::GRUOptions(28, 128).num_layers(2).bidirectional(true).batch_first(true);
  return nn::Sequential(LastState<nn::GRU>(nn::GRU(options)), nn::Linear(256, 10));
}

nn::Sequential model_of(const Problem& problem) {
  if (problem.name == "xor") return xor_network();
  if (problem.name.starts_with("mlp")) return mlp();
  if (problem.name.starts_with("lenet")) return lenet();
  if (problem.name.starts_with("gru")) return gru();
  if (problem.name.starts_with("lstm")) return lstm(problem.input_shape[2]);
  return vgg();
}

torch::Tensor copied(const std::vector<float>& values, const std::vector<std::int64_t>& shape) {
  return torch::from_blob(const_cast<float*>(values.data()), shape, torch::kFloat32).clone();
}

struct Training {
  nn::Sequential model;
  torch::Tensor inputs, labels, targets;
  std::unique_ptr<torch::optim::Optimizer> optimizer;
};

}  // namespace

Step libtorch_step(const Problem& problem) {
  auto training = std::make_shared<Training>();
  training->model = model_of(problem);
  auto parameters = training->model->parameters();
  TORCH_CHECK(parameters.size() == problem.parameters.size());
  {
    const torch::NoGradGuard guard;
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      parameters[i].copy_(copied(problem.parameters[i], problem.parameter_shapes[i]));
    }
  }
  training->inputs = copied(problem.inputs, problem.input_shape);
  if (!problem.labels.empty()) {
    training->labels = torch::tensor(problem.labels, torch::kInt64);
    training->optimizer =
        std::make_unique<torch::optim::Adam>(parameters, torch::optim::AdamOptions(1e-3));
  } else {
    training->targets = copied(problem.targets, {4, 1});
    training->optimizer =
        std::make_unique<torch::optim::SGD>(parameters, torch::optim::SGDOptions(0.1));
  }
  return [training] {
    training->optimizer->zero_grad();
    const torch::Tensor outputs = training->model->forward(training->inputs);
    torch::Tensor loss = training->labels.defined()
                             ? torch::nn::functional::cross_entropy(outputs, training->labels)
                             : torch::mse_loss(outputs, training->targets);
    loss.backward();
    training->optimizer->step();
    return loss.item<float>();
  };
}

void set_libtorch_threads(int count) { torch::set_num_threads(count); }

std::string libtorch_version() { return TORCH_VERSION; }

}  // namespace gradus::bench
