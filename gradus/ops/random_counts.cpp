#include <cmath>
#include <limits>

#include "gradus/ops/arithmetic.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/random.h"
#include "gradus/ops/random_element.h"
#include "gradus/ops/scalar_map.h"
#include "gradus/ops/select.h"

namespace gradus {
namespace {

constexpr const char* kNoDerivative = "its values are counts";
constexpr double kNotANumber = std::numeric_limits<double>::quiet_NaN();

double log_factorial(double k) {
  int sign;  // lgamma() would write it to a global variable
  return ::lgamma_r(k + 1, &sign);
}

/// Below this mean, counts are drawn one by one; above, by rejection.
constexpr double kSmallMean = 10;

/// Arrivals until their product of uniform numbers falls below exp(-rate).
double few_arrivals(RandomElement& random, double rate) {
  const double end = std::exp(-rate);
  double product = random.uniform();
  double count = 0;
  for (; product > end; ++count) product *= random.uniform();
  return count;
}

/// Hörmann 1993, "The transformed rejection method for generating Poisson random variables", PTRS.
double many_arrivals(RandomElement& random, double rate) {
  const double b = 0.931 + 2.53 * std::sqrt(rate);
  const double a = -0.059 + 0.02483 * b;
  const double inverse_alpha = 1.1239 + 1.1328 / (b - 3.4);
  const double squeeze = 0.9277 - 3.6224 / (b - 2);
  for (;;) {
    const double u = random.uniform() - 0.5;
    const double v = random.uniform();
    const double rest = 0.5 - std::fabs(u);
    const double k = std::floor((2 * a / rest + b) * u + rate + 0.43);
    if (rest >= 0.07 && v <= squeeze) return k;
    if (k < 0 || (rest < 0.013 && v > rest)) continue;
    if (std::log(v * inverse_alpha / (a / (rest * rest) + b)) <=
        k * std::log(rate) - rate - log_factorial(k)) {
      return k;
    }
  }
}

/// Distances between successes are geometric.
double few_successes(RandomElement& random, double trials, double probability) {
  const double scale = 1 / std::log1p(-probability);
  double count = 0;
  double place = std::floor(std::log(random.uniform()) * scale) + 1;
  for (; place <= trials; ++count) {
    place += std::floor(std::log(random.uniform()) * scale) + 1;
  }
  return count;
}

/// Hörmann 1993, "The generation of binomial random variates", BTRS; probability <= 1/2.
double many_successes(RandomElement& random, double trials, double probability) {
  const double deviation = std::sqrt(trials * probability * (1 - probability));
  const double b = 1.15 + 2.53 * deviation;
  const double a = -0.0873 + 0.0248 * b + 0.01 * probability;
  const double squeeze = 0.92 - 4.2 / b;
  const double alpha = (2.83 + 5.1 / b) * deviation;
  const double log_odds = std::log(probability / (1 - probability));
  const double mode = std::floor((trials + 1) * probability);
  const double height = log_factorial(mode) + log_factorial(trials - mode);
  for (;;) {
    const double u = random.uniform() - 0.5;
    const double v = random.uniform();
    const double rest = 0.5 - std::fabs(u);
    const double k = std::floor((2 * a / rest + b) * u + trials * probability + 0.5);
    if (rest >= 0.07 && v <= squeeze) return k;
    if (k < 0 || k > trials) continue;
    if (std::log(v * alpha / (a / (rest * rest) + b)) <=
        height - log_factorial(k) - log_factorial(trials - k) + (k - mode) * log_odds) {
      return k;
    }
  }
}

double poisson(RandomElement random, double rate) {
  if (!(rate >= 0 && rate < HUGE_VAL)) return kNotANumber;
  if (rate == 0) return 0;
  return rate < kSmallMean ? few_arrivals(random, rate) : many_arrivals(random, rate);
}

double binomial(RandomElement random, double trials, double probability) {
  const bool is_count = trials >= 0 && trials < HUGE_VAL && trials == std::floor(trials);
  if (!is_count || !(probability >= 0 && probability <= 1)) return kNotANumber;
  if (probability > 0.5) return trials - binomial(random, trials, 1 - probability);
  if (probability == 0) return 0;
  return trials * probability < kSmallMean ? few_successes(random, trials, probability)
                                           : many_successes(random, trials, probability);
}

Specs infer_counts(const InferContext& context) {
  check_key(context);
  return infer_scalar_map(context, 1);
}

}  // namespace

const OpDef kRandomPoisson{
    .name = "random_poisson",
    .doc = "Counts of the Poisson distribution with the given rates. i64 (2), (...) -> (...)",
    .minimum_inputs = 2,
    .maximum_inputs = 2,
    .infer = infer_counts,
    .no_derivative = kNoDerivative,
    .kernels = {{"rejection", nullptr,
                 [](const KernelContext& context) {
                   const RandomKey key = read_key(context.input(0));
                   run_scalar_map<1>(
                       context,
                       [key](const std::array<double, 1>& v, std::int64_t i) {
                         return poisson(RandomElement(key, i), v[0]);
                       },
                       1);
                 }}},
    .samples =
        [] {
          std::vector<Sample> samples = unary_samples(0, 40);
          for (Sample& sample : samples) {
            sample.inputs.insert(sample.inputs.begin(), Key(20).data());
          }
          return samples;
        },
};

Tensor random_poisson(const Key& key, const Tensor& rate) {
  return apply(kRandomPoisson, {key.data(), rate});
}

const OpDef kRandomBinomial{
    .name = "random_binomial",
    .doc =
        "Successes among trials with the given probabilities. i64 (2), (...), (...) -> "
        "(broadcast ...)",
    .minimum_inputs = 3,
    .maximum_inputs = 3,
    .infer = infer_counts,
    .no_derivative = kNoDerivative,
    .kernels = {{"rejection", nullptr,
                 [](const KernelContext& context) {
                   const RandomKey key = read_key(context.input(0));
                   run_scalar_map<2>(
                       context,
                       [key](const std::array<double, 2>& v, std::int64_t i) {
                         return binomial(RandomElement(key, i), v[0], v[1]);
                       },
                       1);
                 }}},
    .samples =
        [] {
          const Tensor key = Key(21).data();
          return std::vector<Sample>{
              {.name = "few and many",
               .inputs = {key, Tensor{0, 5, 100, 1000}, Tensor{0.5f, 0.2f, 0.9f, 0.4f}}},
              {.name = "broadcast", .inputs = {key, Tensor(50.f), Tensor{{0, 0.1f}, {0.5f, 1}}}},
              {.name = "none", .inputs = {key, Tensor(1.f), Tensor::from(std::vector<float>())}},
          };
        },
};

Tensor random_binomial(const Key& key, const Tensor& trials, const Tensor& probability) {
  return apply(kRandomBinomial, {key.data(), cast(trials, probability.dtype()), probability});
}

}  // namespace gradus
