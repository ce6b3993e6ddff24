// What several threads may do at once: evaluate graphs of their own over shared evaluated tensors,
// and call compiled functions of their own. `make tsan` runs these under the thread sanitizer,
// which sees races that change no value here.

#include <gtest/gtest.h>

#include <functional>
#include <latch>
#include <string>
#include <thread>
#include <vector>

#include "gradus/autodiff/grad.h"
#include "gradus/base/error.h"
#include "gradus/base/parallel.h"
#include "gradus/core/compile.h"
#include "gradus/nn/activation.h"
#include "gradus/nn/convolution.h"
#include "gradus/nn/dropout.h"
#include "gradus/nn/linear.h"
#include "gradus/nn/loss.h"
#include "gradus/nn/normalization.h"
#include "gradus/nn/pooling.h"
#include "gradus/nn/sequential.h"
#include "gradus/nn/shape_layer.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/random.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/recurrent.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/softmax.h"
#include "gradus/ops/transcendental.h"
#include "gradus/optim/adam.h"
#include "gradus/optim/train_step.h"

namespace gradus {
namespace {

using Values = std::vector<float>;

/// What `work` returns on each of several threads that begin together, with two threads each for
/// parallel_for. They begin cold: whatever the library makes when it is first used, they make.
std::vector<Values> on_threads(const std::function<Values()>& work) {
  constexpr int kThreads = 4;
  std::vector<Values> results(kThreads);
  std::vector<std::thread> threads;
  std::latch start(kThreads);
  for (Values& result : results) {
    threads.emplace_back([&] {
      set_thread_count(2);
      start.arrive_and_wait();
      result = work();
    });
  }
  for (std::thread& thread : threads) thread.join();
  return results;
}

/// Each thread has found what this one finds.
void expect_same_on_threads(const std::function<Values()>& work) {
  const std::vector<Values> results = on_threads(work);
  const Values expected = work();
  for (const Values& result : results) EXPECT_EQ(result, expected);
}

void append(Values& values, const Tensor& tensor) {
  const auto more = tensor.to_vector<float>();
  values.insert(values.end(), more.begin(), more.end());
}

TEST(Threads, EvaluateTheirOwnGraphsOverSharedTensors) {
  const Tensor x = random_normal(Key(1), {64, 300}).eval();
  const Tensor weight = random_normal(Key(2), {300, 40}).eval();
  expect_same_on_threads([&] {
    Values values;
    for (int round = 0; round < 5; ++round) {
      const Tensor y = softmax(matmul(x, weight) / 16.0 + static_cast<double>(round));
      append(values, sum(exp(y) * y, {.axes = {0}}));
      append(values, random_uniform(Key(3).fold_in(7), {3}) + mean(y));
    }
    return values;
  });
}

TEST(Threads, TakeDerivativesOverSharedTensors) {
  const Tensor x = random_normal(Key(1), {5, 8, 4 * 16}).eval();
  const Tensor weight = random_normal(Key(2), {4 * 16, 16}).eval();
  const Tensor state = random_normal(Key(3), {8, 16}).eval();
  expect_same_on_threads([&] {
    const auto loss = [&](const Tensors& v) {
      return mean(square(lstm(v[0], v[1], state, state).states));
    };
    const ValueAndGrad found = value_and_grad(ScalarFunction(loss))({x, weight});
    Values values{found.value.item<float>()};
    for (const Tensor& gradient : found.gradients) append(values, gradient);
    return values;
  });
}

// Whoever reads a strided value first makes a copy in row-major order.
TEST(Threads, ReadOneStridedTensor) {
  const Tensor x = transpose(random_normal(Key(1), {40, 50})).eval();
  expect_same_on_threads([&] {
    Values values;
    append(values, sum(x * x, {.axes = {1}}));
    const auto elements = x.data<float>();
    values.insert(values.end(), elements.begin(), elements.end());
    return values;
  });
}

// A value that was read inside a transform keeps its inputs until the transform's thread lets go.
TEST(Threads, ReadValuesThatATransformHasLeft) {
  Tensor seen;
  grad([&](const Tensors& v) {
    seen = exp(v[0] * 2.0) * v[0];
    seen.eval();
    return sum(seen);
  })({random_normal(Key(1), {50})});
  expect_same_on_threads([&] {
    Values values;
    append(values, seen + 1.0);
    append(values, seen * seen);
    return values;
  });
}

TEST(Threads, AValueOfAnOpenTransformIsReadElsewhereWithoutHarm) {
  const Tensor x{1, 2, 3};
  const Tensors gradients = grad([&](const Tensors& v) {
    const Tensor squares = square(v[0]);
    squares.eval();
    std::thread([&] { EXPECT_EQ((squares + 1.0).to_vector<float>(), (Values{2, 5, 10})); }).join();
    return sum(squares);
  })({x});
  EXPECT_EQ(gradients[0].to_vector<float>(), (Values{2, 4, 6}));  // d/dx x^2
}

TEST(Threads, DropSharedTensorsInAnyOrder) {
  for (int round = 0; round < 20; ++round) {
    Tensor shared = random_normal(Key(static_cast<std::uint64_t>(round)), {1000}).eval();
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([copy = shared]() mutable {
        const Tensor twice = (copy + copy).eval();
        copy = Tensor();
        EXPECT_EQ(twice.size(), 1000);
      });
    }
    shared = Tensor();
    for (std::thread& thread : threads) thread.join();
  }
}

TEST(Threads, ThrowAndCatchErrorsOfTheirOwn) {
  const Tensor x = random_normal(Key(1), {3}).eval();
  expect_same_on_threads([&] {
    Values values;
    for (int round = 0; round < 20; ++round) {
      try {
        matmul(x, random_normal(Key(2), {4}));
      } catch (const Error& error) {
        values.push_back(static_cast<float>(std::string(error.what()).size()));
      }
    }
    return values;
  });
}

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

// The models are copies, which share their tensors until each has taken a step. First values are
// drawn when they are asked for, and what is not evaluated belongs to one thread.
TEST(Threads, TrainTheirOwnModelsByCompiledSteps) {
  nn::Sequential model = network();
  for (const nn::Member& member : nn::members(model)) member.tensor->eval();
  const Tensor images = random_normal(Key(7), {8, 1, 8, 8}).eval();
  const Tensor labels = random_integer(Key(8), {8}, 0, 10).eval();
  expect_same_on_threads([&] {
    nn::Sequential own = model;
    optim::Adam optimizer{{.learning_rate = 0.01f}};
    auto step = compile(optim::train_step(own, optimizer, nn::cross_entropy));
    Values losses;
    for (int i = 0; i < 6; ++i) losses.push_back(step(images, labels).item<float>());
    return losses;
  });
}

TEST(Threads, CallTheirOwnCompiledFunctionsOnSharedTensors) {
  const Tensor weight = random_normal(Key(1), {200, 100}).eval();
  expect_same_on_threads([&] {
    Tensor total(0.0f);
    auto next = compile(
        [&](const Tensor& x) {
          total = total + sum(square(matmul(x, weight)));
          return total;
        },
        FunctionState::of(total));
    Values totals;
    for (std::uint64_t i = 0; i < 6; ++i) {
      totals.push_back(next(random_normal(Key(i), {50, 200})).item<float>());
    }
    return totals;
  });
}

}  // namespace
}  // namespace gradus
