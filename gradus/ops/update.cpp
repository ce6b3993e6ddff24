#include "gradus/ops/update.h"

#include <cmath>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/base/parallel.h"
#include "gradus/ops/update_tiles.h"

namespace gradus {
namespace {

// Inputs of every step: parameter, gradient, `States` states, the rate and, for Adam, the number of
// the step. Outputs: parameter, states.

constexpr std::size_t kMaxStates = 2;
/// Elements for one thread.
constexpr std::int64_t kGrain = 1 << 15;

template <std::size_t states, const char* const* names>
Specs infer_update(const InferContext& context) {
  const Shape& shape = context.shape(0);
  const DType dtype = context.dtype(0);
  const auto fail = [&](ErrorCode code, std::size_t i, const std::string& must) {
    throw Error(code, context.op.name,
                fmt::format("{} is {}, but must {}", names[i], context.inputs[i].signature(), must),
                {context.shape(i), shape});
  };
  if (dtype != DType::f32 && dtype != DType::f64) fail(ErrorCode::dtype, 0, "be f32 or f64");
  for (std::size_t i = 1; i < states + 2; ++i) {
    const bool same_type = context.dtype(i) == dtype;
    if (same_type && context.shape(i) == shape) continue;
    fail(same_type ? ErrorCode::shape : ErrorCode::dtype, i,
         "be as the parameter, " + context.inputs[0].signature());
  }
  for (std::size_t i = states + 2; i < context.inputs.size(); ++i) {
    if (context.shape(i).rank() != 0) fail(ErrorCode::shape, i, "be 0-d");
    if (context.dtype(i) != DType::f32 && context.dtype(i) != DType::f64) {
      fail(ErrorCode::dtype, i, "be f32 or f64");
    }
  }
  Specs specs;
  for (std::size_t i = 0; i < states + 1; ++i) specs.push_back({shape, dtype});
  return specs;
}

double scalar(const Array& array) {
  return array.dtype == DType::f32 ? *array.data<float>() : *array.data<double>();
}

/// A rule with its constants, from the attributes and the evaluated rate and step.
struct Step {
  UpdateRule rule;
  UpdateConstants constants;
};

using Copies = SmallVector<Array, kMaxStates + 2>;

/// Where `input` lies with the layout of `strides`: in place or, copied, among `copies`.
const std::byte* laid_out(const Array& input, const Strides& strides, Copies& copies) {
  if (input.strides == strides) return input.bytes();
  Array& copy = copies.emplace_back(
      Array{.shape = input.shape, .dtype = input.dtype, .strides = {}, .buffer = {}});
  allocate_row_major(copy);
  copy.strides = strides;
  copy_strided(input.shape, size_of(input.dtype), input.bytes(), input.strides,
               copy.mutable_bytes(), strides);
  return copy.bytes();
}

template <std::size_t states, Step (*step_of)(const KernelContext&)>
void run_update(const KernelContext& context) {
  const Step step = step_of(context);
  const Array& parameter = context.input(0);
  const Strides strides =
      is_dense(parameter.shape, parameter.strides) ? parameter.strides : row_major(parameter.shape);
  Copies copies;
  const std::byte* in[states + 2];
  std::byte* out[states + 1];
  for (std::size_t k = 0; k < states + 2; ++k) {
    in[k] = laid_out(context.input(k), strides, copies);
  }
  for (std::size_t k = 0; k < states + 1; ++k) {
    const std::size_t from = k == 0 ? 0 : k + 1;
    if (!(context.input(from).strides == strides) || !context.donate(from, k)) {
      context.allocate(k, strides);
    }
    out[k] = context.output(k).mutable_bytes();
  }
  const UpdateTile tile = update_tile(step.rule, parameter.dtype);
  const auto item = static_cast<std::int64_t>(size_of(parameter.dtype));
  parallel_for(parameter.shape.size(), kGrain, [&](std::int64_t begin, std::int64_t end) {
    const void* tile_in[kMaxStates + 2];
    void* tile_out[kMaxStates + 1];
    for (std::size_t k = 0; k < states + 2; ++k) tile_in[k] = in[k] + begin * item;
    for (std::size_t k = 0; k < states + 1; ++k) tile_out[k] = out[k] + begin * item;
    tile(tile_in, tile_out, end - begin, step.constants);
  });
}

/// One element, in double precision: parameter p, gradient g, states s and t.
void reference_step(const Step& step, double& p, double g, double& s, double& t) {
  const UpdateConstants& c = step.constants;
  g += c.decay * p;
  switch (step.rule) {
    case UpdateRule::sgd:
      p -= c.rate * g;
      break;
    case UpdateRule::momentum:
      s = c.keep[0] * s + c.take[0] * g;
      p -= c.rate * s;
      break;
    case UpdateRule::nesterov:
      s = c.keep[0] * s + c.take[0] * g;
      p -= c.rate * (g + c.keep[0] * s);
      break;
    case UpdateRule::adaptive:
      s = c.keep[0] * s + c.take[0] * g * g;
      p -= c.rate * g / (std::sqrt(s) + c.epsilon);
      break;
    case UpdateRule::adam:
      s = c.keep[0] * s + c.take[0] * g;
      t = c.keep[1] * t + c.take[1] * g * g;
      p = c.shrink * p - c.rate * s / (c.root_scale * std::sqrt(t) + c.epsilon);
      break;
  }
}

template <std::size_t states, Step (*step_of)(const KernelContext&)>
void run_update_reference(const KernelContext& context) {
  const Step step = step_of(context);
  Array copies[states + 2];
  for (std::size_t k = 0; k < states + 2; ++k) copies[k] = row_major_copy(context.input(k));
  for (std::size_t k = 0; k < states + 1; ++k) context.allocate(k);
  const auto run_as = [&]<class T>() {
    for (std::int64_t i = 0; i < context.output().shape.size(); ++i) {
      double values[kMaxStates + 2] = {};
      for (std::size_t k = 0; k < states + 2; ++k) values[k] = copies[k].template data<T>()[i];
      reference_step(step, values[0], values[1], values[2], values[3]);
      context.output().template mutable_data<T>()[i] = static_cast<T>(values[0]);
      for (std::size_t k = 1; k < states + 1; ++k) {
        context.output(k).template mutable_data<T>()[i] = static_cast<T>(values[k + 1]);
      }
    }
  };
  if (context.input().dtype == DType::f32) {
    run_as.template operator()<float>();
  } else {
    run_as.template operator()<double>();
  }
}

template <std::size_t states, Step (*step_of)(const KernelContext&)>
constexpr Kernels kUpdateKernels{{"fused", nullptr, run_update<states, step_of>},
                                 {"reference", nullptr, run_update_reference<states, step_of>}};

constexpr const char* kNoDerivative = "an optimiser step is not differentiated";

/// Steps over parameters of several shapes, one longer than any register. `scalars` are the rate
/// and what follows it; second moments must not be negative.
std::vector<Sample> update_samples(std::size_t states, const Tensors& scalars,
                                   const Attributes& attributes) {
  std::vector<Sample> samples;
  for (const Shape& shape : {Shape{37}, Shape{2, 3}, Shape{}, Shape{0}}) {
    Sample sample{.name = shape.to_string(), .inputs = {}, .attributes = attributes};
    for (std::size_t k = 0; k < states + 2; ++k) {
      std::vector<float> values;
      for (std::int64_t i = 0; i < shape.size(); ++i) {
        const double value = std::sin(static_cast<double>(7 * i + 3) * static_cast<double>(k + 1));
        values.push_back(static_cast<float>(k < 2 ? value : std::abs(value)));
      }
      sample.inputs.push_back(Tensor::from(values, shape));
    }
    sample.inputs.insert(sample.inputs.end(), scalars.begin(), scalars.end());
    samples.push_back(std::move(sample));
  }
  return samples;
}

// Stochastic gradient descent.

struct SgdAttributes {
  float decay;
  void fields(FieldVisitor& v) const { v("decay", decay); }
};

constexpr const char* kSgdNames[] = {"the parameter", "the gradient", "the rate"};

Step sgd_step(const KernelContext& context) {
  return {UpdateRule::sgd,
          {.rate = scalar(context.input(2)), .decay = context.attributes<SgdAttributes>().decay}};
}

}  // namespace

const OpDef kSgdUpdate{
    .name = "sgd_update",
    .doc = "One step of gradient descent: p - rate * (g + decay * p). (...), (...), () -> (...)",
    .minimum_inputs = 3,
    .maximum_inputs = 3,
    .infer = infer_update<0, kSgdNames>,
    .no_derivative = kNoDerivative,
    .kernels = kUpdateKernels<0, sgd_step>,
    .samples = [] { return update_samples(0, {Tensor(0.1f)}, SgdAttributes{0.01f}); },
};

Tensor sgd_update(const Tensor& parameter, const Tensor& gradient, const Tensor& rate,
                  float decay) {
  return apply(kSgdUpdate, {parameter, gradient, rate}, SgdAttributes{decay});
}

namespace {

// With momentum.

struct MomentumAttributes : MomentumOptions {
  void fields(FieldVisitor& v) const {
    v("momentum", momentum);
    v("dampening", dampening);
    v("nesterov", nesterov);
    v("decay", decay);
  }
};

constexpr const char* kMomentumNames[] = {"the parameter", "the gradient", "the velocity",
                                          "the rate"};

Step momentum_step(const KernelContext& context) {
  const auto& options = context.attributes<MomentumAttributes>();
  return {options.nesterov ? UpdateRule::nesterov : UpdateRule::momentum,
          {.rate = scalar(context.input(3)),
           .decay = options.decay,
           .keep = {options.momentum},
           .take = {1.0 - options.dampening}}};
}

std::vector<Sample> momentum_samples() {
  std::vector<Sample> samples;
  for (const bool nesterov : {false, true}) {
    const MomentumAttributes attributes{{.momentum = 0.8f,
                                         .dampening = nesterov ? 0.0f : 0.1f,
                                         .nesterov = nesterov,
                                         .decay = 0.01f}};
    for (Sample& sample : update_samples(1, {Tensor(0.1f)}, attributes)) {
      sample.name += nesterov ? ", nesterov" : "";
      samples.push_back(std::move(sample));
    }
  }
  return samples;
}

}  // namespace

const OpDef kMomentumUpdate{
    .name = "momentum_update",
    .doc =
        "One step of gradient descent with momentum: the parameter and the velocity. "
        "(...), (...), (...), () -> (...), (...)",
    .minimum_inputs = 4,
    .maximum_inputs = 4,
    .infer = infer_update<1, kMomentumNames>,
    .no_derivative = kNoDerivative,
    .kernels = kUpdateKernels<1, momentum_step>,
    .samples = momentum_samples,
};

MomentumStep momentum_update(const Tensor& parameter, const Tensor& gradient,
                             const Tensor& velocity, const Tensor& rate,
                             const MomentumOptions& options) {
  auto results = apply_all(kMomentumUpdate, {parameter, gradient, velocity, rate},
                           MomentumAttributes{options});
  return {std::move(results[0]), std::move(results[1])};
}

namespace {

// Adam and AdamW.

struct AdamAttributes : AdamOptions {
  void fields(FieldVisitor& v) const {
    v("beta1", beta1);
    v("beta2", beta2);
    v("epsilon", epsilon);
    v("decay", decay);
    v("decoupled", decoupled);
  }
};

constexpr const char* kAdamNames[] = {"the parameter",     "the gradient", "the first moment",
                                      "the second moment", "the rate",     "the step"};

Step adam_step(const KernelContext& context) {
  const auto& options = context.attributes<AdamAttributes>();
  const double rate = scalar(context.input(4));
  const double step = scalar(context.input(5));
  const double beta1 = options.beta1;
  const double beta2 = options.beta2;
  return {UpdateRule::adam,
          {.rate = rate / (1 - std::pow(beta1, step)),
           .decay = options.decoupled ? 0.0 : options.decay,
           .keep = {beta1, beta2},
           .take = {1 - beta1, 1 - beta2},
           .epsilon = options.epsilon,
           .shrink = options.decoupled ? 1 - rate * options.decay : 1.0,
           .root_scale = 1 / std::sqrt(1 - std::pow(beta2, step))}};
}

std::vector<Sample> adam_samples() {
  std::vector<Sample> samples;
  for (const bool decoupled : {false, true}) {
    const AdamAttributes attributes{{.decay = 0.05f, .decoupled = decoupled}};
    for (Sample& sample : update_samples(2, {Tensor(0.01f), Tensor(3.0f)}, attributes)) {
      sample.name += decoupled ? ", decoupled" : "";
      samples.push_back(std::move(sample));
    }
  }
  return samples;
}

}  // namespace

const OpDef kAdamUpdate{
    .name = "adam_update",
    .doc =
        "One step of Adam: the parameter, the first and the second moment. "
        "(...), (...), (...), (...), (), () -> (...), (...), (...)",
    .minimum_inputs = 6,
    .maximum_inputs = 6,
    .infer = infer_update<2, kAdamNames>,
    .no_derivative = kNoDerivative,
    .kernels = kUpdateKernels<2, adam_step>,
    .samples = adam_samples,
};

AdamStep adam_update(const Tensor& parameter, const Tensor& gradient, const Tensor& first_moment,
                     const Tensor& second_moment, const Tensor& rate, const Tensor& step,
                     const AdamOptions& options) {
  auto results =
      apply_all(kAdamUpdate, {parameter, gradient, first_moment, second_moment, rate, step},
                AdamAttributes{options});
  return {std::move(results[0]), std::move(results[1]), std::move(results[2])};
}

namespace {

// AdaGrad and RMSProp.

struct AccumulatorAttributes {
  float alpha;  ///< unused by AdaGrad
  float epsilon;
  float decay;
  void fields(FieldVisitor& v) const {
    v("alpha", alpha);
    v("epsilon", epsilon);
    v("decay", decay);
  }
};

constexpr const char* kAccumulatorNames[] = {"the parameter", "the gradient", "the accumulator",
                                             "the rate"};

Step accumulator_step(const KernelContext& context, double keep, double take) {
  const auto& options = context.attributes<AccumulatorAttributes>();
  return {UpdateRule::adaptive,
          {.rate = scalar(context.input(3)),
           .decay = options.decay,
           .keep = {keep},
           .take = {take},
           .epsilon = options.epsilon}};
}

Step adagrad_step(const KernelContext& context) { return accumulator_step(context, 1, 1); }

Step rmsprop_step(const KernelContext& context) {
  const double alpha = context.attributes<AccumulatorAttributes>().alpha;
  return accumulator_step(context, alpha, 1 - alpha);
}

std::vector<Sample> accumulator_samples() {
  return update_samples(1, {Tensor(0.1f)}, AccumulatorAttributes{0.9f, 1e-8f, 0.01f});
}

AccumulatorStep apply_accumulator(const OpDef& op, Inputs inputs, AccumulatorAttributes options) {
  auto results = apply_all(op, std::move(inputs), options);
  return {std::move(results[0]), std::move(results[1])};
}

}  // namespace

const OpDef kAdaGradUpdate{
    .name = "adagrad_update",
    .doc =
        "One step of AdaGrad: the parameter and the sum of squared gradients. "
        "(...), (...), (...), () -> (...), (...)",
    .minimum_inputs = 4,
    .maximum_inputs = 4,
    .infer = infer_update<1, kAccumulatorNames>,
    .no_derivative = kNoDerivative,
    .kernels = kUpdateKernels<1, adagrad_step>,
    .samples = accumulator_samples,
};

const OpDef kRmsPropUpdate{
    .name = "rmsprop_update",
    .doc =
        "One step of RMSProp: the parameter and the running mean of squared gradients. "
        "(...), (...), (...), () -> (...), (...)",
    .minimum_inputs = 4,
    .maximum_inputs = 4,
    .infer = infer_update<1, kAccumulatorNames>,
    .no_derivative = kNoDerivative,
    .kernels = kUpdateKernels<1, rmsprop_step>,
    .samples = accumulator_samples,
};

AccumulatorStep adagrad_update(const Tensor& parameter, const Tensor& gradient,
                               const Tensor& accumulator, const Tensor& rate, float epsilon,
                               float decay) {
  return apply_accumulator(kAdaGradUpdate, {parameter, gradient, accumulator, rate},
                           {0, epsilon, decay});
}

AccumulatorStep rmsprop_update(const Tensor& parameter, const Tensor& gradient,
                               const Tensor& accumulator, const Tensor& rate, float alpha,
                               float epsilon, float decay) {
  return apply_accumulator(kRmsPropUpdate, {parameter, gradient, accumulator, rate},
                           {alpha, epsilon, decay});
}

}  // namespace gradus
