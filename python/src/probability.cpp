#include <string>

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "callback.h"
#include "casters.h"
#include "evaluation.h"
#include "gradus/base/error.h"
#include "gradus/stats.h"
#include "module.h"
#include "tensor_like.h"

// Tables, moments and information of gradus.stats.

namespace gradus::python {
namespace {

using namespace nb::literals;
using stats::InformationUnit;
using stats::JointTable;

InformationUnit unit_named(const std::string& name) {
  if (name == "nats") return InformationUnit::nats;
  if (name == "bits") return InformationUnit::bits;
  throw Error(ErrorCode::invalid_argument, "information",
              "unit is one of \"nats\", \"bits\", not \"" + name + "\"");
}

template <Tensor (*f)(const Tensor&, InformationUnit)>
void bind_of_one(nb::module_& module, const char* name, const char* argument, const char* doc) {
  module.def(name,
             [](const TensorLike& x, const std::string& unit) { return f(x, unit_named(unit)); },
             nb::arg(argument), "unit"_a = "nats", doc);
}
template <Tensor (*f)(const Tensor&, const Tensor&, InformationUnit)>
void bind_of_two(nb::module_& module, const char* name, const char* doc) {
  module.def(name,
             [](const TensorLike& p, const TensorLike& q, const std::string& unit) {
               return f(p, q, unit_named(unit));
             },
             "p"_a, "q"_a, "unit"_a = "nats", doc);
}

void bind_information(nb::module_& module) {
  bind_of_one<stats::self_information>(module, "self_information", "probability",
                                       "-log p of each event.");
  bind_of_one<stats::entropy>(module, "entropy", "probabilities",
                              "-sum p log p over the last axis.");
  bind_of_two<stats::cross_entropy>(module, "cross_entropy", "-sum p log q over the last axis.");
  bind_of_two<stats::kl_divergence>(module, "kl_divergence", "sum p log(p / q)");
  bind_of_two<stats::jensen_shannon_divergence>(module, "jensen_shannon_divergence",
                                                "Half of the divergences from the mean.");
  bind_of_one<stats::mutual_information>(module, "mutual_information", "joint",
                                         "Of a joint table (..., x, y).");
  bind_of_one<stats::conditional_entropy>(module, "conditional_entropy", "joint",
                                          "Of y given x, of a joint table (..., x, y).");
}

/// Two functions of one name: of a sample (n, d), or of two samples (n).
template <Tensor (*of_columns)(const Tensor&), Tensor (*of_two)(const Tensor&, const Tensor&)>
void bind_moment(nb::module_& module, const char* name, const char* doc) {
  module.def(name,
             [](const TensorLike& x, const std::optional<TensorLike>& y) {
               return y ? of_two(x, *y) : of_columns(x);
             },
             "x"_a, "y"_a = nb::none(), doc);
}

void bind_moments(nb::module_& module) {
  bind_moment<stats::covariance, stats::covariance>(
      module, "covariance", "Of the columns of a sample (n, d), or of two samples (n); n - 1.");
  bind_moment<stats::correlation, stats::correlation>(
      module, "correlation", "Covariances over the product of the deviations.");
  module.def("expectation",
             [](const TensorLike& values, const TensorLike& probabilities) {
               return stats::expectation(values.tensor(), probabilities.tensor());
             },
             "values"_a, "probabilities"_a, "sum of p x over the last axis.");
  module.def("variance",
             [](const TensorLike& values, const TensorLike& probabilities) {
               return stats::variance(values, probabilities);
             },
             "values"_a, "probabilities"_a, "E[(x - E[x])^2]");
  module.def("monte_carlo_expectation",
             [](nb::object f, const stats::Distribution& distribution, const Key& key,
                std::int64_t draws) {
               const Function<Tensor(const Tensor&)> g = Callback<Tensor, Tensor>(std::move(f));
               const auto found = stats::expectation(g, distribution, key, draws);
               return nb::make_tuple(found.value, found.standard_error);
             },
             "f"_a, "distribution"_a, "key"_a, "draws"_a,
             "E[f(x)] by independent draws, and its standard error.");
}

void bind_table(nb::module_& module) {
  using Names = std::vector<std::string>;
  nb::class_<JointTable>(module, "JointTable",
                         "The joint probabilities of discrete variables, one axis for each.")
      .def("__init__",
           [](JointTable* table, Names names, const TensorLike& probabilities, bool normalize) {
             new (table) JointTable(std::move(names), probabilities,
                                    normalize ? stats::TableSum::normalize
                                              : stats::TableSum::must_be_one);
           },
           "variables"_a, "probabilities"_a, nb::kw_only(), "normalize"_a = false)
      .def_ro("variables", &JointTable::variables)
      .def_ro("probabilities", &JointTable::probabilities)
      .def("marginal", &JointTable::marginal, "names"_a, "The others are summed over.")
      .def("given",
           [](const JointTable& table, const nb::kwargs& observations) {
             std::vector<stats::Observation> seen;
             for (const auto& [name, value] : observations) {
               seen.push_back({nb::cast<std::string>(name), nb::cast<std::int64_t>(value)});
             }
             return table.given(seen);
           },
           "The table of the other variables: table.given(wet=1).")
      .def("conditional", &JointTable::conditional, "names"_a, "conditions"_a,
           "P(names | conditions): (conditions..., names...)")
      .def("are_independent", &JointTable::are_independent, "a"_a, "b"_a, "given"_a = Names{},
           "tolerance"_a = 1e-9);
  module.def("posterior_probabilities",
             [](const TensorLike& prior, const TensorLike& likelihood) {
               return stats::posterior_probabilities(prior, likelihood);
             },
             "prior"_a, "likelihood"_a, "Bayes' rule: (k), and (k) or (k, outcomes).");
}

}  // namespace

void bind_probability(nb::module_& module) {
  bind_information(module);
  bind_moments(module);
  bind_table(module);
}

}  // namespace gradus::python
