// Gradients backwards through a composition: by hand, by the machine, again and again, and of a
// network's answer with respect to the picture it looks at.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "gradus/autodiff/grad.h"
#include "gradus/autodiff/jacobian.h"
#include "gradus/nn/activation.h"
#include "gradus/nn/gradients.h"
#include "gradus/nn/linear.h"
#include "gradus/nn/loss.h"
#include "gradus/nn/sequential.h"
#include "gradus/ops/activation.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/select.h"
#include "gradus/ops/transcendental.h"
#include "gradus/optim/adam.h"
#include "lessons/lessons.h"
#include "lessons/pictures.h"
#include "lessons/tables.h"

namespace gradus::lessons {
namespace {

/// y = v . tanh(W x), loss (y - t)^2 / 2: forwards, then backwards by the chain rule.
void show_by_hand(Notebook& notebook) {
  const Tensor x = vector({1, 2}), w = matrix({{0.5, -0.1}, {0.75, 0.1}}), v = vector({1, -2});
  const double target = 0.5;
  const Tensor a = matmul(w, x), h = tanh(a), y = dot(v, h);
  const Tensor dy = y - target;
  const Tensor dv = h * dy, dh = v * dy;
  const Tensor da = dh * (1.0 - square(h));  // tanh' = 1 - tanh^2
  const Tensor dw = outer(da, x);
  const auto found = value_and_grad([&](const Tensors& p) {
    return square(dot(p[1], tanh(matmul(p[0], x))) - target) * 0.5;
  })({w, v});
  Table table({Align::left, Align::left});
  table.row({"y = v . tanh(W x)", in_brackets(y)});
  table.row({"loss (y - 1/2)^2 / 2", in_brackets(found.value)});
  table.row({"dv by hand", in_brackets(dv)});
  table.row({"dv by back-propagation", in_brackets(found.gradients[1])});
  table.row({"dW by hand", in_brackets(dw)});
  table.row({"dW by back-propagation", in_brackets(found.gradients[0])});
  notebook.show(table);
}

/// tanh and its derivatives, each the gradient of the last one.
report::Plot orders(Notebook& notebook) {
  const std::vector<double> x = spaced(-3, 3, 301);
  report::Plot plot{
      .title = "tanh(x), and gradients of gradients", .x = {.label = "x"}, .y = {.label = "value"}};
  Table table({Align::right, Align::right, Align::right});
  table.row({"order", "by back-propagation, at 0", "Taylor series"});
  UnaryFunction f = [](const Tensor& v) { return tanh(v); };
  const double series_at_zero[] = {0, 1, 0, -2, 0, 16};
  for (int order = 0; order <= 5; ++order) {
    if (order <= 3) {
      plot.series.push_back({.name = order ? fmt::format("order {}", order) : "tanh",
                             .x = x,
                             .y = f(Tensor::from(x)).to_vector<double>()});
    }
    table.row({std::to_string(order),
               fmt::format("{:.6g}", f(Tensor::scalar(0, DType::f64)).item<double>() + 0.0),
               fmt::format("{:.6g}", series_at_zero[order])});
    f = grad(UnaryFunction([f](const Tensor& v) { return sum(f(v)); }));
  }
  notebook.say("\nderivatives of tanh: the gradient of a gradient is one too");
  notebook.show(table);
  return plot;
}

}  // namespace

void back_propagation(Notebook& notebook) {
  show_by_hand(notebook);
  const report::Plot derivatives = orders(notebook);

  // A network that reads digits; which pixels would change its mind?
  const Digits digits = digit_rows();
  const Tensor pixels = (cast(digits.x, DType::f32) * (1.0 / 16)).eval();
  nn::Sequential model(Key(1), nn::Linear{{.in = 64, .out = 32}}, nn::Tanh{},
                       nn::Linear{{.in = 32, .out = 10}});
  optim::Adam optimizer{{.learning_rate = 0.01f}};
  for (int step = 0; step < 100; ++step) {
    const auto [loss, gradients] =
        nn::value_and_grad(model, [&] { return nn::cross_entropy(model(pixels), digits.labels); });
    optimizer.step(model, gradients);
  }
  Tensors shown;
  for (const std::int64_t digit : {0, 1, 2, 3, 4, 5}) {
    const Tensor picture = select(pixels, 0, digit);  // the first ten are 0 to 9
    const UnaryFunction score = [&](const Tensor& x) {
      return select(select(model(expand_dims(x, 0)), 0, 0), 0, digit);
    };
    shown.push_back(reshape(picture, Dims{8, 8}));
    shown.push_back(reshape(grad(score)(picture), Dims{8, 8}).eval());
  }
  // All gradients of the ten scores are the rows of a Jacobian.
  const Tensor whole = jacobian([&](const Tensor& x) {
    return select(model(expand_dims(x, 0)), 0, 0);
  })(select(pixels, 0, 0));
  notebook.say(fmt::format(
      "\na network reads digits; the Jacobian of its ten scores with respect to 64 pixels is {}",
      whole.signature()));
  notebook.picture(
      "back-propagation",
      {derivatives, tiles("Digits, and the gradients of their scores", stack(shown), 4)}, 2);
}

}  // namespace gradus::lessons
