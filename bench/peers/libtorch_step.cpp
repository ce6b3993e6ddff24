#include "libtorch_step.h"

#include <torch/torch.h>

#include <memory>

#include "libtorch_networks.h"

namespace gradus::bench {
namespace {

torch::Tensor copied(const std::vector<float>& values, const std::vector<std::int64_t>& shape) {
  return torch::from_blob(const_cast<float*>(values.data()), shape, torch::kFloat32).clone();
}

torch::Tensor copied(const std::vector<std::int64_t>& values,
                     const std::vector<std::int64_t>& shape) {
  return torch::tensor(values, torch::kInt64).view(shape);
}

torch::Tensor inputs_of(const Problem& problem) {
  return problem.indices.empty() ? copied(problem.inputs, problem.input_shape)
                                 : copied(problem.indices, problem.input_shape);
}

torch::nn::Sequential started_model(const Problem& problem) {
  torch::nn::Sequential model = libtorch_network(problem.name);
  const auto parameters = model->parameters();
  TORCH_CHECK(parameters.size() == problem.parameters.size());
  const torch::NoGradGuard guard;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    parameters[i].copy_(copied(problem.parameters[i], problem.parameter_shapes[i]));
  }
  return model;
}

struct Training {
  torch::nn::Sequential model;
  torch::Tensor inputs, labels, targets;
  std::unique_ptr<torch::optim::Optimizer> optimizer;
};

Step training_step(const Problem& problem) {
  auto training = std::make_shared<Training>();
  training->model = started_model(problem);
  training->inputs = inputs_of(problem);
  if (!problem.labels.empty()) {
    training->labels = torch::tensor(problem.labels, torch::kInt64);
  } else {
    training->targets = copied(problem.targets, problem.target_shape);
  }
  const auto parameters = training->model->parameters();
  if (problem.rule == Rule::adam) {
    training->optimizer =
        std::make_unique<torch::optim::Adam>(parameters, torch::optim::AdamOptions(1e-3));
  } else {
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

/// Computes `result` anew in every step and returns the element to be checked.
template <class F>
Step step_of(F result) {
  return [result, step = std::int64_t{0}]() mutable {
    const torch::InferenceMode guard;
    const torch::Tensor values = result();
    return values.view(-1)[checked_element(step++, values.numel())].template item<float>();
  };
}

Step inference_step(const Problem& problem) {
  auto model = started_model(problem);
  model->eval();
  return step_of([model, inputs = inputs_of(problem)]() mutable { return model->forward(inputs); });
}

Step expression_step(const Problem& problem) {
  const torch::Tensor inputs = inputs_of(problem);
  if (problem.name.starts_with("softmax")) {
    return step_of([inputs] { return torch::softmax(inputs, -1); });
  }
  if (problem.name.starts_with("svd-")) {
    return step_of([inputs] { return std::get<1>(torch::linalg_svd(inputs, false)); });
  }
  if (problem.name.starts_with("eigh-")) {
    return step_of([inputs] { return std::get<0>(torch::linalg_eigh(inputs)); });
  }
  if (problem.name.starts_with("eigvalsh-")) {
    return step_of([inputs] { return torch::linalg_eigvalsh(inputs); });
  }
  const torch::Tensor a = inputs[0].clone(), b = inputs[1].clone();
  return step_of([a, b] { return torch::tanh(a * b + a) * 0.5 + b; });
}

}  // namespace

Step libtorch_step(const Problem& problem) {
  switch (problem.work) {
    case Work::inference:
      return inference_step(problem);
    case Work::expression:
      return expression_step(problem);
    case Work::training:
      break;
  }
  return training_step(problem);
}

std::string libtorch_version() { return TORCH_VERSION; }

}  // namespace gradus::bench
