#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/product.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/select.h"
#include "gradus/ops/sum_rows.h"

// y = x W^T + b and its derivative with respect to W and b. The two operations and matmul are each
// other's derivatives, so that there are derivatives of any order.

namespace gradus {
namespace {

void require_types(const InferContext& context) {
  if (context.dtype(0) == DType::f16 || context.dtype(0) == DType::bf16) {
    throw Error(ErrorCode::dtype, context.op.name,
                fmt::format("takes no {}: cast to f32 first", name_of(context.dtype(0))));
  }
  for (std::size_t i = 1; i < context.inputs.size(); ++i) {
    if (context.dtype(i) == context.dtype(0)) continue;
    throw Error(ErrorCode::dtype, context.op.name,
                fmt::format("operands of one type are needed, not {} and {}",
                            name_of(context.dtype(0)), name_of(context.dtype(i))));
  }
}

Specs infer_linear(const InferContext& context) {
  require_types(context);
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

ProductPrecision precision_of(const Attributes& attributes) {
  return attributes ? attributes.as<PrecisionAttributes>().precision : ProductPrecision::full;
}

/// Nothing for full precision, so that most nodes need no attributes.
const Attributes& attributes_for(ProductPrecision precision) {
  static const Attributes full, bf16 = PrecisionAttributes{ProductPrecision::bf16};
  return precision == ProductPrecision::bf16 ? bf16 : full;
}

Inputs linear_vjp(const VjpContext& context) {
  const ProductPrecisionScope same(precision_of(context.attributes));
  const Tensor& g = context.gradient();
  const Tensor& x = context.inputs[0];
  const Tensor& weight = context.inputs[1];
  Inputs results(context.inputs.size(), Tensor());
  if (context.needed[0]) results[0] = matmul(g, weight);
  const bool bias_needed = context.inputs.size() == 3 && context.needed[2];
  if (context.needed[1]) {
    const auto gradients = apply_all(kLinearGradient, {g, x}, context.attributes);
    results[1] = gradients[0];
    if (bias_needed) results[2] = gradients[1];
  } else if (bias_needed) {
    results[2] = sum_to(g, context.inputs[2].shape());
  }
  return results;
}

/// All leading axes of (..., features) as one.
struct Rows {
  std::int64_t count, row, column;  ///< number, and steps between rows and within one
};

/// Row step 0 if the leading axes do not have one step between them.
Rows rows_of(const Array& array) {
  const int last = array.shape.rank() - 1;
  const std::int64_t features = array.shape[last];
  const std::int64_t count = array.shape.size() / std::max<std::int64_t>(features, 1);
  std::int64_t row = 0, reach = 0;
  bool first = true;
  for (int axis = last - 1; axis >= 0; --axis) {
    const std::int64_t extent = array.shape[axis];
    const std::int64_t stride = array.strides[static_cast<std::size_t>(axis)];
    if (extent == 1) continue;
    if (first) row = reach = stride;
    first = false;
    if (stride != reach) return {count, 0, 1};
    reach *= extent;
  }
  return {count, row, array.strides.back()};
}

/// An array whose rows have one step between them: the given one, or else a row-major copy.
class WithRows {
 public:
  explicit WithRows(const Array& array) : used_(&array) {
    const Rows rows = rows_of(array);
    if (rows.count <= 1 || rows.row != 0) return;
    copy_ = row_major_copy(array);
    used_ = &copy_;
  }
  WithRows(const WithRows&) = delete;
  WithRows& operator=(const WithRows&) = delete;
  const Array& operator*() const { return *used_; }

 private:
  const Array* used_;
  Array copy_;
};

Product linear_product(const Array& x, const Array& weight) {
  const Rows rows = rows_of(x);
  Product p;
  p.dtype = x.dtype;
  p.m = weight.shape[1] > 0 ? rows.count : 0;
  p.n = weight.shape[0];
  p.k = weight.shape[1];
  p.a = x.bytes();
  p.a_row = rows.row;
  p.a_column = rows.column;
  p.b = weight.bytes();
  p.b_row = weight.strides[1];
  p.b_column = weight.strides[0];
  p.c_row = p.n;
  return p;
}

template <MultiplyFunction multiply>
void run_linear(const KernelContext& context) {
  Array& y = context.allocate();
  if (y.shape.size() == 0) return;
  const WithRows x(context.input(0));
  Product p = linear_product(*x, context.input(1));
  p.precision = precision_of(context.attributes());
  p.m = y.shape.size() / p.n;
  p.c = y.mutable_bytes();
  if (context.input_count() == 3) {
    p.bias = context.input(2).bytes();
    p.bias_step = context.input(2).strides[0];
  }
  multiply(p);
}

Specs infer_linear_gradient(const InferContext& context) {
  require_types(context);
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
  const ProductPrecisionScope same(precision_of(context.attributes));
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
void sum_rows_plainly(const Array& g, T* total) {
  const Rows rows = rows_of(g);
  const std::int64_t features = g.shape.back();
  std::fill(total, total + features, T(0));
  const T* from = g.data<T>();
  for (std::int64_t i = 0; i < rows.count; ++i, from += rows.row) {
    for (std::int64_t j = 0; j < features; ++j) {
      total[j] = static_cast<T>(total[j] + from[j * rows.column]);
    }
  }
}

void write_bias_gradient(const Array& g, Array& total) {
  const Rows rows = rows_of(g);
  const bool real = g.dtype == DType::f32 || g.dtype == DType::f64;
  if (real && rows.column == 1) {
    return sum_rows(g.dtype, g.bytes(), rows.count, g.shape.back(), rows.row,
                    total.mutable_bytes());
  }
  with_dtype(g.dtype, [&]<class T>() {
    if constexpr (!std::is_same_v<T, f16> && !std::is_same_v<T, bf16>) {
      sum_rows_plainly(g, total.mutable_data<T>());
    }
  });
}

Product linear_gradient_product(const Array& g, const Array& x) {
  const Rows g_rows = rows_of(g), x_rows = rows_of(x);
  Product p;
  p.dtype = g.dtype;
  p.m = g.shape.back();
  p.n = x.shape.back();
  p.k = p.m > 0 ? g_rows.count : 0;
  p.a = g.bytes();
  p.a_row = g_rows.column;
  p.a_column = g_rows.row;
  p.b = x.bytes();
  p.b_row = x_rows.row;
  p.b_column = x_rows.column;
  p.c_row = p.n;
  return p;
}

template <MultiplyFunction multiply>
void run_linear_gradient(const KernelContext& context) {
  Array& weight = context.allocate(0);
  Array& bias = context.allocate(1);
  if (bias.shape.size() == 0) return;
  const WithRows g(context.input(0));
  write_bias_gradient(*g, bias);
  if (weight.shape.size() == 0) return;
  const WithRows x(context.input(1));
  Product p = linear_gradient_product(*g, *x);
  p.precision = precision_of(context.attributes());
  p.c = weight.mutable_bytes();
  multiply(p);
}

using RefuseFunction = const char* (*)(const Product&);
template <RefuseFunction refuse>
const char* refuse_linear(const KernelContext& context) {
  Product p = linear_product(context.input(0), context.input(1));
  p.precision = precision_of(context.attributes());
  return refuse(p);
}
template <RefuseFunction refuse>
const char* refuse_linear_gradient(const KernelContext& context) {
  Product p = linear_gradient_product(context.input(0), context.input(1));
  p.precision = precision_of(context.attributes());
  return refuse(p);
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
      {.name = "in bf16",
       .inputs = {x, weight, bias},
       .attributes = PrecisionAttributes{ProductPrecision::bf16}},
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
    .kernels = {{"bf16", refuse_linear<refuse_bf16>, run_linear<multiply_bf16>},
                {"small", refuse_linear<refuse_small>, run_linear<multiply_small>},
                {"thin", refuse_linear<refuse_thin>, run_linear<multiply_thin>},
                {"onednn", refuse_linear<refuse_onednn>, run_linear<multiply_onednn>},
                {"blocked", refuse_linear<refuse_blocked>, run_linear<multiply_blocked>},
                {"reference", nullptr, run_linear<multiply_reference>}},
    .samples = linear_samples,
    .multiply_adds =
        [](const KernelContext& call) {
          return call.output().shape.size() * call.input(0).shape.back();
        },
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
    .kernels =
        {{"bf16", refuse_linear_gradient<refuse_bf16>, run_linear_gradient<multiply_bf16>},
         {"small", refuse_linear_gradient<refuse_small>, run_linear_gradient<multiply_small>},
         {"thin", refuse_linear_gradient<refuse_thin>, run_linear_gradient<multiply_thin>},
         {"onednn", refuse_linear_gradient<refuse_onednn>, run_linear_gradient<multiply_onednn>},
         {"blocked", refuse_linear_gradient<refuse_blocked>, run_linear_gradient<multiply_blocked>},
         {"reference", nullptr, run_linear_gradient<multiply_reference>}},
    .samples = linear_gradient_samples,
    .multiply_adds =
        [](const KernelContext& call) {
          return call.input(0).shape.size() * call.input(1).shape.back();
        },
};

Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  DType type = promote(x.dtype(), weight.dtype());
  if (bias.defined()) type = promote(type, bias.dtype());
  const DType used = type == DType::f16 || type == DType::bf16 ? DType::f32 : type;
  Inputs inputs{x, weight};
  if (bias.defined()) inputs.push_back(bias);
  for (Tensor& input : inputs) {
    if (input.dtype() != used) input = cast(input, used);
  }
  Tensor y = apply(kLinear, std::move(inputs), attributes_for(product_precision()));
  return used == type ? y : cast(y, type);
}

}  // namespace gradus
