#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "gradus/autodiff/checkpoint.h"
#include "gradus/autodiff/grad.h"
#include "gradus/autodiff/jacobian.h"
#include "gradus/autodiff/jvp.h"
#include "gradus/base/error.h"
#include "gradus/core/node.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/transcendental.h"

namespace gradus {
namespace {

using ::testing::ElementsAre;

MATCHER_P2(IsNear, values, tolerance, "") {
  const auto actual = arg.template to_vector<double>();
  if (actual.size() != values.size()) return false;
  for (std::size_t i = 0; i < actual.size(); ++i) {
    if (std::abs(actual[i] - values[i]) > tolerance) return false;
  }
  return true;
}

Tensor number(double value) { return Tensor::scalar(value, DType::f64); }

TEST(Grad, OfASumOfSquaresIsTwiceTheVector) {
  const UnaryFunction f = [](const Tensor& x) { return sum(x * x); };
  EXPECT_THAT(grad(f)(Tensor{1, -2, 3}).to_vector<float>(), ElementsAre(2, -4, 6));
}

TEST(Grad, OfAnyOrderOfTheSineCyclesThroughCosines) {
  UnaryFunction f = [](const Tensor& x) { return sin(x); };
  const double x = 0.7;
  const double expected[] = {std::sin(x),  std::cos(x), -std::sin(x),
                             -std::cos(x), std::sin(x), std::cos(x)};
  for (const double value : expected) {
    EXPECT_NEAR(f(number(x)).item<double>(), value, 1e-14);
    f = grad(f);
  }
}

TEST(Grad, AddsTheContributionsOfEveryUse) {
  const ScalarFunction f = [](const Tensors& x) { return sum(x[0] * x[1] + x[0] * x[0]); };
  const Tensors g = grad(f)({Tensor{3.0f}, Tensor{5.0f}});
  EXPECT_EQ(g[0].item<float>(), 11.0f);
  EXPECT_EQ(g[1].item<float>(), 3.0f);
}

TEST(Grad, IsZeroWhereAnInputHasNoInfluence) {
  const ScalarFunction f = [](const Tensors& x) { return sum(x[0]); };
  EXPECT_THAT(grad(f)({Tensor{1, 2}, Tensor{3, 4, 5}})[1].to_vector<float>(), ElementsAre(0, 0, 0));
}

TEST(Grad, TreatsCapturedTensorsAsConstants) {
  const Tensor scale{2, 3};
  const UnaryFunction f = [&](const Tensor& x) { return sum(scale * x); };
  EXPECT_THAT(grad(f)(Tensor{1, 1}).to_vector<float>(), ElementsAre(2, 3));
}

TEST(Grad, SeparatesNestedTransforms) {
  // d/dx (x * d/dy (x + y) at y = 1) = 1: confusing the two variables would give 2 (Siskind and
  // Pearlmutter 2005, "Perturbation confusion and referential transparency").
  const UnaryFunction f = [](const Tensor& x) {
    const UnaryFunction inner = [&](const Tensor& y) { return x + y; };
    return x * grad(inner)(number(1));
  };
  EXPECT_EQ(grad(f)(number(1)).item<double>(), 1.0);
}

TEST(Grad, ReadsValuesOnTheWay) {
  const UnaryFunction f = [](const Tensor& x) {
    Tensor y = x;
    while (y.item<double>() < 100) y = y * y;  // control flow on values
    return y;
  };
  EXPECT_NEAR(grad(f)(number(3)).item<double>(), 8 * std::pow(3.0, 7), 1e-9);
}

TEST(Grad, RefusesWhatHasNoGradient) {
  const UnaryFunction vector_valued = [](const Tensor& x) { return x * x; };
  EXPECT_THROW(grad(vector_valued)(Tensor{1, 2}), Error);
  const UnaryFunction f = [](const Tensor& x) { return sum(x); };
  EXPECT_THROW(grad(f)(Tensor::from(std::vector<std::int64_t>{1, 2})), Error);
}

TEST(ValueAndGrad, GivesBoth) {
  const ScalarFunction f = [](const Tensors& x) { return sum(exp(x[0])); };
  const auto [value, gradients] = value_and_grad(f)({Tensor{0.0f, 1.0f}});
  EXPECT_NEAR(value.item<float>(), 1 + std::exp(1.0f), 1e-6);
  EXPECT_NEAR(gradients[0].to_vector<float>()[1], std::exp(1.0f), 1e-6);
}

TEST(Vjp, MayBePulledBackSeveralTimes) {
  const Vjp product = vjp([](const Tensors& x) { return Tensors{x[0] * x[0]}; }, {Tensor{1, 2}});
  EXPECT_THAT(product.pullback({Tensor{1, 0}})[0].to_vector<float>(), ElementsAre(2, 0));
  EXPECT_THAT(product.pullback({Tensor{0, 1}})[0].to_vector<float>(), ElementsAre(0, 4));
  EXPECT_THROW(product.pullback({Tensor{1, 2, 3}}), Error);
}

TEST(Jvp, IsTheDirectionalDerivative) {
  const Tensor a{{1, 2}, {3, 4}};
  const Jvp result = jvp([&](const Tensors& x) { return Tensors{matmul(a, x[0] * x[0])}; },
                         {Tensor{1, 2}}, {Tensor{1, -1}});
  // a (2 x v) = a (2, -4)
  EXPECT_THAT(result.tangents[0].to_vector<float>(), ElementsAre(-6, -10));
  EXPECT_THAT(result.outputs[0].to_vector<float>(), ElementsAre(9, 19));
  EXPECT_THROW(jvp([](const Tensors& x) { return x; }, {Tensor{1, 2}}, {Tensor{1.0f}}), Error);
}

TEST(Jacobian, OfAPolarMapIsTheClosedForm) {
  const UnaryFunction polar = [](const Tensor& p) {
    const Tensor r = select(p, 0, 0);
    const Tensor angle = select(p, 0, 1);
    return stack({r * cos(angle), r * sin(angle)});
  };
  const double r = 2, t = 0.3;
  const Tensor j = jacobian(polar)(Tensor::from(std::vector<double>{r, t}));
  EXPECT_EQ(j.shape(), (Shape{2, 2}));
  const std::vector<double> expected{std::cos(t), -r * std::sin(t), std::sin(t), r * std::cos(t)};
  EXPECT_THAT(j, IsNear(expected, 1e-14));
}

TEST(Jacobian, IsTheSameByRowsAndByColumns) {
  const Tensor wide = Tensor::from(std::vector<double>{1, 2, 3, 4, 5, 6}, Shape{2, 3});
  const UnaryFunction few = [&](const Tensor& x) { return matmul(wide, x * x); };
  const UnaryFunction many = [&](const Tensor& x) { return matmul(transpose(wide), x * x); };
  const Tensor x = Tensor::from(std::vector<double>{1, 2, 3});
  const Tensor y = Tensor::from(std::vector<double>{1, 2});
  EXPECT_THAT(jacobian(few)(x), IsNear((std::vector<double>{2, 8, 18, 8, 20, 36}), 1e-12));
  EXPECT_THAT(jacobian(many)(y), IsNear((std::vector<double>{2, 16, 4, 20, 6, 24}), 1e-12));
}

TEST(Hessian, OfAQuadraticFormIsTheSymmetrisedMatrix) {
  const Tensor a = Tensor::from(std::vector<double>{1, 2, 5, 3}, Shape{2, 2});
  const UnaryFunction f = [&](const Tensor& x) { return dot(x, matmul(a, x)); };
  const Tensor x = Tensor::from(std::vector<double>{0.3, -1.2});
  EXPECT_THAT(hessian(f)(x), IsNear((std::vector<double>{2, 7, 7, 6}), 1e-12));
  const Tensor v = Tensor::from(std::vector<double>{1, -1});
  EXPECT_THAT(hvp(f, x, v), IsNear((std::vector<double>{-5, 1}), 1e-12));
}

TEST(Checkpoint, ChangesNeitherValuesNorDerivatives) {
  const Tensor weight = Tensor::from(std::vector<double>{1, 2, 3, 4}, Shape{2, 2});
  // The block captures `w`, which gets its gradient as well.
  const auto network = [](bool checkpointed) {
    return ScalarFunction([checkpointed](const Tensors& v) {
      const Tensor w = v[1];
      const TensorFunction block = [w](const Tensors& x) {
        return Tensors{tanh(matmul(transpose(w), x[0]))};
      };
      const TensorFunction used = checkpointed ? checkpoint(block) : block;
      Tensor x = v[0];
      for (int i = 0; i < 3; ++i) x = used({x})[0];
      return sum(x * x);
    });
  };
  const Tensors at{Tensor::from(std::vector<double>{0.3, -0.2}), weight};
  const auto plain = value_and_grad(network(false))(at);
  const auto saved = value_and_grad(network(true))(at);
  EXPECT_EQ(saved.value.item<double>(), plain.value.item<double>());
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_THAT(saved.gradients[i], IsNear(plain.gradients[i].to_vector<double>(), 1e-15));
  }
  const UnaryFunction first = [&](const Tensor& x) {
    return sum(grad(network(false))({x, weight})[1]);
  };
  const UnaryFunction second = [&](const Tensor& x) {
    return sum(grad(network(true))({x, weight})[1]);
  };
  EXPECT_THAT(grad(second)(at[0]), IsNear(grad(first)(at[0]).to_vector<double>(), 1e-14));
}

}  // namespace
}  // namespace gradus
