#include <memory>

#include "gradus/gradus.h"
#include "problem.h"

namespace gradus::bench {
namespace {

nn::Sequential xor_network() {
  return nn::Sequential{nn::Linear{{.in = 2, .out = 8}}, nn::Tanh{},
                        nn::Linear{{.in = 8, .out = 1}}};
}

nn::Sequential mlp() {
  return nn::Sequential{nn::Linear{{.in = 784, .out = 512}}, nn::ReLU{},
                        nn::Linear{{.in = 512, .out = 512}}, nn::ReLU{},
                        nn::Linear{{.in = 512, .out = 10}}};
}

nn::Sequential lenet() {
  return nn::Sequential{nn::Conv2d{{.in = 1, .out = 32, .kernel_size = {5}, .padding = {2}}},
                        nn::ReLU{},
                        nn::MaxPool{{.kernel_size = {2}}},
                        nn::Conv2d{{.in = 32, .out = 64, .kernel_size = {5}, .padding = {2}}},
                        nn::ReLU{},
                        nn::MaxPool{{.kernel_size = {2}}},
                        nn::Flatten{},
                        nn::Linear{{.in = 64 * 7 * 7, .out = 512}},
                        nn::ReLU{},
                        nn::Linear{{.in = 512, .out = 10}}};
}

nn::Sequential vgg() {
  const auto convolution = [](std::int64_t in, std::int64_t out) {
    return nn::Conv2d{{.in = in, .out = out, .kernel_size = {3}, .padding = {1}}};
  };
  return nn::Sequential{convolution(3, 64),
                        nn::ReLU{},
                        convolution(64, 64),
                        nn::ReLU{},
                        nn::MaxPool{{.kernel_size = {2}}},
                        convolution(64, 128),
                        nn::ReLU{},
                        convolution(128, 128),
                        nn::ReLU{},
                        nn::MaxPool{{.kernel_size = {2}}},
                        convolution(128, 256),
                        nn::ReLU{},
                        nn::GlobalAveragePool{},
                        nn::Linear{{.in = 256, .out = 10}}};
}

nn::Sequential model_of(const Problem& problem) {
  if (problem.name == "xor") return xor_network();
  if (problem.name.starts_with("mlp")) return mlp();
  if (problem.name.starts_with("lenet")) return lenet();
  return vgg();
}

struct Training {
  nn::Sequential model;
  Tensor inputs, targets;
  nn::Loss loss = nn::cross_entropy;
  std::unique_ptr<optim::Optimizer> optimizer;
};

std::shared_ptr<Training> training_of(const Problem& problem) {
  auto training = std::make_shared<Training>();
  training->model = model_of(problem);
  const auto parameters = nn::parameters(training->model);
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    *parameters[i].tensor =
        Tensor::from(problem.parameters.at(i), Shape(std::span(problem.parameter_shapes[i])));
  }
  training->inputs = Tensor::from(problem.inputs, Shape(std::span(problem.input_shape)));
  if (!problem.labels.empty()) {
    training->targets = Tensor::from(problem.labels);
    training->optimizer = std::make_unique<optim::Adam>(optim::AdamOptions{.learning_rate = 1e-3f});
  } else {
    training->targets = Tensor::from(problem.targets, Shape{4, 1});
    training->loss = nn::mean_squared_error;
    training->optimizer = std::make_unique<optim::Sgd>(optim::SgdOptions{.learning_rate = 0.1f});
  }
  return training;
}

}  // namespace

Step gradus_step(const Problem& problem) {
  return [training = training_of(problem)] {
    nn::Context context{.training = true};
    const auto [loss, gradients] = nn::value_and_grad(training->model, [&] {
      return training->loss(training->model(training->inputs, context), training->targets);
    });
    training->optimizer->step(training->model, gradients);
    return loss.item<float>();
  };
}

Step gradus_compiled_step(const Problem& problem) {
  auto training = training_of(problem);
  auto step = std::make_shared<Compiled<optim::TrainStep>>(
      compile(optim::train_step(training->model, *training->optimizer, training->loss)));
  return [training, step] {
    return (*step)(training->inputs, training->targets).item<float>();
  };
}

}  // namespace gradus::bench
