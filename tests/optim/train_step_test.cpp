#include "gradus/optim/train_step.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "gradus/base/parallel.h"
#include "gradus/core/compile.h"
#include "gradus/memory/allocator.h"
#include "gradus/nn/activation.h"
#include "gradus/nn/convolution.h"
#include "gradus/nn/dropout.h"
#include "gradus/nn/linear.h"
#include "gradus/nn/normalization.h"
#include "gradus/nn/pooling.h"
#include "gradus/nn/sequential.h"
#include "gradus/nn/shape_layer.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/random.h"
#include "gradus/ops/rearrange.h"
#include "gradus/optim/adagrad.h"
#include "gradus/optim/adam.h"
#include "gradus/optim/rmsprop.h"
#include "gradus/optim/sgd.h"
#include "tests/support/error_of.h"
#include "tests/support/tensors.h"

namespace gradus::optim {
namespace {

using testing::column;
using testing::error_of;
using ::testing::HasSubstr;

nn::Sequential network() {
  return nn::Sequential{Key(1),
                        nn::Conv2d{{.in = 1, .out = 4, .kernel_size = {3}, .padding = {1}}},
                        nn::BatchNorm{{.channels = 4}},
                        nn::ReLU{},
                        nn::MaxPool{{.kernel_size = {2}}},
                        nn::Flatten{},
                        nn::Dropout{{.rate = 0.3f}},
                        nn::Linear{{.in = 4 * 4 * 4, .out = 10}}};
}

struct Batch {
  Tensor images;  // (count, 1, 8, 8)
  Tensor labels;  // (count)
};

Batch batch(std::uint64_t number, std::int64_t count) {
  const Key key = Key(7).fold_in(number);
  return {random_normal(key.fold_in(0), {count, 1, 8, 8}).eval(),
          random_integer(key.fold_in(1), {count}, 0, 10).eval()};
}

std::vector<std::vector<float>> values_of(const nn::Module& module) {
  std::vector<std::vector<float>> values;
  for (const auto& [path, tensor] : nn::state(module)) values.push_back(tensor.to_vector<float>());
  return values;
}

/// A model in training.
struct Training {
  explicit Training(const Optimizer& like) : optimizer(like.clone()) {}

  nn::Sequential model = network();
  Owned<Optimizer> optimizer;
  TrainStep step{model, *optimizer, nn::cross_entropy, {.key = Key(3), .clip_norm = 1}};

  bool operator==(const Training& other) const {
    return values_of(model) == values_of(other.model) &&
           values_of(*optimizer) == values_of(*other.optimizer);
  }
};

std::vector<std::unique_ptr<Optimizer>> every_optimizer() {
  std::vector<std::unique_ptr<Optimizer>> all;
  all.push_back(std::make_unique<Sgd>(SgdOptions{.learning_rate = 0.1f, .weight_decay = 0.01f}));
  all.push_back(std::make_unique<Sgd>(SgdOptions{.momentum = 0.9f, .nesterov = true}));
  all.push_back(std::make_unique<Sgd>(SgdOptions{.momentum = 0.9f, .dampening = 0.5f}));
  all.push_back(std::make_unique<AdaGrad>());
  all.push_back(std::make_unique<RmsProp>());
  all.push_back(std::make_unique<Adam>(AdamOptions{.groups = {without_decay()}}));
  all.push_back(std::make_unique<AdamW>());
  return all;
}

class TrainStepTest : public ::testing::Test {
 protected:
  ~TrainStepTest() override { set_thread_count(threads_); }

 private:
  int threads_ = thread_count();
};

/// Layers large enough for bf16 in batches of 64.
nn::Sequential wide_network() {
  return nn::Sequential{Key(1),
                        nn::Conv2d{{.in = 1, .out = 8, .kernel_size = {3}, .padding = {1}}},
                        nn::ReLU{},
                        nn::Conv2d{{.in = 8, .out = 8, .kernel_size = {3}, .padding = {1}}},
                        nn::ReLU{},
                        nn::Flatten{},
                        nn::Linear{{.in = 512, .out = 64}},
                        nn::ReLU{},
                        nn::Linear{{.in = 64, .out = 10}}};
}

/// Training in a precision.
struct PreciseTraining {
  explicit PreciseTraining(ProductPrecision precision)
      : step(model, optimizer, nn::cross_entropy, {.key = Key(3), .precision = precision}) {}

  nn::Sequential model = wide_network();
  Adam optimizer{{.learning_rate = 0.001f}};
  TrainStep step;
};

TEST_F(TrainStepTest, InBf16CompiledGivesTheSameBitsAndWeightsStayF32) {
  PreciseTraining plain(ProductPrecision::bf16), planned(ProductPrecision::bf16);
  auto compiled = compile(planned.step);
  for (std::uint64_t i = 0; i < 6; ++i) {
    set_thread_count(1 + static_cast<int>(i % 2));
    const auto [images, labels] = batch(i, 64);
    EXPECT_EQ(plain.step(images, labels).item<float>(), compiled(images, labels).item<float>());
  }
  EXPECT_EQ(values_of(plain.model), values_of(planned.model));
  EXPECT_EQ(values_of(plain.optimizer), values_of(planned.optimizer));
  for (const auto& [path, tensor] : nn::state(plain.model)) {
    EXPECT_NE(tensor.dtype(), DType::bf16) << path;
  }
}

TEST_F(TrainStepTest, InBf16LossesLieNearThoseOfF32) {
  PreciseTraining full(ProductPrecision::full), half(ProductPrecision::bf16);
  double largest = 0;
  for (std::uint64_t i = 0; i < 10; ++i) {
    const auto [images, labels] = batch(0, 64);  // the same ones, to be learned by heart
    const double expected = full.step(images, labels).item<float>();
    const double found = half.step(images, labels).item<float>();
    largest = std::max(largest, std::abs(found - expected));
    // Operands are off by 2^-9 of themselves at most, and Adam moves weights by 0.001.
    EXPECT_NEAR(found, expected, 0.1 * (1 + expected)) << i;
  }
  EXPECT_GT(largest, 0);  // it is not f32
}

TEST_F(TrainStepTest, CompiledGivesTheSameBitsWithEveryOptimizer) {
  for (const auto& optimizer : every_optimizer()) {
    SCOPED_TRACE(optimizer->kind());
    Training plain(*optimizer);
    Training planned(*optimizer);
    auto compiled = compile(planned.step);
    for (std::uint64_t i = 0; i < 9; ++i) {
      set_thread_count(1 + static_cast<int>(i % 2));
      const auto [images, labels] = batch(i, i % 3 == 2 ? 5 : 8);  // a smaller last batch
      if (i == 5) {
        plain.optimizer->set_rate_factor(0.5);
        planned.optimizer->set_rate_factor(0.5);
      }
      const float expected = plain.step(images, labels).item<float>();
      EXPECT_EQ(compiled(images, labels).item<float>(), expected);
      EXPECT_TRUE(planned == plain) << "after step " << i;
    }
    EXPECT_EQ(compiled.plans(), 2u);
  }
}

/// A step of `training` on images of NaN, by `step`.
template <class Step>
void expect_refusal(Step& step) {
  auto [images, labels] = batch(0, 8);
  const Error error = error_of([&] { step(images * NAN, labels).eval(); });
  EXPECT_EQ(error.code(), ErrorCode::numeric);
  EXPECT_STREQ(error.what(), "require_finite: the loss is nan");
}

TEST_F(TrainStepTest, AStepWhoseLossIsNotFiniteLeavesEverythingAsItWas) {
  for (const auto& optimizer : every_optimizer()) {
    SCOPED_TRACE(optimizer->kind());
    Training undisturbed(*optimizer);
    Training plain(*optimizer);
    Training planned(*optimizer);
    auto compiled = compile(planned.step);
    expect_refusal(plain.step);
    expect_refusal(compiled);  // with its plan not yet made
    for (std::uint64_t i = 0; i < 4; ++i) {
      EXPECT_TRUE(plain == undisturbed) << "before step " << i;
      EXPECT_TRUE(planned == undisturbed) << "compiled, before step " << i;
      const auto [images, labels] = batch(i, 8);
      const float expected = undisturbed.step(images, labels).item<float>();
      EXPECT_EQ(plain.step(images, labels).item<float>(), expected);
      EXPECT_EQ(compiled(images, labels).item<float>(), expected);
      expect_refusal(plain.step);
      expect_refusal(compiled);
    }
    EXPECT_TRUE(plain == undisturbed);
    EXPECT_TRUE(planned == undisturbed);
  }
}

TEST_F(TrainStepTest, ASnapshotOfACompiledModelStaysAsItWas) {
  Training training{Adam()};
  auto step = compile(training.step);
  const auto [images, labels] = batch(0, 8);
  step(images, labels);
  step(images, labels);
  const nn::Sequential snapshot = training.model;
  const auto before = values_of(snapshot);
  step(images, labels);
  EXPECT_EQ(values_of(snapshot), before);
  EXPECT_NE(values_of(training.model), before);
}

TEST_F(TrainStepTest, AFaultInTheDataLeavesTheModelAsItWas) {
  Training training{Adam()};
  auto step = compile(training.step);
  const auto [images, labels] = batch(0, 8);
  const Tensor wrong = (labels + 10).eval();
  for (int i = 0; i < 3; ++i) {
    const auto before = values_of(training.model);
    const auto optimizer_before = values_of(*training.optimizer);
    EXPECT_THROW(step(images, wrong), Error);
    EXPECT_EQ(values_of(training.model), before);
    EXPECT_EQ(values_of(*training.optimizer), optimizer_before);
    step(images, labels);
    EXPECT_NE(values_of(training.model), before);
  }
}

TEST_F(TrainStepTest, AMistakeInTheModelShowsItsPlaceAndChangesNothing) {
  nn::Sequential model{nn::Linear{{.in = 2, .out = 3}}, nn::Linear{{.in = 4, .out = 1}}};
  Sgd optimizer;
  auto step = compile(train_step(model, optimizer, nn::mean_squared_error));
  const auto before = values_of(model);
  const Error error = error_of([&] { step(random_normal(Key(4), {3, 2}), column({1, 2, 3})); });
  EXPECT_THAT(error.what(), HasSubstr("linear"));
  EXPECT_THAT(error.what(), HasSubstr("1"));
  EXPECT_EQ(values_of(model), before);
}

TEST_F(TrainStepTest, DropsOthersAtEachCompiledStep) {
  nn::Sequential model{nn::Dropout{{.rate = 0.5f}}, nn::Linear{{.in = 64, .out = 1}}};
  Sgd optimizer{{.learning_rate = 0}};
  auto step = compile(train_step(model, optimizer, nn::mean_squared_error));
  const Tensor x = random_normal(Key(2), {4, 64}).eval();
  std::vector<float> losses;
  for (int i = 0; i < 5; ++i) losses.push_back(step(x, column({0, 0, 0, 0})).item<float>());
  std::sort(losses.begin(), losses.end());
  EXPECT_EQ(std::unique(losses.begin(), losses.end()), losses.end());
}

/// The most memory that `steps` calls of f use at once, beyond what is in use before.
template <class F>
std::size_t peak_of(int steps, F f) {
  clear_memory_cache();
  const std::size_t before = memory_statistics().in_use;
  reset_peak_memory();
  for (int i = 0; i < steps; ++i) f();
  return memory_statistics().peak_in_use - before;
}

TEST_F(TrainStepTest, CompiledTakesNoMoreMemory) {
  Training plain{Adam()};
  Training planned{Adam()};
  const auto [images, labels] = batch(0, 64);
  plain.step(images, labels);
  planned.step(images, labels);
  const std::size_t as_it_is = peak_of(4, [&] { plain.step(images, labels).item<float>(); });
  auto step = compile(planned.step);
  const std::size_t compiled = peak_of(4, [&] { step(images, labels).item<float>(); });
  EXPECT_LE(compiled, as_it_is);
}

}  // namespace
}  // namespace gradus::optim
