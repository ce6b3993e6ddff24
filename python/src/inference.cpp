#include <string>
#include <string_view>

#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "callback.h"
#include "casters.h"
#include "distributions.h"
#include "evaluation.h"
#include "gradus/base/error.h"
#include "gradus/stats.h"
#include "module.h"
#include "tensor_like.h"

// Estimation and Bayesian statistics of gradus.stats. Functions that call back into Python run as
// computations: the callback takes the interpreter lock.

namespace gradus::python {
namespace {

using namespace nb::literals;
using namespace stats;

using OneToOne = Callback<Tensor, Tensor>;
using ListToOne = Callback<Tensor, Tensors>;

Domain domain_named(const std::string& name) {
  if (name == "real") return Domain::real;
  if (name == "positive") return Domain::positive;
  if (name == "probability") return Domain::probability;
  if (name == "simplex") return Domain::simplex;
  if (name == "triangle") return Domain::triangle;
  throw Error(ErrorCode::invalid_argument, "domain",
              "a domain is one of \"real\", \"positive\", \"probability\", \"simplex\", "
              "\"triangle\", not \"" + name + "\"");
}

std::vector<Domain> domains_named(const std::vector<std::string>& names) {
  std::vector<Domain> domains;
  for (const std::string& name : names) domains.push_back(domain_named(name));
  return domains;
}

BootstrapMethod method_named(const std::string& name) {
  if (name == "percentile") return BootstrapMethod::percentile;
  if (name == "basic") return BootstrapMethod::basic;
  if (name == "bca") return BootstrapMethod::bca;
  throw Error(ErrorCode::invalid_argument, "bootstrap",
              "method is one of \"percentile\", \"basic\", \"bca\", not \"" + name + "\"");
}

LikelihoodMethod likelihood_named(const std::string& name) {
  if (name == "best") return LikelihoodMethod::best;
  if (name == "closed_form") return LikelihoodMethod::closed_form;
  if (name == "gradient") return LikelihoodMethod::gradient;
  throw Error(ErrorCode::invalid_argument, "maximum_likelihood",
              "method is one of \"best\", \"closed_form\", \"gradient\", not \"" + name + "\"");
}

Tensors tensors_of(const std::vector<TensorLike>& sources) {
  Tensors tensors;
  for (const TensorLike& source : sources) tensors.push_back(source.tensor_in(DType::f64));
  return tensors;
}

void bind_intervals(nb::module_& module) {
  nb::class_<Interval>(module, "Interval")
      .def_ro("low", &Interval::low)
      .def_ro("high", &Interval::high)
      .def_ro("estimate", &Interval::estimate, "The point estimate.")
      .def("__iter__",
           [](const Interval& i) { return nb::iter(nb::make_tuple(i.low, i.high)); })
      .def("__repr__", [](const Interval& i) {
        return "Interval(low=" + std::to_string(i.low) + ", high=" + std::to_string(i.high) +
               ", estimate=" + std::to_string(i.estimate) + ")";
      });
  module.def("z_interval",
             [](const TensorLike& sample, double deviation, double level) {
               return z_interval(sample.tensor_in(DType::f64), deviation, level);
             },
             "sample"_a, "deviation"_a, "level"_a = 0.95, "Of a mean, with a known deviation.");
  module.def("t_interval",
             [](const TensorLike& sample, double level) { return t_interval(sample.tensor_in(DType::f64), level); },
             "sample"_a, "level"_a = 0.95, "Of a mean, with an unknown deviation.");
  module.def("variance_interval",
             [](const TensorLike& sample, double level) {
               return variance_interval(sample.tensor_in(DType::f64), level);
             },
             "sample"_a, "level"_a = 0.95, "Of the variance of normal observations.");
  module.def("proportion_interval", &proportion_interval, "successes"_a, "trials"_a,
             "level"_a = 0.95, "Wilson's, of a probability.");
  module.def("median", [](const TensorLike& sample) { return median(sample.tensor_in(DType::f64)); }, "sample"_a,
             "The middle of a sample (n).");
}

void bind_estimators(nb::module_& module) {
  nb::class_<Bootstrap>(module, "Bootstrap")
      .def_ro("interval", &Bootstrap::interval)
      .def_ro("bias", &Bootstrap::bias)
      .def_ro("standard_error", &Bootstrap::standard_error)
      .def_ro("replicates", &Bootstrap::replicates);
  module.def("bootstrap",
             [](nb::object statistic, const TensorLike& sample, const Key& key,
                std::int64_t replicates, double level, const std::string& method) {
               const Tensor x = sample.tensor_in(DType::f64);
               const Statistic f = OneToOne(std::move(statistic));
               const BootstrapOptions options{replicates, level, method_named(method)};
               return compute([&] { return bootstrap(f, x, key, options); });
             },
             "statistic"_a, "sample"_a, "key"_a, "replicates"_a = 1000, "level"_a = 0.95,
             "method"_a = "bca", "How a statistic varies over samples drawn with replacement.");
  nb::class_<EstimatorQuality>(module, "EstimatorQuality")
      .def_ro("sample_size", &EstimatorQuality::sample_size)
      .def_ro("mean", &EstimatorQuality::mean)
      .def_ro("bias", &EstimatorQuality::bias)
      .def_ro("bias_error", &EstimatorQuality::bias_error)
      .def_ro("variance", &EstimatorQuality::variance)
      .def_ro("squared_error", &EstimatorQuality::squared_error);
  module.def("measure_estimator",
             [](nb::object estimator, double truth, const Distribution& distribution,
                const Key& key, std::vector<std::int64_t> sample_sizes,
                std::int64_t repetitions) {
               const Statistic f = OneToOne(std::move(estimator));
               const SimulationOptions options{std::move(sample_sizes), repetitions};
               return compute(
                   [&] { return measure_estimator(f, truth, distribution, key, options); });
             },
             "estimator"_a, "truth"_a, "distribution"_a, "key"_a,
             "sample_sizes"_a = std::vector<std::int64_t>{10, 100, 1000},
             "repetitions"_a = 1000, "Bias, variance and squared error on simulated samples.");
  module.def("relative_efficiency",
             [](nb::object first, nb::object second, const Distribution& distribution,
                std::int64_t sample_size, const Key& key, std::int64_t repetitions) {
               const Statistic f = OneToOne(std::move(first));
               const Statistic g = OneToOne(std::move(second));
               return compute([&] {
                 return relative_efficiency(f, g, distribution, sample_size, key, repetitions);
               });
             },
             "first"_a, "second"_a, "distribution"_a, "sample_size"_a, "key"_a,
             "repetitions"_a = 1000, "The variance of the second over that of the first.");
}

void bind_bias_variance(nb::module_& module) {
  using Predict = Callback<Tensor, Tensor, Tensor, Tensor>;
  nb::class_<BiasVariance>(module, "BiasVariance")
      .def_ro("squared_bias", &BiasVariance::squared_bias)
      .def_ro("variance", &BiasVariance::variance)
      .def_ro("noise", &BiasVariance::noise)
      .def_ro("error", &BiasVariance::error)
      .def_ro("mean_prediction", &BiasVariance::mean_prediction)
      .def_ro("prediction_variance", &BiasVariance::prediction_variance);
  module.def("bias_variance",
             [](nb::object learner, nb::object source, const TensorLike& at,
                const TensorLike& truth, double noise, const Key& key, std::int64_t repetitions) {
               const Tensor points = at;
               const Tensor targets = truth;
               const Learner f = Predict(std::move(learner));
               const TrainingSetSource g = [draw = Callback<Tensors, Key>(std::move(source))](
                                               const Key& own) {
                 const Tensors set = draw(own);
                 if (set.size() != 2) {
                   throw Error(ErrorCode::invalid_argument, "bias_variance",
                               "a training set is inputs and targets");
                 }
                 return TrainingSet{set[0], set[1]};
               };
               return compute(
                   [&] { return bias_variance(f, g, points, targets, noise, key, repetitions); });
             },
             "learner"_a, "source"_a, "at"_a, "truth"_a, "noise"_a, "key"_a,
             "repetitions"_a = 100,
             "learner(inputs, targets, at) over training sets source(key) -> (inputs, targets).");
  module.def("bias_variance_by_bootstrap",
             [](nb::object learner, const TensorLike& inputs, const TensorLike& targets,
                const TensorLike& test_inputs, const TensorLike& test_targets, const Key& key,
                std::int64_t repetitions) {
               const Learner f = Predict(std::move(learner));
               const Tensor x = inputs, y = targets, at = test_inputs, truth = test_targets;
               return compute([&] {
                 return bias_variance_by_bootstrap(f, x, y, at, truth, key, repetitions);
               });
             },
             "learner"_a, "inputs"_a, "targets"_a, "test_inputs"_a, "test_targets"_a, "key"_a,
             "repetitions"_a = 100);
}

void bind_likelihood(nb::module_& module) {
  nb::class_<Family>(module, "Family", "A family of distributions, for maximum_likelihood().")
      .def_ro("name", &Family::name)
      .def_prop_ro("parameters",
                   [](const Family& family) {
                     std::vector<std::string> names;
                     for (const auto& parameter : family.parameters) {
                       names.push_back(parameter.name);
                     }
                     return names;
                   })
      .def_prop_ro("has_closed_form",
                   [](const Family& family) { return static_cast<bool>(family.closed_form); });
  module.def("normal_family", &normal_family);
  module.def("uniform_family", &uniform_family);
  module.def("exponential_family", &exponential_family);
  module.def("laplace_family", &laplace_family);
  module.def("gamma_family", &gamma_family);
  module.def("beta_family", &beta_family);
  module.def("student_t_family", &student_t_family);
  module.def("dirichlet_family", &dirichlet_family);
  module.def("multivariate_normal_family", &multivariate_normal_family);
  module.def("bernoulli_family", &bernoulli_family);
  module.def("binomial_family", &binomial_family, "trials"_a);
  module.def("poisson_family", &poisson_family);
  module.def("geometric_family", &geometric_family);
  module.def("categorical_family", &categorical_family, "classes"_a);
  module.def("multinomial_family", &multinomial_family, "trials"_a);
  module.def("normal_mixture_family", &normal_mixture_family, "components"_a);
  nb::class_<LikelihoodFit>(module, "LikelihoodFit")
      .def_prop_ro("distribution",
                   [](const LikelihoodFit& fit) -> const Distribution& { return *fit.distribution; },
                   nb::rv_policy::reference_internal)
      .def_ro("names", &LikelihoodFit::names)
      .def_ro("parameters", &LikelihoodFit::parameters)
      .def_ro("log_likelihood", &LikelihoodFit::log_likelihood)
      .def_ro("free_parameters", &LikelihoodFit::free_parameters)
      .def_ro("aic", &LikelihoodFit::aic)
      .def_ro("bic", &LikelihoodFit::bic)
      .def_ro("iterations", &LikelihoodFit::iterations)
      .def_ro("has_converged", &LikelihoodFit::has_converged);
  module.def("maximum_likelihood",
             [](const Family& family, const TensorLike& sample, const std::string& method,
                double tolerance, int maximum_iterations) {
               const Tensor x = sample.tensor_in(DType::f64);
               const LikelihoodOptions options{likelihood_named(method), tolerance,
                                               maximum_iterations};
               return compute([&] { return maximum_likelihood(family, x, options); });
             },
             "family"_a, "sample"_a, "method"_a = "best", "tolerance"_a = 1e-8,
             "maximum_iterations"_a = 1000,
             "The distribution of a family under which a sample is most likely.");
  module.def("from_unconstrained",
             [](const std::string& domain, const TensorLike& x) {
               return from_unconstrained(domain_named(domain), x);
             },
             "domain"_a, "coordinates"_a);
  module.def("to_unconstrained",
             [](const std::string& domain, const TensorLike& x) {
               return to_unconstrained(domain_named(domain), x);
             },
             "domain"_a, "parameter"_a);
}

template <class Prior, Prior (*f)(const Prior&, const Tensor&)>
void bind_update(nb::module_& module, const char* name) {
  module.def(name,
             [](const Prior& prior, const TensorLike& observations) {
               return f(prior, observations.tensor());
             },
             "prior"_a, "observations"_a);
}

void bind_conjugate(nb::module_& module) {
  bind_update<Beta, posterior_of_bernoulli>(module, "posterior_of_bernoulli");
  module.def("posterior_of_binomial",
             [](const Beta& prior, const TensorLike& successes, std::int64_t trials) {
               return posterior_of_binomial(prior, successes, trials);
             },
             "prior"_a, "successes"_a, "trials"_a);
  module.def("predictive_of_binomial", &predictive_of_binomial, "posterior"_a, "trials"_a);
  bind_update<Dirichlet, posterior_of_categorical>(module, "posterior_of_categorical");
  bind_update<Dirichlet, posterior_of_multinomial>(module, "posterior_of_multinomial");
  module.def("predictive_of_categorical", &predictive_of_categorical, "posterior"_a);
  bind_update<Gamma, posterior_of_poisson>(module, "posterior_of_poisson");
  bind_update<Gamma, posterior_of_exponential>(module, "posterior_of_exponential");
  module.def("predictive_of_poisson", &predictive_of_poisson, "posterior"_a);
  module.def("predictive_of_exponential", &predictive_of_exponential, "posterior"_a);
  module.def("posterior_of_normal_mean",
             [](const Normal& prior, const TensorLike& observations, const TensorLike& deviation) {
               return posterior_of_normal_mean(prior, observations, deviation);
             },
             "prior"_a, "observations"_a, "deviation"_a);
  module.def("predictive_of_normal_mean",
             [](const Normal& posterior, const TensorLike& deviation) {
               return predictive_of_normal_mean(posterior, deviation);
             },
             "posterior"_a, "deviation"_a);
  nb::class_<NormalGamma>(module, "NormalGamma",
                          "Mean and precision of normal observations together.")
      .def("__init__",
           [](NormalGamma* d, const TensorLike& location, const TensorLike& strength,
              const TensorLike& shape, const TensorLike& rate) {
             new (d) NormalGamma{location, strength, shape, rate};
           },
           "location"_a, "strength"_a, "shape"_a, "rate"_a)
      .def_ro("location", &NormalGamma::location)
      .def_ro("strength", &NormalGamma::strength)
      .def_ro("shape", &NormalGamma::shape)
      .def_ro("rate", &NormalGamma::rate)
      .def("precision", &NormalGamma::precision)
      .def("mean", &NormalGamma::mean)
      .def("predictive", &NormalGamma::predictive);
  bind_update<NormalGamma, posterior_of_normal>(module, "posterior_of_normal");
  module.def("credible_interval",
             [](const Distribution& posterior, double level) {
               return compute([&] { return credible_interval(posterior, level); });
             },
             "posterior"_a, "level"_a = 0.95);
  module.def("highest_density_interval",
             [](const TensorLike& draws, double level) {
               return highest_density_interval(draws.tensor_in(DType::f64), level);
             },
             "draws"_a, "level"_a = 0.95, "The shortest interval that holds a share of the draws.");
}

void bind_regression(nb::module_& module) {
  module.def("posterior_of_weights",
             [](const MultivariateNormal& prior, const TensorLike& inputs,
                const TensorLike& targets, double noise_deviation) {
               return posterior_of_weights(prior, inputs, targets, noise_deviation);
             },
             "prior"_a, "inputs"_a, "targets"_a, "noise_deviation"_a,
             "Weights (d) after inputs (n, d) and targets (n) of known noise.");
  module.def("predictive_of_weights",
             [](const MultivariateNormal& posterior, const TensorLike& inputs,
                double noise_deviation) {
               return predictive_of_weights(posterior, inputs, noise_deviation);
             },
             "posterior"_a, "inputs"_a, "noise_deviation"_a);
  nb::class_<NormalGammaRegression>(module, "NormalGammaRegression",
                                    "Weights and noise of a linear model together.")
      .def("__init__",
           [](NormalGammaRegression* d, const TensorLike& mean, const TensorLike& precision,
              const TensorLike& shape, const TensorLike& rate) {
             new (d) NormalGammaRegression{
                 mean.tensor_in(DType::f64), precision.tensor_in(DType::f64),
                 shape.tensor_in(DType::f64), rate.tensor_in(DType::f64)};
           },
           "mean"_a, "precision"_a, "shape"_a, "rate"_a)
      .def_static("weak_prior", &NormalGammaRegression::weak_prior, "weights"_a,
                  "strength"_a = 1e-6)
      .def_ro("mean", &NormalGammaRegression::mean)
      .def_ro("precision", &NormalGammaRegression::precision)
      .def_ro("shape", &NormalGammaRegression::shape)
      .def_ro("rate", &NormalGammaRegression::rate)
      .def("weights", &NormalGammaRegression::weights, "The weights one by one.")
      .def("predictive",
           [](const NormalGammaRegression& d, const TensorLike& inputs) {
             return d.predictive(inputs);
           },
           "inputs"_a, "The targets at further inputs (m, d).");
  module.def("posterior_of_regression",
             [](const NormalGammaRegression& prior, const TensorLike& inputs,
                const TensorLike& targets) {
               return posterior_of_regression(prior, inputs, targets);
             },
             "prior"_a, "inputs"_a, "targets"_a);
  module.def("log_evidence",
             [](const NormalGammaRegression& prior, const TensorLike& inputs,
                const TensorLike& targets) { return log_evidence(prior, inputs, targets); },
             "prior"_a, "inputs"_a, "targets"_a,
             "The logarithm of the density of the targets under the prior.");
}

void bind_posterior(nb::module_& module) {
  nb::class_<MapEstimate>(module, "MapEstimate")
      .def_ro("parameters", &MapEstimate::parameters)
      .def_ro("log_density", &MapEstimate::log_density)
      .def_ro("iterations", &MapEstimate::iterations)
      .def_ro("has_converged", &MapEstimate::has_converged);
  module.def("maximum_a_posteriori",
             [](nb::object log_density, const std::vector<TensorLike>& start,
                const std::vector<std::string>& domains, double tolerance,
                int maximum_iterations) {
               const Tensors from = tensors_of(start);
               const ScalarFunction f = ListToOne(std::move(log_density));
               const std::vector<Domain> kinds = domains_named(domains);
               return compute([&] {
                 return maximum_a_posteriori(f, from, kinds, {tolerance, maximum_iterations});
               });
             },
             "log_density"_a, "start"_a, "domains"_a = std::vector<std::string>{},
             "tolerance"_a = 1e-7, "maximum_iterations"_a = 1000,
             "The maximum of log_density([parameters...]) from a start on.");
  nb::class_<PosteriorDraws>(module, "PosteriorDraws")
      .def_ro("parameters", &PosteriorDraws::parameters, "(chains, draws, parameter...)")
      .def_ro("step_sizes", &PosteriorDraws::step_sizes)
      .def_ro("acceptance_rates", &PosteriorDraws::acceptance_rates)
      .def_ro("divergences", &PosteriorDraws::divergences)
      .def("pooled",
           [](const PosteriorDraws& draws, std::size_t parameter) {
             if (parameter >= draws.parameters.size()) throw nb::index_error();
             return draws.pooled(parameter);
           },
           "parameter"_a, "The draws of all chains in one row.");
  module.def("sample_posterior",
             [](nb::object log_density, const std::vector<TensorLike>& start, const Key& key,
                const std::vector<std::string>& domains, int chains, int warmup, int draws,
                double target_acceptance, double trajectory_length, int maximum_leapfrog_steps) {
               const Tensors from = tensors_of(start);
               const ScalarFunction f = ListToOne(std::move(log_density));
               const std::vector<Domain> kinds = domains_named(domains);
               const HamiltonianOptions options{chains,
                                                warmup,
                                                draws,
                                                target_acceptance,
                                                trajectory_length,
                                                maximum_leapfrog_steps};
               return compute([&] { return sample_posterior(f, from, key, kinds, options); });
             },
             "log_density"_a, "start"_a, "key"_a, "domains"_a = std::vector<std::string>{},
             nb::kw_only(), "chains"_a = 4, "warmup"_a = 500, "draws"_a = 1000,
             "target_acceptance"_a = 0.8, "trajectory_length"_a = 1.6,
             "maximum_leapfrog_steps"_a = 256,
             "Draws by Hamiltonian Monte Carlo from log_density([parameters...]).");
  module.def("r_hat", [](const TensorLike& draws) { return r_hat(draws.tensor_in(DType::f64)); }, "draws"_a,
             "Near 1 where chains (chains, draws) have mixed.");
  module.def("effective_sample_size",
             [](const TensorLike& draws) { return effective_sample_size(draws.tensor_in(DType::f64)); }, "draws"_a);
  module.def("monte_carlo_error", [](const TensorLike& draws) { return monte_carlo_error(draws.tensor_in(DType::f64)); },
             "draws"_a, "The deviation of the mean of all draws.");
}

}  // namespace

void bind_inference(nb::module_& module) {
  bind_intervals(module);
  bind_estimators(module);
  bind_bias_variance(module);
  bind_likelihood(module);
  bind_conjugate(module);
  bind_regression(module);
  bind_posterior(module);
}

}  // namespace gradus::python
