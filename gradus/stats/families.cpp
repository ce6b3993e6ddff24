#include <cmath>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/linalg/cholesky.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/comparison.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/indexing.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/select.h"
#include "gradus/ops/transcendental.h"
#include "gradus/stats/bernoulli.h"
#include "gradus/stats/beta.h"
#include "gradus/stats/binomial.h"
#include "gradus/stats/categorical.h"
#include "gradus/stats/dirichlet.h"
#include "gradus/stats/estimation.h"
#include "gradus/stats/estimation_checks.h"
#include "gradus/stats/exponential.h"
#include "gradus/stats/gamma.h"
#include "gradus/stats/geometric.h"
#include "gradus/stats/laplace.h"
#include "gradus/stats/maximum_likelihood.h"
#include "gradus/stats/mixture.h"
#include "gradus/stats/multinomial.h"
#include "gradus/stats/multivariate_normal.h"
#include "gradus/stats/normal.h"
#include "gradus/stats/poisson.h"
#include "gradus/stats/student_t.h"
#include "gradus/stats/uniform.h"

// Starting points are close to moment estimates, kept off the ends of domains: where the sample has
// no spread, a likelihood without a maximum shows itself in the search.

namespace gradus::stats {
namespace {

using Held = Shared<const Distribution>;

/// Makes D of one, two or three parameters.
template <class D>
Held of_one(const Tensors& p) {
  return share<D>(p[0]);
}
template <class D>
Held of_two(const Tensors& p) {
  return share<D>(p[0], p[1]);
}
template <class D>
Held of_three(const Tensors& p) {
  return share<D>(p[0], p[1], p[2]);
}

Tensor spread_of(const Tensor& sample) {
  return maximum(sqrt(var(sample, {.correction = 0})), number(1e-8));
}

/// A number of (0, 1), away from its ends.
Tensor off_the_ends(const Tensor& p) { return clip(p, 1e-3, 1 - 1e-3); }

}  // namespace

Family normal_family() {
  const auto fit = [](const Tensor& x) {
    return Tensors{mean(x), sqrt(var(x, {.correction = 0}))};
  };
  return {.name = "Normal",
          .parameters = {{"mean", Domain::real}, {"deviation", Domain::positive}},
          .make = of_two<Normal>,
          // Off the maximum, so that a search has something to show.
          .start =
              [](const Tensor& x) {
                return Tensors{median(x), 1.5 * spread_of(x)};
              },
          .closed_form = fit};
}

Family uniform_family() {
  // The likelihood grows up to the ends of the sample and jumps to 0 there: no slope leads there.
  const auto ends = [](const Tensor& x) { return Tensors{min(x), max(x)}; };
  return {.name = "Uniform",
          .parameters = {{"low", Domain::real}, {"high", Domain::real}},
          .make = of_two<Uniform>,
          .start = ends,
          .closed_form = ends};
}

Family exponential_family() {
  return {.name = "Exponential",
          .parameters = {{"rate", Domain::positive}},
          .make = of_one<Exponential>,
          .start = [](const Tensor& x) { return Tensors{1 / maximum(median(x), number(1e-8))}; },
          .closed_form = [](const Tensor& x) { return Tensors{1 / mean(x)}; }};
}

Family laplace_family() {
  return {.name = "Laplace",
          .parameters = {{"location", Domain::real}, {"scale", Domain::positive}},
          .make = of_two<Laplace>,
          .start =
              [](const Tensor& x) {
                return Tensors{mean(x), spread_of(x)};
              },
          .closed_form =
              [](const Tensor& x) {
                const Tensor center = median(x);
                return Tensors{center, mean(absolute(x - center))};
              }};
}

Family gamma_family() {
  return {.name = "Gamma",
          .parameters = {{"shape", Domain::positive}, {"rate", Domain::positive}},
          .make = of_two<Gamma>,
          .start = [](const Tensor& x) {
            const Tensor center = maximum(mean(x), number(1e-8));
            const Tensor square_of = square(spread_of(x));
            return Tensors{square(center) / square_of, center / square_of};
          }};
}

Family beta_family() {
  return {.name = "Beta",
          .parameters = {{"a", Domain::positive}, {"b", Domain::positive}},
          .make = of_two<Beta>,
          .start = [](const Tensor& x) {
            const Tensor center = off_the_ends(mean(x));
            const Tensor total =
                maximum(center * (1 - center) / square(spread_of(x)) - 1, number(0.1));
            return Tensors{center * total, (1 - center) * total};
          }};
}

Family student_t_family() {
  return {.name = "StudentT",
          .parameters = {{"degrees", Domain::positive},
                         {"location", Domain::real},
                         {"scale", Domain::positive}},
          .make = of_three<StudentT>,
          .start = [](const Tensor& x) {
            return Tensors{number(5), median(x), spread_of(x)};
          }};
}

Family dirichlet_family() {
  return {.name = "Dirichlet",
          .parameters = {{"concentration", Domain::positive}},
          .make = of_one<Dirichlet>,
          .start = [](const Tensor& x) {
            // The total from the spread of the first class: Var = m (1 - m) / (total + 1).
            const Tensor center = off_the_ends(mean(x, {.axes = {0}}));
            const Tensor first = select(center, 0, 0);
            const Tensor square_of = square(spread_of(select(x, 1, 0)));
            return Tensors{center * maximum(first * (1 - first) / square_of - 1, number(0.1))};
          }};
}

Family multivariate_normal_family() {
  const auto fit = [](const Tensor& x) {
    const Tensor center = mean(x, {.axes = {0}});
    const Tensor gap = x - center;
    const Tensor spread = matmul(transpose(gap), gap) / static_cast<double>(x.dim(0));
    return Tensors{center, linalg::cholesky(spread)};
  };
  return {.name = "MultivariateNormal",
          .parameters = {{"mean", Domain::real}, {"scale", Domain::triangle}},
          .make =
              [](const Tensors& p) {
                return Held(share<MultivariateNormal>(MultivariateNormal::from_scale(p[0], p[1])));
              },
          .start =
              [](const Tensor& x) {
                const Tensor deviations = std_dev(x, {.axes = {0}, .correction = 0});
                return Tensors{mean(x, {.axes = {0}}),
                               eye(x.dim(1), x.dim(1), 0, x.dtype()) * (1.2 * deviations + 1e-8)};
              },
          .closed_form = fit};
}

namespace {

/// Of a distribution of one probability whose maximum is a function of the sample.
template <class F>
Family probability_family(const char* name, Function<Held(const Tensors&)> make, F fit) {
  return {.name = name,
          .parameters = {{"probability", Domain::probability}},
          .make = std::move(make),
          .start = [fit](const Tensor& x) { return Tensors{0.5 * off_the_ends(fit(x)) + 0.2}; },
          .closed_form = [fit](const Tensor& x) { return Tensors{fit(x)}; }};
}

/// Of a distribution of class probabilities.
template <class F>
Family classes_family(const char* name, Function<Held(const Tensors&)> make, F fit) {
  return {.name = name,
          .parameters = {{"probabilities", Domain::simplex}},
          .make = std::move(make),
          .start =
              [fit](const Tensor& x) {
                const Tensor shares = fit(x);
                return Tensors{ones_like(shares) / static_cast<double>(shares.size())};
              },
          .closed_form = [fit](const Tensor& x) { return Tensors{fit(x)}; }};
}

}  // namespace

Family bernoulli_family() {
  return probability_family("Bernoulli", of_one<Bernoulli>,
                            [](const Tensor& x) { return mean(x); });
}

Family binomial_family(std::int64_t trials) {
  const double n = static_cast<double>(trials);
  return probability_family(
      "Binomial", [n](const Tensors& p) { return Held(share<Binomial>(number(n), p[0])); },
      [n](const Tensor& x) { return mean(x) / n; });
}

Family geometric_family() {
  return probability_family("Geometric", of_one<Geometric>,
                            [](const Tensor& x) { return 1 / mean(x); });
}

Family poisson_family() {
  return {.name = "Poisson",
          .parameters = {{"rate", Domain::positive}},
          .make = of_one<Poisson>,
          .start = [](const Tensor& x) { return Tensors{median(x) + 0.5}; },
          .closed_form = [](const Tensor& x) { return Tensors{mean(x)}; }};
}

Family categorical_family(std::int64_t classes) {
  return classes_family("Categorical", of_one<Categorical>, [classes](const Tensor& x) {
    return mean(one_hot(cast(x, DType::i64), classes, DType::f64), {.axes = {0}});
  });
}

Family multinomial_family(std::int64_t trials) {
  return classes_family(
      "Multinomial", [trials](const Tensors& p) { return Held(share<Multinomial>(trials, p[0])); },
      [](const Tensor& x) {
        const Tensor counts = sum(x, {.axes = {0}});
        return counts / sum(counts);
      });
}

Family normal_mixture_family(std::int64_t components) {
  if (components < 1) {
    throw Error(ErrorCode::invalid_argument, "normal_mixture_family",
                fmt::format("there is no mixture of {} components", components));
  }
  return {
      .name = "Mixture of Normal",
      .parameters = {{"weights", Domain::simplex},
                     {"means", Domain::real},
                     {"deviations", Domain::positive}},
      .make = [](const Tensors& p) { return Held(share<Mixture>(p[0], Normal(p[1], p[2]))); },
      .start =
          [components](const Tensor& x) {
            // Means at quantiles of the sample.
            const auto sorted = sort(x).values.to_vector<double>();
            std::vector<double> means;
            const double k = static_cast<double>(components);
            for (double i = 0; i < k; ++i) means.push_back(sorted_quantile(sorted, (i + 0.5) / k));
            const Tensor centers = Tensor::from(means);
            return Tensors{ones_like(centers) / k, centers, zeros_like(centers) + spread_of(x) / k};
          }};
}

}  // namespace gradus::stats
