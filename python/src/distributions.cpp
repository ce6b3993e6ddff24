#include "distributions.h"

#include <array>
#include <string>
#include <string_view>

#include <nanobind/stl/string.h>

#include "casters.h"
#include "evaluation.h"
#include "gradus/stats.h"
#include "module.h"
#include "tensor_like.h"

// The distributions of gradus.stats. Quantiles of counts and entropies by sums evaluate: methods run
// as computations.

namespace gradus::python {
namespace {

using namespace nb::literals;
using stats::Distribution;

void bind_base(nb::module_& module) {
  nb::class_<Distribution>(module, "Distribution",
                           "A probability distribution, or a batch of them, differentiable in its "
                           "parameters.")
      .def_prop_ro("name", [](const Distribution& d) { return std::string(d.name()); })
      .def_prop_ro("batch_shape", &Distribution::batch_shape)
      .def_prop_ro("event_shape", &Distribution::event_shape, "The shape of one draw.")
      .def_prop_ro("dtype", &Distribution::dtype, "The type of the parameters.")
      .def_prop_ro("has_reparametrised_samples", &Distribution::has_reparametrised_samples,
                   "Whether samples can be differentiated in the parameters.")
      .def("log_prob", [](const Distribution& d, const TensorLike& x) { return d.log_prob(x.tensor_in(d.dtype())); },
           "x"_a, "The logarithm of the density, or of the probability of a discrete value.")
      .def("prob", [](const Distribution& d, const TensorLike& x) { return d.prob(x.tensor_in(d.dtype())); }, "x"_a,
           "Density or probability.")
      .def("cdf", [](const Distribution& d, const TensorLike& x) { return d.cdf(x.tensor_in(d.dtype())); }, "x"_a,
           "The probability of a value of at most x.")
      .def("survival", [](const Distribution& d, const TensorLike& x) { return d.survival(x.tensor_in(d.dtype())); },
           "x"_a, "The probability of a value above x, right where it is small.")
      .def("quantile",
           [](const Distribution& d, const TensorLike& p) {
             const Tensor at = p.tensor_in(d.dtype());
             return compute([&] { return d.quantile(at); });
           },
           "p"_a, "The smallest value with cdf(value) >= p.")
      .def("sample",
           [](const Distribution& d, const Key& key, const Dims& shape) {
             return d.sample(key, Shape(shape));
           },
           "key"_a, "shape"_a = Dims{}, "Independent draws: (shape..., batch..., event...).")
      .def("mean", &Distribution::mean)
      .def("variance", &Distribution::variance)
      .def("deviation", &Distribution::deviation, "The root of the variance.")
      .def("entropy", [](const Distribution& d) { return compute([&] { return d.entropy(); }); },
           "In nats.")
      .def("__repr__", [](const Distribution& d) {
        return std::string(d.name()) + "(batch_shape=" + d.batch_shape().to_string() +
               ", event_shape=" + d.event_shape().to_string() + ")";
      });
}

/// The parameters, f64 if one of them is: then numbers beside it are read with all their digits.
template <class... T>
auto parameters_of(const T&... sources) {
  const std::array<Tensor, sizeof...(T)> plain{sources.tensor()...};
  bool is_double = false;
  for (const Tensor& tensor : plain) is_double = is_double || tensor.dtype() == DType::f64;
  if (!is_double) return plain;
  return std::array<Tensor, sizeof...(T)>{sources.tensor_in(DType::f64)...};
}

/// A distribution of one to three tensors, which are its members too.
template <class D>
void bind_of_one(nb::module_& module, const char* name, const char* first, Tensor D::*member,
                 const char* doc) {
  nb::class_<D, Distribution>(module, name, doc)
      .def("__init__", [](D* d, const TensorLike& a) { new (d) D(a.tensor()); }, nb::arg(first))
      .def_ro(first, member);
}
template <class D>
void bind_of_two(nb::module_& module, const char* name, const char* first, Tensor D::*first_member,
                 const char* second, Tensor D::*second_member, const char* doc) {
  nb::class_<D, Distribution>(module, name, doc)
      .def("__init__",
           [](D* d, const TensorLike& a, const TensorLike& b) {
             const auto [one, two] = parameters_of(a, b);
             new (d) D(one, two);
           },
           nb::arg(first), nb::arg(second))
      .def_ro(first, first_member)
      .def_ro(second, second_member);
}

void bind_continuous(nb::module_& module) {
  using namespace stats;
  nb::class_<Normal, Distribution>(module, "Normal",
                                   "The Gaussian distribution of a mean and a deviation.")
      .def("__init__",
           [](Normal* d, const TensorLike& mean, const TensorLike& deviation) {
             const auto [m, s] = parameters_of(mean, deviation);
             new (d) Normal(m, s);
           },
           "mean"_a, "deviation"_a)
      .def_ro("location", &Normal::location)
      .def_ro("scale", &Normal::scale);
  bind_of_two(module, "Uniform", "low", &Uniform::low, "high", &Uniform::high,
              "The uniform distribution between two bounds.");
  bind_of_one(module, "Exponential", "rate", &Exponential::rate,
              "Waiting times at a constant rate.");
  bind_of_two(module, "Laplace", "location", &Laplace::location, "scale", &Laplace::scale,
              "The double exponential distribution around a location.");
  bind_of_two(module, "Gamma", "shape", &Gamma::shape, "rate", &Gamma::rate,
              "Density proportional to x^(shape - 1) exp(-rate x).");
  bind_of_two(module, "Beta", "a", &Beta::a, "b", &Beta::b,
              "Density proportional to x^(a - 1) (1 - x)^(b - 1) on (0, 1).");
  bind_of_two(module, "Lomax", "shape", &Lomax::shape, "scale", &Lomax::scale,
              "The waiting time of a rate that is of a gamma distribution.");
  nb::class_<StudentT, Distribution>(module, "StudentT", "Student's t distribution.")
      .def("__init__",
           [](StudentT* d, const TensorLike& degrees, const TensorLike& location,
              const TensorLike& scale) {
             const auto [v, m, s] = parameters_of(degrees, location, scale);
             new (d) StudentT(v, m, s);
           },
           "degrees"_a, "location"_a = 0.0, "scale"_a = 1.0)
      .def_ro("degrees", &StudentT::degrees)
      .def_ro("location", &StudentT::location)
      .def_ro("scale", &StudentT::scale);
  bind_of_one(module, "Dirichlet", "concentration", &Dirichlet::concentration,
              "Vectors of probabilities, the last axis.");
}

void bind_multivariate_normal(nb::module_& module) {
  using stats::MultivariateNormal;
  nb::class_<MultivariateNormal, Distribution>(module, "MultivariateNormal",
                                               "The Gaussian distribution of vectors.")
      .def("__init__",
           [](MultivariateNormal* d, const TensorLike& mean, const TensorLike& covariance) {
             const auto [m, a] = parameters_of(mean, covariance);
             new (d) MultivariateNormal(m, a);
           },
           "mean"_a, "covariance"_a)
      .def_static("from_scale",
                  [](const TensorLike& mean, const TensorLike& scale) {
                    const auto [m, l] = parameters_of(mean, scale);
                    return MultivariateNormal::from_scale(m, l);
                  },
                  "mean"_a, "scale"_a, "Of the lower triangular factor of the covariance.")
      .def_ro("location", &MultivariateNormal::location)
      .def_ro("scale", &MultivariateNormal::scale)
      .def("covariance", &MultivariateNormal::covariance);
}

void bind_discrete(nb::module_& module) {
  using namespace stats;
  bind_of_one(module, "Bernoulli", "probability", &Bernoulli::probability,
              "1 with a probability, else 0.");
  bind_of_two(module, "Binomial", "trials", &Binomial::trials, "probability",
              &Binomial::probability, "The number of successes among independent trials.");
  bind_of_two(module, "NegativeBinomial", "successes", &NegativeBinomial::successes,
              "probability", &NegativeBinomial::probability,
              "The number of failures before a number of successes.");
  nb::class_<BetaBinomial, Distribution>(
      module, "BetaBinomial", "Successes among trials whose probability is of a beta distribution.")
      .def("__init__",
           [](BetaBinomial* d, const TensorLike& trials, const TensorLike& a,
              const TensorLike& b) {
             const auto [one, two] = parameters_of(a, b);
             new (d) BetaBinomial(trials.tensor(), one, two);
           },
           "trials"_a, "a"_a, "b"_a)
      .def_ro("trials", &BetaBinomial::trials)
      .def_ro("a", &BetaBinomial::a)
      .def_ro("b", &BetaBinomial::b);
  bind_of_one(module, "Poisson", "rate", &Poisson::rate, "Events of a constant rate.");
  bind_of_one(module, "Geometric", "probability", &Geometric::probability,
              "Trials up to and with the first success.");
  nb::class_<Categorical, Distribution>(module, "Categorical",
                                        "A class index; probabilities lie along the last axis.")
      .def("__init__",
           [](Categorical* d, const TensorLike& probabilities) {
             new (d) Categorical(probabilities.tensor());
           },
           "probabilities"_a)
      .def_static("from_logits",
                  [](const TensorLike& logits) { return Categorical::from_logits(logits); },
                  "logits"_a)
      .def_prop_ro("probabilities", &Categorical::probabilities)
      .def_ro("log_probabilities", &Categorical::log_probabilities);
  nb::class_<Multinomial, Distribution>(module, "Multinomial",
                                        "How often each class comes up in independent draws.")
      .def("__init__",
           [](Multinomial* d, std::int64_t trials, const TensorLike& probabilities) {
             new (d) Multinomial(trials, probabilities.tensor());
           },
           "trials"_a, "probabilities"_a)
      .def_ro("trials", &Multinomial::trials)
      .def_ro("probabilities", &Multinomial::probabilities);
}

void bind_mixture(nb::module_& module) {
  using stats::Mixture;
  nb::class_<Mixture, Distribution>(module, "Mixture",
                                    "A mixture of the distributions of a batch's last axis.")
      .def("__init__",
           [](Mixture* d, const TensorLike& weights, nb::object components) {
             new (d) Mixture(weights.tensor(), BorrowedDistribution(std::move(components)));
           },
           "weights"_a, "components"_a)
      .def_ro("weights", &Mixture::weights)
      .def("log_responsibilities",
           [](const Mixture& d, const TensorLike& x) { return d.log_responsibilities(x.tensor_in(d.dtype())); }, "x"_a,
           "log of the probability of each component, given a value. (..., k)");
}

}  // namespace

void bind_distributions(nb::module_& module) {
  bind_base(module);
  bind_continuous(module);
  bind_multivariate_normal(module);
  bind_discrete(module);
  bind_mixture(module);
  module.def("kl_divergence",
             [](const Distribution& p, const Distribution& q) {
               return stats::kl_divergence(p, q);
             },
             "p"_a, "q"_a,
             "The divergence of q from p in nats: of two distributions of one family, or of "
             "probabilities along the last axis.");
}

}  // namespace gradus::python
