// What is known of a share after 1, 10, 100 and all observations.
#include <fmt/format.h>

#include "gradus/data/catalog.h"
#include "gradus/ops/indexing.h"
#include "gradus/ops/random.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/select.h"
#include "gradus/ops/transcendental.h"
#include "gradus/stats/beta.h"
#include "gradus/stats/conjugate.h"
#include "lessons/lessons.h"
#include "lessons/tables.h"

namespace gradus::lessons {

void posterior(Notebook& notebook) {
  // Which share of tumours is benign? In the data, 357 of 569.
  const data::LoadedDataSet tumours = data::load("breast-cancer");
  const std::int64_t all = tumours.train.size();
  const Tensor benign =
      cast(take(tumours.train.targets(), random_permutation(Key(4), all)), DType::f64);
  const auto number = [](double value) { return Tensor::scalar(value, DType::f64); };
  const stats::Beta prior(number(1), number(1));  // every share is as likely

  const std::vector<double> shares = spaced(0.001, 0.999, 400);
  report::Plot densities{.title = "What is known of the share",
                         .x = {.label = "share of benign tumours"},
                         .y = {.label = "density", .low = 0, .high = 22}};
  Table table({Align::right, Align::right, Align::right, Align::right, Align::right});
  table.row({"observed", "benign", "mean", "from (95 %)", "to"});
  report::PlotSeries low{.name = "95 % of the posterior lies between", .color = 0},
      high{.name = "", .color = 0}, middle{.name = "its mean", .color = 1};
  for (std::int64_t n = 0; n <= all; n = n < 30 ? n + 1 : n + 10) {
    const Tensor seen = slice(benign, 0, {.stop = n});
    const stats::Beta known = stats::posterior_of_bernoulli(prior, seen);
    const stats::Interval interval = stats::credible_interval(known);
    for (auto* series : {&low, &high, &middle}) series->x.push_back(static_cast<double>(n));
    low.y.push_back(interval.low);
    high.y.push_back(interval.high);
    middle.y.push_back(interval.estimate);
    if (n != 0 && n != 1 && n != 10 && n != 100 && n != 560) continue;
    table.row({std::to_string(n), fmt::format("{:.0f}", n ? sum(seen).item<double>() : 0),
               fmt::format("{:.3f}", interval.estimate), fmt::format("{:.3f}", interval.low),
               fmt::format("{:.3f}", interval.high)});
    densities.series.push_back(
        {.name = fmt::format("after {}", n),
         .x = shares,
         .y = exp(known.log_prob(Tensor::from(shares))).to_vector<double>()});
  }
  notebook.say(
      "the share of benign tumours among the 569 of the breast-cancer data, from a flat "
      "prior");
  notebook.show(table);
  notebook.picture("posterior",
                   {densities,
                    {.title = "The posterior narrows",
                     .x = {.label = "observations"},
                     .y = {.label = "share of benign tumours", .low = 0, .high = 1},
                     .series = {low, high, middle}}},
                   2);
}

}  // namespace gradus::lessons
