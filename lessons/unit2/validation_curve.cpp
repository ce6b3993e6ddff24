// Polynomials of growing degree, fitted to few tumours and judged on others.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "gradus/data/split.h"
#include "gradus/linalg/qr.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/indexing.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/select.h"
#include "lessons/lessons.h"
#include "lessons/tables.h"

namespace gradus::lessons {
namespace {

constexpr int kHighestDegree = 12;

/// Legendre polynomials of x / 4 up to a degree, as columns: powers would be nearly dependent.
Tensor legendre(const Tensor& x, int degree) {
  const Tensor t = clip(x * 0.25, -1, 1);
  Tensors columns{t * 0.0 + 1.0, t};
  for (int n = 1; n < degree; ++n) {
    const auto k = static_cast<std::size_t>(n);
    columns.push_back((t * columns[k] * (2.0 * n + 1) - columns[k - 1] * double(n)) / (n + 1.0));
  }
  columns.resize(static_cast<std::size_t>(degree) + 1);
  return stack(columns, 1);
}

/// Weights of the columns that fit y best: R w = Q'y.
std::vector<double> fit_columns(const Tensor& columns, const Tensor& y) {
  const linalg::Qr factors = linalg::qr(columns);
  const auto r = factors.r.to_vector<double>();
  auto w = matmul(transpose(factors.q), y).to_vector<double>();
  const std::size_t n = w.size();
  for (std::size_t i = n; i-- > 0;) {
    for (std::size_t j = i + 1; j < n; ++j) w[i] -= r[i * n + j] * w[j];
    w[i] /= r[i * n + i];
  }
  return w;
}

double mean_error(const Tensor& columns, const std::vector<double>& w, const Tensor& y) {
  return mean(square(matmul(columns, Tensor::from(w)) - y)).item<double>();
}

struct Sample {
  Tensor x, y;
};

Sample chosen(const Tensor& x, const Tensor& y, const std::vector<std::int64_t>& which) {
  const Tensor indices = Tensor::from(which);
  return {take(x, indices).eval(), take(y, indices).eval()};
}

}  // namespace

void validation_curve(Notebook& notebook) {
  const StandardTable tumours = tumour_areas();
  const Tensor radius = select(tumours.x, 1, 0);
  const data::Split split = data::split_at_random(
      radius.size(), {.train = 0.05, .validation = 0.95, .test = 0, .key = Key(1)});
  const Sample train = chosen(radius, tumours.y, split.train);
  const Sample validation = chosen(radius, tumours.y, split.validation);

  report::PlotSeries training{.name = "those it was fitted to",
                              .mark = report::Mark::line_and_points},
      others{.name = "the others", .mark = report::Mark::line_and_points};
  report::Plot curves{.title = fmt::format("Fits to {} tumours", train.x.size()),
                      .x = {.label = "mean radius (standardised)"},
                      .y = {.label = "worst area (standardised)", .low = -2, .high = 5},
                      .series = {{.name = "tumours",
                                  .x = train.x.to_vector<double>(),
                                  .y = train.y.to_vector<double>(),
                                  .mark = report::Mark::points,
                                  .color = 8}}};
  const auto in_training = train.x.to_vector<double>();
  const auto [low, high] = std::minmax_element(in_training.begin(), in_training.end());
  const std::vector<double> grid = spaced(*low, *high, 200);
  Table table({Align::right, Align::right, Align::right});
  table.row({"degree", "error on those fitted", "on the others"});
  int best = 1;
  for (int degree = 1; degree <= kHighestDegree; ++degree) {
    const auto w = fit_columns(legendre(train.x, degree), train.y);
    training.x.push_back(degree);
    training.y.push_back(mean_error(legendre(train.x, degree), w, train.y));
    others.x.push_back(degree);
    others.y.push_back(mean_error(legendre(validation.x, degree), w, validation.y));
    if (others.y.back() < others.y[static_cast<std::size_t>(best) - 1]) best = degree;
    table.row({std::to_string(degree), fmt::format("{:.3f}", training.y.back()),
               fmt::format("{:.3g}", others.y.back())});
    if (degree == 1 || degree == 2 || degree == kHighestDegree) {
      curves.series.push_back(
          {.name = fmt::format("degree {}", degree),
           .x = grid,
           .y = matmul(legendre(Tensor::from(grid), degree), Tensor::from(w)).to_vector<double>()});
    }
  }
  notebook.say("mean squared errors; the mean as a prediction would have about 1");
  notebook.show(table);
  notebook.say(fmt::format("The fit only gets closer; the prediction is best at degree {}.", best));
  notebook.picture(
      "validation-curve",
      {curves,
       {.title = "Validation curve",
        .x = {.label = "degree"},
        .y = {.label = "mean squared error", .scale = report::AxisScale::logarithmic, .high = 100},
        .series = {training, others}}},
      2);
}

}  // namespace gradus::lessons
