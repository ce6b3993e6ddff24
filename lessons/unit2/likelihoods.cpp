// The most likely distribution of a family, and which family: tumours and flowers.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "gradus/data/catalog.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/select.h"
#include "gradus/stats/gamma.h"
#include "gradus/stats/maximum_likelihood.h"
#include "lessons/lessons.h"
#include "lessons/pictures.h"
#include "lessons/tables.h"

namespace gradus::lessons {
namespace {

struct NamedFamily {
  const char* name;
  stats::Family family;
};

/// Every family fitted to a sample, as a table and over its histogram.
report::Plot fitted(Notebook& notebook, const std::string& title, const Tensor& sample,
                    const std::vector<NamedFamily>& families) {
  const double low = min(sample).item<double>(), high = max(sample).item<double>();
  const double margin = (high - low) * 0.05;
  const std::vector<double> x = spaced(low - margin, high + margin, 301);
  report::Plot plot{.title = title,
                    .x = {.label = "cm"},
                    .y = {.label = "density", .low = 0},
                    .series = {histogram("data", sample, low - margin, high + margin, 30)}};
  Table table({Align::left, Align::right, Align::right, Align::right, Align::right});
  table.row({"family", "parameters", "log-likelihood", "AIC", "BIC"});
  for (const auto& [name, family] : families) {
    const stats::LikelihoodFit fit = stats::maximum_likelihood(family, sample);
    table.row({name, std::to_string(fit.free_parameters), fmt::format("{:.3f}", fit.log_likelihood),
               fmt::format("{:.2f}", fit.aic), fmt::format("{:.2f}", fit.bic)});
    plot.series.push_back(
        {.name = name, .x = x, .y = fit.distribution->prob(Tensor::from(x)).to_vector<double>()});
  }
  notebook.say(title);
  notebook.show(table);
  return plot;
}

/// The log-likelihood of the parameters of a gamma distribution, and its top.
report::Plot surface(const Tensor& sample) {
  const std::vector<double> shapes = spaced(12, 24, 121), rates = spaced(0.8, 1.7, 121);
  report::Contours contours{.x = shapes, .y = rates};
  const Tensor shape = Tensor::from(shapes);
  for (const double rate : rates) {
    const stats::Gamma gamma(expand_dims(shape, 1), Tensor::scalar(rate, DType::f64));
    for (const double value : sum(gamma.log_prob(sample), {.axes = {1}}).to_vector<double>()) {
      contours.values.push_back(value);
    }
  }
  const stats::LikelihoodFit fit = stats::maximum_likelihood(stats::gamma_family(), sample);
  const double a = fit.parameters[0].item<double>(), b = fit.parameters[1].item<double>();
  // 95 % of the samples have the truth within 3.0 of their top: half a chi-squared of 2 degrees.
  for (const double below : {3.0, 10.0, 30.0, 100.0, 300.0, 1000.0}) {
    contours.levels.push_back(fit.log_likelihood - below);
  }
  return {.title = "Log-likelihood: 3, 10, 30, ... below the top",
          .x = {.label = "shape of the gamma distribution", .low = 12, .high = 24},
          .y = {.label = "rate", .low = 0.8, .high = 1.7},
          .contours = {contours},
          .series = {{.name = fmt::format("top: shape {:.2f}, rate {:.3f}", a, b),
                      .x = {a},
                      .y = {b},
                      .mark = report::Mark::points}}};
}

}  // namespace

void likelihoods(Notebook& notebook) {
  const data::LoadedDataSet tumours = data::load("breast-cancer"), iris = data::load("iris");
  const Tensor radius = cast(select(tumours.train.inputs(), 1, 0), DType::f64).eval();
  const Tensor petals = cast(select(iris.train.inputs(), 1, 2), DType::f64).eval();
  const report::Plot radii = fitted(notebook, "Mean radius of the nuclei of 569 tumours", radius,
                                    {{"normal", stats::normal_family()},
                                     {"gamma", stats::gamma_family()},
                                     {"Laplace", stats::laplace_family()},
                                     {"exponential", stats::exponential_family()}});
  notebook.say("");
  const report::Plot lengths = fitted(notebook, "Petal length of 150 iris flowers", petals,
                                      {{"normal", stats::normal_family()},
                                       {"gamma", stats::gamma_family()},
                                       {"2 normals", stats::normal_mixture_family(2)},
                                       {"3 normals", stats::normal_mixture_family(3)}});
  notebook.say(
      "A likelihood can only grow with more parameters; AIC and BIC, smaller is better,\n"
      "set the price of one at 2 and at log n.");
  notebook.picture("likelihoods", {radii, lengths, surface(radius)}, 3);
}

}  // namespace gradus::lessons
