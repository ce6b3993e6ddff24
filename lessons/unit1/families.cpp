// Distributions by their densities, probabilities and draws, and one of petals in two dimensions.
#include <cmath>

#include <fmt/format.h>

#include "gradus/data/catalog.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/indexing.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/select.h"
#include "gradus/stats/beta.h"
#include "gradus/stats/binomial.h"
#include "gradus/stats/exponential.h"
#include "gradus/stats/gamma.h"
#include "gradus/stats/geometric.h"
#include "gradus/stats/laplace.h"
#include "gradus/stats/moments.h"
#include "gradus/stats/multivariate_normal.h"
#include "gradus/stats/normal.h"
#include "gradus/stats/poisson.h"
#include "gradus/stats/student_t.h"
#include "lessons/lessons.h"
#include "lessons/pictures.h"
#include "lessons/tables.h"

namespace gradus::lessons {
namespace {

Tensor number(double value) { return Tensor::scalar(value, DType::f64); }

/// To two digits, and never as -0.00.
std::string nearly(const Tensor& x) {
  return fmt::format("{:.2f}", std::round(100 * x.item<double>()) / 100 + 0.0);
}

report::PlotSeries density_of(const std::string& name, const stats::Distribution& distribution,
                              const std::vector<double>& x, report::Mark mark) {
  return {.name = name,
          .x = x,
          .y = distribution.prob(Tensor::from(x)).to_vector<double>(),
          .mark = mark};
}

/// A normal distribution of the petals of each species, as lines of equal density.
report::Plot petals_in_two_dimensions(Notebook& notebook) {
  const data::LoadedDataSet iris = data::load("iris");
  const Tensor petals = cast(slice(iris.train.inputs(), 1, {.start = 2}), DType::f64);
  report::Plot plot{.title = "A normal distribution of each species",
                    .x = {.label = "petal length in cm", .low = 0.5, .high = 7.5},
                    .y = {.label = "petal width in cm", .low = -0.2, .high = 2.8},
                    .series = points_by_class(select(petals, 1, 0), select(petals, 1, 1),
                                              iris.train.targets(), iris.info.class_names)};
  const std::vector<double> x = spaced(0.5, 7.5, 141), y = spaced(-0.2, 2.8, 121);
  std::vector<double> places;
  for (const double b : y) {
    for (const double a : x) places.insert(places.end(), {a, b});
  }
  const Tensor grid = Tensor::from(places, Shape{121 * 141, 2});
  Table table({Align::left, Align::left, Align::left, Align::right});
  table.row({"species", "mean", "covariance", "entropy"});
  for (std::int64_t c = 0; c < 3; ++c) {
    // Flowers stand in the order of their species, 50 each.
    const Tensor own = slice(petals, 0, {.start = 50 * c, .stop = 50 * (c + 1)});
    const stats::MultivariateNormal normal(mean(own, {.axes = {0}}), stats::covariance(own));
    // Half of all draws, and 95 % of them, lie within: chi-squared with 2 degrees of freedom.
    const double highest = normal.log_prob(normal.location).item<double>();
    plot.contours.push_back({.x = x,
                             .y = y,
                             .values = normal.log_prob(grid).to_vector<double>(),
                             .levels = {highest + std::log(0.5), highest + std::log(0.05)},
                             .color = static_cast<int>(c)});
    table.row({iris.info.class_names[static_cast<std::size_t>(c)], in_brackets(normal.mean()),
               in_brackets(normal.covariance()),
               fmt::format("{:.4f}", normal.entropy().item<double>())});
  }
  notebook.say("\npetals of iris: length and width, normal in two dimensions");
  notebook.show(table);
  return plot;
}

}  // namespace

void families(Notebook& notebook) {
  const stats::Normal normal(number(0), number(1));
  const stats::StudentT student(number(3));
  const stats::Laplace laplace(number(0), number(1));
  const stats::Exponential exponential(number(1));
  const stats::Gamma gamma(number(3), number(2));
  const stats::Beta beta(number(2), number(5));
  const stats::Binomial binomial(number(10), number(0.3));
  const stats::Poisson poisson(number(3));
  const stats::Geometric geometric(number(0.25));
  struct Named {
    const char* name;
    const stats::Distribution* distribution;
  };
  const Named all[] = {{"normal(0, 1)", &normal},        {"Student t, 3 degrees", &student},
                       {"Laplace(0, 1)", &laplace},      {"exponential(1)", &exponential},
                       {"gamma(3, rate 2)", &gamma},     {"beta(2, 5)", &beta},
                       {"binomial(10, 0.3)", &binomial}, {"Poisson(3)", &poisson},
                       {"geometric(0.25)", &geometric}};
  Table table({Align::left, Align::right, Align::right, Align::right, Align::right, Align::right,
               Align::right});
  table.row({"distribution", "mean", "of draws", "variance", "of draws", "95 % quantile",
             "entropy in nats"});
  for (const auto& [name, distribution] : all) {
    const Tensor draws = distribution->sample(Key(9), {200000});
    table.row({name, fmt::format("{:.4f}", distribution->mean().item<double>()),
               nearly(mean(draws)), fmt::format("{:.4f}", distribution->variance().item<double>()),
               nearly(var(draws)),
               fmt::format("{:.4f}", distribution->quantile(number(0.95)).item<double>()),
               fmt::format("{:.4f}", distribution->entropy().item<double>())});
  }
  notebook.say("moments, and those of 200,000 draws");
  notebook.show(table);

  const std::vector<double> around = spaced(-5, 5, 401), above = spaced(0.001, 5, 401),
                            counts = counted(15);
  const Tensor draws = gamma.sample(Key(9), {5000});
  report::Plot sampled{.title = "5,000 draws of gamma(3, rate 2)",
                       .x = {.label = "value"},
                       .y = {.label = "density"},
                       .series = {histogram("draws", draws, 0, 5, 40)}};
  sampled.series.push_back(density_of("density", gamma, above, report::Mark::line));
  sampled.series.push_back({.name = "probability of less",
                            .x = above,
                            .y = gamma.cdf(Tensor::from(above)).to_vector<double>(),
                            .mark = report::Mark::dashed});
  const auto line = report::Mark::line, points = report::Mark::line_and_points;
  notebook.picture("families",
                   {{.title = "Around a middle",
                     .x = {.label = "value"},
                     .y = {.label = "density"},
                     .series = {density_of(all[0].name, normal, around, line),
                                density_of(all[1].name, student, around, line),
                                density_of(all[2].name, laplace, around, line)}},
                    {.title = "Counts",
                     .x = {.label = "value"},
                     .y = {.label = "probability"},
                     .series = {density_of(all[6].name, binomial, counts, points),
                                density_of(all[7].name, poisson, counts, points),
                                density_of(all[8].name, geometric, counts, points)}},
                    sampled,
                    petals_in_two_dimensions(notebook)},
                   2);
}

}  // namespace gradus::lessons
