// The gradients of each layer of deep networks while they learn to read digits.
#include <cmath>

#include <fmt/format.h>

#include "gradus/data/catalog.h"
#include "gradus/nn/activation.h"
#include "gradus/nn/gradients.h"
#include "gradus/nn/linear.h"
#include "gradus/nn/loss.h"
#include "gradus/nn/sequential.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/select.h"
#include "gradus/optim/sgd.h"
#include "lessons/lessons.h"
#include "lessons/tables.h"

namespace gradus::lessons {
namespace {

constexpr int kDepth = 10;
constexpr int kWidth = 32;
constexpr int kLearningSteps = 200;

enum class Unit { sigmoid, tanh, relu };

nn::Sequential deep_network(Unit unit, nn::Initialization start) {
  nn::Sequential model;
  for (int layer = 0; layer < kDepth; ++layer) {
    model.add(nn::Linear{{.in = layer == 0 ? 64 : kWidth,
                          .out = kWidth,
                          .weight_initializer = nn::Initializer{.kind = start}}});
    if (unit == Unit::sigmoid) model.add(nn::Sigmoid{});
    if (unit == Unit::tanh) model.add(nn::Tanh{});
    if (unit == Unit::relu) model.add(nn::ReLU{});
  }
  model.add(nn::Linear{{.in = kWidth, .out = 10}});
  nn::initialize(model, Key(1));
  return model;
}

/// What is seen of a network: root mean squares of the gradients of each layer's weights.
struct Watched {
  std::vector<std::vector<double>> by_layer = std::vector<std::vector<double>>(kDepth + 1);
  std::vector<double> losses = {};
};

Watched learn_digits(nn::Sequential model, const Tensor& x, const Tensor& labels) {
  optim::Sgd optimizer{{.learning_rate = 0.01f, .momentum = 0.9f}};
  Watched watched;
  for (int step = 0; step < kLearningSteps; ++step) {
    const auto [loss, gradients] =
        nn::value_and_grad(model, [&] { return nn::cross_entropy(model(x), labels); });
    for (std::size_t layer = 0; layer <= kDepth; ++layer) {
      const Tensor& weight = gradients[2 * layer];  // and its bias behind it
      watched.by_layer[layer].push_back(std::sqrt(mean(square(weight)).item<double>()));
    }
    watched.losses.push_back(loss.item<double>());
    optimizer.step(model, gradients);
  }
  return watched;
}

report::Plot layers_over_time(const char* title, const Watched& watched) {
  report::Plot plot{.title = title,
                    .x = {.label = "step"},
                    .y = {.label = "gradient (root mean square)",
                          .scale = report::AxisScale::logarithmic,
                          .low = 1e-10,
                          .high = 10}};
  int color = 0;
  for (const std::size_t layer : {0, 3, 6, 10}) {
    plot.series.push_back({.name = fmt::format("layer {}", layer + 1),
                           .x = counted(kLearningSteps),
                           .y = watched.by_layer[layer],
                           .color = color++});
  }
  return plot;
}

}  // namespace

void vanishing_gradients(Notebook& notebook) {
  const data::LoadedDataSet digits = data::load("digits");
  const Tensor pictures = slice(digits.train.inputs(), 0, {.stop = 256});
  const Tensor x = reshape(cast(pictures, DType::f32), Dims{256, 64}) * (1.0 / 16) - 0.3;
  const Tensor labels = slice(digits.train.targets(), 0, {.stop = 256});

  struct Network {
    const char* name;
    Unit unit;
    nn::Initialization start;
  };
  const Network networks[] = {
      {"sigmoid, Xavier", Unit::sigmoid, nn::Initialization::xavier_uniform},
      {"tanh, Xavier", Unit::tanh, nn::Initialization::xavier_uniform},
      {"ReLU, He", Unit::relu, nn::Initialization::he_normal}};
  Table table({Align::left, Align::right, Align::right, Align::right, Align::right});
  table.row({"network of 10 hidden layers", "layer 1 / layer 11 at first", "at the end",
             "first loss", "last loss"});
  std::vector<report::Plot> plots;
  report::Plot losses{.title = "Learning",
                      .x = {.label = "step"},
                      .y = {.label = "cross-entropy in nats", .low = 0}};
  for (const Network& network : networks) {
    const Watched watched = learn_digits(deep_network(network.unit, network.start), x, labels);
    const auto ratio = [&](std::size_t step) {
      return fmt::format("{:.1e}", watched.by_layer[0][step] / watched.by_layer[kDepth][step]);
    };
    table.row({network.name, ratio(0), ratio(kLearningSteps - 1),
               fmt::format("{:.3f}", watched.losses.front()),
               fmt::format("{:.3f}", watched.losses.back())});
    plots.push_back(layers_over_time(network.name, watched));
    losses.series.push_back(
        {.name = network.name, .x = counted(kLearningSteps), .y = watched.losses});
  }
  notebook.say("gradients of the weights, on 256 of the digits");
  notebook.show(table);
  notebook.say(
      "A sigmoid's slope is at most 1/4, so each layer takes its share; guessing costs log 10 = "
      "2.303. Where the ReLU network's gradients explode, its loss jumps.");
  plots.push_back(losses);
  notebook.picture("vanishing-gradients", plots, 2);
}

}  // namespace gradus::lessons
