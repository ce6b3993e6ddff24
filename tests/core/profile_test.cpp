#include "gradus/core/profile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "gradus/autodiff/checkpoint.h"
#include "gradus/autodiff/grad.h"
#include "gradus/core/compile.h"
#include "gradus/core/switches.h"
#include "gradus/nn/activation.h"
#include "gradus/nn/linear.h"
#include "gradus/nn/loss.h"
#include "gradus/nn/sequential.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/random.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/require_finite.h"
#include "gradus/ops/transcendental.h"
#include "gradus/optim/sgd.h"
#include "gradus/optim/train_step.h"
#include "tests/support/error_of.h"

namespace gradus {
namespace {

using ::testing::HasSubstr;
using testing::message_of;

Tensor numbers(const Shape& shape, std::uint64_t seed) {
  return random_normal(Key(seed), shape).eval();
}

/// The operations of that name, all kernels and parts together.
std::optional<ProfiledOperation> find(const Profile& profile, const std::string& name) {
  std::optional<ProfiledOperation> sum;
  for (const ProfiledOperation& operation : profile.operations) {
    if (operation.name != name) continue;
    if (!sum) {
      sum = operation;
      continue;
    }
    sum->calls += operation.calls;
    sum->bytes += operation.bytes;
    sum->multiply_adds += operation.multiply_adds;
  }
  return sum;
}

bool has_part(const Profile& profile, const std::string& name, Phase phase) {
  return std::any_of(profile.operations.begin(), profile.operations.end(),
                     [&](const auto& row) { return row.name == name && row.phase == phase; });
}

TEST(Profile, CountsCallsBytesAndMultiplyAdds) {
  const Tensor x = numbers({8, 16}, 1), weight = numbers({4, 16}, 2), bias = numbers({4}, 3);
  ProfileScope scope;
  for (int i = 0; i < 3; ++i) linear(x, weight, bias).eval();
  const Profile profile = scope.profile();
  const auto row = find(profile, "linear");
  ASSERT_TRUE(row);
  EXPECT_EQ(row->calls, 3);
  EXPECT_EQ(row->multiply_adds, 3 * 8 * 16 * 4);
  EXPECT_EQ(row->bytes, 3 * 4 * (8 * 16 + 4 * 16 + 4 + 8 * 4));
  EXPECT_EQ(profile.calls.size(), 3u);
  EXPECT_GT(row->seconds, 0);
  EXPECT_LE(row->seconds, profile.seconds);
}

TEST(Profile, CallsLieWithinTheProfileOneAfterTheOther) {
  const Tensor x = numbers({64, 64}, 1);
  ProfileScope scope;
  (exp(matmul(x, x)) * x).eval();
  const Profile profile = scope.profile();
  ASSERT_GE(profile.calls.size(), 3u);
  double end = 0, sum = 0;
  for (const ProfiledCall& call : profile.calls) {
    EXPECT_GE(call.start, end);
    end = call.start + call.seconds;
    sum += call.seconds;
    ASSERT_LT(call.operation, profile.operations.size());
  }
  EXPECT_LE(end, profile.seconds);
  double rows = 0;
  for (const ProfiledOperation& row : profile.operations) rows += row.seconds;
  EXPECT_NEAR(rows, sum, 1e-9);
  EXPECT_TRUE(std::is_sorted(profile.operations.begin(), profile.operations.end(),
                             [](const auto& a, const auto& b) { return a.seconds > b.seconds; }));
}

TEST(Profile, ViewsMoveNothingAndRepeatedElementsAreReadOnce) {
  const Tensor x = numbers({32, 8}, 1), row = numbers({8}, 2);
  ProfileScope scope;
  transpose(x).eval();
  const Tensor wide = broadcast_to(row, {32, 8}).eval();
  (x + wide).eval();
  const Profile profile = scope.profile();
  EXPECT_EQ(find(profile, "transpose")->bytes, 0);
  EXPECT_EQ(find(profile, "add")->bytes, 4 * (32 * 8 + 8 + 32 * 8));
}

TEST(Profile, CollectsNothingBeforeAndAfterAndOnOtherThreads) {
  const Tensor x = numbers({4}, 1);
  exp(x).eval();
  ProfileScope scope;
  std::thread([&] { log(x).eval(); }).join();
  scope.stop();
  sin(x).eval();
  EXPECT_TRUE(scope.profile().operations.empty());
  EXPECT_EQ(scope.profile().seconds, scope.profile().seconds);
}

TEST(Profile, ScopesMayBeNestedAndEndInAnyOrder) {
  const Tensor x = numbers({4}, 1);
  ProfileScope outer;
  exp(x).eval();
  ProfileScope inner;
  sin(x).eval();
  outer.stop();
  outer.stop();
  cos(x).eval();
  EXPECT_TRUE(find(outer.profile(), "exp") && find(outer.profile(), "sin"));
  EXPECT_FALSE(find(outer.profile(), "cos"));
  EXPECT_TRUE(find(inner.profile(), "sin") && find(inner.profile(), "cos"));
  EXPECT_FALSE(find(inner.profile(), "exp"));
}

TEST(Profile, IsStoppedWhereItBegan) {
  auto scope = std::make_unique<ProfileScope>();
  std::thread([&] {
    EXPECT_THAT(message_of([&] { scope->stop(); }), HasSubstr("on the thread that began it"));
    scope.reset();  // may go away anywhere
  }).join();
  exp(numbers({4}, 1)).eval();
}

TEST(Profile, KeepsAsManyCallsAsAskedAndSumsOfAll) {
  const Tensor x = numbers({4}, 1);
  ProfileScope scope({.kept_calls = 2});
  for (int i = 0; i < 5; ++i) exp(x).eval();
  const Profile profile = scope.profile();
  EXPECT_EQ(profile.calls.size(), 2u);
  EXPECT_EQ(profile.calls_left_out, 3);
  EXPECT_EQ(find(profile, "exp")->calls, 5);
}

TEST(Profile, AnOperationWithinAnotherIsNotCountedTwice) {
  const Tensor x = numbers({200, 200}, 1);
  const auto block = checkpoint([](const Tensors& t) { return Tensors{matmul(t[0], t[0])}; });
  ProfileScope scope;
  block({x})[0].eval();
  const Profile profile = scope.profile();
  const auto inner = find(profile, "matmul");
  ASSERT_TRUE(inner);
  ASSERT_EQ(profile.calls.size(), 2u);
  const ProfiledCall& outer = profile.calls[1];
  double rows = 0;
  for (const ProfiledOperation& row : profile.operations) rows += row.seconds;
  EXPECT_GE(outer.seconds, inner->seconds);
  EXPECT_LE(rows, outer.seconds * (1 + 1e-9));
}

TEST(Profile, SurvivesAnOperationThatThrows) {
  const Tensor x = numbers({4}, 1);
  ProfileScope scope;
  const Tensor broken = require_finite(log(-x * x), "the logarithm");
  EXPECT_THAT(message_of([&] { broken.eval(); }), HasSubstr("the logarithm"));
  exp(x).eval();
  EXPECT_TRUE(find(scope.profile(), "exp"));
}

/// A step of training, compiled or not, and what the second call of it took.
Profile profile_step(bool compiles) {
  nn::Sequential model{nn::Linear{{.in = 6, .out = 5}}, nn::Tanh{},
                       nn::Linear{{.in = 5, .out = 3}}};
  optim::Sgd optimizer{{.learning_rate = 0.1f}};
  const Tensor x = numbers({7, 6}, 1), y = numbers({7, 3}, 2);
  auto plain = optim::train_step(model, optimizer, nn::mean_squared_error);
  auto compiled = compile(optim::train_step(model, optimizer, nn::mean_squared_error));
  const auto step = [&] { compiles ? compiled(x, y).eval() : plain(x, y).eval(); };
  step();
  const ProfileScope scope;
  step();
  return scope.profile();
}

TEST(Profile, TellsForwardFromBackwardInPlainAndCompiledSteps) {
  for (const bool compiles : {false, true}) {
    const Profile profile = profile_step(compiles);
    EXPECT_EQ(find(profile, "linear")->calls, 2) << compiles;
    EXPECT_TRUE(has_part(profile, "linear", Phase::forward)) << compiles;
    EXPECT_FALSE(has_part(profile, "linear", Phase::backward)) << compiles;
    EXPECT_EQ(find(profile, "linear_gradient")->calls, 2) << compiles;
    EXPECT_TRUE(has_part(profile, "linear_gradient", Phase::backward)) << compiles;
    EXPECT_EQ(find(profile, "linear")->multiply_adds, 7 * (6 * 5 + 5 * 3)) << compiles;
  }
  if (is_eager()) return;
  const Profile compiled = profile_step(true);
  EXPECT_TRUE(std::any_of(compiled.operations.begin(), compiled.operations.end(),
                          [](const auto& row) { return row.phase == Phase::update; }));
}

TEST(Profile, NamesFusedOperationsByTheirParts) {
  if (is_eager()) GTEST_SKIP() << "GRADUS_EAGER compiles nothing";
  auto f = compile([](const Tensor& a, const Tensor& b) { return sum(exp(a * b) * a + b); });
  const Tensor a = numbers({16, 4}, 1), b = numbers({16, 4}, 2);
  f(a, b);
  const ProfileScope scope;
  f(a, b);
  EXPECT_TRUE(find(scope.profile(), "fused(multiply*2 exp add; sum)"));
}

TEST(Profile, RecordsTheFirstCallOfACompiledFunctionToo) {
  auto f = compile([](const Tensor& a) { return matmul(a, a); });
  const Tensor a = numbers({4, 4}, 1);
  const ProfileScope scope;
  f(a);
  f(a);
  EXPECT_EQ(find(scope.profile(), "matmul")->calls, 2);
}

}  // namespace
}  // namespace gradus
