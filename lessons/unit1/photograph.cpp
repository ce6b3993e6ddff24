// A photograph from fewer and fewer singular values, and noise that goes with the small ones.
#include <cmath>

#include <fmt/format.h>

#include "gradus/linalg/low_rank.h"
#include "gradus/linalg/svd.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/random.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/rounding.h"
#include "gradus/ops/select.h"
#include "lessons/lessons.h"
#include "lessons/tables.h"

namespace gradus::lessons {
namespace {

report::Plot shown(const std::string& title, const Tensor& picture) {
  const Tensor bytes = cast(round(clip(picture, 0, 1) * 255.0), DType::u8);
  return {.title = title, .pictures = {{.pixels = expand_dims(bytes, 2)}}, .has_axes = false};
}

double distance(const Tensor& a, const Tensor& b) {
  return std::sqrt(mean(square(a - b)).item<double>());
}

}  // namespace

void photograph(Notebook& notebook) {
  const Tensor picture = camera();
  const std::int64_t size = picture.dim(0);
  const linalg::Svd parts = linalg::svd(picture);
  std::vector<report::Plot> plots{shown("The photograph", picture)};

  Table table({Align::right, Align::right, Align::right, Align::right});
  table.row({"rank", "numbers kept", "of all", "root mean square error"});
  for (const std::int64_t rank : {5, 20, 50}) {
    const Tensor small = linalg::low_rank(picture, rank);
    const std::int64_t kept = rank * (2 * size + 1);
    table.row({std::to_string(rank), std::to_string(kept),
               fmt::format("{:.0f} %",
                           100.0 * static_cast<double>(kept) / static_cast<double>(size * size)),
               fmt::format("{:.4f}", distance(small, picture))});
    plots.push_back(shown(fmt::format("Rank {}", rank), small));
  }
  notebook.say(fmt::format("a photograph of {0} x {0} pixels, grey from 0 to 1", size));
  notebook.show(table);

  // Noise is spread over all singular values, the picture over the first.
  const Tensor noisy = picture + random_normal(Key(1), picture.shape(), 0, 0.15, DType::f64);
  const linalg::Svd noisy_parts = linalg::svd(noisy);
  const auto of_rank = [](const linalg::Svd& whole, std::int64_t rank) {
    const Range first{.stop = rank};
    return linalg::compose(
        {slice(whole.u, 1, first), slice(whole.s, 0, first), slice(whole.vh, 0, first)});
  };
  report::PlotSeries errors{.name = "noisy photograph, cut at that rank"};
  std::int64_t best = 1;
  double lowest = 1;
  for (std::int64_t rank = 2; rank <= size; rank += 3) {
    const double error = distance(of_rank(noisy_parts, rank), picture);
    errors.x.push_back(static_cast<double>(rank));
    errors.y.push_back(error);
    if (error < lowest) {
      lowest = error;
      best = rank;
    }
  }
  notebook.say(
      fmt::format("\nwith noise of deviation 0.15 the error is {:.4f}; of its rank-{} "
                  "part only {:.4f}",
                  distance(noisy, picture), best, lowest));
  plots.push_back(shown("With noise", noisy));
  plots.push_back(shown(fmt::format("Its part of rank {}", best), of_rank(noisy_parts, best)));
  plots.push_back({.title = "Singular values",
                   .x = {.label = "number"},
                   .y = {.label = "value", .scale = report::AxisScale::logarithmic, .low = 1e-3},
                   .series = {{.name = "photograph",
                               .x = counted(static_cast<std::size_t>(size)),
                               .y = parts.s.to_vector<double>()},
                              {.name = "with noise",
                               .x = counted(static_cast<std::size_t>(size)),
                               .y = noisy_parts.s.to_vector<double>()}}});
  plots.push_back({.title = "Denoising by rank",
                   .x = {.label = "rank"},
                   .y = {.label = "root mean square error", .low = 0},
                   .series = {errors}});
  notebook.picture("photograph", plots, 4);
}

}  // namespace gradus::lessons
