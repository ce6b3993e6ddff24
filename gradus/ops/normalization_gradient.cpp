#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/normalization.h"
#include "gradus/ops/normalization_attributes.h"
#include "gradus/ops/normalization_planes.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/reduce_axes.h"

namespace gradus {

Shape statistics_shape(const Shape& x, const NormalizationAttributes& attributes) {
  return reduced_shape(x, attributes.axes, false);
}

Shape parameter_shape(const Shape& x, const NormalizationAttributes& attributes) {
  if (attributes.by_channel) return Shape{x[1]};
  return Shape(Dims(x.end() - attributes.axes.size(), x.end()));
}

Tensor statistics_beside(const Tensor& statistics, const Tensor& x,
                         const NormalizationAttributes& attributes) {
  return reshape(statistics, reduced_shape(x.shape(), attributes.axes, true));
}

Tensor parameters_beside(const Tensor& parameters, const Tensor& x,
                         const NormalizationAttributes& attributes) {
  return attributes.by_channel ? statistics_beside(parameters, x, attributes) : parameters;
}

void check_companion(const char* operation, const char* name, const Tensor& companion,
                     const Shape& shape, const Tensor& x) {
  if (companion.shape() != shape) {
    throw Error(
        ErrorCode::shape, operation,
        fmt::format("{} {} does not fit x {}: it must be {}", name, companion.shape().to_string(),
                    x.shape().to_string(), shape.to_string()),
        {companion.shape(), x.shape()});
  }
  if (companion.dtype() != x.dtype()) {
    throw Error(ErrorCode::dtype, operation,
                fmt::format("{} of {} does not fit x of {}", name, name_of(companion.dtype()),
                            name_of(x.dtype())));
  }
}

Array laid_out_as(const Array& array, const Array& like) {
  if (array.strides == like.strides) return array;
  Array copy{.shape = array.shape, .dtype = array.dtype, .strides = {}, .buffer = {}};
  allocate_row_major(copy);
  copy.strides = like.strides;
  copy_strided(array.shape, size_of(array.dtype), array.bytes(), array.strides,
               copy.mutable_bytes(), copy.strides);
  return copy;
}

std::vector<double> values_of(const Array* array, std::int64_t size, double missing) {
  std::vector<double> values(static_cast<std::size_t>(size), missing);
  if (!array) return values;
  const Array from = row_major_copy(*array);
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = from.dtype == DType::f32 ? static_cast<double>(from.data<float>()[i])
                                         : from.data<double>()[i];
  }
  return values;
}

SmallVector<Tensor, 3> normalization_gradient(const Tensor& x, const Tensor& mean,
                                              const Tensor& variance, const Tensor& gradient,
                                              const Tensor& scale,
                                              const NormalizationAttributes& attributes) {
  Inputs inputs{x, mean, variance, gradient};
  if (attributes.scaled) inputs.push_back(scale);
  return apply_all(kNormalizationGradient, std::move(inputs), attributes);
}

namespace {

Specs infer_gradient(const InferContext& context) {
  const auto& attributes = context.attributes.as<NormalizationAttributes>();
  const char* const name = context.op.name;
  const Tensor& x = context.inputs[0];
  if (x.dtype() != DType::f32 && x.dtype() != DType::f64) {
    throw Error(ErrorCode::dtype, name,
                fmt::format("takes f32 or f64, not {}", name_of(x.dtype())));
  }
  const Shape statistics = statistics_shape(x.shape(), attributes);
  const Shape parameters = parameter_shape(x.shape(), attributes);
  check_companion(name, "mean", context.inputs[1], statistics, x);
  check_companion(name, "variance", context.inputs[2], statistics, x);
  check_companion(name, "gradient", context.inputs[3], x.shape(), x);
  if (attributes.scaled) check_companion(name, "scale", context.inputs[4], parameters, x);
  if (!attributes.has_parameters()) return {{x.shape(), x.dtype()}};
  return {{x.shape(), x.dtype()}, {parameters, x.dtype()}, {parameters, x.dtype()}};
}

/// With r = 1 / sqrt(variance + epsilon), h = (x - mean) r, u = gradient * scale, and means over
/// the normalised axes, the outputs are
///   A = r (u - mean(u) - h mean(u h)),  B = sum(gradient h),  C = sum(gradient).
/// For cotangents G, P, Q of these, with a = mean(u h) and b = mean(G h):
///   of u: r (G - mean(G) - h b), of h: P gradient - r (b u + a G), of r: sum(A G) / r.
Inputs gradient_vjp(const VjpContext& context) {
  const auto& attributes = context.attributes.as<NormalizationAttributes>();
  const Tensor& x = context.inputs[0];
  const Tensor& g = context.inputs[3];
  const Tensor mean = statistics_beside(context.inputs[1], x, attributes);
  const Tensor r = rsqrt(statistics_beside(context.inputs[2], x, attributes) + attributes.epsilon);
  const Tensor centred = x - mean;
  const Tensor h = centred * r;
  const ReduceOptions over{.axes = attributes.axes, .keep_axes = true};
  const auto scaled = [&](const Tensor& t) {
    return attributes.scaled ? t * parameters_beside(context.inputs[4], x, attributes) : t;
  };
  Tensor of_g, of_h, of_r;
  Inputs result(context.inputs.size(), Tensor());
  const auto accumulate = [](Tensor& sum, const Tensor& term) {
    sum = sum.defined() ? sum + term : term;
  };
  if (const Tensor& G = context.gradients[0]; G.defined()) {
    const Tensor u = scaled(g);
    const Tensor b = gradus::mean(G * h, over);
    const Tensor of_u = (G - gradus::mean(G, over) - h * b) * r;
    of_g = scaled(of_u);
    of_h = -(u * b + G * gradus::mean(u * h, over)) * r;
    of_r = sum(of_u * u, over) / r;  // as A and u: the same bilinear form
    if (attributes.scaled && context.needed[4]) {
      result[4] = sum_to(of_u * g, parameters_beside(context.inputs[4], x, attributes).shape());
      result[4] = reshape(result[4], context.inputs[4].shape());
    }
  }
  if (attributes.has_parameters() && context.gradients[1].defined()) {
    const Tensor P = parameters_beside(context.gradients[1], x, attributes);
    accumulate(of_g, h * P);
    accumulate(of_h, g * P);
  }
  if (attributes.has_parameters() && context.gradients[2].defined()) {
    const Tensor Q = parameters_beside(context.gradients[2], x, attributes);
    accumulate(of_g, broadcast_to(Q, x.shape()));
  }
  result[3] = of_g;
  if (!of_h.defined()) return result;
  result[0] = of_h * r;
  const Shape statistics = context.inputs[1].shape();
  result[1] = reshape(-sum(result[0], over), statistics);
  accumulate(of_r, sum(of_h * centred, over));
  result[2] = reshape(of_r * r * r * r * -0.5, statistics);
  return result;
}

template <class T>
void run_by_channel(const KernelContext& context) {
  const auto& attributes = context.attributes<NormalizationAttributes>();
  const Array& given = context.input(0);
  const Array x = is_dense(given.shape, given.strides) ? given : row_major_copy(given);
  const Array g = laid_out_as(context.input(3), x);
  const std::int64_t channels = x.shape[1];
  const Array mean = row_major_copy(context.input(1));
  const auto variance = values_of(&context.input(2), channels, 0);
  const auto scale = values_of(attributes.scaled ? &context.input(4) : nullptr, channels, 1);
  const auto& functions = normalization_functions(x.dtype);
  const AlongAxis along = along_axis(x, 1);
  std::vector<double> sums(static_cast<std::size_t>(2 * channels));
  functions.channel_sums(along, x.bytes(), g.bytes(), mean.bytes(), sums.data());
  T* of_scale = nullptr;
  T* of_shift = nullptr;
  if (attributes.has_parameters()) {
    of_scale = context.allocate(1).mutable_data<T>();
    of_shift = context.allocate(2).mutable_data<T>();
  }
  const auto n = static_cast<double>(reduced_count(x.shape, attributes.axes));
  std::vector<T> mean_gradient, slope, factor;
  for (std::size_t c = 0; c < scale.size(); ++c) {
    const double r = 1 / std::sqrt(variance[c] + attributes.epsilon);
    const double moment = sums[static_cast<std::size_t>(channels) + c];
    mean_gradient.push_back(static_cast<T>(sums[c] / n));
    slope.push_back(static_cast<T>(moment / n * r * r));
    factor.push_back(static_cast<T>(r * scale[c]));
    if (of_scale) of_scale[c] = static_cast<T>(moment * r);
    if (of_shift) of_shift[c] = static_cast<T>(sums[c]);
  }
  functions.map_channel_gradient(along, x.bytes(), g.bytes(),
                                 {mean.bytes(), mean_gradient.data(), slope.data(), factor.data()},
                                 context.allocate(0, x.strides).mutable_bytes());
}

template <class T>
void run_by_row(const KernelContext& context) {
  const auto& attributes = context.attributes<NormalizationAttributes>();
  const Array x = row_major_copy(context.input(0));
  const Array mean = row_major_copy(context.input(1));
  const Array variance = row_major_copy(context.input(2));
  const Array g = row_major_copy(context.input(3));
  const std::int64_t length = reduced_count(x.shape, attributes.axes);
  const auto scale = values_of(attributes.scaled ? &context.input(4) : nullptr, length, 1);
  const std::vector<T> narrow_scale(scale.begin(), scale.end());
  const bool parameters = attributes.has_parameters();
  std::vector<double> sums(static_cast<std::size_t>(parameters ? 2 * length : 0));
  normalization_functions(x.dtype).row_gradient(
      {x.bytes(), mean.shape.size(), length}, attributes.epsilon, mean.bytes(), variance.bytes(),
      g.bytes(), narrow_scale.data(), context.allocate(0).mutable_bytes(),
      parameters ? sums.data() : nullptr);
  if (!parameters) return;
  std::copy_n(sums.begin(), length, context.allocate(1).mutable_data<T>());
  std::copy_n(sums.begin() + length, length, context.allocate(2).mutable_data<T>());
}

void run_vectors(const KernelContext& context) {
  const bool by_channel = context.attributes<NormalizationAttributes>().by_channel;
  if (context.input().dtype == DType::f32) {
    by_channel ? run_by_channel<float>(context) : run_by_row<float>(context);
  } else {
    by_channel ? run_by_channel<double>(context) : run_by_row<double>(context);
  }
}

/// The formulas above, element by element in long double.
template <class T>
void differentiate_plainly(const KernelContext& context) {
  const auto& attributes = context.attributes<NormalizationAttributes>();
  const Array x = row_major_copy(context.input(0));
  const Array g = row_major_copy(context.input(3));
  const ReduceView view = view_of(x, attributes.axes);
  const std::int64_t n = view.reduced.size();
  const std::int64_t parameters = attributes.by_channel ? view.kept.size() : n;
  const auto means = values_of(&context.input(1), view.kept.size(), 0);
  const auto variances = values_of(&context.input(2), view.kept.size(), 0);
  const auto scale = values_of(attributes.scaled ? &context.input(4) : nullptr, parameters, 1);
  std::vector<long double> of_scale(scale.size()), of_shift(scale.size());
  T* const result = context.allocate(0).mutable_data<T>();
  for (std::int64_t i = 0; i < view.kept.size(); ++i) {
    const std::int64_t base = offset_of(i, view.kept, view.kept_strides);
    const long double r =
        1 / std::sqrt(static_cast<long double>(variances[i]) + attributes.epsilon);
    const auto place = [&](std::int64_t k) {
      return base + offset_of(k, view.reduced, view.reduced_strides);
    };
    const auto parameter = [&](std::int64_t k) {
      return static_cast<std::size_t>(attributes.by_channel ? i : k);
    };
    const auto h = [&](std::int64_t k) { return (x.data<T>()[place(k)] - means[i]) * r; };
    const auto u = [&](std::int64_t k) -> long double {
      return static_cast<long double>(g.data<T>()[place(k)]) * scale[parameter(k)];
    };
    long double mean_u = 0, mean_uh = 0;
    for (std::int64_t k = 0; k < n; ++k) {
      mean_u += u(k) / n;
      mean_uh += u(k) * h(k) / n;
      of_scale[parameter(k)] += g.data<T>()[place(k)] * h(k);
      of_shift[parameter(k)] += g.data<T>()[place(k)];
    }
    for (std::int64_t k = 0; k < n; ++k) {
      result[place(k)] = static_cast<T>(r * (u(k) - mean_u - h(k) * mean_uh));
    }
  }
  if (!attributes.has_parameters()) return;
  std::copy(of_scale.begin(), of_scale.end(), context.allocate(1).mutable_data<T>());
  std::copy(of_shift.begin(), of_shift.end(), context.allocate(2).mutable_data<T>());
}

void run_reference(const KernelContext& context) {
  if (context.input().dtype == DType::f32) {
    differentiate_plainly<float>(context);
  } else {
    differentiate_plainly<double>(context);
  }
}

std::vector<Sample> gradient_samples() {
  const Tensor x{{1, -2, 3}, {0.5f, 4, -1}};
  const Tensor g{{0.5f, 1, -2}, {3, -1, 0.25f}};
  const Tensor image = reshape(x, {1, 2, 3, 1});
  const Tensor image_gradient = reshape(g, {1, 2, 3, 1});
  const Tensor two{0.5f, 1.5f}, three{0.75f, -0.5f, 2}, three_means{1, 0.5f, -1};
  return {
      {"rows", {x, two, two, g, three}, NormalizationAttributes{{1}, false, 0.1, true, true}},
      {"rows without parameters",
       {x, two, two, g},
       NormalizationAttributes{{1}, false, 1e-5, false, false}},
      {"channels",
       {x, three_means, Tensor{1, 2, 0.5f}, g, three},
       NormalizationAttributes{{0}, true, 1e-3, true, false}},
      {"images, shifted",
       {image, two, two, image_gradient},
       NormalizationAttributes{{0, 2, 3}, true, 0.1, false, true}},
  };
}

}  // namespace

const OpDef kNormalizationGradient{
    .name = "normalization_gradient",
    .doc =
        "Gradients of layer and batch normalisation from x, its mean and variance, the gradient "
        "of the result, and the scale if there is one: of x, and of scale and shift if there "
        "are such. x's shape, statistics, statistics, x's shape, optional parameters -> x's "
        "shape, parameters, parameters",
    .minimum_inputs = 4,
    .maximum_inputs = 5,
    .infer = infer_gradient,
    .vjp = gradient_vjp,
    .kernels = {{"vectors", nullptr, run_vectors}, {"reference", nullptr, run_reference}},
    .samples = gradient_samples,
};

}  // namespace gradus
