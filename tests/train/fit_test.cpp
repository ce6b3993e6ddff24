#include "gradus/train/fit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>

#include <unistd.h>

#include "gradus/base/error.h"
#include "gradus/base/parallel.h"
#include "gradus/data/tensor_dataset.h"
#include "gradus/nn/activation.h"
#include "gradus/nn/dropout.h"
#include "gradus/nn/linear.h"
#include "gradus/nn/normalization.h"
#include "gradus/nn/sequential.h"
#include "gradus/ops/creation.h"
#include "gradus/optim/adam.h"
#include "gradus/optim/sgd.h"
#include "gradus/train/checkpoint.h"
#include "tests/support/tensors.h"

namespace gradus::train {
namespace {

namespace fs = std::filesystem;
using testing::column;
using ::testing::HasSubstr;

// Numbers as (n, 1).
data::TensorDataset xor_cases() {
  return data::TensorDataset(Tensor{{0, 0}, {0, 1}, {1, 0}, {1, 1}},
                             Tensor::from(std::vector<std::int64_t>{0, 1, 1, 0}));
}

// 40 points of two noisy classes: enough for several batches that differ.
data::TensorDataset clouds(std::uint64_t seed) {
  const Tensor labels = random_integer(Key(seed).fold_in(1), {40}, 0, 2).eval();
  std::vector<float> points;
  const auto noise = random_normal(Key(seed).fold_in(2), {40, 3}).to_vector<float>();
  const auto classes = labels.to_vector<std::int64_t>();
  for (std::size_t i = 0; i < noise.size(); ++i) {
    points.push_back(noise[i] + static_cast<float>(classes[i / 3]));
  }
  return data::TensorDataset(Tensor::from(points, {40, 3}), labels);
}

nn::Sequential network() {
  return nn::Sequential(Key(5), nn::Linear{{.in = 3, .out = 8}}, nn::BatchNorm{{.channels = 8}},
                        nn::Tanh{}, nn::Dropout{{.rate = 0.2f}}, nn::Linear{{.in = 8, .out = 2}});
}

// A model whose only number is its answer.
nn::Sequential constant_model() {
  nn::Linear layer{{.in = 1, .out = 1}};
  layer.weight = column({0.0f});
  layer.bias = Tensor{0.0f};
  return nn::Sequential(layer, nn::Dropout{{.rate = 0}});
}
data::TensorDataset constant_target(float target) {
  return data::TensorDataset(column({0.0f, 0.0f}), column({target, target}));
}

std::vector<std::vector<float>> values_of(const nn::Module& module) {
  std::vector<std::vector<float>> values;
  for (const auto& [name, tensor] : nn::state(module)) values.push_back(tensor.to_vector<float>());
  return values;
}

class Watcher final : public Callback {
 public:
  explicit Watcher(std::function<void(const StepRecord&)> function)
      : function_(std::move(function)) {}
  void after_step(const StepRecord& record) override { function_(record); }

 private:
  std::function<void(const StepRecord&)> function_;
};

class FitTest : public ::testing::Test {
 protected:
  void SetUp() override { fs::create_directories(folder_); }
  void TearDown() override { fs::remove_all(folder_); }
  std::string path(const char* name) const { return (folder_ / name).string(); }
  fs::path folder_ = fs::temp_directory_path() / ("gradus-fit-" + std::to_string(getpid()));
};

TEST_F(FitTest, LearnsTheExclusiveOr) {
  nn::Sequential model(Key(1), nn::Linear{{.in = 2, .out = 8}}, nn::Tanh{},
                       nn::Linear{{.in = 8, .out = 2}});
  optim::Adam optimizer{{.learning_rate = 0.05f}};
  const data::DataLoader loader(xor_cases(), {.batch_size = 4});
  const FitResult result = fit(model, nn::cross_entropy, optimizer, {.training = loader},
                               {.epochs = 200, .metrics = MetricSet::classification});
  ASSERT_EQ(result.history.size(), 200u);
  EXPECT_EQ(find_metric(result.history.back(), "train_accuracy"), 1.0);
  EXPECT_LT(*find_metric(result.history.back(), "train_loss"), 0.05);
  EXPECT_EQ(result.reason, StopReason::all_epochs);
}

TEST_F(FitTest, FindsTheLineOfLeastSquares) {
  // The worked example of the course: X = [[1, 1], [1, 2], [2, 2]], y = [6, 8, 9], beta [1.6, 3.2]
  // without intercept.
  nn::Sequential model(Key(1), nn::Linear{{.in = 2, .out = 1, .bias = false}});
  optim::Sgd optimizer{{.learning_rate = 0.1f}};
  const data::DataLoader loader(
      data::TensorDataset(Tensor{{1, 1}, {1, 2}, {2, 2}}, column({6, 8, 9})), {.batch_size = 3});
  const FitResult result = fit(model, nn::mean_squared_error, optimizer, {.training = loader},
                               {.epochs = 1000, .metrics = MetricSet::regression});
  const auto beta = nn::state(model)[0].second.to_vector<float>();
  EXPECT_NEAR(beta[0], 1.6, 1e-3);
  EXPECT_NEAR(beta[1], 3.2, 1e-3);
  EXPECT_NEAR(*find_metric(result.history.back(), "train_mse"), 1.8 / 3, 1e-5);
}

// What training leaves: weights, optimiser, history without times.
struct Ending {
  std::vector<std::vector<float>> model, optimizer;
  std::vector<Metrics> training, validation;
  bool operator==(const Ending&) const = default;
};

// Trains 4 epochs of 5 steps; stops after each of the given numbers of steps (counted from the
// start) and goes on with everything made anew.
Ending ending_of(const std::string& checkpoint, std::vector<int> stops, FitOptions options) {
  options.epochs = 4;
  options.key = Key(9);
  options.metrics = MetricSet::classification;
  options.checkpoint.path = checkpoint;
  options.checkpoint.resume = true;
  stops.push_back(-1);
  int done = 0;
  for (const int stop : stops) {
    nn::Sequential model = network();
    optim::Adam optimizer{{.learning_rate = 0.05f}};
    const data::DataLoader training(clouds(1), {.batch_size = 8, .shuffle = true, .key = Key(3)});
    const data::DataLoader validation(clouds(2), {.batch_size = 16});
    bool interrupted = false;
    Watcher watcher([&](const StepRecord&) { interrupted = ++done == stop; });
    options.callbacks = {&watcher};
    options.interrupted = [&] { return interrupted; };
    const FitResult result = fit(model, nn::cross_entropy, optimizer,
                                 {.training = training, .validation = &validation}, options);
    EXPECT_EQ(result.reason == StopReason::interrupted, stop > 0);
    if (stop > 0) continue;
    Ending ending{values_of(model), values_of(optimizer), {}, {}};
    for (const EpochRecord& record : result.history) {
      ending.training.push_back(record.training);
      ending.validation.push_back(record.validation);
    }
    return ending;
  }
  return {};
}

TEST_F(FitTest, GoesOnToTheSameBitsWhereverItWasInterrupted) {
  const Ending whole = ending_of(path("whole"), {}, {});
  ASSERT_EQ(whole.training.size(), 4u);
  for (int stop = 1; stop <= 20; ++stop) {
    fs::remove(path("part"));
    EXPECT_EQ(ending_of(path("part"), {stop}, {}), whole) << "after step " << stop;
  }
  fs::remove(path("part"));
  EXPECT_EQ(ending_of(path("part"), {1, 2, 7, 10, 11}, {}), whole);
}

TEST_F(FitTest, SchedulesAndEarlyStoppingGoOnToo) {
  FitOptions options{.clip_norm = 0.5,
                     .schedule = optim::cosine({.duration = 4}),
                     .plateau = PlateauSchedule{{.factor = 0.5f, .patience = 0, .threshold = 0.5f},
                                                "validation_accuracy"},
                     .early_stopping = EarlyStopping{.patience = 1}};
  const Ending whole = ending_of(path("whole"), {}, options);
  for (const int stop : {3, 5, 8, 10, 12}) {
    fs::remove(path("part"));
    EXPECT_EQ(ending_of(path("part"), {stop}, options), whole) << "after step " << stop;
  }
}

TEST_F(FitTest, CompiledStepsGiveTheSameBits) {
  FitOptions options{.clip_norm = 0.5, .clip_value = 0.2};
  const Ending compiled = ending_of("", {}, options);
  options.compile = false;
  EXPECT_EQ(ending_of("", {}, options), compiled);
}

TEST_F(FitTest, TheNumberOfThreadsDoesNotMatter) {
  const int before = thread_count();
  set_thread_count(1);
  const Ending one = ending_of("", {}, {});
  set_thread_count(2);
  const Ending two = ending_of("", {}, {});
  set_thread_count(before);
  EXPECT_EQ(one, two);
}

TEST_F(FitTest, AFinishedTrainingThatGoesOnIsLeftAsItIs) {
  const Ending first = ending_of(path("done"), {}, {});
  EXPECT_EQ(ending_of(path("done"), {}, {}), first);
}

// The answer moves from 0 towards 10; validation asks for 3, so it gets better and then worse.
FitResult overfit(nn::Sequential& model, EarlyStopping stopping) {
  optim::Sgd optimizer{{.learning_rate = 0.05f}};
  const data::DataLoader training(constant_target(10), {.batch_size = 2});
  const data::DataLoader validation(constant_target(3), {.batch_size = 2});
  return fit(model, nn::mean_squared_error, optimizer,
             {.training = training, .validation = &validation},
             {.epochs = 50, .early_stopping = stopping});
}

TEST_F(FitTest, EarlyStoppingRestoresTheBestWeights) {
  // Each step goes a tenth of the way: 10 (1 - 0.9^n) is nearest to 3 at n = 3 (2.71; then 3.44).
  nn::Sequential model = constant_model();
  const FitResult result = overfit(model, {.patience = 4});
  EXPECT_EQ(result.reason, StopReason::early_stopping);
  EXPECT_EQ(result.best_epoch, 3);
  EXPECT_EQ(result.history.size(), 3u + 4 + 1);
  EXPECT_NEAR(nn::state(model)[1].second.item<float>(), 10 * (1 - std::pow(0.9, 3)), 1e-5);
}

TEST_F(FitTest, PatienceThatEndsWithTheLastEpochStopsNothingEarly) {
  nn::Sequential model = constant_model();
  const FitResult result = overfit(model, {.patience = 46});
  EXPECT_EQ(result.best_epoch, 3);
  EXPECT_EQ(result.history.size(), 50u);  // 3 + 46 + 1
  EXPECT_EQ(result.reason, StopReason::all_epochs);
}

TEST_F(FitTest, HasEndedAfterAllEpochsOrWhenPatienceIsOver) {
  const FitOptions plain{.epochs = 5};
  EXPECT_FALSE(has_ended({.epoch = 5, .step = 3}, plain));
  EXPECT_TRUE(has_ended({.epoch = 6}, plain));
  const FitOptions stopping{.epochs = 50, .early_stopping = EarlyStopping{.patience = 4}};
  EXPECT_FALSE(has_ended({.epoch = 8, .best_epoch = 3}, stopping));  // 4 epochs after the best
  EXPECT_TRUE(has_ended({.epoch = 9, .best_epoch = 3}, stopping));
}

TEST_F(FitTest, EarlyStoppingKeepsTheLastWeightsIfToldTo) {
  nn::Sequential model = constant_model();
  const FitResult result = overfit(model, {.patience = 0, .restore_best = false});
  EXPECT_EQ(result.history.size(), 4u);
  EXPECT_NEAR(nn::state(model)[1].second.item<float>(), 10 * (1 - std::pow(0.9, 4)), 1e-5);
}

TEST_F(FitTest, SmallImprovementsDoNotCountIfToldSo) {
  nn::Sequential model = constant_model();
  // Validation losses 4 (n = 1), 1.21 (n = 2), 0.0841 (n = 3): the last gain is 1.126.
  EXPECT_EQ(overfit(model, {.patience = 0, .minimum_change = 1.2}).best_epoch, 2);
}

TEST_F(FitTest, StepsAreAsLongAsTheClippedGradient) {
  nn::Sequential model = constant_model();
  optim::Sgd optimizer{{.learning_rate = 1}};
  const data::DataLoader loader(constant_target(100), {.batch_size = 2});
  fit(model, nn::mean_squared_error, optimizer, {.training = loader},
      {.epochs = 3, .clip_norm = 0.25});
  EXPECT_NEAR(nn::state(model)[1].second.item<float>(), 0.75, 1e-6);
}

TEST_F(FitTest, TheScheduleCountsInEpochs) {
  const auto rates = [&](Pace pace) {
    nn::Sequential model = network();
    optim::Sgd optimizer{{.learning_rate = 0.5f}};
    const data::DataLoader loader(clouds(1), {.batch_size = 10});
    std::vector<float> seen;
    Watcher watcher([&](const StepRecord&) { seen.push_back(optimizer.learning_rate()); });
    fit(model, nn::cross_entropy, optimizer, {.training = loader},
        {.epochs = 2,
         .schedule = [](double time) { return 1 - time / 4; },
         .schedule_every = pace,
         .callbacks = {&watcher}});
    return seen;
  };
  EXPECT_THAT(rates(Pace::step),
              ::testing::Pointwise(::testing::FloatEq(), {0.5f, 0.46875f, 0.4375f, 0.40625f, 0.375f,
                                                          0.34375f, 0.3125f, 0.28125f}));
  EXPECT_THAT(rates(Pace::epoch),
              ::testing::ElementsAre(0.5f, 0.5f, 0.5f, 0.5f, 0.375f, 0.375f, 0.375f, 0.375f));
}

std::string fault_of(const std::function<void()>& f, ErrorCode code) {
  try {
    f();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code);
    return error.what();
  }
  return "";
}

TEST_F(FitTest, ALossThatIsNotFiniteIsReportedWithItsPlace) {
  nn::Sequential model = constant_model();
  optim::Sgd optimizer{{.learning_rate = 1e3f}};
  const data::DataLoader loader(constant_target(1), {.batch_size = 2});
  const std::string message = fault_of(
      [&] {
        fit(model, nn::mean_squared_error, optimizer, {.training = loader}, {.epochs = 1000});
      },
      ErrorCode::numeric);
  EXPECT_THAT(message, HasSubstr("fit: the loss is inf in epoch "));
  EXPECT_THAT(message, HasSubstr("learning rate 1000"));
}

// 20 points of which the one in place 14 is NaN.
data::TensorDataset clouds_with_a_hole() {
  std::vector<float> points = random_normal(Key(1), {20, 3}).to_vector<float>();
  for (std::size_t i = 14 * 3; i < 15 * 3; ++i) points[i] = NAN;
  return data::TensorDataset(Tensor::from(points, {20, 3}), random_integer(Key(2), {20}, 0, 2));
}

TEST_F(FitTest, AStepWhoseLossIsNotFiniteIsNotMade) {
  const auto values_after = [](const data::TensorDataset& examples, std::int64_t stop,
                               bool compile) {
    nn::Sequential model = network();
    optim::Adam optimizer{{.learning_rate = 0.05f}};
    const data::DataLoader loader(examples, {.batch_size = 4});
    bool interrupted = false;
    Watcher watcher([&](const StepRecord& record) { interrupted = record.step == stop; });
    FitOptions options{.epochs = 1, .compile = compile, .callbacks = {&watcher}};
    options.interrupted = [&] { return interrupted; };
    const auto run = [&] {
      fit(model, nn::cross_entropy, optimizer, {.training = loader}, options);
    };
    if (stop > 0) {
      run();
    } else {
      EXPECT_THAT(fault_of(run, ErrorCode::numeric),
                  HasSubstr("fit: the loss is nan in epoch 1 after 3 steps, with learning rate"));
    }
    return std::pair(values_of(model), values_of(optimizer));
  };
  const data::TensorDataset examples = clouds_with_a_hole();
  for (const bool compile : {true, false}) {
    EXPECT_EQ(values_after(examples, 0, compile), values_after(examples, 3, compile))
        << (compile ? "compiled" : "not compiled");
  }
}

TEST_F(FitTest, AMonitoredMetricThatIsNotMeasuredIsRefusedBeforeTheFirstStep) {
  nn::Sequential model = network();
  const auto before = values_of(model);
  optim::Sgd optimizer;
  const data::DataLoader loader(clouds(1), {.batch_size = 10});
  EXPECT_EQ(fault_of(
                [&] {
                  fit(model, nn::cross_entropy, optimizer, {.training = loader},
                      {.metrics = MetricSet::classification,
                       .early_stopping = EarlyStopping{.monitor = "train_acuracy"}});
                },
                ErrorCode::invalid_argument),
            "fit: early_stopping monitors train_acuracy, which is not measured; allowed: "
            "train_loss, train_accuracy; did you mean train_accuracy?");
  EXPECT_EQ(values_of(model), before);
}

TEST_F(FitTest, NoExamplesAreAnError) {
  nn::Sequential model = network();
  optim::Sgd optimizer;
  const data::DataLoader loader(data::TensorDataset(Tensor::from(std::vector<float>{}, {0, 3})));
  EXPECT_EQ(fault_of([&] { fit(model, nn::cross_entropy, optimizer, {.training = loader}); },
                     ErrorCode::invalid_argument),
            "fit: there are no training examples");
  const data::DataLoader unlabelled(data::TensorDataset(zeros({4, 3})));
  EXPECT_EQ(fault_of([&] { fit(model, nn::cross_entropy, optimizer, {.training = unlabelled}); },
                     ErrorCode::invalid_argument),
            "fit: the training examples have no targets");
}

TEST_F(FitTest, ACheckpointOfAnotherModelIsRefusedAndListsTheDifferences) {
  ending_of(path("network"), {}, {});
  nn::Sequential other(Key(1), nn::Linear{{.in = 3, .out = 2}});
  optim::Adam optimizer;
  const data::DataLoader loader(clouds(1), {.batch_size = 8});
  const std::string message = fault_of(
      [&] {
        fit(other, nn::cross_entropy, optimizer, {.training = loader},
            {.checkpoint = {.path = path("network"), .resume = true}});
      },
      ErrorCode::invalid_argument);
  EXPECT_THAT(message, HasSubstr(path("network")));
  EXPECT_THAT(message, HasSubstr("layers.0.weight"));
  EXPECT_THAT(message, HasSubstr("layers.4.weight"));
}

TEST_F(FitTest, ADamagedCheckpointIsRefused) {
  ending_of(path("whole"), {7}, {});
  const auto size = fs::file_size(path("whole"));
  for (const double share : {0.0, 0.3, 0.999}) {
    fs::copy_file(path("whole"), path("cut"), fs::copy_options::overwrite_existing);
    fs::resize_file(path("cut"), static_cast<std::uintmax_t>(static_cast<double>(size) * share));
    EXPECT_THAT(fault_of([&] { read_checkpoint(path("cut")); }, ErrorCode::format),
                HasSubstr(path("cut")));
  }
}

TEST_F(FitTest, AModelFileIsNotACheckpoint) {
  write_checkpoint(path("x"), {});
  EXPECT_NO_THROW(read_checkpoint(path("x")));
  std::ofstream(path("y"), std::ios::binary) << std::string("\2\0\0\0\0\0\0\0{}", 10);
  EXPECT_EQ(fault_of([&] { read_checkpoint(path("y")); }, ErrorCode::format),
            "checkpoint: " + path("y") + ": it is not a checkpoint of a training run");
}

}  // namespace
}  // namespace gradus::train
