#pragma once

#include <vector>

#include "gradus/autodiff/vjp.h"
#include "gradus/ops/random.h"
#include "gradus/stats/maximum_likelihood.h"

namespace gradus::stats {

struct HamiltonianOptions {
  int chains = 4;
  int warmup = 500;  ///< steps before the draws, in which step size and scales are adapted
  int draws = 1000;  ///< of each chain
  /// Of proposals, towards which the step size is adapted; in (0, 1).
  double target_acceptance = 0.8;
  /// In deviations of the posterior; each trajectory is between half and one and a half as long.
  double trajectory_length = 1.6;
  int maximum_leapfrog_steps = 256;
};

struct PosteriorDraws {
  /// A tensor for each parameter: f64 (chains, draws, parameter...)
  Tensors parameters;
  std::vector<double> step_sizes;        ///< of each chain, after the warm-up
  std::vector<double> acceptance_rates;  ///< mean acceptance probability of each chain's draws
  std::int64_t divergences = 0;          ///< draws whose trajectory left the level of its energy

  /// The draws of all chains in one row: (chains * draws, parameter...)
  Tensor pooled(std::size_t parameter) const;
};

/// Draws from a posterior by Hamiltonian Monte Carlo: trajectories of `log_density` (likelihood and
/// prior, up to a constant; 0-d) from `start` on. `domains` has an entry for each parameter, or
/// none if all are real; positive parameters and probabilities move over unconstrained coordinates.
/// Sources: Neal 2011, "MCMC using Hamiltonian dynamics"; step sizes by dual averaging, Hoffman and
/// Gelman 2014, "The No-U-Turn sampler", algorithm 5; diagonal masses from the warm-up.
PosteriorDraws sample_posterior(const ScalarFunction& log_density, const Tensors& start,
                                const Key& key, const std::vector<Domain>& domains = {},
                                const HamiltonianOptions& options = {});

}  // namespace gradus::stats
