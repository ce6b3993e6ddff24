#include "gradus/ops/matmul.h"

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/ops/product.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/select.h"

namespace gradus {
namespace {

/// Operands may be taken with their last two axes swapped; derivatives ask for that.
struct MatmulAttributes {
  bool transpose_a = false;
  bool transpose_b = false;
  ProductPrecision precision = ProductPrecision::full;  ///< of f32
  void fields(FieldVisitor& v) const {
    v("precision", static_cast<int>(precision));
    v("transpose_a", transpose_a);
    v("transpose_b", transpose_b);
  }
};

/// The attributes are one of eight values, shared by all nodes.
const Attributes& matmul_attributes(bool transpose_a, bool transpose_b,
                                    ProductPrecision precision = ProductPrecision::full) {
  constexpr auto kFull = ProductPrecision::full, kBf16 = ProductPrecision::bf16;
  static const Attributes kinds[] = {
      MatmulAttributes{false, false, kFull}, MatmulAttributes{false, true, kFull},
      MatmulAttributes{true, false, kFull},  MatmulAttributes{true, true, kFull},
      MatmulAttributes{false, false, kBf16}, MatmulAttributes{false, true, kBf16},
      MatmulAttributes{true, false, kBf16},  MatmulAttributes{true, true, kBf16}};
  return kinds[4 * (precision == kBf16) + 2 * transpose_a + transpose_b];
}

/// An operand as a stack of matrices; a 1-D one is a row on the left and a column on the right.
struct Operand {
  std::int64_t rows, columns;
  int batch_rank;
};

Operand left_operand(const Shape& shape, bool transposed) {
  const int rank = shape.rank();
  if (rank == 1) return {1, shape[0], 0};
  const std::int64_t rows = shape[rank - 2], columns = shape[rank - 1];
  return transposed ? Operand{columns, rows, rank - 2} : Operand{rows, columns, rank - 2};
}

Operand right_operand(const Shape& shape, bool transposed) {
  if (shape.rank() == 1) return {shape[0], 1, 0};
  return left_operand(shape, transposed);
}

Shape batch_shape(const Shape& shape, int batch_rank) {
  return Shape(Dims(shape.begin(), shape.begin() + batch_rank));
}

Shape broadcast_batches(const Shape& a, int a_rank, const Shape& b, int b_rank) {
  if (a_rank == 0 && b_rank == 0) return {};
  for (int i = 1; i <= std::min(a_rank, b_rank); ++i) {
    const std::int64_t left = a[a_rank - i], right = b[b_rank - i];
    if (left != right && left != 1 && right != 1) {
      throw Error(ErrorCode::shape, "matmul",
                  fmt::format("shapes {} and {} do not fit: their batch axes have extents {} and "
                              "{}, which do not broadcast",
                              a.to_string(), b.to_string(), left, right),
                  {a, b});
    }
  }
  return broadcast_shapes("matmul", batch_shape(a, a_rank), batch_shape(b, b_rank));
}

Specs infer_matmul(const InferContext& context) {
  const auto& attributes = context.attributes.as<MatmulAttributes>();
  const Shape& a = context.shape(0);
  const Shape& b = context.shape(1);
  if (a.rank() == 0 || b.rank() == 0) {
    throw Error(ErrorCode::shape, "matmul",
                fmt::format("takes operands of one axis or more, not shapes {} and {}",
                            a.to_string(), b.to_string()),
                {a, b});
  }
  if (context.dtype(0) != context.dtype(1)) {
    throw Error(ErrorCode::dtype, "matmul",
                fmt::format("operands of one type are needed, not {} and {}",
                            name_of(context.dtype(0)), name_of(context.dtype(1))));
  }
  if (context.dtype(0) == DType::f16 || context.dtype(0) == DType::bf16) {
    throw Error(ErrorCode::dtype, "matmul",
                fmt::format("takes no {}: cast to f32 first", name_of(context.dtype(0))));
  }
  const Operand left = left_operand(a, attributes.transpose_a);
  const Operand right = right_operand(b, attributes.transpose_b);
  if (left.columns != right.rows) {
    throw Error(ErrorCode::shape, "matmul",
                fmt::format("shapes {} and {} do not fit: {} columns on the left, {} rows on the "
                            "right",
                            a.to_string(), b.to_string(), left.columns, right.rows),
                {a, b});
  }
  Dims dims = broadcast_batches(a, left.batch_rank, b, right.batch_rank).dims();
  if (a.rank() > 1) dims.push_back(left.rows);
  if (b.rank() > 1) dims.push_back(right.columns);
  return {{Shape(std::move(dims)), context.dtype(0)}};
}

Tensor apply_matmul(const Tensor& a, const Tensor& b, bool transpose_a, bool transpose_b) {
  return apply(kMatmul, {a, b}, matmul_attributes(transpose_a, transpose_b, product_precision()));
}

/// The gradient of a right operand without batch axes: one product over all rows of the left.
Tensor gradient_of_shared_right(const Tensor& a, const Tensor& g, bool transpose_b) {
  const Tensor rows = reshape(a, Dims{-1, a.shape().back()});
  const Tensor gradients = reshape(g, Dims{-1, g.shape().back()});
  return transpose_b ? apply_matmul(gradients, rows, true, false)
                     : apply_matmul(rows, gradients, true, false);
}

Inputs matmul_vjp(const VjpContext& context) {
  const auto [ta, tb, precision] = context.attributes.as<MatmulAttributes>();
  const ProductPrecisionScope same(precision);
  const Shape& a_shape = context.inputs[0].shape();
  const Shape& b_shape = context.inputs[1].shape();
  Tensor g = context.gradient();
  Tensor a = context.inputs[0], b = context.inputs[1];
  if (b.rank() == 1) {
    b = expand_dims(b, 1);
    g = expand_dims(g, -1);
  }
  if (a.rank() == 1) {
    a = expand_dims(a, 0);
    g = expand_dims(g, -2);
  }
  Inputs results(2, Tensor());
  if (context.needed[0]) {
    const Tensor whole = ta ? apply_matmul(b, g, tb, true) : apply_matmul(g, b, false, !tb);
    const Tensor summed = sum_to(whole, a.shape());
    results[0] = a_shape.rank() == 1 ? reshape(summed, a_shape) : summed;
  }
  if (context.needed[1]) {
    Tensor summed;
    if (b.rank() == 2 && a.rank() > 2 && !ta && a.size() > 0) {
      summed = gradient_of_shared_right(a, g, tb);
    } else {
      const Tensor whole = tb ? apply_matmul(g, a, true, ta) : apply_matmul(a, g, !ta, false);
      summed = sum_to(whole, b.shape());
    }
    results[1] = b_shape.rank() == 1 ? reshape(summed, b_shape) : summed;
  }
  return results;
}

/// Merges batch axes into the rows of one product where b is the same for all of them.
void merge_batch_into_rows(ProductBatch& products) {
  while (products.batch.rank() > 0) {
    Product& p = products.first;
    const int last = products.batch.rank() - 1;
    const auto at = static_cast<std::size_t>(last);
    const std::int64_t extent = products.batch[last];
    if (extent != 1 && (products.b[at] != 0 || (p.m != 1 && products.a[at] != p.m * p.a_row))) {
      return;
    }
    if (extent != 1 && p.m == 1) {
      p.a_row = products.a[at];
      p.c_row = products.c[at];
    }
    p.m *= extent;
    products.batch = batch_shape(products.batch, last);
    products.a.pop_back();
    products.b.pop_back();
    products.c.pop_back();
  }
}

/// Steps along the batch axes of the result for an operand with the leading axes `own`.
Strides batch_steps(const Array& array, int batch_rank, const Shape& batch) {
  return broadcast_strides(batch_shape(array.shape, batch_rank),
                           Strides(array.strides.begin(), array.strides.begin() + batch_rank),
                           batch);
}

struct MatrixStrides {
  std::int64_t row, column;
};
MatrixStrides matrix_strides(const Array& array, bool transposed) {
  const std::size_t rank = array.strides.size();
  const std::int64_t row = array.strides[rank - 2], column = array.strides[rank - 1];
  return transposed ? MatrixStrides{column, row} : MatrixStrides{row, column};
}

/// The sizes alone, for the refusals.
Product product_sizes(const KernelContext& context) {
  const auto& attributes = context.attributes<MatmulAttributes>();
  const Array& a = context.input(0);
  const Array& b = context.input(1);
  const Operand left = left_operand(a.shape, attributes.transpose_a);
  const Operand right = right_operand(b.shape, attributes.transpose_b);
  Product p;
  p.dtype = a.dtype;
  p.precision = attributes.precision;
  p.m = left.rows;
  p.n = right.columns;
  p.k = left.columns;
  const MatrixStrides a_strides = a.shape.rank() == 1 ? MatrixStrides{0, a.strides[0]}
                                                      : matrix_strides(a, attributes.transpose_a);
  const MatrixStrides b_strides = b.shape.rank() == 1 ? MatrixStrides{b.strides[0], 1}
                                                      : matrix_strides(b, attributes.transpose_b);
  p.a_row = a_strides.row;
  p.a_column = a_strides.column;
  p.b_row = b_strides.row;
  p.b_column = b_strides.column;
  return p;
}

template <MultiplyFunction multiply>
void run_matmul(const KernelContext& context) {
  Array& c = context.allocate();
  ProductBatch products;
  Product& p = products.first;
  p = product_sizes(context);
  p.a = context.input(0).bytes();
  p.b = context.input(1).bytes();
  p.c = c.mutable_bytes();
  p.c_row = p.n;
  if (c.shape.size() == 0) return;
  const int a_rank = std::max(context.input(0).shape.rank() - 2, 0);
  const int b_rank = std::max(context.input(1).shape.rank() - 2, 0);
  const int batch_rank = std::max(a_rank, b_rank);
  if (batch_rank > 0) {
    products.batch = batch_shape(c.shape, batch_rank);
    products.a = batch_steps(context.input(0), a_rank, products.batch);
    products.b = batch_steps(context.input(1), b_rank, products.batch);
    products.c = Strides(c.strides.begin(), c.strides.begin() + batch_rank);
    merge_batch_into_rows(products);
  }
  multiply_batch(products, multiply);
}

std::vector<Sample> matmul_samples() {
  const Tensor a{{1, 2}, {3, 4}};
  const Tensor b{{5, 6}, {7, 8}};
  const Tensor row{{0.5f, -1, 2}};
  const Tensor batch{{{1, 2, 3}, {4, 5, 6}}, {{-1, 0, 2}, {0.5f, 1, -2}}};
  const Tensor right{{1, -1}, {2, 0.5f}, {0, 3}};
  const Attributes& plain = matmul_attributes(false, false);
  const auto empty = [](const Shape& shape) { return Tensor::from(std::vector<float>{}, shape); };
  return {
      {.name = "square", .inputs = {a, b}, .attributes = plain},
      {.name = "transposed left", .inputs = {a, b}, .attributes = matmul_attributes(true, false)},
      {.name = "transposed right",
       .inputs = {row, row},
       .attributes = matmul_attributes(false, true)},
      {.name = "both transposed",
       .inputs = {right, row},
       .attributes = matmul_attributes(true, true)},
      {.name = "vector vector", .inputs = {Tensor{1, 2}, Tensor{3, 4}}, .attributes = plain},
      {.name = "matrix vector", .inputs = {a, Tensor{3, 4}}, .attributes = plain},
      {.name = "vector matrix", .inputs = {Tensor{3, 4}, a}, .attributes = plain},
      {.name = "batch with one matrix", .inputs = {batch, right}, .attributes = plain},
      {.name = "one matrix with batch", .inputs = {a, batch}, .attributes = plain},
      {.name = "batch with batch",
       .inputs = {batch, batch},
       .attributes = matmul_attributes(true, false)},
      {.name = "in bf16",
       .inputs = {batch, batch},
       .attributes = matmul_attributes(true, false, ProductPrecision::bf16)},
      {.name = "no rows", .inputs = {empty({0, 2}), a}, .attributes = plain},
      {.name = "sum of nothing", .inputs = {empty({2, 0}), empty({0, 3})}, .attributes = plain},
      {.name = "integers",
       .inputs = {Tensor::from(std::vector<std::int32_t>{1, 2, 3, 4}, {2, 2}),
                  Tensor::from(std::vector<std::int32_t>{5, 6, 7, 8}, {2, 2})},
       .attributes = plain,
       .differentiable = false},
  };
}

using RefuseFunction = const char* (*)(const Product&);
template <RefuseFunction refuse>
const char* refuse_matmul(const KernelContext& context) {
  return refuse(product_sizes(context));
}

}  // namespace

const OpDef kMatmul{
    .name = "matmul",
    .doc =
        "Matrix product over the last two axes, leading axes broadcast; a 1-D operand is a row "
        "on the left, a column on the right. (..., m, k), (..., k, n) -> (..., m, n)",
    .minimum_inputs = 2,
    .maximum_inputs = 2,
    .infer = infer_matmul,
    .vjp = matmul_vjp,
    .kernels = {{"bf16", refuse_matmul<refuse_bf16>, run_matmul<multiply_bf16>},
                {"small", refuse_matmul<refuse_small>, run_matmul<multiply_small>},
                {"thin", refuse_matmul<refuse_thin>, run_matmul<multiply_thin>},
                {"onednn", refuse_matmul<refuse_onednn>, run_matmul<multiply_onednn>},
                {"blocked", refuse_matmul<refuse_blocked>, run_matmul<multiply_blocked>},
                {"reference", nullptr, run_matmul<multiply_reference>}},
    .samples = matmul_samples,
    .multiply_adds =
        [](const KernelContext& call) {
          return call.output().shape.size() * product_sizes(call).k;
        },
    .onnx = "MatMul",
};

Tensor matmul(const Tensor& a, const Tensor& b) {
  if (!a.defined() || !b.defined()) return apply_matmul(a, b, false, false);
  const DType type = promote(a.dtype(), b.dtype());
  if (type == DType::f16 || type == DType::bf16) {
    return cast(apply_matmul(cast(a, DType::f32), cast(b, DType::f32), false, false), type);
  }
  return apply_matmul(a.dtype() == type ? a : cast(a, type), b.dtype() == type ? b : cast(b, type),
                      false, false);
}

Tensor dot(const Tensor& a, const Tensor& b) {
  if (a.rank() != 1 || b.rank() != 1 || a.size() != b.size()) {
    throw Error(ErrorCode::shape, "dot",
                fmt::format("takes two vectors of one length, not shapes {} and {}",
                            a.shape().to_string(), b.shape().to_string()),
                {a.shape(), b.shape()});
  }
  return matmul(a, b);
}

Tensor outer(const Tensor& a, const Tensor& b) {
  if (a.rank() != 1 || b.rank() != 1) {
    throw Error(ErrorCode::shape, "outer",
                fmt::format("takes two vectors, not shapes {} and {}", a.shape().to_string(),
                            b.shape().to_string()),
                {a.shape(), b.shape()});
  }
  return matmul(expand_dims(a, 1), expand_dims(b, 0));
}

}  // namespace gradus
