#include "gradus/optimize/objective.h"

#include <limits>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/ops/select.h"

namespace gradus::optimize {
namespace {

double resolution_of(DType type) {
  return type == DType::f32 ? double{std::numeric_limits<float>::epsilon()}
                            : std::numeric_limits<double>::epsilon();
}

}  // namespace

Objective::Objective(const char* operation, DifferentiableFunction f, const Tensors& start)
    : operation_(operation), f_(std::move(f)) {
  for (const Tensor& tensor : start) {
    if (!tensor.defined() || (tensor.dtype() != DType::f32 && tensor.dtype() != DType::f64)) {
      throw Error(
          ErrorCode::dtype, operation,
          fmt::format("starts from f32 or f64 tensors, not {}",
                      tensor.defined() ? tensor.signature() : std::string("an undefined one")));
    }
    shapes_.push_back(tensor.shape());
    types_.push_back(tensor.dtype());
    resolution_ = std::max(resolution_, resolution_of(tensor.dtype()));
  }
  start_ = flat(start, "the start");
  if (start_.empty()) {
    throw Error(ErrorCode::invalid_argument, operation, "there is no element to start from");
  }
}

Vector Objective::flat(const Tensors& tensors, const char* what) const {
  if (tensors.size() != shapes_.size()) {
    throw Error(ErrorCode::invalid_argument, operation_,
                fmt::format("{} has {} tensors, but there are {} arguments", what, tensors.size(),
                            shapes_.size()));
  }
  Vector result;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    if (tensors[i].shape() != shapes_[i]) {
      throw Error(ErrorCode::shape, operation_,
                  fmt::format("{} has shape {}, its argument {}", what,
                              tensors[i].shape().to_string(), shapes_[i].to_string()),
                  {tensors[i].shape(), shapes_[i]});
    }
    const std::vector<double> values = tensors[i].to_vector<double>();
    result.insert(result.end(), values.begin(), values.end());
  }
  return result;
}

Tensors Objective::tensors(const Vector& x) const {
  Tensors result;
  const double* next = x.data();
  for (std::size_t i = 0; i < shapes_.size(); ++i) {
    const auto count = static_cast<std::size_t>(shapes_[i].size());
    const Tensor wide = Tensor::from(std::span(next, count), shapes_[i]);
    result.push_back(types_[i] == DType::f64 ? wide : cast(wide, types_[i]).eval());
    next += count;
  }
  return result;
}

Point Objective::at(const Vector& x) {
  const Tensors arguments = tensors(x);
  const ValueAndGrad found = f_(arguments);
  ++evaluations_;
  if (!found.value.defined() || found.value.size() != 1) {
    throw Error(ErrorCode::shape, operation_, "the function must return one element");
  }
  return {flat(arguments, "the argument"), found.value.item<double>(),
          flat(found.gradients, "the gradient")};
}

Vector Objective::hessian_product(const Vector& x, const Vector& v) {
  ++hessian_products_;
  // The Hessian is symmetric: pulling v back through the gradient gives H v.
  const Vjp product = vjp([&](const Tensors& inputs) { return f_(inputs).gradients; }, tensors(x));
  return flat(product.pullback(tensors(v)), "the product with the Hessian");
}

Vector Objective::hessian(const Vector& x) {
  const Vjp product = vjp([&](const Tensors& inputs) { return f_(inputs).gradients; }, tensors(x));
  Vector rows;
  Vector unit(size(), 0);
  for (std::size_t i = 0; i < size(); ++i) {
    unit[i] = 1;
    const Vector row = flat(product.pullback(tensors(unit)), "a row of the Hessian");
    rows.insert(rows.end(), row.begin(), row.end());
    unit[i] = 0;
  }
  hessian_products_ += static_cast<std::int64_t>(size());
  return rows;
}

}  // namespace gradus::optimize
