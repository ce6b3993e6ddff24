// Lengths of vectors, by several norms: their circles, and who is the nearest digit by each.
#include <cmath>
#include <numbers>

#include <fmt/format.h>

#include "gradus/learn/classification_metrics.h"
#include "gradus/linalg/norm.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/indexing.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "lessons/lessons.h"
#include "lessons/pictures.h"
#include "lessons/tables.h"

namespace gradus::lessons {
namespace {

struct NamedNorm {
  const char* name;
  double order;
};
constexpr NamedNorm kNorms[] = {
    {"L1/2", 0.5}, {"L1", 1}, {"L2", 2}, {"L4", 4}, {"L infinity", linalg::kInfinityNorm}};

/// All directions, each as far as its norm is 1.
report::PlotSeries circle_of(const NamedNorm& norm) {
  report::PlotSeries series{.name = norm.name};
  for (const double angle : spaced(0, 2 * std::numbers::pi, 361)) {
    const Tensor direction = vector({std::cos(angle), std::sin(angle)});
    const Tensor place = direction / linalg::vector_norm(direction, {.order = norm.order});
    series.x.push_back(select(place, 0, 0).item<double>());
    series.y.push_back(select(place, 0, 1).item<double>());
  }
  return series;
}

}  // namespace

void unit_circles(Notebook& notebook) {
  const Digits digits = digit_rows();
  const Tensor known = slice(digits.x, 0, {.stop = 500});
  const Tensor others = slice(digits.x, 0, {.start = 500, .stop = 600});
  const Tensor labels = slice(digits.labels, 0, {.start = 500, .stop = 600});
  const auto nearest = [&](double order) {
    Tensors places;
    for (std::int64_t i = 0; i < others.dim(0); ++i) {
      places.push_back(argmin(linalg::distance(known, select(others, 0, i), order)).eval());
    }
    return stack(places);
  };

  const Tensor v = vector({3, -4, 1}), w = vector({3, 4});
  Table table({Align::left, Align::right, Align::right, Align::right});
  table.row({"norm", "of [3, -4, 1]", "of [3, 4]", "right of 100 digits, by the nearest of 500"});
  Tensors found;  // which known digit is the nearest, by each norm
  report::Plot circles{.title = "Vectors of length 1",
                       .x = {.label = "first number", .low = -1.2, .high = 1.2},
                       .y = {.label = "second number", .low = -1.2, .high = 1.2},
                       .has_equal_scales = true};
  for (const NamedNorm& norm : kNorms) {
    found.push_back(nearest(norm.order));
    table.row(
        {norm.name,
         fmt::format("{:.4f}", linalg::vector_norm(v, {.order = norm.order}).item<double>()),
         fmt::format("{:.4f}", linalg::vector_norm(w, {.order = norm.order}).item<double>()),
         fmt::format("{:.0f}", 100 * learn::accuracy(take(digits.labels, found.back()), labels))});
    circles.series.push_back(circle_of(norm));
  }
  const Tensor similar = linalg::cosine_similarity(expand_dims(others, 1), known);  // (100, 500)
  table.row(
      {"cosine similarity", "", "",
       fmt::format("{:.0f}", 100 * learn::accuracy(take(digits.labels, argmax(similar)), labels))});
  notebook.show(table);
  notebook.say(
      "By p below 1 it is no norm: the circle bends inwards, and a detour is shorter than the "
      "way.");

  // Digits for which the norms disagree, and their nearest by three of them.
  const Tensor &by_l1 = found[1], &by_l2 = found[2], &by_largest = found[4];
  const auto first = by_l1.to_vector<std::int64_t>(), last = by_largest.to_vector<std::int64_t>();
  Tensors pictures;
  for (std::size_t i = 0; i < first.size() && pictures.size() < 16; ++i) {
    if (first[i] == last[i]) continue;
    const auto at = static_cast<std::int64_t>(i);
    pictures.push_back(select(others, 0, at));
    for (const Tensor& places : {by_l1, by_l2, by_largest}) {
      pictures.push_back(select(known, 0, select(places, 0, at).item<std::int64_t>()));
    }
  }
  notebook.picture("unit-circles",
                   {circles, tiles("Digits, and their nearest by L1, L2 and L infinity",
                                   reshape(stack(pictures), Dims{-1, 8, 8}), 4)},
                   2);
}

}  // namespace gradus::lessons
