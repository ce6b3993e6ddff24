// The exclusive or: beyond a single layer, within reach of two.
#include <algorithm>

#include <fmt/format.h>

#include "gradus/data/catalog.h"
#include "gradus/nn/activation.h"
#include "gradus/nn/gradients.h"
#include "gradus/nn/linear.h"
#include "gradus/nn/loss.h"
#include "gradus/nn/sequential.h"
#include "gradus/ops/activation.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/select.h"
#include "gradus/optim/adam.h"
#include "lessons/lessons.h"
#include "lessons/tables.h"

namespace gradus::lessons {
namespace {

constexpr int kSteps = 400;
constexpr int kGrid = 60;
constexpr double kLow = -0.5, kHigh = 1.5;

/// Losses of every step.
std::vector<double> learn_xor(nn::Sequential& model, const Tensor& x, const Tensor& y) {
  optim::Adam optimizer{{.learning_rate = 0.05f}};
  std::vector<double> losses;
  for (int step = 0; step < kSteps; ++step) {
    const auto [loss, gradients] = nn::value_and_grad(
        model, [&] { return nn::binary_cross_entropy_with_logits(model(x), y); });
    optimizer.step(model, gradients);
    losses.push_back(loss.item<double>());
  }
  return losses;
}

/// The probability of 1 over the square, from blue (0) to orange (1).
report::PlotPicture probability_map(const nn::Sequential& model) {
  std::vector<float> points;
  for (int row = 0; row < kGrid; ++row) {
    for (int column = 0; column < kGrid; ++column) {
      const double step = (kHigh - kLow) / kGrid;
      points.push_back(static_cast<float>(kLow + (column + 0.5) * step));
      points.push_back(static_cast<float>(kHigh - (row + 0.5) * step));
    }
  }
  const Tensor places = Tensor::from(points, Shape{kGrid * kGrid, 2});
  const auto probabilities = sigmoid(model(places)).to_vector<double>();
  constexpr double kBlue[] = {120, 170, 214}, kOrange[] = {240, 170, 110};
  std::vector<std::uint8_t> pixels;
  for (const double p : probabilities) {
    for (int c = 0; c < 3; ++c) {
      // White where the network does not know.
      const double color = p < 0.5 ? kBlue[c] : kOrange[c];
      const double certainty = std::abs(2 * p - 1);
      pixels.push_back(static_cast<std::uint8_t>(255 + certainty * (color - 255)));
    }
  }
  return {Tensor::from(pixels, Shape{kGrid, kGrid, 3}), kLow, kHigh, kLow, kHigh};
}

report::Plot xor_map(const char* title, const nn::Sequential& model) {
  return {
      .title = title,
      .x = {.label = "a", .low = kLow, .high = kHigh},
      .y = {.label = "b", .low = kLow, .high = kHigh},
      .pictures = {probability_map(model)},
      .series = {{.name = "a xor b = 0", .x = {0, 1}, .y = {0, 1}, .mark = report::Mark::points},
                 {.name = "a xor b = 1", .x = {0, 1}, .y = {1, 0}, .mark = report::Mark::points}}};
}

}  // namespace

void xor_layers(Notebook& notebook) {
  const data::LoadedDataSet set = data::load("xor");
  const Tensor x = set.train.inputs();
  const Tensor y = reshape(cast(set.train.targets(), DType::f32), Dims{-1, 1});

  nn::Sequential single(Key(1), nn::Linear{{.in = 2, .out = 1}});
  nn::Sequential hidden(Key(1), nn::Linear{{.in = 2, .out = 8}}, nn::Tanh{},
                        nn::Linear{{.in = 8, .out = 1}});
  const std::vector<double> losses[] = {learn_xor(single, x, y), learn_xor(hidden, x, y)};

  Table table({Align::left, Align::right, Align::right, Align::right, Align::right, Align::right});
  table.row({"network", "loss", "0 0", "0 1", "1 0", "1 1"});
  const auto add = [&](const char* name, const nn::Sequential& model, double loss) {
    std::vector<std::string> cells{name, fmt::format("{:.4f}", loss)};
    for (const double p : sigmoid(model(x)).to_vector<double>()) {
      cells.push_back(fmt::format("{:.3f}", p));
    }
    table.row(cells);
  };
  notebook.say("the probability that a xor b is 1, after 400 steps");
  add("one layer", single, losses[0].back());
  add("8 hidden units", hidden, losses[1].back());
  notebook.show(table);
  notebook.say("The best that a line can do is 1/2 everywhere, a loss of log 2 = 0.6931.");

  const report::Plot curves{
      .title = "Learning",
      .x = {.label = "step"},
      .y = {.label = "cross-entropy in nats", .low = 0},
      .series = {{.name = "one layer", .x = counted(kSteps), .y = losses[0]},
                 {.name = "8 hidden units", .x = counted(kSteps), .y = losses[1]}}};
  notebook.picture("xor", {xor_map("One layer", single), xor_map("Two layers", hidden), curves}, 3);
}

}  // namespace gradus::lessons
