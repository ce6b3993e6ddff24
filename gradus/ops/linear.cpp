#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/product.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/select.h"

// y = x W^T + b and its derivative with respect to W and b. The two operations and matmul are each
// other's derivatives, so that there are derivatives of any order.

namespace gradus {
namespace {

void require_one_type(const InferContext& context) {
  for (std::size_t i = 1; i < context.inputs.size(); ++i) {
    if (context.dtype(i) == context.dtype(0)) continue;
    throw Error(ErrorCode::dtype, context.op.name,
                fmt::format("operands of one type are needed, not {} and {}",
                            name_of(context.dtype(0)), name_of(context.dtype(i))));
  }
}

Specs infer_linear(const InferContext& context) {
  require_one_type(context);
  const Shape& x = context.shape(0);
  const Shape& weight = context.shape(1);
  if (x.rank() == 0 || weight.rank() != 2 || x.back() != weight[1]) {
    throw Error(ErrorCode::shape, "linear",
                weight.rank() != 2 || x.rank() == 0
                    ? fmt::format("takes an input (..., in) and a weight (out, in), not shapes {} "
                                  "and {}",
                                  x.to_string(), weight.to_string())
                    : fmt::format("input {} has {} features, but the weight {} takes {}",
                                  x.to_string(), x.back(), weight.to_string(), weight[1]),
                {x, weight});
  }
  if (context.inputs.size() == 3 && context.shape(2) != Shape{weight[0]}) {
    throw Error(ErrorCode::shape, "linear",
                fmt::format("the bias of a weight {} has shape [{}], not {}", weight.to_string(),
                            weight[0], context.shape(2).to_string()),
                {weight, context.shape(2)});
  }
  Dims dims = x.dims();
  dims.back() = weight[0];
  return {{Shape(std::move(dims)), context.dtype(0)}};
}

Inputs linear_vjp(const VjpContext& context) {
  const Tensor& g = context.gradient();
  const Tensor& x = context.inputs[0];
  const Tensor& weight = context.inputs[1];
  Inputs results(context.inputs.size(), Tensor());
  if (context.needed[0]) results[0] = matmul(g, weight);
  const bool bias_needed = context.inputs.size() == 3 && context.needed[2];
  if (context.needed[1]) {
    const auto gradients = apply_all(kLinearGradient, {g, x});
    results[1] = gradients[0];
    if (bias_needed) results[2] = gradients[1];
  } else if (bias_needed) {
    results[2] = sum_to(g, context.inputs[2].shape());
  }
  return results;
}

/// All leading axes as one: (..., features) -> rows with one distance, copied if they have several.
struct Rows {
  Array array;  // keeps a copy alive
  std::int64_t count, row, column;
};

Rows rows_of(const Array& array) {
  const int last = array.shape.rank() - 1;
  const std::int64_t features = array.shape[last];
  const std::int64_t count = features > 0 ? array.shape.size() / features : 0;
  std::int64_t row = last > 0 ? array.strides[static_cast<std::size_t>(last - 1)] : 0;
  std::int64_t reach = row;
  for (int axis = last - 1; axis >= 0; --axis) {
    if (array.shape[axis] != 1 && array.strides[static_cast<std::size_t>(axis)] != reach) {
      Array copy = row_major_copy(array);
      return {std::move(copy), count, features, 1};
    }
    reach *= array.shape[axis];
  }
  return {array, count, row, array.strides.back()};
}

template <MultiplyFunction multiply>
void run_linear(const KernelContext& context) {
  const Array& weight = context.input(1);
  Array& y = context.allocate();
  if (y.shape.size() == 0) return;
  Product p;
  p.dtype = y.dtype;
  p.n = weight.shape[0];
  p.k = weight.shape[1];
  p.m = y.shape.size() / p.n;
  const Rows x = p.k > 0 ? rows_of(context.input(0)) : Rows{context.input(0), p.m, 0, 1};
  p.a = x.array.bytes();
  p.a_row = x.row;
  p.a_column = x.column;
  p.b = weight.bytes();
  p.b_row = weight.strides[1];
  p.b_column = weight.strides[0];
  p.c = y.mutable_bytes();
  p.c_row = p.n;
  if (context.input_count() == 3) {
    p.bias = context.input(2).bytes();
    p.bias_step = context.input(2).strides[0];
  }
  multiply(p);
}

Specs infer_linear_gradient(const InferContext& context) {
  require_one_type(context);
  const Shape& g = context.shape(0);
  const Shape& x = context.shape(1);
  const bool fits =
      g.rank() > 0 && g.rank() == x.rank() && std::equal(g.begin(), g.end() - 1, x.begin());
  if (!fits) {
    throw Error(ErrorCode::shape, "linear_gradient",
                fmt::format("takes a gradient (..., out) and an input (..., in), not shapes {} and "
                            "{}",
                            g.to_string(), x.to_string()),
                {g, x});
  }
  return {{Shape{g.back(), x.back()}, context.dtype(0)}, {Shape{g.back()}, context.dtype(0)}};
}

// With outputs (dW, db) = (g^T x, sum g): their gradients (u, v) give x u^T + v and g u.
Inputs linear_gradient_vjp(const VjpContext& context) {
  const Tensor& g = context.inputs[0];
  const Tensor& x = context.inputs[1];
  const Tensor& u = context.gradients[0];
  const Tensor& v = context.gradients[1];
  Inputs results(2, Tensor());
  if (context.needed[0]) {
    results[0] = u.defined() ? linear(x, u, v) : broadcast_to(v, g.shape());
  }
  if (context.needed[1] && u.defined()) results[1] = matmul(g, u);
  return results;
}

template <class T>
void sum_rows(const Rows& rows, std::int64_t features, T* total) {
  std::fill(total, total + features, T(0));
  const T* from = rows.array.data<T>();
  for (std::int64_t i = 0; i < rows.count; ++i, from += rows.row) {
    for (std::int64_t j = 0; j < features; ++j) {
      total[j] = static_cast<T>(total[j] + from[j * rows.column]);
    }
  }
}

template <MultiplyFunction multiply>
void run_linear_gradient(const KernelContext& context) {
  Array& weight = context.allocate(0);
  Array& bias = context.allocate(1);
  if (bias.shape.size() == 0) return;
  const Rows g = rows_of(context.input(0));
  with_dtype(bias.dtype, [&]<class T>() {
    if constexpr (!std::is_same_v<T, f16> && !std::is_same_v<T, bf16>) {
      sum_rows(g, bias.shape[0], bias.mutable_data<T>());
    }
  });
  if (weight.shape.size() == 0) return;
  const Rows x = rows_of(context.input(1));
  Product p;
  p.dtype = weight.dtype;
  p.m = weight.shape[0];
  p.n = weight.shape[1];
  p.k = g.count;
  p.a = g.array.bytes();
  p.a_row = g.column;
  p.a_column = g.row;
  p.b = x.array.bytes();
  p.b_row = x.row;
  p.b_column = x.column;
  p.c = weight.mutable_bytes();
  p.c_row = p.n;
  multiply(p);
}

Product linear_product(const KernelContext& context) {
  Product p;
  const Array& x = context.input(0);
  const Array& weight = context.input(1);
  p.dtype = x.dtype;
  p.n = weight.shape[0];
  p.k = weight.shape[1];
  p.m = p.k > 0 ? x.shape.size() / p.k : 0;
  p.a_row = p.k;
  p.a_column = x.is_row_major() ? 1 : 0;
  p.b_row = weight.strides[1];
  p.b_column = weight.strides[0];
  return p;
}

const char* refuse_onednn_linear(const KernelContext& context) {
  return refuse_onednn(linear_product(context));
}

const char* refuse_onednn_linear_gradient(const KernelContext& context) {
  const Array& g = context.input(0);
  const Array& x = context.input(1);
  Product p;
  p.dtype = g.dtype;
  p.m = g.shape.back();
  p.n = x.shape.back();
  p.k = p.m > 0 ? g.shape.size() / p.m : 0;
  p.a_row = g.is_row_major() ? 1 : 0;
  p.a_column = p.m;
  p.b_row = p.n;
  p.b_column = x.is_row_major() ? 1 : 0;
  return refuse_onednn(p);
}

std::vector<Sample> linear_samples() {
  const Tensor x{{1, 2}, {3, -4}, {0.5f, 1}};
  const Tensor weight{{1, -1}, {2, 0.5f}, {-3, 1}, {0.25f, 2}};
  const Tensor bias{1, 2, 3, 4};
  const Tensor sequence{{{1, 2}, {3, 4}, {5, 6}}, {{-1, 0}, {2, 1}, {0.5f, 3}}};
  return {
      {.name = "with bias", .inputs = {x, weight, bias}},
      {.name = "without bias", .inputs = {x, weight}},
      {.name = "one vector", .inputs = {Tensor{1, 2}, weight, bias}},
      {.name = "leading axes", .inputs = {sequence, weight, bias}},
      {.name = "no rows", .inputs = {Tensor::from(std::vector<float>{}, {0, 2}), weight, bias}},
  };
}

std::vector<Sample> linear_gradient_samples() {
  const Tensor g{{1, 2, -1}, {3, -4, 0.5f}};
  const Tensor x{{0.5f, 2}, {-1, 1}};
  const Tensor g3{{{1, 2}, {3, 4}}, {{-1, 0}, {2, 1}}};
  const Tensor x3 = Tensor::from(std::vector<float>{1, 2, 0.5f, -3}, {2, 2, 1});
  return {
      {.name = "matrix", .inputs = {g, x}},
      {.name = "vector", .inputs = {Tensor{1, 2, 3}, Tensor{4, 5}}},
      {.name = "leading axes", .inputs = {g3, x3}},
  };
}

}  // namespace

const OpDef kLinear{
    .name = "linear",
    .doc = "x weight^T + bias. (..., in), (out, in), (out) or none -> (..., out)",
    .minimum_inputs = 2,
    .maximum_inputs = 3,
    .infer = infer_linear,
    .vjp = linear_vjp,
    .kernels = {{"onednn", refuse_onednn_linear, run_linear<multiply_onednn>},
                {"reference", nullptr, run_linear<multiply_reference>}},
    .samples = linear_samples,
    .onnx = "Gemm",
};

const OpDef kLinearGradient{
    .name = "linear_gradient",
    .doc =
        "The gradients of linear with respect to weight and bias: g^T x and the sum of the rows "
        "of g. (..., out), (..., in) -> (out, in), (out)",
    .minimum_inputs = 2,
    .maximum_inputs = 2,
    .infer = infer_linear_gradient,
    .vjp = linear_gradient_vjp,
    .kernels = {{"onednn", refuse_onednn_linear_gradient, run_linear_gradient<multiply_onednn>},
                {"reference", nullptr, run_linear_gradient<multiply_reference>}},
    .samples = linear_gradient_samples,
};

Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  DType type = promote(x.dtype(), weight.dtype());
  if (bias.defined()) type = promote(type, bias.dtype());
  const bool half = type == DType::f16 || type == DType::bf16;
  const DType used = half ? DType::f32 : type;
  const auto as_used = [&](const Tensor& t) { return t.dtype() == used ? t : cast(t, used); };
  const Tensor y = bias.defined() ? apply(kLinear, {as_used(x), as_used(weight), as_used(bias)})
                                  : apply(kLinear, {as_used(x), as_used(weight)});
  return half ? cast(y, type) : y;
}

}  // namespace gradus
