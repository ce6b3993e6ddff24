#include "gradus/nn/initializer.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "gradus/base/error.h"
#include "gradus/linalg/qr.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/comparison.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/indexing.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/select.h"

namespace gradus::nn {
namespace {

Tensor uniform_within(const Key& key, const Shape& shape, double bound, DType dtype) {
  return random_uniform(key, shape, -bound, bound, dtype);
}

/// A weight as the matrix (units, inputs).
Shape matrix_of(const char* rule, const Shape& shape) {
  if (shape.rank() < 2) {
    throw Error(ErrorCode::shape, rule,
                "takes a weight of two or more axes, not shape " + shape.to_string(), {shape});
  }
  return {shape[0], shape[0] == 0 ? 0 : shape.size() / shape[0]};
}

/// The Q of a normal matrix, with signs that make it uniform over the orthogonal matrices
/// (Mezzadri 2007, "How to generate random matrices from the classical compact groups").
Tensor orthogonal(const Key& key, const Shape& shape, double gain, DType dtype) {
  const Shape matrix = matrix_of("orthogonal", shape);
  const bool wide = matrix[0] < matrix[1];
  const Shape tall = wide ? Shape{matrix[1], matrix[0]} : matrix;
  const linalg::Qr factors = linalg::qr(random_normal(key, tall, 0, 1, dtype));
  const std::vector<double> r = factors.r.to_vector<double>();
  std::vector<double> signs;  // of R's diagonal
  for (std::size_t i = 0; i < r.size(); i += static_cast<std::size_t>(tall[1]) + 1) {
    signs.push_back(r[i] < 0 ? -gain : gain);
  }
  const Tensor q = factors.q * cast(Tensor::from(signs), dtype);
  return reshape(wide ? transpose(q) : q, shape);
}

Tensor sparse(const Key& key, const Shape& shape, const Initializer& rule, DType dtype) {
  const Shape matrix = matrix_of("sparse", shape);
  // The places of the smallest of as many random numbers, in each row.
  const Tensor rank = argsort(argsort(random_uniform(key.fold_in("place"), matrix)));
  const Tensor chosen = less(rank, Tensor(rule.connections));
  const Tensor values =
      random_normal(key.fold_in("value"), matrix, rule.value, rule.deviation, dtype);
  return reshape(where(chosen, values, zeros(Shape{}, dtype)), shape);
}

}  // namespace

Fans fans_of(const Shape& weight) {
  if (weight.rank() < 2) {
    throw Error(ErrorCode::shape, "fans_of",
                "takes a weight of two or more axes, not shape " + weight.to_string(), {weight});
  }
  std::int64_t kernel = 1;
  for (int axis = 2; axis < weight.rank(); ++axis) kernel *= weight[axis];
  return {weight[1] * kernel, weight[0] * kernel};
}

std::span<const char* const> initialization_names() {
  static constexpr const char* kNames[] = {
      "fan_in_uniform", "zeros",      "constant",  "uniform",    "normal", "xavier_uniform",
      "xavier_normal",  "he_uniform", "he_normal", "orthogonal", "sparse"};
  return kNames;
}

Tensor Initializer::operator()(const Key& key, const Shape& shape, DType dtype) const {
  return (*this)(key, shape, shape.rank() < 2 ? Fans{} : fans_of(shape), dtype);
}

Tensor Initializer::operator()(const Key& key, const Shape& shape, const Fans& fans,
                               DType dtype) const {
  const auto in = static_cast<double>(std::max<std::int64_t>(fans.in, 1));
  const auto both = static_cast<double>(std::max<std::int64_t>(fans.in + fans.out, 1));
  switch (kind) {
    case Initialization::fan_in_uniform:
      return uniform_within(key, shape, gain / std::sqrt(in), dtype);
    case Initialization::zeros:
      return zeros(shape, dtype);
    case Initialization::constant:
      return full(shape, value, dtype);
    case Initialization::uniform:
      return random_uniform(key, shape, low, high, dtype);
    case Initialization::normal:
      return random_normal(key, shape, value, deviation, dtype);
    case Initialization::xavier_uniform:
      return uniform_within(key, shape, gain * std::sqrt(6 / both), dtype);
    case Initialization::xavier_normal:
      return random_normal(key, shape, 0, gain * std::sqrt(2 / both), dtype);
    case Initialization::he_uniform:
      return uniform_within(key, shape, gain * std::sqrt(6 / in), dtype);
    case Initialization::he_normal:
      return random_normal(key, shape, 0, gain * std::sqrt(2 / in), dtype);
    case Initialization::orthogonal:
      return orthogonal(key, shape, gain, dtype);
    case Initialization::sparse:
      break;
  }
  return sparse(key, shape, *this, dtype);
}

Key starting_key(const std::optional<Key>& key, const char* kind, const Shape& size) {
  if (key) return *key;
  Key start = Key(0).fold_in(std::string_view(kind));
  for (const std::int64_t extent : size) start = start.fold_in(static_cast<std::uint64_t>(extent));
  return start;
}

}  // namespace gradus::nn
