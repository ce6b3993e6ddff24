#include "gradus/stats/maximum_likelihood.h"

#include <cmath>

#include <fmt/format.h>

#include "gradus/autodiff/grad.h"
#include "gradus/base/error.h"
#include "gradus/ops/activation.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/select.h"
#include "gradus/ops/softmax.h"
#include "gradus/ops/transcendental.h"
#include "gradus/ops/triangle.h"
#include "gradus/optimize/minimize.h"
#include "gradus/stats/estimation_checks.h"

namespace gradus::stats {
namespace {

constexpr const char* kLikelihood = "maximum_likelihood";

double log_likelihood_of(const Distribution& distribution, const Tensor& sample) {
  return sum(distribution.log_prob(sample)).item<double>();
}

/// The search moves over unconstrained coordinates of all parameters, one after the other.
LikelihoodFit search(const Family& family, const Tensor& sample, const LikelihoodOptions& options) {
  Tensors start = family.start(sample);
  for (std::size_t i = 0; i < start.size(); ++i) {
    start[i] = to_unconstrained(family.parameters[i].domain, cast(start[i], DType::f64));
  }
  const auto parameters_at = [&](const Tensors& coordinates) {
    Tensors parameters;
    for (std::size_t i = 0; i < coordinates.size(); ++i) {
      parameters.push_back(from_unconstrained(family.parameters[i].domain, coordinates[i]));
    }
    return parameters;
  };
  const auto loss = value_and_grad([&](const Tensors& coordinates) {
    return negative(mean(family.make(parameters_at(coordinates))->log_prob(sample)));
  });
  const optimize::DifferentiableFunction f = [&](const Tensors& coordinates) {
    try {
      ValueAndGrad result = loss(coordinates);
      result.value.eval();
      for (Tensor& gradient : result.gradients) gradient.eval();
      return result;
    } catch (const Error& error) {
      // A step that left the numbers that f64 holds: exp(800) is no deviation.
      if (error.code() != ErrorCode::invalid_argument) throw;
      ValueAndGrad too_far{Tensor::scalar(HUGE_VAL, DType::f64), {}};
      for (const Tensor& x : coordinates) too_far.gradients.push_back(zeros_like(x));
      return too_far;
    }
  };
  const optimize::Minimum found = optimize::minimize(f, start,
                                                     {.method = optimize::Method::bfgs,
                                                      .gradient_tolerance = options.tolerance,
                                                      .iterations = options.maximum_iterations});
  LikelihoodFit fit;
  fit.parameters = parameters_at(found.arguments);
  fit.iterations = static_cast<int>(found.iterations);
  fit.has_converged = found.converged();
  return fit;
}

/// How many numbers of a parameter can be chosen.
std::int64_t freedom_of(Domain domain, const Tensor& parameter) {
  if (domain == Domain::simplex) return parameter.size() - 1;
  if (domain == Domain::triangle) return parameter.dim(-1) * (parameter.dim(-1) + 1) / 2;
  return parameter.size();
}

int free_parameters_of(const Family& family, const Tensors& parameters) {
  std::int64_t count = 0;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    count += freedom_of(family.parameters[i].domain, parameters[i]);
  }
  return static_cast<int>(count);
}

/// True on the diagonals of matrices (..., k, k).
Tensor diagonal_mask(const Tensor& matrix) {
  return cast(eye(matrix.dim(-1), matrix.dim(-1)), DType::boolean);
}

}  // namespace

Tensor from_unconstrained(Domain domain, const Tensor& coordinates) {
  switch (domain) {
    case Domain::positive:
      return exp(coordinates);
    case Domain::probability:
      return sigmoid(coordinates);
    case Domain::simplex:
      return softmax(coordinates);
    case Domain::triangle: {
      const Tensor diagonal = diagonal_mask(coordinates);
      const Tensor zero = number_like(0, coordinates);
      return where(diagonal, exp(where(diagonal, coordinates, zero)), lower_triangle(coordinates));
    }
    default:
      return coordinates;
  }
}

Tensor to_unconstrained(Domain domain, const Tensor& parameter) {
  switch (domain) {
    case Domain::positive:
    case Domain::simplex:
      return log(parameter);
    case Domain::triangle: {
      const Tensor diagonal = diagonal_mask(parameter);
      const Tensor one = number_like(1, parameter);
      return where(diagonal, log(where(diagonal, parameter, one)), lower_triangle(parameter));
    }
    case Domain::probability:
      return log(parameter) - log1p(negative(parameter));
    default:
      return parameter;
  }
}

LikelihoodFit maximum_likelihood(const Family& family, const Tensor& sample,
                                 const LikelihoodOptions& options) {
  check_sample(kLikelihood, sample, 1);
  const Tensor x = cast(sample, DType::f64);
  const bool has_form = static_cast<bool>(family.closed_form);
  if (options.method == LikelihoodMethod::closed_form && !has_form) {
    throw Error(ErrorCode::unsupported, kLikelihood,
                fmt::format("there is no closed form for {}", family.name));
  }
  LikelihoodFit fit;
  if (options.method == LikelihoodMethod::gradient || !has_form) {
    fit = search(family, x, options);
  } else {
    fit.parameters = family.closed_form(x);
  }
  for (Tensor& parameter : fit.parameters) parameter.eval();
  for (const FamilyParameter& parameter : family.parameters) fit.names.push_back(parameter.name);
  fit.distribution = family.make(fit.parameters);
  fit.log_likelihood = log_likelihood_of(*fit.distribution, x);
  if (!std::isfinite(fit.log_likelihood)) {
    throw Error(ErrorCode::numeric, kLikelihood,
                fmt::format("the likelihood of the sample under {} has no maximum, or the sample "
                            "lies outside of its support",
                            family.name),
                {sample.shape()});
  }
  fit.free_parameters = free_parameters_of(family, fit.parameters);
  const double k = fit.free_parameters;
  fit.aic = 2 * k - 2 * fit.log_likelihood;
  fit.bic = k * std::log(static_cast<double>(sample.dim(0))) - 2 * fit.log_likelihood;
  return fit;
}

}  // namespace gradus::stats
