#include "gradus/autodiff/jacobian.h"

#include "gradus/autodiff/jvp.h"
#include "gradus/core/node.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/rearrange.h"

namespace gradus {
namespace {

/// Row i: the i-th unit vector, in the given shape.
Tensor unit(const Tensor& identity, std::int64_t i, const Shape& shape) {
  return reshape(select(identity, 0, i), shape);
}

Shape joined(const Shape& a, const Shape& b) {
  Dims dims = a.dims();
  dims.append(b.begin(), b.end());
  return Shape(std::move(dims));
}

Tensor by_rows(const Vjp& product, const Shape& out, const Tensor& x) {
  if (out.size() == 0) return zeros(joined(out, x.shape()), x.dtype());
  const Tensor identity = eye(out.size(), out.size(), 0, product.outputs[0].dtype());
  Tensors rows;
  for (std::int64_t i = 0; i < out.size(); ++i) {
    rows.push_back(product.pullback({unit(identity, i, out)})[0]);
  }
  return reshape(stack(rows), joined(out, x.shape()));
}

Tensor by_columns(const TensorFunction& f, const Shape& out, const Tensor& x) {
  if (x.size() == 0) return zeros(joined(out, x.shape()), x.dtype());
  const Tensor identity = eye(x.size(), x.size(), 0, x.dtype());
  Tensors columns;
  for (std::int64_t j = 0; j < x.size(); ++j) {
    columns.push_back(jvp(f, {x}, {unit(identity, j, x.shape())}).tangents[0]);
  }
  return reshape(stack(columns, out.rank()), joined(out, x.shape()));
}

}  // namespace

UnaryFunction jacobian(UnaryFunction f) {
  return [f = std::move(f)](const Tensor& x) {
    const TensorFunction wrapped = [&f](const Tensors& inputs) { return Tensors{f(inputs[0])}; };
    const Vjp product = vjp(wrapped, {x});
    const Shape out = product.outputs[0].shape();
    return out.size() <= x.size() ? by_rows(product, out, x) : by_columns(wrapped, out, x);
  };
}

UnaryFunction hessian(UnaryFunction f) { return jacobian(grad(std::move(f))); }

Tensor hvp(const UnaryFunction& f, const Tensor& x, const Tensor& v) {
  // The Hessian is symmetric, so pulling v back through the gradient gives H v.
  const UnaryFunction gradient = grad(f);
  return vjp([&](const Tensors& inputs) { return Tensors{gradient(inputs[0])}; }, {x})
      .pullback({v})[0];
}

}  // namespace gradus
