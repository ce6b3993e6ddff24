// Kinds of hidden units: their curves, their slopes, and how a network of each learns digits.
#include <fmt/format.h>

#include "gradus/autodiff/grad.h"
#include "gradus/learn/classification_metrics.h"
#include "gradus/nn/activation.h"
#include "gradus/nn/gradients.h"
#include "gradus/nn/learned_activation.h"
#include "gradus/nn/linear.h"
#include "gradus/nn/loss.h"
#include "gradus/nn/sequential.h"
#include "gradus/ops/activation.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/select.h"
#include "gradus/ops/transcendental.h"
#include "gradus/optim/adam.h"
#include "lessons/lessons.h"
#include "lessons/tables.h"

namespace gradus::lessons {
namespace {

struct UnitFunction {
  const char* name;
  UnaryFunction f;
};

report::Plot curves_of(const char* title, const std::vector<UnitFunction>& units, bool of_slopes) {
  report::Plot plot{.title = title,
                    .x = {.label = "x"},
                    .y = {.label = of_slopes ? "slope" : "value", .low = -1.8, .high = 3}};
  const std::vector<double> x = spaced(-4, 4, 401);
  for (const auto& [name, f] : units) {
    // Each element depends on its own x alone, so the gradient of the sum holds all slopes.
    const UnaryFunction shown =
        of_slopes ? grad(UnaryFunction([f = f](const Tensor& v) { return sum(f(v)); })) : f;
    plot.series.push_back({.name = name, .x = x, .y = shown(Tensor::from(x)).to_vector<double>()});
  }
  return plot;
}

constexpr int kUnitSteps = 100;

/// Losses of every step, and what is right of digits not learned from.
struct Learned {
  std::vector<double> losses;
  double accuracy;
};

Learned learn_with(nn::Sequential model, const Digits& train, const Digits& test) {
  optim::Adam optimizer{{.learning_rate = 0.01f}};
  Learned learned;
  for (int step = 0; step < kUnitSteps; ++step) {
    const auto [loss, gradients] =
        nn::value_and_grad(model, [&] { return nn::cross_entropy(model(train.x), train.labels); });
    optimizer.step(model, gradients);
    learned.losses.push_back(loss.item<double>());
  }
  learned.accuracy = learn::accuracy(argmax(model(test.x)), test.labels);
  return learned;
}

}  // namespace

void hidden_units(Notebook& notebook) {
  const std::vector<UnitFunction> rising{
      {"ReLU", relu},
      {"leaky ReLU, 0.1", [](const Tensor& x) { return leaky_relu(x, 0.1); }},
      {"ELU", [](const Tensor& x) { return elu(x); }},
      {"SELU", nn::selu},
      {"GELU", gelu},
      {"SiLU", silu},
      {"softplus", softplus}};
  const std::vector<UnitFunction> bounded{
      {"sigmoid", sigmoid},
      {"tanh", [](const Tensor& x) { return tanh(x); }},
      {"hard tanh", nn::hard_tanh},
      {"absolute value", absolute},
      {"radial basis", [](const Tensor& x) { return exp(-square(x)); }}};

  const auto [train, test] = digit_parts();
  Table table({Align::left, Align::right, Align::right, Align::right});
  table.row({"unit", "loss after 20 steps", "after 100", "right of 400 others"});
  report::Plot losses{.title = "Learning 400 digits with 32 hidden units",
                      .x = {.label = "step"},
                      .y = {.label = "cross-entropy in nats",
                            .scale = report::AxisScale::logarithmic,
                            .low = 1e-3,
                            .high = 10}};
  const auto add = [&](const char* name, bool is_drawn, nn::Sequential model) {
    nn::initialize(model, Key(1));
    const Learned learned = learn_with(std::move(model), train, test);
    table.row({name, fmt::format("{:.3f}", learned.losses[20]),
               fmt::format("{:.3f}", learned.losses.back()),
               fmt::format("{:.1f} %", 100 * learned.accuracy)});
    if (!is_drawn) return;
    losses.series.push_back(
        {.name = name, .x = counted(learned.losses.size()), .y = learned.losses});
  };
  const nn::Linear in{{.in = 64, .out = 32}}, out{{.in = 32, .out = 10}};
  add("none: a line", true, nn::Sequential{in, out});
  add("sigmoid", true, nn::Sequential{in, nn::Sigmoid{}, out});
  add("tanh", true, nn::Sequential{in, nn::Tanh{}, out});
  add("ReLU", true, nn::Sequential{in, nn::ReLU{}, out});
  add("leaky ReLU", false, nn::Sequential{in, nn::LeakyReLU{}, out});
  add("PReLU", false, nn::Sequential{in, nn::PReLU{}, out});
  add("ELU", false, nn::Sequential{in, nn::ELU{}, out});
  add("SELU", false, nn::Sequential{in, nn::SELU{}, out});
  add("GELU", true, nn::Sequential{in, nn::GELU{}, out});
  add("SiLU", false, nn::Sequential{in, nn::SiLU{}, out});
  add("softplus", false, nn::Sequential{in, nn::Softplus{}, out});
  add("hard tanh", false, nn::Sequential{in, nn::HardTanh{}, out});
  add("absolute value", false, nn::Sequential{in, nn::AbsoluteValue{}, out});
  add("maxout of 2", true, nn::Sequential{nn::Maxout{{.in = 64, .out = 32}}, out});
  add("radial basis", true,
      nn::Sequential{nn::RadialBasis{{.in = 64, .out = 32, .width = 8}}, out});
  notebook.show(table);
  notebook.picture(
      "hidden-units",
      {curves_of("Units that rise", rising, false), curves_of("Their slopes", rising, true),
       curves_of("Bounded, even and local ones", bounded, false), losses},
      2);
}

}  // namespace gradus::lessons
