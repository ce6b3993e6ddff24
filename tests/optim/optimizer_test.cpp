#include "gradus/optim/optimizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "gradus/memory/allocator.h"
#include "gradus/nn/linear.h"
#include "gradus/nn/normalization.h"
#include "gradus/nn/sequential.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/random.h"
#include "gradus/ops/reduce.h"
#include "gradus/optim/adam.h"
#include "gradus/optim/optimizer_kinds.h"
#include "gradus/optim/sgd.h"
#include "tests/optim/point.h"
#include "tests/support/error_of.h"
#include "tests/support/tensors.h"

namespace gradus::optim {
namespace {

using testing::column;
using ::testing::Contains;
using ::testing::ElementsAre;
using testing::error_of;
using ::testing::HasSubstr;
using testing::near;

struct TwoLayers : nn::Module {
  nn::Linear first{{.in = 1, .out = 1}};
  nn::Linear second{{.in = 1, .out = 1}};
  TwoLayers() {
    for (const nn::Member& p : nn::parameters(*this)) *p.tensor = ones(p.tensor->shape());
  }
  void visit(nn::Visitor& v) override {
    v("first", first);
    v("second", second);
  }
};

nn::Gradients gradients_of_one(nn::Module& model) {
  nn::Gradients gradients;
  for (const nn::Member& p : nn::parameters(model)) gradients.push_back(ones_like(*p.tensor));
  return gradients;
}

std::vector<std::string> names_of(const nn::NamedTensors& state) {
  std::vector<std::string> names;
  for (const auto& [name, tensor] : state) names.push_back(name);
  return names;
}

TEST(Optimizer, NamesItsStateByParameterPath) {
  TwoLayers model;
  Adam optimizer;
  optimizer.prepare(model);
  EXPECT_THAT(names_of(nn::state(optimizer)),
              ElementsAre("step", "learning_rate", "first.weight.first_moment",
                          "first.weight.second_moment", "first.bias.first_moment",
                          "first.bias.second_moment", "second.weight.first_moment",
                          "second.weight.second_moment", "second.bias.first_moment",
                          "second.bias.second_moment"));
}

TEST(Optimizer, GroupsHaveTheirOwnRateAndDecay) {
  TwoLayers model;
  Sgd optimizer{{.learning_rate = 0.1f,
                 .weight_decay = 1,
                 .groups = {{.paths = {"second"}, .learning_rate = 0.5f}, without_decay()}}};
  optimizer.step(model, gradients_of_one(model));
  // 1 - 0.1 (1 + 1); the bias without decay; the second layer at its own rate, all decayed
  EXPECT_THAT(model.first.weight, near({0.8}));
  EXPECT_THAT(*model.first.bias, near({0.9}));
  EXPECT_THAT(model.second.weight, near({0}));
  EXPECT_THAT(*model.second.bias, near({0}));
  EXPECT_FLOAT_EQ(optimizer.learning_rate(0), 0.5f);
  EXPECT_THAT(names_of(nn::state(optimizer)), Contains("groups.0.learning_rate"));
}

TEST(Optimizer, GroupPathsNameWholeParts) {
  struct Names : nn::Module {
    Tensor a{1.0f}, ab{1.0f};
    void visit(nn::Visitor& v) override {
      v("a", a);
      v("ab", ab);
    }
  } model;
  Sgd optimizer{{.learning_rate = 1, .groups = {{.paths = {"a"}, .learning_rate = 0.0f}}}};
  optimizer.step(model, {Tensor{1.0f}, Tensor{1.0f}});
  EXPECT_THAT(model.a, near({1}));
  EXPECT_THAT(model.ab, near({0}));
}

TEST(Optimizer, AFactorScalesTheRatesOfAllGroups) {
  Sgd optimizer{{.learning_rate = 0.1f, .groups = {{.learning_rate = 0.5f}}}};
  optimizer.set_rate_factor(0.5);
  EXPECT_FLOAT_EQ(optimizer.learning_rate(), 0.05f);
  EXPECT_FLOAT_EQ(optimizer.learning_rate(0), 0.25f);
  optimizer.set_rate_factor(1);
  EXPECT_FLOAT_EQ(optimizer.learning_rate(), 0.1f);
  EXPECT_EQ(error_of([&] { optimizer.learning_rate(1); }).code(), ErrorCode::index);
  EXPECT_EQ(error_of([&] { optimizer.set_rate_factor(-1); }).code(), ErrorCode::invalid_argument);
}

TEST(Optimizer, ResumesToTheSameBits) {
  for (const OptimizerKind& kind : optimizer_kinds()) {
    const auto gradient = [](int step) {
      return nn::Gradients{random_normal(Key(static_cast<std::uint64_t>(step)), {5})};
    };
    Point whole({1, 2, 3, 4, 5});
    auto uninterrupted = kind.maker()->make();
    for (int i = 0; i < 6; ++i) uninterrupted->step(whole, gradient(i));

    Point first({1, 2, 3, 4, 5});
    auto before = kind.maker()->make();
    for (int i = 0; i < 3; ++i) before->step(first, gradient(i));
    const nn::NamedTensors saved = nn::state(*before);
    const nn::NamedTensors model = nn::state(first);

    Point second({0, 0, 0, 0, 0});
    auto after = kind.maker()->make();
    nn::load_state(second, model);
    after->prepare(second);
    nn::load_state(*after, saved);
    for (int i = 3; i < 6; ++i) after->step(second, gradient(i));
    EXPECT_EQ(second.w.to_vector<float>(), whole.w.to_vector<float>()) << kind.name;
  }
}

TEST(Optimizer, ClonesAreSnapshots) {
  for (const OptimizerKind& kind : optimizer_kinds()) {
    Point a({1, 2});
    const auto optimizer = kind.maker()->make();
    optimizer->step(a, {Tensor{1, 1}});
    const auto clone = optimizer->clone();
    Point b = a;
    optimizer->step(a, {Tensor{5, -5}});
    clone->step(b, {Tensor{5, -5}});
    EXPECT_EQ(a.w.to_vector<float>(), b.w.to_vector<float>()) << kind.name;
    EXPECT_STREQ(clone->kind(), kind.name);
  }
}

TEST(Optimizer, LeavesAParameterWithoutAGradientAlone) {
  TwoLayers model;
  Sgd optimizer{{.learning_rate = 0.5f, .weight_decay = 1}};
  optimizer.step(model, {Tensor(), Tensor(), column({1.0f}), Tensor()});
  EXPECT_THAT(model.first.weight, near({1}));
  EXPECT_THAT(model.second.weight, near({0}));
}

TEST(Optimizer, StepsASharedParameterOnce) {
  nn::Sequential model{nn::Linear{{.in = 1, .out = 1, .bias = false}}};
  model.repeat(0);
  *nn::parameters(model)[0].tensor = column({1.0f});
  Sgd optimizer{{.learning_rate = 0.5f}};
  optimizer.step(model, {column({1.0f})});
  EXPECT_THAT(*nn::parameters(model)[0].tensor, near({0.5}));
}

TEST(Optimizer, EvaluatesParametersBuffersAndState) {
  nn::BatchNorm model{{.channels = 2}};
  Adam optimizer;
  nn::Context context{.training = true};
  const auto [loss, gradients] = nn::value_and_grad(model, [&] {
    return sum(model(Tensor{{1, 2}, {3, 4}}, context));
  });
  optimizer.step(model, gradients);
  for (const nn::Member& member : nn::members(model)) {
    EXPECT_TRUE(member.tensor->is_evaluated()) << member.path;
  }
  for (const nn::Member& member : nn::members(optimizer)) {
    EXPECT_TRUE(member.tensor->is_evaluated()) << member.path;
  }
}

TEST(Optimizer, UpdatesInPlaceWhenNobodyElseHoldsTheParameter) {
  for (const OptimizerKind& kind : optimizer_kinds()) {
    nn::Linear model{{.in = 256, .out = 256, .bias = false}};
    const auto optimizer = kind.maker()->make();
    const Tensor x = ones({4, 256});
    const auto step = [&] {
      const auto result = nn::value_and_grad(model, [&] { return mean(square(model(x))); });
      optimizer->step(model, result.gradients);
      return result.loss.item<float>();
    };
    for (int i = 0; i < 3; ++i) step();
    const void* place = model.weight.array().bytes();
    step();
    EXPECT_EQ(model.weight.array().bytes(), place) << kind.name;
    const Tensor held = model.weight;
    const auto values = held.to_vector<float>();
    step();
    EXPECT_EQ(held.to_vector<float>(), values) << kind.name;
  }
}

TEST(Optimizer, SaysWhatDoesNotFit) {
  TwoLayers model;
  Sgd optimizer;
  EXPECT_STREQ(error_of([&] { optimizer.step(model, {Tensor{1.0f}}); }).what(),
               "sgd: 1 gradients were given for 4 parameters");
  auto gradients = gradients_of_one(model);
  gradients[2] = Tensor{1, 2};
  EXPECT_STREQ(error_of([&] { optimizer.step(model, gradients); }).what(),
               "sgd: the gradient of second.weight has shape [2], the parameter [1, 1]");
  Point other({1});
  EXPECT_THAT(error_of([&] { optimizer.step(other, {Tensor{1.0f}}); }).what(),
              HasSubstr("the state is of a model with 4 parameters; this one has 1"));
  EXPECT_THAT(model.first.weight, near({1}));
}

TEST(OptimizerKinds, AreMadeByNameWithOptions) {
  class Rate final : public nn::OptionVisitor {
   public:
    using OptionVisitor::operator();
    void operator()(const char*, std::int64_t&) override {}
    void operator()(const char* name, float& value) override {
      if (std::string(name) == "learning_rate") value = 0.25f;
    }
    void operator()(const char*, bool&) override {}
    void operator()(const char*, Dims&) override {}

   private:
    void choice(const char*, int&, std::span<const char* const>) override {}
  } rate;
  std::vector<std::string> names;
  for (const OptimizerKind& kind : optimizer_kinds()) {
    names.emplace_back(kind.name);
    const auto maker = kind.maker();
    maker->fields(rate);
    const auto optimizer = maker->make();
    EXPECT_FLOAT_EQ(optimizer->learning_rate(), 0.25f);
    EXPECT_STREQ(optimizer->kind(), kind.name);
  }
  EXPECT_THAT(names, ElementsAre("sgd", "adagrad", "rmsprop", "adam", "adamw"));
}

}  // namespace
}  // namespace gradus::optim
