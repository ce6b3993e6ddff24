// 64 pixels of a digit in a few numbers: its scores on the principal components.
#include <cmath>

#include <fmt/format.h>

#include "gradus/data/catalog.h"
#include "gradus/linalg/pca.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/select.h"
#include "lessons/lessons.h"
#include "lessons/pictures.h"
#include "lessons/tables.h"

namespace gradus::lessons {

void digits_in_two_numbers(Notebook& notebook) {
  const data::LoadedDataSet digits = data::load("digits");
  const std::int64_t count = digits.train.size();
  const Tensor x = reshape(cast(digits.train.inputs(), DType::f64), Dims{count, 64});
  const auto labels = digits.train.targets().to_vector<std::int64_t>();
  const linalg::Pca pca = linalg::pca(x);

  const auto shares = pca.explained_variance_ratio.to_vector<double>();
  Table table({Align::right, Align::right, Align::right});
  table.row({"components", "share of the variance", "root mean square error of a pixel"});
  report::PlotSeries sums{.name = "", .mark = report::Mark::line};
  double sum_of_shares = 0;
  for (std::size_t k = 0; k < shares.size(); ++k) {
    sum_of_shares += shares[k];
    sums.x.push_back(static_cast<double>(k + 1));
    sums.y.push_back(100 * sum_of_shares);
    if (k + 1 != 2 && k + 1 != 10 && k + 1 != 20 && k + 1 != 40) continue;
    const linalg::Pca fewer = linalg::pca(x, {.components = static_cast<std::int64_t>(k) + 1});
    const Tensor back = fewer.inverse_transform(fewer.transform(x));
    table.row({std::to_string(k + 1), fmt::format("{:.1f} %", 100 * sum_of_shares),
               fmt::format("{:.2f} of 16", std::sqrt(mean(square(back - x)).item<double>()))});
  }
  notebook.say(fmt::format("{} handwritten digits of 8 x 8 pixels, from 0 to 16", count));
  notebook.show(table);

  report::Plot scores{.title = "Scores of seven digits on the first two",
                      .x = {.label = "first component"},
                      .y = {.label = "second component"}};
  const Tensor transformed = pca.transform(x);
  const auto first = select(transformed, 1, 0).to_vector<double>();
  const auto second = select(transformed, 1, 1).to_vector<double>();
  for (const int digit : {0, 1, 2, 3, 4, 6, 7}) {
    report::PlotSeries series{.name = std::to_string(digit), .mark = report::Mark::points};
    for (std::size_t i = 0; i < labels.size(); ++i) {
      if (labels[i] != digit) continue;
      series.x.push_back(first[i]);
      series.y.push_back(second[i]);
    }
    scores.series.push_back(std::move(series));
  }
  notebook.picture("digits-in-two-numbers",
                   {scores,
                    tiles("The first twelve components",
                          reshape(slice(pca.components, 0, {.stop = 12}), Dims{12, 8, 8}), 4),
                    {.title = "How much the first components hold",
                     .x = {.label = "components"},
                     .y = {.label = "per cent of the variance", .low = 0, .high = 100},
                     .series = {sums}}},
                   3);
}

}  // namespace gradus::lessons
