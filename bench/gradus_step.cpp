#include <memory>
#include <stdexcept>
#include <string>

#include "gradus/gradus.h"
#include "gradus/linalg.h"
#include "gradus_blocks.h"
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

nn::Sequential autoencoder() {
  return nn::Sequential{nn::Linear{{.in = 784, .out = 256}}, nn::ReLU{},
                        nn::Linear{{.in = 256, .out = 64}},  nn::ReLU{},
                        nn::Linear{{.in = 64, .out = 256}},  nn::ReLU{},
                        nn::Linear{{.in = 256, .out = 784}}};
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

nn::Sequential resnet18() {
  nn::Sequential model = normalised_convolution({.in = 3, .out = 64});
  model.add(nn::ReLU{});
  std::int64_t in = 64;
  for (const std::int64_t out : {64, 64, 128, 128, 256, 256, 512, 512}) {
    model.add(ResidualBlock(in, out));
    in = out;
  }
  model.add(nn::GlobalAveragePool{}).add(nn::Linear{{.in = 512, .out = 10}});
  return model;
}

nn::Sequential mobilenet() {
  nn::Sequential model = normalised_convolution({.in = 3, .out = 32});
  model.add(nn::ReLU{});
  std::int64_t in = 32;
  for (const std::int64_t out : {64, 128, 128, 256, 256}) {
    const std::int64_t stride = in != out && in > 32 ? 2 : 1;
    model.add(normalised_convolution({.in = in, .out = in, .stride = stride, .groups = in}))
        .add(nn::ReLU{})
        .add(normalised_convolution({.in = in, .out = out, .kernel = 1}))
        .add(nn::ReLU{});
    in = out;
  }
  model.add(nn::GlobalAveragePool{}).add(nn::Linear{{.in = 256, .out = 10}});
  return model;
}

nn::Sequential series() {
  const auto convolution = [](std::int64_t in, std::int64_t out) {
    return nn::Conv1d{{.in = in, .out = out, .kernel_size = {9}, .padding = {4}}};
  };
  return nn::Sequential{convolution(8, 64),
                        nn::ReLU{},
                        nn::MaxPool{{.kernel_size = {2}}},
                        convolution(64, 64),
                        nn::ReLU{},
                        nn::MaxPool{{.kernel_size = {2}}},
                        convolution(64, 128),
                        nn::ReLU{},
                        nn::GlobalAveragePool{},
                        nn::Linear{{.in = 128, .out = 10}}};
}

nn::Sequential volumes() {
  const auto convolution = [](std::int64_t in, std::int64_t out) {
    return nn::Conv3d{{.in = in, .out = out, .kernel_size = {3}, .padding = {1}}};
  };
  return nn::Sequential{convolution(1, 32),
                        nn::ReLU{},
                        nn::MaxPool{{.kernel_size = {2}}},
                        convolution(32, 64),
                        nn::ReLU{},
                        nn::MaxPool{{.kernel_size = {2}}},
                        convolution(64, 64),
                        nn::ReLU{},
                        nn::GlobalAveragePool{},
                        nn::Linear{{.in = 64, .out = 10}}};
}

nn::Sequential lstm(std::int64_t features) {
  return nn::Sequential{
      nn::LSTM{{.in = features, .hidden_size = 128, .output = nn::RecurrentOutput::last}},
      nn::Linear{{.in = 128, .out = 10}}};
}

nn::Sequential gru() {
  return nn::Sequential{nn::GRU{{.in = 28,
                                 .hidden_size = 128,
                                 .layers = 2,
                                 .bidirectional = true,
                                 .output = nn::RecurrentOutput::last}},
                        nn::Linear{{.in = 256, .out = 10}}};
}

nn::Sequential text() {
  return nn::Sequential{nn::Embedding{{.entries = 50'000, .dimension = 128}}, MeanOfWords{},
                        nn::Linear{{.in = 128, .out = 10}}};
}

nn::Sequential model_of(const Problem& problem) {
  if (problem.name.starts_with("xor")) return xor_network();
  if (problem.name.starts_with("mlp")) return mlp();
  if (problem.name.starts_with("autoencoder")) return autoencoder();
  if (problem.name.starts_with("lenet")) return lenet();
  if (problem.name.starts_with("vgg")) return vgg();
  if (problem.name.starts_with("resnet18")) return resnet18();
  if (problem.name.starts_with("mobilenet")) return mobilenet();
  if (problem.name.starts_with("conv1d")) return series();
  if (problem.name.starts_with("conv3d")) return volumes();
  if (problem.name.starts_with("lstm")) return lstm(problem.input_shape[2]);
  if (problem.name.starts_with("gru")) return gru();
  if (problem.name.starts_with("embedding")) return text();
  throw std::invalid_argument("there is no network for " + problem.name);
}

Tensor inputs_of(const Problem& problem) {
  const Shape shape(std::span(problem.input_shape));
  return problem.indices.empty() ? Tensor::from(problem.inputs, shape)
                                 : Tensor::from(problem.indices, shape);
}

nn::Sequential started_model(const Problem& problem) {
  nn::Sequential model = model_of(problem);
  const auto parameters = nn::parameters(model);
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    *parameters[i].tensor =
        Tensor::from(problem.parameters.at(i), Shape(std::span(problem.parameter_shapes[i])));
  }
  return model;
}

struct Training {
  nn::Sequential model;
  Tensor inputs, targets;
  nn::Loss loss = nn::cross_entropy;
  std::unique_ptr<optim::Optimizer> optimizer;
};

std::shared_ptr<Training> training_of(const Problem& problem) {
  auto training = std::make_shared<Training>();
  training->model = started_model(problem);
  training->inputs = inputs_of(problem);
  if (!problem.labels.empty()) {
    training->targets = Tensor::from(problem.labels);
  } else {
    training->targets = Tensor::from(problem.targets, Shape(std::span(problem.target_shape)));
    training->loss = nn::mean_squared_error;
  }
  if (problem.rule == Rule::adam) {
    training->optimizer = std::make_unique<optim::Adam>(optim::AdamOptions{.learning_rate = 1e-3f});
  } else {
    training->optimizer = std::make_unique<optim::Sgd>(optim::SgdOptions{.learning_rate = 0.1f});
  }
  return training;
}

Step compiled_step(const Problem& problem) {
  auto training = training_of(problem);
  auto step = std::make_shared<Compiled<optim::TrainStep>>(compile(optim::train_step(
      training->model, *training->optimizer, training->loss,
      {.precision = problem.bf16 ? ProductPrecision::bf16 : ProductPrecision::full})));
  return [training, step] { return (*step)(training->inputs, training->targets).item<float>(); };
}

Step uncompiled_step(const Problem& problem) {
  return [training = training_of(problem)] {
    nn::Context context{.training = true};
    const auto [loss, gradients] = nn::value_and_grad(training->model, [&] {
      return training->loss(training->model(training->inputs, context), training->targets);
    });
    training->optimizer->step(training->model, gradients);
    return loss.item<float>();
  };
}

/// Calls the compiled f in every step and returns the element to be checked.
template <class F, class... Inputs>
Step step_of(F f, const Inputs&... inputs) {
  auto compiled = std::make_shared<Compiled<F>>(compile(std::move(f)));
  return [compiled, inputs..., step = std::int64_t{0}]() mutable {
    const Tensor values = (*compiled)(inputs...);
    const auto position = static_cast<std::size_t>(checked_element(step++, values.size()));
    return values.template data<float>()[position];
  };
}

Step inference_step(const Problem& problem) {
  auto model = std::make_shared<const nn::Sequential>(started_model(problem));
  return step_of([model](const Tensor& x) { return (*model)(x); }, inputs_of(problem));
}

Step expression_step(const Problem& problem) {
  if (problem.name.starts_with("softmax")) {
    return step_of([](const Tensor& x) { return softmax(x); }, inputs_of(problem));
  }
  if (problem.name.starts_with("svd-")) {
    return step_of([](const Tensor& x) { return linalg::svd(x).s; }, inputs_of(problem));
  }
  if (problem.name.starts_with("eigh-")) {
    return step_of([](const Tensor& x) { return linalg::eigh(x).values; }, inputs_of(problem));
  }
  if (problem.name.starts_with("eigvalsh-")) {
    return step_of([](const Tensor& x) { return linalg::eigvalsh(x); }, inputs_of(problem));
  }
  const std::span<const float> both(problem.inputs);
  const std::size_t size = both.size() / 2;
  const Shape shape{static_cast<std::int64_t>(size)};
  const Tensor first = Tensor::from(both.first(size), shape);
  const Tensor second = Tensor::from(both.last(size), shape);
  return step_of([](const Tensor& a, const Tensor& b) { return tanh(a * b + a) * 0.5f + b; }, first,
                 second);
}

}  // namespace

Step gradus_step(const Problem& problem) {
  switch (problem.work) {
    case Work::inference:
      return inference_step(problem);
    case Work::expression:
      return expression_step(problem);
    case Work::training:
      break;
  }
  return problem.compiled ? compiled_step(problem) : uncompiled_step(problem);
}

}  // namespace gradus::bench
