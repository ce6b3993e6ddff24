#pragma once

#include <string>
#include <vector>

#include "gradus/base/function.h"
#include "gradus/base/pointer.h"
#include "gradus/stats/distribution.h"

namespace gradus::stats {

/// Which numbers a parameter may be.
enum class Domain {
  real,
  positive,
  probability,
  simplex,   ///< vectors of probabilities, the last axis
  triangle,  ///< lower triangular matrices (k, k) with a positive diagonal
};

struct FamilyParameter {
  std::string name;
  Domain domain;
};

/// A family of distributions, from which maximum likelihood chooses one.
struct Family {
  std::string name;
  std::vector<FamilyParameter> parameters;
  /// The distribution of these parameters.
  Function<Shared<const Distribution>(const Tensors& parameters)> make = {};
  /// Parameters near the sample, from which a search can start.
  Function<Tensors(const Tensor& sample)> start = {};
  /// The parameters of largest likelihood in closed form; empty where there is none.
  Function<Tensors(const Tensor& sample)> closed_form = {};
};

Family normal_family();
Family uniform_family();
Family exponential_family();
Family laplace_family();
Family gamma_family();
Family beta_family();
Family student_t_family();
Family dirichlet_family();
/// Parameters are the mean and the lower triangular factor of the covariance.
Family multivariate_normal_family();
Family bernoulli_family();
/// Of a known number of trials.
Family binomial_family(std::int64_t trials);
Family poisson_family();
Family geometric_family();
Family categorical_family(std::int64_t classes);
Family multinomial_family(std::int64_t trials);
/// A mixture of `components` Gaussians.
Family normal_mixture_family(std::int64_t components);

enum class LikelihoodMethod {
  best,         ///< the closed form, or the gradient where there is none
  closed_form,  ///< throws Error (unsupported) where there is none
  gradient,
};
struct LikelihoodOptions {
  LikelihoodMethod method = LikelihoodMethod::best;
  /// Ends where no slope of the mean log-likelihood is larger, in unconstrained coordinates.
  double tolerance = 1e-8;
  int maximum_iterations = 1000;
};

struct LikelihoodFit {
  Shared<const Distribution> distribution;
  std::vector<std::string> names;
  Tensors parameters;  ///< f64
  double log_likelihood = 0;
  int free_parameters = 0;
  double aic = 0;  ///< 2 k - 2 log L. Source: Akaike 1974
  double bic = 0;  ///< k log n - 2 log L. Source: Schwarz 1978
  int iterations = 0;
  bool has_converged = true;
};

/// The distribution of a family under which a sample (n) or (n, event...) is most likely. Throws
/// Error for an empty sample, for missing numbers, for numbers outside the support, and where the
/// likelihood has no maximum (the deviation of a constant sample).
LikelihoodFit maximum_likelihood(const Family& family, const Tensor& sample,
                                 const LikelihoodOptions& options = {});

/// Parameters from coordinates without bounds, and back: exp for positive ones, the logistic
/// function for probabilities, softmax for vectors of them, exp of the diagonal of a triangle.
Tensor from_unconstrained(Domain domain, const Tensor& coordinates);
Tensor to_unconstrained(Domain domain, const Tensor& parameter);

}  // namespace gradus::stats
