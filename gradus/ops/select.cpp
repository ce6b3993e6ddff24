#include "gradus/ops/select.h"

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/comparison_tiles.h"
#include "gradus/ops/elementwise.h"

namespace gradus {
namespace {

Specs infer_where(const InferContext& context) {
  if (context.dtype(0) != DType::boolean || context.dtype(1) != context.dtype(2)) {
    throw Error(ErrorCode::dtype, context.op.name,
                fmt::format("takes a bool condition and two tensors of one type, not {}, {}, {}",
                            name_of(context.dtype(0)), name_of(context.dtype(1)),
                            name_of(context.dtype(2))));
  }
  const Shape values = broadcast_shapes("where", context.shape(1), context.shape(2));
  return {{broadcast_shapes("where", context.shape(0), values), context.dtype(1)}};
}

Inputs where_vjp(const VjpContext& context) {
  const Tensor& condition = context.inputs[0];
  const Tensor& g = context.gradient();
  const Tensor zero = number_like(0, g);
  const auto part = [&](std::size_t i, const Tensor& yes, const Tensor& no) {
    if (!context.needed[i]) return Tensor();
    return sum_to(where(condition, yes, no), context.inputs[i].shape());
  };
  return {Tensor(), part(1, g, zero), part(2, zero, g)};
}

std::vector<Sample> where_samples() {
  const Tensor a{{1, 2, 3}, {4, 5, 6}};
  const Tensor b{{-1, -2, -3}, {-4, -5, -6}};
  const Tensor flags = Tensor::from(std::vector<std::uint8_t>{1, 0, 0, 1, 1, 0}, Shape{2, 3});
  const Tensor mask = cast(flags, DType::boolean).eval();
  const Tensor column =
      cast(Tensor::from(std::vector<std::uint8_t>{0, 1}, Shape{2, 1}), DType::boolean).eval();
  return {
      {.name = "all of one shape", .inputs = {mask, a, b}},
      {.name = "a column of conditions", .inputs = {column, a, b}},
      {.name = "a single other", .inputs = {mask, a, Tensor(0.0f)}},
      {.name = "a row and a column",
       .inputs = {mask, Tensor{7, 8, 9}, Tensor::from(std::vector<float>{1, 2}, Shape{2, 1})}},
      {.name = "a single condition", .inputs = {Tensor(true), a, b}},
      {.name = "0-d", .inputs = {Tensor(false), Tensor(1.0f), Tensor(2.0f)}},
  };
}

/// The operands as the reference loop sees them: condition, a, b.
constexpr ElementwiseDef kWhereRow{
    comparison_tiles, static_cast<int>(ComparisonRow::where),
    [](const double* x, const Attributes&) { return x[0] != 0 ? x[1] : x[2]; },
    [](const std::int64_t* x, const Attributes&) { return x[0] != 0 ? x[1] : x[2]; }};

}  // namespace

const OpDef kWhere{
    .name = "where",
    .doc = "a where the condition is true, else b. (...), (...), (...) -> (broadcast ...)",
    .minimum_inputs = 3,
    .maximum_inputs = 3,
    .infer = infer_where,
    .vjp = where_vjp,
    .kernels = kElementwiseKernels,
    .samples = where_samples,
    .elementwise = &kWhereRow,
    .onnx = "Where",
};

Tensor where(const Tensor& condition, const Tensor& a, const Tensor& b) {
  if (!condition.defined() || !a.defined() || !b.defined()) return apply(kWhere, {condition, a, b});
  const DType dtype = promote(a.dtype(), b.dtype());
  return apply(kWhere, {cast(condition, DType::boolean), cast(a, dtype), cast(b, dtype)});
}

Tensor clip(const Tensor& x, double low, double high) {
  return clip(x, number_like(low, x), number_like(high, x));
}

Tensor clip(const Tensor& x, const Tensor& low, const Tensor& high) {
  return minimum(maximum(x, low), high);
}

Tensor stop_gradient(const Tensor& x) { return apply(kStopGradient, {x}); }

const OpDef kStopGradient{
    .name = "stop_gradient",
    .doc = "The same values, which derivatives do not pass. (...) -> (...)",
    .infer = [](const InferContext& context) -> Specs {
      return {{context.shape(0), context.dtype(0)}};
    },
    .vjp = [](const VjpContext&) -> Inputs { return {Tensor()}; },
    .kernels = {{"share", nullptr,
                 [](const KernelContext& context) {
                   context.share(0, 0, context.input().strides, context.input().offset);
                 }}},
    .samples =
        [] {
          std::vector<Sample> samples = unary_samples(-2, 2);
          for (Sample& sample : samples) sample.differentiable = false;  // by design
          return samples;
        },
};

}  // namespace gradus
