// What a matrix does to the plane: products one after the other, determinants as areas, inverses as
// the way back, and the matrices that have none.
#include <cmath>
#include <numbers>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/data/catalog.h"
#include "gradus/linalg/determinant.h"
#include "gradus/linalg/rank.h"
#include "gradus/linalg/solve.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/select.h"
#include "lessons/lessons.h"
#include "lessons/pictures.h"
#include "lessons/tables.h"

namespace gradus::lessons {
namespace {

/// What an operation refuses to do, and why.
template <class Operation>
void say_refusal(Notebook& notebook, Operation operation) {
  try {
    operation().eval();
  } catch (const Error& error) {
    notebook.say(fmt::format("  {}", error.what()));
  }
}

void show_rules(Notebook& notebook, const Tensor& a, const Tensor& b) {
  Table table({Align::left, Align::left});
  table.row({"A", in_brackets(a)});
  table.row({"B", in_brackets(b)});
  table.row({"A + B", in_brackets(a + b)});
  table.row({"2 A", in_brackets(a * 2.0)});
  table.row({"A B", in_brackets(matmul(a, b))});
  table.row({"B A", in_brackets(matmul(b, a))});
  table.row({"A transposed", in_brackets(transpose(a))});
  table.row({"A inverse", in_brackets(linalg::inverse(a))});
  table.row({"determinant of A", in_brackets(linalg::determinant(a))});
  table.row({"trace of A", in_brackets(linalg::trace(a))});
  table.row({"rank of A", in_brackets(linalg::rank(a))});
  notebook.show(table);
  notebook.say("\nwhat does not fit is refused:");
  say_refusal(notebook, [&] { return matmul(a, matrix({{1, 2, 3}})); });
  say_refusal(notebook, [&] { return linalg::determinant(matrix({{1, 2, 3}, {4, 5, 6}})); });
  say_refusal(notebook, [&] { return linalg::inverse(matrix({{1, 2}, {2, 4}})); });
}

/// The flowers, and a circle of radius 1 around them, as a matrix (2, 2) moves them.
report::Plot moved(const std::string& title, const Tensor& m, const Tensor& flowers,
                   const data::LoadedDataSet& iris) {
  const Tensor places = matmul(flowers, transpose(m));
  report::Plot plot{.title = title,
                    .x = {.label = "first coordinate", .low = -5, .high = 5},
                    .y = {.label = "second coordinate", .low = -4, .high = 4},
                    .series = points_by_class(select(places, 1, 0), select(places, 1, 1),
                                              iris.train.targets(), iris.info.class_names),
                    .has_equal_scales = true};
  std::vector<double> circle;
  for (const double angle : spaced(0, 2 * std::numbers::pi, 121)) {
    circle.push_back(std::cos(angle));
    circle.push_back(std::sin(angle));
  }
  const Tensor image = matmul(Tensor::from(circle, Shape{121, 2}), transpose(m));
  plot.series.push_back(
      {.name = fmt::format("area {:.2f} pi", std::abs(linalg::determinant(m).item<double>())),
       .x = select(image, 1, 0).to_vector<double>(),
       .y = select(image, 1, 1).to_vector<double>(),
       .color = 7});
  return plot;
}

}  // namespace

void matrix_operations(Notebook& notebook) {
  show_rules(notebook, matrix({{1, 2}, {3, 4}}), matrix({{5, 6}, {7, 8}}));

  // Two measurements of iris flowers, each with mean 0 and deviation 1.
  const data::LoadedDataSet iris = data::load("iris");
  const Tensor sepals = cast(slice(iris.train.inputs(), 1, {.stop = 2}), DType::f64);
  const Tensor flowers = (sepals - mean(sepals, {.axes = {0}})) / std_dev(sepals, {.axes = {0}});
  const double turn = std::numbers::pi / 6;
  const Tensor rotation =
      matrix({{std::cos(turn), -std::sin(turn)}, {std::sin(turn), std::cos(turn)}});
  const Tensor stretch = matrix({{1.8, 0}, {0, 0.6}});
  const Tensor first = matmul(stretch, rotation), second = matmul(rotation, stretch);
  const Tensor flat = outer(vector({1, 0.5}), vector({1, 0.5}));

  Table table({Align::left, Align::right, Align::right, Align::right});
  table.row({"matrix", "determinant", "rank", "error of the way back"});
  const auto add = [&](const char* name, const Tensor& m) {
    const bool has_inverse = linalg::rank(m).item<std::int64_t>() == 2;
    std::string error = "no way back";
    if (has_inverse) {
      const Tensor back = matmul(matmul(flowers, transpose(m)), transpose(linalg::inverse(m)));
      error = max(absolute(back - flowers)).item<double>() < 1e-14 ? "below 1e-14" : "above 1e-14";
    }
    table.row({name, fmt::format("{:.4f}", linalg::determinant(m).item<double>()),
               std::to_string(linalg::rank(m).item<std::int64_t>()), error});
  };
  add("R: rotation by 30 degrees", rotation);
  add("S: stretching", stretch);
  add("S R", first);
  add("R S", second);
  add("an outer product", flat);
  notebook.say("\n150 iris flowers in the plane, moved by matrices");
  notebook.show(table);
  notebook.picture("matrix-operations",
                   {moved("The flowers and a circle", matrix({{1, 0}, {0, 1}}), flowers, iris),
                    moved("R: rotation", rotation, flowers, iris),
                    moved("S: stretching", stretch, flowers, iris),
                    moved("S R: first turned, then stretched", first, flowers, iris),
                    moved("R S: first stretched, then turned", second, flowers, iris),
                    moved("Rank 1: no area, no way back", flat, flowers, iris)},
                   3);
}

}  // namespace gradus::lessons
