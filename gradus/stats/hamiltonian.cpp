#include "gradus/stats/hamiltonian.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/ops/random_element.h"
#include "gradus/ops/rearrange.h"
#include "gradus/stats/step_size.h"
#include "gradus/stats/target_density.h"

namespace gradus::stats {
namespace {

constexpr const char* kSampler = "sample_posterior";
/// An energy that grew by this much is that of a trajectory that left its level.
constexpr double kDivergence = 1000;

using Numbers = std::vector<double>;

/// A place, and the log-density and its slopes there.
struct Place {
  Numbers at;
  ValueAndGradient density;
};

/// Mean and variance of what has been seen. Source: Welford 1962.
class RunningVariance {
 public:
  explicit RunningVariance(std::size_t n) : mean_(n, 0), squares_(n, 0) {}

  void take(const Numbers& x) {
    ++count_;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double gap = x[i] - mean_[i];
      mean_[i] += gap / count_;
      squares_[i] += gap * (x[i] - mean_[i]);
    }
  }
  /// Shrunk towards 1e-3 as if five more had been seen, as Stan does.
  Numbers variances() const {
    Numbers result = squares_;
    for (double& value : result) {
      value = count_ / (count_ + 5) * value / std::fmax(count_ - 1, 1) + 1e-3 * 5 / (count_ + 5);
    }
    return result;
  }

 private:
  double count_ = 0;
  Numbers mean_, squares_;
};

class Chain {
 public:
  Chain(const TargetDensity& density, const HamiltonianOptions& options, RandomElement random)
      : density_(density),
        options_(options),
        random_(random),
        scales_(density.size(), 1),
        place_{density.start(), density(density.start())},
        adaptation_(1, options.target_acceptance) {
    if (!std::isfinite(place_.density.value)) {
      throw Error(ErrorCode::numeric, kSampler, "the log-density is not finite at the start");
    }
    restart_adaptation();
  }

  void warm_up() {
    // Scales are learnt in three stretches, each from the draws since the one before it; a stretch
    // of step sizes alone stands at both ends.
    const auto at = [&](double share) { return static_cast<int>(share * options_.warmup); };
    const int ends[] = {at(0.15), at(0.3), at(0.55), at(0.9)};
    RunningVariance seen(density_.size());
    for (int step = 0; step < options_.warmup; ++step) {
      adaptation_.take(advance(adaptation_.step_size()));
      if (step >= ends[0] && step < ends[3]) seen.take(place_.at);
      if (step + 1 == ends[1] || step + 1 == ends[2] || step + 1 == ends[3]) {
        if (step + 1 - ends[0] < 10) continue;  // too few to say anything
        scales_ = seen.variances();
        for (double& scale : scales_) scale = std::sqrt(scale);
        seen = RunningVariance(density_.size());
        restart_adaptation();
      }
    }
    step_size_ = adaptation_.averaged();
  }

  const Numbers& draw() {
    acceptance_ += advance(step_size_) / options_.draws;
    return place_.at;
  }

  double step_size() const { return step_size_; }
  double acceptance() const { return acceptance_; }
  std::int64_t divergences() const { return divergences_; }
  void forget_divergences() { divergences_ = 0; }

 private:
  /// Momenta are of unit mass in coordinates divided by their scales.
  void leapfrog(Place& place, Numbers& momentum, double step) const {
    const auto kick = [&] {
      for (std::size_t i = 0; i < momentum.size(); ++i) {
        momentum[i] += 0.5 * step * scales_[i] * place.density.gradient[i];
      }
    };
    kick();
    for (std::size_t i = 0; i < momentum.size(); ++i) {
      place.at[i] += step * scales_[i] * momentum[i];
    }
    place.density = density_(place.at);
    kick();
  }

  static double energy(const Place& place, const Numbers& momentum) {
    double kinetic = 0;
    for (const double p : momentum) kinetic += 0.5 * p * p;
    return kinetic - place.density.value;
  }

  Numbers draw_momentum() {
    Numbers momentum(density_.size());
    for (double& p : momentum) p = random_.normal();
    return momentum;
  }

  /// One proposal; moves if it is accepted. The probability that it is.
  double advance(double step_size) {
    Numbers momentum = draw_momentum();
    const double before = energy(place_, momentum);
    const double length = options_.trajectory_length * (0.5 + random_.uniform());
    const double wanted = std::ceil(length / step_size);
    const int steps = static_cast<int>(
        std::clamp(wanted, 1.0, static_cast<double>(options_.maximum_leapfrog_steps)));
    Place proposal = place_;
    for (int step = 0; step < steps; ++step) {
      leapfrog(proposal, momentum, step_size);
      if (!std::isfinite(proposal.density.value)) break;
    }
    const double change = energy(proposal, momentum) - before;
    if (!(change < kDivergence)) {
      ++divergences_;
      return 0;
    }
    const double acceptance = std::fmin(1, std::exp(-change));
    if (random_.uniform() < acceptance) place_ = std::move(proposal);
    return acceptance;
  }

  /// A step size at which one leapfrog step is accepted about every second time: Hoffman and Gelman
  /// 2014, algorithm 4.
  void restart_adaptation() {
    double step = 1;
    const Numbers momentum = draw_momentum();
    const auto change_at = [&](double size) {
      Place place = place_;
      Numbers p = momentum;
      leapfrog(place, p, size);
      const double change = energy(place_, momentum) - energy(place, p);
      return std::isfinite(change) ? change : -HUGE_VAL;
    };
    const bool grows = change_at(step) > std::log(0.5);
    for (int doubling = 0; doubling < 60; ++doubling) {
      const double next = grows ? 2 * step : step / 2;
      if ((change_at(next) > std::log(0.5)) != grows) {
        if (!grows) step = next;
        break;
      }
      step = next;
    }
    adaptation_ = StepSizeAdaptation(step, options_.target_acceptance);
    step_size_ = step;
  }

  const TargetDensity& density_;
  const HamiltonianOptions& options_;
  RandomElement random_;
  Numbers scales_;  // deviations of the posterior, coordinate by coordinate
  Place place_;
  StepSizeAdaptation adaptation_;
  double step_size_ = 1;
  double acceptance_ = 0;
  std::int64_t divergences_ = 0;
};

void check_options(const HamiltonianOptions& options) {
  if (options.chains < 1 || options.draws < 1 || options.warmup < 0 ||
      options.maximum_leapfrog_steps < 1) {
    throw Error(
        ErrorCode::invalid_argument, kSampler,
        fmt::format("{} chains of {} and {} steps of at most {} leapfrog steps cannot be "
                    "drawn",
                    options.chains, options.warmup, options.draws, options.maximum_leapfrog_steps));
  }
  if (!(options.target_acceptance > 0 && options.target_acceptance < 1) ||
      !(options.trajectory_length > 0 && std::isfinite(options.trajectory_length))) {
    throw Error(ErrorCode::invalid_argument, kSampler,
                fmt::format("a target acceptance of {} or trajectories of length {} are not "
                            "possible",
                            options.target_acceptance, options.trajectory_length));
  }
}

RandomKey plain_key(const Key& key) {
  const auto words = key.data().data<std::int64_t>();
  return {static_cast<std::uint64_t>(words[0]), static_cast<std::uint64_t>(words[1])};
}

}  // namespace

Tensor PosteriorDraws::pooled(std::size_t parameter) const {
  return flatten(parameters.at(parameter), 0, 1);
}

PosteriorDraws sample_posterior(const ScalarFunction& log_density, const Tensors& start,
                                const Key& key, const std::vector<Domain>& domains,
                                const HamiltonianOptions& options) {
  check_options(options);
  const TargetDensity density(kSampler, log_density, start, domains, DensityOf::coordinates);
  PosteriorDraws result;
  std::vector<std::vector<double>> values(start.size());
  for (int number = 0; number < options.chains; ++number) {
    Chain chain(density, options, RandomElement(plain_key(key), number));
    chain.warm_up();
    chain.forget_divergences();
    for (int draw = 0; draw < options.draws; ++draw) {
      const Tensors parameters = density.parameters_at(chain.draw());
      for (std::size_t i = 0; i < parameters.size(); ++i) {
        const auto numbers = parameters[i].to_vector<double>();
        values[i].insert(values[i].end(), numbers.begin(), numbers.end());
      }
    }
    result.step_sizes.push_back(chain.step_size());
    result.acceptance_rates.push_back(chain.acceptance());
    result.divergences += chain.divergences();
  }
  for (std::size_t i = 0; i < start.size(); ++i) {
    Dims dims{options.chains, options.draws};
    for (const std::int64_t extent : start[i].shape()) dims.push_back(extent);
    result.parameters.push_back(Tensor::from(values[i], Shape(dims)));
  }
  return result;
}

}  // namespace gradus::stats
