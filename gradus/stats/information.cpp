#include "gradus/stats/information.h"

#include <numbers>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/special.h"
#include "gradus/ops/transcendental.h"
#include "gradus/stats/parameters.h"

namespace gradus::stats {
namespace {

Tensor in_unit(const Tensor& nats, InformationUnit unit) {
  return unit == InformationUnit::bits ? nats * std::numbers::log2e : nats;
}

/// Both checked, of one type and one number of classes.
TwoParameters checked_pair(const char* operation, const Tensor& p, const Tensor& q) {
  const auto [first, second] = floating_parameters(operation, p, q);
  const Tensor one = require_distribution(operation, "p", first);
  const Tensor other = require_distribution(operation, "q", second);
  require_last_axis(operation, one, other);
  return {one, other};
}

Tensor divergence_in_nats(const Tensor& p, const Tensor& q) {
  return sum(x_log_y(p, p) - x_log_y(p, q), {.axes = {-1}});
}

/// A table (..., x, y) whose numbers add up to 1.
Tensor checked_table(const char* operation, const Tensor& joint) {
  const Tensor table = floating_parameter(operation, joint);
  if (table.rank() < 2) {
    throw Error(ErrorCode::shape, operation,
                fmt::format("takes tables (..., x, y), not {}", table.signature()),
                {table.shape()});
  }
  const Tensor flat = flatten(table, -2, -1);
  return reshape(require_distribution(operation, "probabilities", flat), table.shape());
}

}  // namespace

Tensor self_information(const Tensor& probability, InformationUnit unit) {
  const char* const name = "self_information";
  const Tensor p = require_probability(name, "probability", floating_parameter(name, probability));
  return in_unit(negative(log(p)), unit);
}

Tensor entropy(const Tensor& probabilities, InformationUnit unit) {
  const Tensor p = require_distribution("entropy", "probabilities",
                                        floating_parameter("entropy", probabilities));
  return in_unit(entropy_of_probabilities(p), unit);
}

Tensor cross_entropy(const Tensor& p, const Tensor& q, InformationUnit unit) {
  const auto [first, second] = checked_pair("cross_entropy", p, q);
  return in_unit(negative(sum(x_log_y(first, second), {.axes = {-1}})), unit);
}

Tensor kl_divergence(const Tensor& p, const Tensor& q, InformationUnit unit) {
  const auto [first, second] = checked_pair("kl_divergence", p, q);
  return in_unit(divergence_in_nats(first, second), unit);
}

Tensor jensen_shannon_divergence(const Tensor& p, const Tensor& q, InformationUnit unit) {
  const auto [first, second] = checked_pair("jensen_shannon_divergence", p, q);
  const Tensor middle = 0.5 * (first + second);
  return in_unit(0.5 * (divergence_in_nats(first, middle) + divergence_in_nats(second, middle)),
                 unit);
}

Tensor mutual_information(const Tensor& joint, InformationUnit unit) {
  const Tensor table = checked_table("mutual_information", joint);
  const Tensor product =
      sum(table, {.axes = {-1}, .keep_axes = true}) * sum(table, {.axes = {-2}, .keep_axes = true});
  return in_unit(divergence_in_nats(flatten(table, -2, -1), flatten(product, -2, -1)), unit);
}

Tensor conditional_entropy(const Tensor& joint, InformationUnit unit) {
  const Tensor table = checked_table("conditional_entropy", joint);
  return in_unit(entropy_of_probabilities(flatten(table, -2, -1)) -
                     entropy_of_probabilities(sum(table, {.axes = {-1}})),
                 unit);
}

}  // namespace gradus::stats
