// A network of iris flowers whose loss has a wrong derivative, and how the check finds it.
#include <cmath>

#include <fmt/format.h>

#include "gradus/autodiff/check_gradients.h"
#include "gradus/data/catalog.h"
#include "gradus/nn/loss.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/random.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/select.h"
#include "gradus/ops/transcendental.h"
#include "lessons/lessons.h"
#include "lessons/tables.h"

namespace gradus::lessons {
namespace {

/// tanh with the derivative of x in place of its own for the last unit: a slip as one makes it.
Tensor tanh_with_a_slip(const Tensor& x) {
  const Tensor right = tanh(x);
  const Tensor last = slice(x, -1, {.start = -1});
  const Tensor wrong = last + stop_gradient(tanh(last) - last);
  return concatenate({slice(right, -1, {.stop = -1}), wrong}, -1);
}

report::Plot analytic_against_numeric(const char* title, const ScalarFunction& loss,
                                      const Tensors& weights) {
  const Tensors analytic = grad(loss)(weights);
  report::Plot plot{
      .title = title, .x = {.label = "by differences"}, .y = {.label = "by the chain rule"}};
  constexpr const char* kNames[] = {"first weights", "first biases", "second weights"};
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const UnaryFunction along = [&](const Tensor& w) {
      Tensors all = weights;
      all[i] = w;
      return loss(all);
    };
    plot.series.push_back({.name = kNames[i],
                           .x = numerical_derivative(along, weights[i]).value.to_vector<double>(),
                           .y = analytic[i].to_vector<double>(),
                           .mark = report::Mark::points});
  }
  return plot;
}

}  // namespace

void gradient_checking(Notebook& notebook) {
  const data::LoadedDataSet iris = data::load("iris");
  const Tensor raw = cast(iris.train.inputs(), DType::f64);
  const Tensor x = (raw - mean(raw, {.axes = {0}})) / std_dev(raw, {.axes = {0}});
  const Tensor labels = iris.train.targets();
  const Tensors weights{random_normal(Key(1), {6, 4}, 0, 0.5, DType::f64),
                        random_normal(Key(2), {6}, 0, 0.5, DType::f64),
                        random_normal(Key(3), {3, 6}, 0, 0.5, DType::f64)};
  const auto loss_with = [&](Tensor (*unit)(const Tensor&)) {
    return ScalarFunction([&, unit](const Tensors& w) {
      return nn::cross_entropy(linear(unit(linear(x, w[0], w[1])), w[2]), labels);
    });
  };
  const ScalarFunction right = loss_with([](const Tensor& v) { return tanh(v); });
  const ScalarFunction wrong = loss_with(tanh_with_a_slip);

  notebook.say("a network of 6 hidden units on the iris data, as it should be:");
  notebook.say(check_gradients(right, weights).report());
  notebook.say("\nand with a slip in the derivative of its last unit:");
  const GradientCheck check = check_gradients(wrong, weights);
  notebook.say(check.report());
  notebook.say(
      "\nOnly row 5 of the first weights and element 5 of the first biases fail: the "
      "fault is in the unit between them and the output.");
  notebook.picture("gradient-checking",
                   {analytic_against_numeric("As it should be", right, weights),
                    analytic_against_numeric("With a slip in one unit", wrong, weights)},
                   2);
}

}  // namespace gradus::lessons
