#include "gradus/ops/activation.h"

#include <cmath>
#include <numbers>

#include "gradus/ops/activation_tiles.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/comparison.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/select.h"
#include "gradus/ops/transcendental.h"

// The gradient of an activation is an operation of its own, of the incoming gradient g and what the
// slope depends on: one pass over memory. Its derivative is made of other operations.

namespace gradus {
namespace {

constexpr ElementwiseDef row(ActivationRow row, double (*real)(const double*, const Attributes&)) {
  return {activation_tiles, static_cast<int>(row), real};
}

/// Away from 0, where some of these have a kink.
std::vector<Sample> any_values(Attributes attributes = {}) {
  std::vector<Sample> samples = unary_samples(-4, 4, attributes);
  samples.push_back({.name = "0 and extremes",
                     .inputs = {Tensor{0, -0.0f, 1e30f, -1e30f, 100, -100, 15, -15, 1e-30f}},
                     .attributes = attributes,
                     .differentiable = false});
  return samples;
}
std::vector<Sample> any_pairs(Attributes attributes = {}) {
  std::vector<Sample> samples = binary_samples(-3, 3);
  for (Sample& sample : samples) sample.attributes = attributes;
  return samples;
}

double sigmoid_reference(double x) {
  return x >= 0 ? 1 / (1 + std::exp(-x)) : std::exp(x) / (1 + std::exp(x));
}

/// The distribution function and the density of the normal distribution.
double normal_cdf(double x) { return 0.5 * std::erfc(-x / std::numbers::sqrt2); }
double normal_density(double x) {
  return std::exp(-0.5 * x * x) * std::numbers::inv_sqrtpi / std::numbers::sqrt2;
}

}  // namespace

namespace {

Inputs relu_vjp(const VjpContext& context) {
  return {apply(kReluGradient, {context.gradient(), context.inputs[0]})};
}

constexpr ElementwiseDef kReluRow =
    row(ActivationRow::relu,
        [](const double* x, const Attributes&) { return x[0] > 0 || std::isnan(x[0]) ? x[0] : 0; });

}  // namespace

const OpDef kRelu{
    .name = "relu",
    .doc = "max(x, 0); NaN stays NaN. (...) -> (...)",
    .infer = infer_elementwise,
    .vjp = relu_vjp,
    .kernels = kElementwiseKernels,
    .samples = [] { return any_values(); },
    .elementwise = &kReluRow,
    .onnx = "Relu",
};

Tensor relu(const Tensor& x) { return apply_floating(kRelu, x); }

namespace {

Inputs relu_gradient_vjp(const VjpContext& context) {
  if (!context.needed[0]) return {Tensor(), Tensor()};
  const Tensor whole = apply(kReluGradient, {context.gradient(), context.inputs[1]});
  return {sum_to(whole, context.inputs[0].shape()), Tensor()};
}

constexpr ElementwiseDef kReluGradientRow =
    row(ActivationRow::relu_gradient,
        [](const double* x, const Attributes&) { return x[1] > 0 ? x[0] : 0; });

}  // namespace

const OpDef kReluGradient{
    .name = "relu_gradient",
    .doc = "g where x > 0, else 0. (...), (...) -> (broadcast ...)",
    .minimum_inputs = 2,
    .maximum_inputs = 2,
    .infer = infer_elementwise,
    .vjp = relu_gradient_vjp,
    .kernels = kElementwiseKernels,
    .samples = [] { return any_pairs(); },
    .elementwise = &kReluGradientRow,
};

namespace {

Inputs sigmoid_vjp(const VjpContext& context) {
  return {apply(kSigmoidGradient, {context.gradient(), context.output()})};
}

constexpr ElementwiseDef kSigmoidRow =
    row(ActivationRow::sigmoid,
        [](const double* x, const Attributes&) { return sigmoid_reference(x[0]); });

}  // namespace

const OpDef kSigmoid{
    .name = "sigmoid",
    .doc = "1 / (1 + exp(-x)). (...) -> (...)",
    .infer = infer_elementwise,
    .vjp = sigmoid_vjp,
    .kernels = kElementwiseKernels,
    .samples = [] { return any_values(); },
    .elementwise = &kSigmoidRow,
    .onnx = "Sigmoid",
};

Tensor sigmoid(const Tensor& x) { return apply_floating(kSigmoid, x); }

namespace {

Inputs sigmoid_gradient_vjp(const VjpContext& context) {
  const Tensor& gg = context.gradient();
  const Tensor& g = context.inputs[0];
  const Tensor& y = context.inputs[1];
  return operand_gradients(
      context,
      [&] {
        return apply(kSigmoidGradient, {gg, y});
      },
      [&] { return gg * g * (1 - 2 * y); });
}

constexpr ElementwiseDef kSigmoidGradientRow =
    row(ActivationRow::sigmoid_gradient,
        [](const double* x, const Attributes&) { return x[0] * x[1] * (1 - x[1]); });

}  // namespace

const OpDef kSigmoidGradient{
    .name = "sigmoid_gradient",
    .doc = "g * y * (1 - y), the gradient of y = sigmoid(x). (...), (...) -> (broadcast ...)",
    .minimum_inputs = 2,
    .maximum_inputs = 2,
    .infer = infer_elementwise,
    .vjp = sigmoid_gradient_vjp,
    .kernels = kElementwiseKernels,
    .samples = [] { return any_pairs(); },
    .elementwise = &kSigmoidGradientRow,
};

namespace {

Inputs softplus_vjp(const VjpContext& context) {
  return {context.gradient() * sigmoid(context.inputs[0])};
}

constexpr ElementwiseDef kSoftplusRow =
    row(ActivationRow::softplus, [](const double* x, const Attributes&) {
      return std::fmax(x[0], 0) + std::log1p(std::exp(-std::fabs(x[0])));
    });

}  // namespace

const OpDef kSoftplus{
    .name = "softplus",
    .doc = "log(1 + exp(x)). (...) -> (...)",
    .infer = infer_elementwise,
    .vjp = softplus_vjp,
    .kernels = kElementwiseKernels,
    .samples = [] { return any_values(); },
    .elementwise = &kSoftplusRow,
    .onnx = "Softplus",
};

Tensor softplus(const Tensor& x) { return apply_floating(kSoftplus, x); }

namespace {

Inputs silu_vjp(const VjpContext& context) {
  return {apply(kSiluGradient, {context.gradient(), context.inputs[0]})};
}

constexpr ElementwiseDef kSiluRow =
    row(ActivationRow::silu, [](const double* x, const Attributes&) {
      return x[0] == -HUGE_VAL ? -0.0 : x[0] * sigmoid_reference(x[0]);
    });

}  // namespace

const OpDef kSilu{
    .name = "silu",
    .doc = "x * sigmoid(x). (...) -> (...)",
    .infer = infer_elementwise,
    .vjp = silu_vjp,
    .kernels = kElementwiseKernels,
    .samples = [] { return any_values(); },
    .elementwise = &kSiluRow,
};

Tensor silu(const Tensor& x) { return apply_floating(kSilu, x); }

namespace {

Inputs silu_gradient_vjp(const VjpContext& context) {
  const Tensor& gg = context.gradient();
  const Tensor& g = context.inputs[0];
  const Tensor& x = context.inputs[1];
  const Tensor s = sigmoid(x);
  return operand_gradients(
      context,
      [&] {
        return apply(kSiluGradient, {gg, x});
      },
      [&] {
        return gg * g * apply(kSigmoidGradient, {2 + x * (1 - 2 * s), s});
      });
}

constexpr ElementwiseDef kSiluGradientRow =
    row(ActivationRow::silu_gradient, [](const double* x, const Attributes&) {
      if (std::isinf(x[1])) return x[1] > 0 ? x[0] : 0 * x[0];
      const double s = sigmoid_reference(x[1]);
      return x[0] * s * (1 + x[1] * (1 - s));
    });

}  // namespace

const OpDef kSiluGradient{
    .name = "silu_gradient",
    .doc =
        "g * s * (1 + x * (1 - s)), s = sigmoid(x): the gradient of silu. (...), (...) -> "
        "(broadcast ...)",
    .minimum_inputs = 2,
    .maximum_inputs = 2,
    .infer = infer_elementwise,
    .vjp = silu_gradient_vjp,
    .kernels = kElementwiseKernels,
    .samples = [] { return any_pairs(); },
    .elementwise = &kSiluGradientRow,
};

namespace {

Inputs gelu_vjp(const VjpContext& context) {
  return {apply(kGeluGradient, {context.gradient(), context.inputs[0]})};
}

constexpr ElementwiseDef kGeluRow =
    row(ActivationRow::gelu, [](const double* x, const Attributes&) {
      return x[0] == -HUGE_VAL ? -0.0 : x[0] * normal_cdf(x[0]);
    });

}  // namespace

const OpDef kGelu{
    .name = "gelu",
    .doc = "x * Phi(x), Phi the normal distribution function. (...) -> (...)",
    .infer = infer_elementwise,
    .vjp = gelu_vjp,
    .kernels = kElementwiseKernels,
    .samples = [] { return any_values(); },
    .elementwise = &kGeluRow,
};

Tensor gelu(const Tensor& x) { return apply_floating(kGelu, x); }

namespace {

Inputs gelu_gradient_vjp(const VjpContext& context) {
  const Tensor& gg = context.gradient();
  const Tensor& g = context.inputs[0];
  const Tensor& x = context.inputs[1];
  const Tensor squared = square(x);
  const double scale = std::numbers::inv_sqrtpi / std::numbers::sqrt2;
  const Tensor density = exp(squared * -0.5) * scale;
  return operand_gradients(
      context,
      [&] {
        return apply(kGeluGradient, {gg, x});
      },
      [&] { return gg * g * density * (2 - squared); });
}

constexpr ElementwiseDef kGeluGradientRow =
    row(ActivationRow::gelu_gradient, [](const double* x, const Attributes&) {
      if (std::isinf(x[1])) return x[1] > 0 ? x[0] : 0 * x[0];
      return x[0] * (normal_cdf(x[1]) + x[1] * normal_density(x[1]));
    });

}  // namespace

const OpDef kGeluGradient{
    .name = "gelu_gradient",
    .doc =
        "g * (Phi(x) + x * phi(x)), phi the normal density: the gradient of gelu. (...), (...) -> "
        "(broadcast ...)",
    .minimum_inputs = 2,
    .maximum_inputs = 2,
    .infer = infer_elementwise,
    .vjp = gelu_gradient_vjp,
    .kernels = kElementwiseKernels,
    .samples = [] { return any_pairs(); },
    .elementwise = &kGeluGradientRow,
};

namespace {

Inputs leaky_relu_vjp(const VjpContext& context) {
  return {apply(kLeakyReluGradient, {context.gradient(), context.inputs[0]}, context.attributes)};
}

constexpr ElementwiseDef kLeakyReluRow =
    row(ActivationRow::leaky_relu, [](const double* x, const Attributes& attributes) {
      const double slope = attributes.as<LeakyReluAttributes>().slope;
      return x[0] > 0 ? x[0] : slope * x[0];
    });

}  // namespace

const OpDef kLeakyRelu{
    .name = "leaky_relu",
    .doc = "x where x > 0, else slope * x. (...) -> (...)",
    .infer = infer_elementwise,
    .vjp = leaky_relu_vjp,
    .kernels = kElementwiseKernels,
    .samples = [] { return any_values(LeakyReluAttributes{0.3}); },
    .elementwise = &kLeakyReluRow,
    .onnx = "LeakyRelu",
};

Tensor leaky_relu(const Tensor& x, double slope) {
  return apply_floating(kLeakyRelu, x, LeakyReluAttributes{slope});
}

namespace {

Inputs leaky_relu_gradient_vjp(const VjpContext& context) {
  if (!context.needed[0]) return {Tensor(), Tensor()};
  const Tensor whole =
      apply(kLeakyReluGradient, {context.gradient(), context.inputs[1]}, context.attributes);
  return {sum_to(whole, context.inputs[0].shape()), Tensor()};
}

constexpr ElementwiseDef kLeakyReluGradientRow =
    row(ActivationRow::leaky_relu_gradient, [](const double* x, const Attributes& attributes) {
      const double slope = attributes.as<LeakyReluAttributes>().slope;
      return x[1] > 0 ? x[0] : slope * x[0];
    });

}  // namespace

const OpDef kLeakyReluGradient{
    .name = "leaky_relu_gradient",
    .doc =
        "g where x > 0, else slope * g: the gradient of leaky_relu. (...), (...) -> (broadcast "
        "...)",
    .minimum_inputs = 2,
    .maximum_inputs = 2,
    .infer = infer_elementwise,
    .vjp = leaky_relu_gradient_vjp,
    .kernels = kElementwiseKernels,
    .samples = [] { return any_pairs(LeakyReluAttributes{0.3}); },
    .elementwise = &kLeakyReluGradientRow,
};

namespace {

Inputs elu_vjp(const VjpContext& context) {
  return {apply(kEluGradient, {context.gradient(), context.inputs[0]}, context.attributes)};
}

constexpr ElementwiseDef kEluRow =
    row(ActivationRow::elu, [](const double* x, const Attributes& attributes) {
      const double alpha = attributes.as<EluAttributes>().alpha;
      return x[0] > 0 ? x[0] : alpha * std::expm1(x[0]);
    });

}  // namespace

const OpDef kElu{
    .name = "elu",
    .doc = "x where x > 0, else alpha * (exp(x) - 1). (...) -> (...)",
    .infer = infer_elementwise,
    .vjp = elu_vjp,
    .kernels = kElementwiseKernels,
    .samples = [] { return any_values(EluAttributes{0.3}); },
    .elementwise = &kEluRow,
    .onnx = "Elu",
};

Tensor elu(const Tensor& x, double alpha) { return apply_floating(kElu, x, EluAttributes{alpha}); }

namespace {

Inputs elu_gradient_vjp(const VjpContext& context) {
  const Tensor& gg = context.gradient();
  const Tensor& g = context.inputs[0];
  const Tensor& x = context.inputs[1];
  const Tensor zero = number_like(0, x);
  return operand_gradients(
      context,
      [&] {
        return apply(kEluGradient, {gg, x}, context.attributes);
      },
      [&] {
        return where(greater(x, zero), zero, apply(kEluGradient, {gg * g, x}, context.attributes));
      });
}

constexpr ElementwiseDef kEluGradientRow =
    row(ActivationRow::elu_gradient, [](const double* x, const Attributes& attributes) {
      const double alpha = attributes.as<EluAttributes>().alpha;
      return x[1] > 0 ? x[0] : x[0] * alpha * std::exp(x[1]);
    });

}  // namespace

const OpDef kEluGradient{
    .name = "elu_gradient",
    .doc =
        "g where x > 0, else g * alpha * exp(x): the gradient of elu. (...), (...) -> (broadcast "
        "...)",
    .minimum_inputs = 2,
    .maximum_inputs = 2,
    .infer = infer_elementwise,
    .vjp = elu_gradient_vjp,
    .kernels = kElementwiseKernels,
    .samples = [] { return any_pairs(EluAttributes{0.3}); },
    .elementwise = &kEluGradientRow,
};

}  // namespace gradus
