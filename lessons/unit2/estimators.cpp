// What an estimate is worth: bias, efficiency, and intervals that hold as often as they say.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "gradus/data/catalog.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/indexing.h"
#include "gradus/ops/random.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/select.h"
#include "gradus/stats/estimation.h"
#include "gradus/stats/moments.h"
#include "gradus/stats/normal.h"
#include "lessons/lessons.h"
#include "lessons/pictures.h"
#include "lessons/tables.h"

namespace gradus::lessons {
namespace {

/// Estimators of a variance of 1: over n - 1 without bias, over n with one, and both consistent.
report::Plot variances(Notebook& notebook) {
  const stats::Normal normal(Tensor::scalar(0, DType::f64), Tensor::scalar(1, DType::f64));
  report::Plot plot{.title = "Estimators of a variance of 1",
                    .x = {.label = "size of the sample", .scale = report::AxisScale::logarithmic},
                    .y = {.label = "mean of the estimates", .low = 0.4, .high = 1.1}};
  Table table({Align::left, Align::right, Align::right, Align::right, Align::right});
  table.row({"estimator", "size", "bias", "in theory", "squared error"});
  for (const std::int64_t correction : {1, 0}) {
    const auto found = stats::measure_estimator(
        [correction](const Tensor& x) { return var(x, {.correction = correction}); }, 1, normal,
        Key(1), {.sample_sizes = {2, 4, 8, 16, 32, 64}, .repetitions = 4000});
    const char* name = correction ? "sum of squares / (n - 1)" : "sum of squares / n";
    report::PlotSeries series{.name = name, .mark = report::Mark::line_and_points};
    for (const stats::EstimatorQuality& quality : found) {
      const auto size = static_cast<double>(quality.sample_size);
      series.x.push_back(size);
      series.y.push_back(quality.mean);
      if (quality.sample_size != 4 && quality.sample_size != 64) continue;
      table.row({name, std::to_string(quality.sample_size), fmt::format("{:.3f}", quality.bias),
                 fmt::format("{:.3f}", correction ? 0.0 : -1 / size),
                 fmt::format("{:.3f}", quality.squared_error)});
    }
    plot.series.push_back(std::move(series));
  }
  notebook.show(table);
  const double efficiency = stats::relative_efficiency([](const Tensor& x) { return mean(x); },
                                                       stats::median, normal, 101, Key(2), 4000);
  notebook.say(fmt::format(
      "the median of 101 normal numbers varies {:.2f} times as much as their mean (pi/2 = 1.57 for "
      "large n)",
      efficiency));
  return plot;
}

/// Samples of 20 tumours, and from each an interval for the mean of all.
report::Plot intervals(Notebook& notebook, const Tensor& population) {
  const double truth = mean(population).item<double>();
  constexpr int kSamples = 1000, kDrawn = 50;
  report::PlotSeries holds{
      .name = "holds the mean of all", .mark = report::Mark::segments, .color = 0},
      misses{.name = "misses it", .mark = report::Mark::segments, .color = 1};
  int held = 0;
  for (int i = 0; i < kSamples; ++i) {
    const Tensor places =
        random_integer(Key(5).fold_in(static_cast<std::uint64_t>(i)), {20}, 0, population.size());
    const stats::Interval interval = stats::t_interval(take(population, places));
    const bool is_held = interval.low <= truth && truth <= interval.high;
    held += is_held;
    if (i >= kDrawn) continue;
    auto& series = is_held ? holds : misses;
    series.x.insert(series.x.end(), {interval.low, interval.high});
    series.y.insert(series.y.end(), {static_cast<double>(i), static_cast<double>(i)});
  }
  notebook.say(fmt::format(
      "\nof 1,000 samples of 20 tumours, the 95 % interval by Student's t holds the mean radius of "
      "all ({:.2f}) in {}",
      truth, held));
  return {.title = "95 % intervals of 50 samples of 20",
          .x = {.label = "mean radius of the nuclei"},
          .y = {.label = "sample", .low = -2, .high = 52},
          .series = {{.name = "", .x = {truth, truth}, .y = {-2, 52}, .color = 8}, holds, misses}};
}

/// A correlation, whose distribution no simple formula gives.
report::Plot resampled(Notebook& notebook, const StandardTable& patients) {
  const Tensor pairs = stack({select(patients.x, 1, 2), patients.y}, 1);  // (442, 2)
  const stats::Bootstrap found = stats::bootstrap(
      [](const Tensor& rows) { return stats::correlation(select(rows, 1, 0), select(rows, 1, 1)); },
      pairs, Key(1), {.replicates = 2000});
  notebook.say(
      fmt::format("correlation of body mass index and progress of diabetes: {:.4f}; by the "
                  "bootstrap {:.3f} to\n"
                  "{:.3f} with 95 %; by Fisher's transformation 0.522 to 0.644",
                  found.interval.estimate, found.interval.low, found.interval.high));
  const report::PlotSeries bars =
      histogram("2,000 samples with replacement", found.replicates, 0.45, 0.7, 50);
  const double top = 1.05 * *std::max_element(bars.y.begin(), bars.y.end());
  const auto line = [&](const char* name, double at, int color) {
    return report::PlotSeries{.name = name, .x = {at, at}, .y = {0, top}, .color = color};
  };
  return {
      .title = "A correlation, by the bootstrap",
      .x = {.label = "correlation"},
      .y = {.label = "density"},
      .series = {bars, line("95 % (BCa)", found.interval.low, 0), line("", found.interval.high, 0),
                 line("estimate", found.interval.estimate, 1)}};
}

}  // namespace

void estimators(Notebook& notebook) {
  const data::LoadedDataSet tumours = data::load("breast-cancer");
  const Tensor radius = cast(select(tumours.train.inputs(), 1, 0), DType::f64).eval();
  const report::Plot bias = variances(notebook);
  const report::Plot held = intervals(notebook, radius);
  notebook.picture("estimators", {bias, held, resampled(notebook, diabetes())}, 3);
}

}  // namespace gradus::lessons
