// Stochastic gradient descent with one example a step, with some, and with all.
#include <fmt/format.h>

#include "gradus/data/catalog.h"
#include "gradus/data/loader.h"
#include "gradus/nn/gradients.h"
#include "gradus/nn/linear.h"
#include "gradus/nn/loss.h"
#include "gradus/nn/sequential.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/select.h"
#include "gradus/optim/sgd.h"
#include "lessons/lessons.h"
#include "lessons/tables.h"

namespace gradus::lessons {
namespace {

constexpr std::int64_t kExamples = 600;
constexpr int kEpochs = 4;

/// The loss over all examples, as often as that many were seen.
report::PlotSeries learn_in_batches(const data::TensorDataset& digits, std::int64_t batch_size,
                                    float learning_rate) {
  nn::Sequential model(Key(1), nn::Linear{{.in = 64, .out = 10}});
  optim::Sgd optimizer{{.learning_rate = learning_rate}};
  report::PlotSeries series{.name =
                                batch_size == kExamples ? "all" : fmt::format("{}", batch_size)};
  data::DataLoader loader(digits, {.batch_size = batch_size, .shuffle = true, .threads = 0});
  std::int64_t seen = 0;
  const auto look = [&] {
    series.x.push_back(static_cast<double>(seen) / kExamples);
    series.y.push_back(nn::cross_entropy(model(digits.inputs()), digits.targets()).item<double>());
  };
  look();
  for (int epoch = 0; epoch < kEpochs; ++epoch) {
    for (const auto& batch : loader.epoch(epoch)) {
      const auto [loss, gradients] = nn::value_and_grad(
          model, [&] { return nn::cross_entropy(model(batch.inputs), batch.targets); });
      optimizer.step(model, gradients);
      seen += batch.inputs.dim(0);
      if (seen % 10 == 0 || batch_size > 10) look();
    }
  }
  return series;
}

}  // namespace

void batch_sizes(Notebook& notebook) {
  const data::LoadedDataSet set = data::load("digits");
  const Tensor pictures = slice(set.train.inputs(), 0, {.stop = kExamples});
  const data::TensorDataset digits(
      (reshape(cast(pictures, DType::f32), Dims{kExamples, 64}) * (1.0 / 16)).eval(),
      slice(set.train.targets(), 0, {.stop = kExamples}).eval());

  Table table({Align::right, Align::right, Align::right, Align::right});
  table.row({"examples a step", "learning rate", "steps", "loss after 4 epochs"});
  report::Plot plot{.title = "600 digits: one a step, 30, or all",
                    .x = {.label = "epochs"},
                    .y = {.label = "cross-entropy over all 600, in nats", .low = 0, .high = 2.6}};
  struct Choice {
    std::int64_t batch_size;
    float learning_rate;
  };
  for (const Choice& choice : {Choice{1, 0.05f}, Choice{30, 0.3f}, Choice{kExamples, 0.5f}}) {
    const report::PlotSeries series =
        learn_in_batches(digits, choice.batch_size, choice.learning_rate);
    table.row({series.name, fmt::format("{}", choice.learning_rate),
               std::to_string(kEpochs * kExamples / choice.batch_size),
               fmt::format("{:.3f}", series.y.back())});
    plot.series.push_back(series);
  }
  notebook.show(table);
  notebook.say("As many examples are seen; small batches make more of them, and wander more.");
  notebook.picture("batch-sizes", {plot});
}

}  // namespace gradus::lessons
