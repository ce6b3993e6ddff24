// Information in bits: of a coin, of a question about a flower, and between distributions.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "gradus/data/catalog.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/comparison.h"
#include "gradus/ops/indexing.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/select.h"
#include "gradus/stats/information.h"
#include "gradus/stats/normal.h"
#include "lessons/lessons.h"
#include "lessons/tables.h"

namespace gradus::lessons {
namespace {

constexpr auto kBits = stats::InformationUnit::bits;

report::Plot coin() {
  const std::vector<double> p = spaced(0.001, 0.999, 300);
  const Tensor heads = Tensor::from(p);
  const Tensor both = stack({heads, 1.0 - heads}, 1);
  return {.title = "A coin",
          .x = {.label = "probability of heads"},
          .y = {.label = "bits", .low = 0, .high = 4},
          .series = {{.name = "news of heads, -log p",
                      .x = p,
                      .y = stats::self_information(heads, kBits).to_vector<double>()},
                     {.name = "entropy, its expectation over both",
                      .x = p,
                      .y = stats::entropy(both, kBits).to_vector<double>()}}};
}

/// What the answer to "is it longer than t?" tells of the species, for each t.
report::PlotSeries gains(const std::string& name, const Tensor& column, const Tensor& species) {
  report::PlotSeries series{.name = name};
  auto sorted = sort(column).values.to_vector<double>();
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  for (std::size_t i = 0; i + 1 < sorted.size(); ++i) {
    const double t = (sorted[i] + sorted[i + 1]) / 2;
    const Tensor is_longer =
        one_hot(cast(greater(column, Tensor::scalar(t, DType::f64)), DType::i64), 2, DType::f64);
    const Tensor joint = matmul(transpose(is_longer), species) / 150.0;  // (2, 3)
    series.x.push_back(t);
    series.y.push_back(stats::mutual_information(joint, kBits).item<double>());
  }
  return series;
}

/// Two normal distributions as tables, one of them moved away from the other and twice as wide.
report::Plot divergences(Notebook& notebook) {
  const Tensor places = Tensor::from(spaced(-30, 35, 1301));
  const auto table = [&](double middle, double deviation) {
    const stats::Normal normal(Tensor::scalar(middle, DType::f64),
                               Tensor::scalar(deviation, DType::f64));
    const Tensor p = normal.prob(places);
    return p / sum(p);
  };
  const Tensor p = table(0, 1);
  report::PlotSeries from_p{.name = "KL(p || q)"}, from_q{.name = "KL(q || p)"},
      symmetric{.name = "Jensen-Shannon"};
  for (const double shift : spaced(0, 4, 41)) {
    const Tensor q = table(shift, 2);
    for (auto* series : {&from_p, &from_q, &symmetric}) series->x.push_back(shift);
    from_p.y.push_back(stats::kl_divergence(p, q, kBits).item<double>());
    from_q.y.push_back(stats::kl_divergence(q, p, kBits).item<double>());
    symmetric.y.push_back(stats::jensen_shannon_divergence(p, q, kBits).item<double>());
  }
  notebook.say(
      fmt::format("\nnormal p and q of deviations 1 and 2 around one middle: KL(p || q) {:.4f}, "
                  "KL(q || p) {:.4f}",
                  from_p.y[0], from_q.y[0]));
  return {.title = "p normal(0, 1), q normal(shift, 2)",
          .x = {.label = "shift"},
          .y = {.label = "bits", .low = 0},
          .series = {from_p, from_q, symmetric}};
}

}  // namespace

void information(Notebook& notebook) {
  const Tensor shares = vector({0.1, 0.2, 0.3, 0.2, 0.2}), even = vector({0.2, 0.2, 0.2, 0.2, 0.2});
  const auto bits = [](const Tensor& x) { return fmt::format("{:.4f}", x.item<double>()); };
  Table table({Align::left, Align::right});
  table.row({"of p = " + in_brackets(shares), "bits"});
  table.row({"entropy", bits(stats::entropy(shares, kBits))});
  table.row({"entropy of five equal ones, q", bits(stats::entropy(even, kBits))});
  table.row({"cross-entropy of p and q", bits(stats::cross_entropy(shares, even, kBits))});
  table.row({"KL(p || q)", bits(stats::kl_divergence(shares, even, kBits))});
  table.row({"KL(q || p)", bits(stats::kl_divergence(even, shares, kBits))});
  notebook.show(table);

  const data::LoadedDataSet iris = data::load("iris");
  const Tensor x = cast(iris.train.inputs(), DType::f64);
  const Tensor species = one_hot(iris.train.targets(), 3, DType::f64);
  const Tensor classes = mean(species, {.axes = {0}});
  notebook.say(fmt::format("\nthe species of an iris flower: {} bits",
                           bits(stats::entropy(classes, kBits))));
  table = Table({Align::left, Align::right, Align::right});
  table.row({"the best single question", "is it above", "bits that the answer tells"});
  report::Plot questions{.title = "What a question tells of the species",
                         .x = {.label = "is it longer than so many cm?"},
                         .y = {.label = "mutual information in bits", .low = 0, .high = 1.2}};
  for (std::int64_t j = 0; j < 4; ++j) {
    const std::string& name = iris.info.feature_names[static_cast<std::size_t>(j)];
    const report::PlotSeries series = gains(name, select(x, 1, j), species);
    const auto best = std::max_element(series.y.begin(), series.y.end());
    table.row({name,
               fmt::format("{:.2f}", series.x[static_cast<std::size_t>(best - series.y.begin())]),
               fmt::format("{:.4f}", *best)});
    questions.series.push_back(series);
  }
  notebook.show(table);
  notebook.say("Trees of decisions ask the question that tells most, and then again.");
  const report::Plot apart = divergences(notebook);
  notebook.picture("information", {coin(), questions, apart}, 3);
}

}  // namespace gradus::lessons
