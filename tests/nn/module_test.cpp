#include "gradus/nn/module.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gradus/nn/gradients.h"
#include "gradus/nn/linear.h"
#include "gradus/nn/sequential.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/random.h"
#include "gradus/ops/reduce.h"
#include "tests/support/error_of.h"
#include "tests/support/tensors.h"

namespace gradus::nn {
namespace {

using testing::column;
using ::testing::ElementsAre;
using testing::error_of;
using ::testing::HasSubstr;
using testing::near;

/// Has one of everything that a visitor meets.
struct Everything : Module {
  Tensor scale{2.0f, 3.0f};
  std::optional<Tensor> shift;
  std::vector<Tensor> gains{Tensor(1.0f), Tensor(2.0f)};
  Tensor count = Tensor(std::int64_t{4});
  Linear first{{.in = 2, .out = 3}};
  std::vector<Linear> rest{Linear{{.in = 3, .out = 1, .bias = false}}, Linear{{.in = 1, .out = 1}}};
  std::optional<Linear> extra;
  Tensor nothing;

  void visit(Visitor& v) override {
    v("scale", scale);
    v("shift", shift);
    v("gains", gains);
    v.buffer("count", count);
    v("first", first);
    v("rest", rest);
    v("extra", extra);
    v("nothing", nothing);
  }
};

std::vector<std::string> paths_of(const std::vector<Member>& members) {
  std::vector<std::string> paths;
  for (const Member& member : members) paths.push_back(member.path);
  return paths;
}

/// A tensor and a module under two names each.
struct Tied : Module {
  Tensor embedding{{1, 2}, {3, 4}};
  Linear shared{{.in = 2, .out = 2}};
  void visit(Visitor& v) override {
    v("encoder", embedding);
    v("up", shared);
    v("decoder", embedding);
    v("down", shared);
  }
};

TEST(Module, NamesItsMembersByPathInTheOrderOfVisit) {
  Everything module;
  EXPECT_THAT(paths_of(members(module)),
              ElementsAre("scale", "gains.0", "gains.1", "count", "first.weight", "first.bias",
                          "rest.0.weight", "rest.1.weight", "rest.1.bias"));
}

TEST(Module, SetsBuffersApartFromParameters) {
  Everything module;
  for (const Member& member : members(module)) {
    EXPECT_EQ(member.role, member.path == "count" ? Role::buffer : Role::parameter);
  }
  EXPECT_THAT(paths_of(parameters(module)), ::testing::Not(::testing::Contains("count")));
}

TEST(Module, CountsTheNumbersInItsParameters) {
  // scale 2, gains 2, first 2 * 3 + 3, rest 3 and 1 + 1
  EXPECT_EQ(parameter_count(Everything()), 2 + 2 + 9 + 3 + 2);
}

TEST(Module, ListsATensorUnderTwoNamesOnce) {
  Tied module;
  const auto found = members(module);
  EXPECT_THAT(paths_of(found), ElementsAre("encoder", "up.weight", "up.bias"));
  EXPECT_THAT(found[0].aliases, ElementsAre("decoder"));
  EXPECT_THAT(found[1].aliases, ElementsAre("down.weight"));
  EXPECT_EQ(parameter_count(module), 4 + 4 + 2);
}

TEST(LoadState, GivesEveryMemberTheValueOfItsPath) {
  Everything from, to;
  from.scale = Tensor{7, 8};
  from.count = Tensor(std::int64_t{9});
  from.rest[1].weight = column({5.0f});
  load_state(to, state(from));
  EXPECT_THAT(to.scale, near({7, 8}));
  EXPECT_THAT(to.count, near({9}));
  EXPECT_THAT(to.rest[1].weight, near({5}));
}

TEST(LoadState, TakesAnAliasForTheTensor) {
  Tied from, to;
  from.embedding = Tensor{{5, 6}, {7, 8}};
  NamedTensors values = state(from);
  values[0].first = "decoder";
  load_state(to, values);
  EXPECT_THAT(to.embedding, near({5, 6, 7, 8}));
}

TEST(LoadState, ListsEveryDifferenceAndChangesNothing) {
  Everything module;
  NamedTensors values = state(module);
  values[0].second = Tensor{1, 2, 3};                    // scale
  values[3].second = Tensor(1.0f);                       // count, another type
  values.erase(values.begin() + 4);                      // first.weight
  values.emplace_back("rest.2.weight", column({1.0f}));  // one too many
  const Error error = error_of([&] { load_state(module, values); });
  EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
  EXPECT_STREQ(error.what(),
               "load_state: scale is f32[3], the module has f32[2]; count is f32[], the module has "
               "i64[]; first.weight (f32[3, 2]) is missing; rest.2.weight (f32[1, 1]) is "
               "unexpected");
  EXPECT_THAT(module.scale, near({2, 3}));
}

TEST(LoadState, RefusesANameGivenTwice) {
  Tied module;
  NamedTensors values = state(module);
  values.push_back(values[0]);
  EXPECT_THAT(error_of([&] { load_state(module, values); }).what(),
              HasSubstr("encoder is given twice"));
}

TEST(State, IsASnapshot) {
  Everything module;
  const NamedTensors before = state(module);
  module.scale = Tensor{0, 0};
  EXPECT_THAT(before[0].second, near({2, 3}));
}

TEST(Module, CopiesAreIndependent) {
  Everything module;
  Everything copy = module;
  copy.first.weight = zeros({3, 2});
  copy.scale = Tensor{0, 0};
  EXPECT_THAT(module.scale, near({2, 3}));
  EXPECT_NE(module.first.weight.to_vector<float>(), copy.first.weight.to_vector<float>());
}

TEST(Initialize, DependsOnTheKeyAndThePathAlone) {
  Sequential small{Linear{{.in = 4, .out = 4}}, Linear{{.in = 4, .out = 4}}};
  Sequential large{Linear{{.in = 4, .out = 4}}, Linear{{.in = 4, .out = 4}},
                   Linear{{.in = 4, .out = 4}}};
  initialize(small, Key(7));
  initialize(large, Key(7));
  const auto of_small = state(small);
  const auto of_large = state(large);
  for (std::size_t i = 0; i < of_small.size(); ++i) {
    EXPECT_EQ(of_small[i].second.to_vector<float>(), of_large[i].second.to_vector<float>());
  }
  EXPECT_NE(of_large[0].second.to_vector<float>(), of_large[2].second.to_vector<float>());
  initialize(large, Key(8));
  EXPECT_NE(of_large[0].second.to_vector<float>(), parameters(large)[0].tensor->to_vector<float>());
}

TEST(Initialize, DrawsTheSameBitsFromTheSameKey) {
  Linear a{{.in = 5, .out = 3, .key = Key(3)}};
  Linear b{{.in = 5, .out = 3, .key = Key(3)}};
  EXPECT_EQ(a.weight.to_vector<float>(), b.weight.to_vector<float>());
  EXPECT_EQ(a.bias->to_vector<float>(), b.bias->to_vector<float>());
}

TEST(Convert, ChangesFloatingMembersOnly) {
  Everything module;
  convert(module, DType::f64);
  EXPECT_EQ(module.scale.dtype(), DType::f64);
  EXPECT_EQ(module.rest[0].weight.dtype(), DType::f64);
  EXPECT_EQ(module.count.dtype(), DType::i64);
}

TEST(ValueAndGrad, OfALinearLayerMatchesTheClosedForm) {
  // loss = mean (x w + b - y)^2 over two examples: d/dw = 2 mean(e x), d/db = 2 mean(e)
  Linear model{{.in = 1, .out = 1}};
  model.weight = column({2.0f});
  model.bias = Tensor{0.5f};
  const Tensor x = column({1.0f, 3.0f});
  const Tensor y = column({2.0f, 5.0f});  // errors 0.5 and 1.5
  const auto [loss, gradients] = value_and_grad(model, [&] { return mean(square(model(x) - y)); });
  EXPECT_NEAR(loss.item<double>(), (0.25 + 2.25) / 2, 1e-6);
  EXPECT_THAT(gradients[0], near({2 * (0.5 * 1 + 1.5 * 3) / 2}));
  EXPECT_THAT(gradients[1], near({2 * (0.5 + 1.5) / 2}));
  EXPECT_EQ(gradients[0].shape(), model.weight.shape());
}

TEST(ValueAndGrad, LeavesTheParametersAsTheyWere) {
  Linear model{{.in = 2, .out = 2}};
  const Tensor weight = model.weight;
  value_and_grad(model, [&] { return sum(model.weight); });
  EXPECT_TRUE(model.weight.is(weight));
}

TEST(ValueAndGrad, LeavesTheParametersAsTheyWereWhenTheLossThrows) {
  Linear model{{.in = 2, .out = 2}};
  const Tensor weight = model.weight;
  EXPECT_THROW(value_and_grad(model, [&]() -> Tensor { return model(Tensor{1, 2, 3}); }), Error);
  EXPECT_TRUE(model.weight.is(weight));
}

TEST(ValueAndGrad, AddsTheGradientsOfATensorUnderTwoNames) {
  Tied model;
  const auto [loss, gradients] =
      value_and_grad(model, [&] { return sum(model.embedding * 3.0) + sum(model.embedding); });
  ASSERT_EQ(gradients.size(), 3u);
  EXPECT_THAT(gradients[0], near({4, 4, 4, 4}));
}

TEST(ValueAndGrad, IsZeroForAParameterWithoutInfluence) {
  Everything model;
  const auto [loss, gradients] = value_and_grad(model, [&] { return sum(square(model.scale)); });
  ASSERT_EQ(gradients.size(), parameters(model).size());
  EXPECT_THAT(gradients[0], near({4, 6}));
  EXPECT_THAT(gradients[1], near({0}));
  EXPECT_EQ(gradients[3].shape(), (Shape{3, 2}));
}

TEST(ValueAndGrad, KeepsBuffersThatTheLossChanged) {
  Everything model;
  value_and_grad(model, [&] {
    model.count = model.count + Tensor(std::int64_t{1});
    return sum(model.scale);
  });
  EXPECT_THAT(model.count, near({5}));
}

TEST(ValueAndGrad, AsksForOneNumber) {
  Linear model{{.in = 2, .out = 2}};
  const Error error = error_of([&] {
    value_and_grad(model, [&] { return model(Tensor{{1, 2}}); });
  });
  EXPECT_THAT(error.what(), HasSubstr("f32[1, 2]"));
}

TEST(ValueAndGrad, RefusesAnIntegerParameter) {
  struct Counter : Module {
    Tensor count = Tensor(1);
    void visit(Visitor& v) override { v("count", count); }
  } model;
  EXPECT_THAT(error_of([&] { value_and_grad(model, [&] { return Tensor(0.0f); }); }).what(),
              HasSubstr("parameter count is i32[]"));
}

TEST(ValueAndGrad, NestsForSecondDerivatives) {
  // The gradient of |grad of w^3|^2 / 2 is 3 w^2 * 6 w = 18 w^3.
  struct Cube : Module {
    Tensor w = Tensor(2.0f);
    void visit(Visitor& v) override { v("w", w); }
  } model;
  const auto [loss, gradients] = value_and_grad(model, [&] {
    const auto inner = value_and_grad(model, [&] { return sum(model.w * model.w * model.w); });
    return sum(square(inner.gradients[0])) * 0.5;
  });
  EXPECT_THAT(gradients[0], near({18 * 8}, 1e-3));
}

}  // namespace
}  // namespace gradus::nn
