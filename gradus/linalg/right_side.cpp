#include "gradus/linalg/right_side.h"

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/ops/rearrange.h"

namespace gradus::linalg {
namespace {

Tensor with_leading_axes(const Tensor& x, const Shape& batch) {
  Dims dims = batch.dims();
  dims.push_back(x.dim(-2));
  dims.push_back(x.dim(-1));
  const Shape shape(std::move(dims));
  return shape == x.shape() ? x : broadcast_to(x, shape);
}

Shape leading_axes(const Tensor& x) { return Shape(Dims(x.shape().begin(), x.shape().end() - 2)); }

}  // namespace

Tensor System::in_form_of_b(const Tensor& x) const { return vector ? squeeze(x, {-1}) : x; }

System make_system(const char* operation, const Tensor& a, const Tensor& b) {
  if (!a.defined() || !b.defined()) {
    throw Error(ErrorCode::invalid_argument, operation, "an input is an undefined tensor");
  }
  const bool vector = b.rank() == 1;
  if (a.rank() < 2 || b.rank() < 1 || a.dim(-2) != b.dim(vector ? 0 : -2)) {
    throw Error(ErrorCode::shape, operation,
                fmt::format("takes matrices (..., m, n) and right sides (m) or (..., m, k), not {} "
                            "and {}",
                            a.shape().to_string(), b.shape().to_string()),
                {a.shape(), b.shape()});
  }
  const Tensor sides = vector ? expand_dims(b, -1) : b;
  const Shape batch = broadcast_shapes(operation, leading_axes(a), leading_axes(sides));
  // A vector beside a batch of matrices is the right side of each.
  return {with_leading_axes(a, batch), with_leading_axes(sides, batch), vector};
}

}  // namespace gradus::linalg
