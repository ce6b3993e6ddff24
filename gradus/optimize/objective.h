// Internal: a function of tensors, seen as a function of one vector.
#pragma once

#include <cstdint>

#include "gradus/optimize/minimize.h"
#include "gradus/optimize/vectors.h"

namespace gradus::optimize {

/// A function at a place.
struct Point {
  Vector x;
  double value = 0;
  Vector gradient;

  bool is_finite() const { return std::isfinite(value) && std::isfinite(largest(gradient)); }
};

class Objective {
 public:
  /// Throws Error (naming `operation`) if there is nothing to start from, or if it is not floating.
  Objective(const char* operation, DifferentiableFunction f, const Tensors& start);

  /// The start as a vector.
  const Vector& start() const { return start_; }
  std::size_t size() const { return start_.size(); }
  /// Evaluates at x, rounded to the tensors' types: the returned x is where it was evaluated.
  Point at(const Vector& x);
  /// The Hessian at x times v.
  Vector hessian_product(const Vector& x, const Vector& v);
  /// The Hessian at x, row-major.
  Vector hessian(const Vector& x);
  /// A vector as tensors of the start's shapes and types.
  Tensors tensors(const Vector& x) const;

  /// Relative distance of neighbouring numbers of the coarsest type.
  double resolution() const { return resolution_; }
  std::int64_t evaluations() const { return evaluations_; }
  std::int64_t hessian_products() const { return hessian_products_; }

 private:
  Vector flat(const Tensors& tensors, const char* what) const;

  const char* operation_;
  DifferentiableFunction f_;
  std::vector<Shape> shapes_;
  std::vector<DType> types_;
  Vector start_;
  double resolution_ = 0;
  std::int64_t evaluations_ = 0;
  std::int64_t hessian_products_ = 0;
};

}  // namespace gradus::optimize
