// Small networks that learn, or provably cannot.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gradus/core/compile.h"
#include "gradus/io/safetensors.h"
#include "gradus/nn/activation.h"
#include "gradus/nn/gradients.h"
#include "gradus/nn/linear.h"
#include "gradus/nn/loss.h"
#include "gradus/nn/sequential.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/random.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/transcendental.h"
#include "gradus/optim/adam.h"
#include "gradus/optim/sgd.h"
#include "gradus/optim/train_step.h"
#include "tests/support/tensors.h"

namespace gradus::nn {
namespace {

using testing::column;
using testing::near;

const Tensor kInputs{{0, 0}, {0, 1}, {1, 0}, {1, 1}};
const Tensor kXor = column({0.0f, 1.0f, 1.0f, 0.0f});

float train(Layer& model, optim::Optimizer& optimizer, const Tensor& x, const Tensor& y,
            const Loss& loss, int steps) {
  float last = 0;
  for (int i = 0; i < steps; ++i) {
    Context context{.training = true};
    const auto [value, gradients] =
        value_and_grad(model, [&] { return loss(model.forward(x, context), y); });
    optimizer.step(model, gradients);
    last = value.item<float>();
  }
  return last;
}

TEST(Xor, IsLearnedWithAHiddenLayer) {
  for (const std::uint64_t seed : {1, 2, 3}) {
    Sequential model(Key(seed), Linear{{.in = 2, .out = 8}}, Tanh{}, Linear{{.in = 8, .out = 1}});
    optim::Sgd optimizer{{.learning_rate = 0.1f, .momentum = 0.9f}};
    EXPECT_LT(train(model, optimizer, kInputs, kXor, mean_squared_error, 1000), 1e-3f);
    EXPECT_THAT(model(kInputs), near({0, 1, 1, 0}, 0.1));
  }
}

TEST(Xor, IsBeyondASingleLayer) {
  // The best that a linear map can do is 1/2 everywhere, with a loss of 1/4.
  Sequential model{Linear{{.in = 2, .out = 1}}};
  optim::Sgd optimizer{{.learning_rate = 0.5f}};
  EXPECT_NEAR(train(model, optimizer, kInputs, kXor, mean_squared_error, 1000), 0.25, 1e-4);
  EXPECT_THAT(model(kInputs), near({0.5, 0.5, 0.5, 0.5}, 1e-2));
}

TEST(Xor, IsNotLearnedFromZeros) {
  // All hidden units stay equal, so the network stays a single unit of its input.
  const Initializer zero{.kind = Initialization::zeros};
  Sequential model{
      Linear{{.in = 2, .out = 8, .weight_initializer = zero, .bias_initializer = zero}}, Tanh{},
      Linear{{.in = 8, .out = 1, .weight_initializer = zero, .bias_initializer = zero}}};
  optim::Sgd optimizer{{.learning_rate = 0.1f, .momentum = 0.9f}};
  EXPECT_NEAR(train(model, optimizer, kInputs, kXor, mean_squared_error, 1000), 0.25, 1e-3);
  EXPECT_THAT(*parameters(model)[0].tensor, near(std::vector<double>(16, 0.0)));
}

TEST(Xor, TakesTheSameStepsFromTheSameSeed) {
  std::vector<float> weights[2];
  for (auto& result : weights) {
    Sequential model(Key(4), Linear{{.in = 2, .out = 8}}, Tanh{}, Linear{{.in = 8, .out = 1}});
    optim::Adam optimizer{{.learning_rate = 0.05f}};
    train(model, optimizer, kInputs, kXor, mean_squared_error, 50);
    result = parameters(model)[0].tensor->to_vector<float>();
  }
  EXPECT_EQ(weights[0], weights[1]);
}

TEST(Classifier, SeparatesThreeCorners) {
  const Tensor x{{0, 0}, {1, 0}, {0, 1}, {0.2f, 0.1f}, {0.9f, 0.1f}, {0.1f, 0.8f}};
  const Tensor labels = Tensor::from(std::vector<std::int64_t>{0, 1, 2, 0, 1, 2});
  Sequential model(Key(2), Linear{{.in = 2, .out = 16}}, ReLU{}, Linear{{.in = 16, .out = 3}});
  optim::Adam optimizer{{.learning_rate = 0.05f}};
  EXPECT_LT(train(model, optimizer, x, labels, cross_entropy, 200), 0.05f);
}

/// As the README shows it.
struct Scaled : LayerOf<Scaled> {
  static constexpr const char* kKind = "scaled";
  Tensor weight, scale;  // (out, in), (out)

  Scaled(std::int64_t in, std::int64_t out, const Key& key)
      : weight(0.1f * random_normal(key, {out, in})), scale(ones({out})) {}
  Tensor operator()(const Tensor& x) const { return scale * tanh(linear(x, weight)); }
  void visit(Visitor& v) override {
    v("weight", weight);
    v("scale", scale);
  }
};

TEST(Learning, ALayerOfOnesOwnIsTrainedSavedAndLoaded) {
  Sequential model{Scaled(2, 16, Key(1)), Linear{{.in = 16, .out = 1, .key = Key(2)}}};
  EXPECT_EQ(parameter_count(model), 2 * 16 + 16 + 16 + 1);
  optim::Adam optimizer{{.learning_rate = 0.01f}};
  const Tensor x = random_normal(Key(3), {64, 2});
  const Tensor y = sum(x, {.axes = {1}, .keep_axes = true});
  auto step = compile(optim::train_step(model, optimizer, mean_squared_error));
  const float first = step(x, y).item<float>();
  for (int i = 0; i < 200; ++i) step(x, y);
  EXPECT_LT(step(x, y).item<float>(), first / 10);

  const std::string path = ::testing::TempDir() + "scaled.safetensors";
  io::write_safetensors(path, {.tensors = state(model)});
  Sequential other{Scaled(2, 16, Key(4)), Linear{{.in = 16, .out = 1}}};
  load_state(other, io::read_safetensors(path).tensors);
  EXPECT_EQ(other(x).to_vector<float>(), model(x).to_vector<float>());
}

}  // namespace
}  // namespace gradus::nn
