// Directions that a matrix does not turn: powers of small matrices, and a walk among flowers.
#include <cmath>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/data/catalog.h"
#include "gradus/linalg/eigen.h"
#include "gradus/linalg/norm.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/select.h"
#include "gradus/ops/transcendental.h"
#include "gradus/ops/triangle.h"
#include "lessons/lessons.h"
#include "lessons/pictures.h"
#include "lessons/tables.h"

namespace gradus::lessons {
namespace {

std::string complex_text(double real, double imaginary) {
  return imaginary == 0 ? fmt::format("{:.4f}", real)
                        : fmt::format("{:.4f} {} {:.4f}i", real, imaginary < 0 ? '-' : '+',
                                      std::abs(imaginary));
}

void show_small_matrices(Notebook& notebook, const Tensor& growing, const Tensor& turning) {
  Table table({Align::left, Align::left, Align::left, Align::right});
  table.row({"matrix", "eigenvalues", "eigenvectors", "spectral radius"});
  for (const Tensor& a : {growing, turning}) {
    const linalg::Eigen found = linalg::eig(a);
    const auto real = found.values.real.to_vector<double>();
    const auto imaginary = found.values.imaginary.to_vector<double>();
    const auto vectors = transpose(found.vectors.real);
    const bool is_real = imaginary[0] == 0;
    table.row({in_brackets(a),
               complex_text(real[0], imaginary[0]) + ", " + complex_text(real[1], imaginary[1]),
               is_real ? in_brackets(vectors) : "none is real",
               fmt::format("{:.4f}", linalg::spectral_radius(a).item<double>())});
  }
  notebook.show(table);
  try {
    linalg::eig(matrix({{1, 1}, {0, 1}})).values.real.eval();
  } catch (const Error& error) {
    notebook.say(fmt::format("[[1, 1], [0, 1]] has a single one: {}", error.what()));
  }
}

/// x, A x, A^2 x, ...
report::PlotSeries powers_of(const Tensor& a, const std::string& name, Tensor x, int steps) {
  report::PlotSeries series{.name = name, .mark = report::Mark::line_and_points};
  for (int k = 0; k <= steps; ++k) {
    const auto place = x.to_vector<double>();
    series.x.push_back(place[0]);
    series.y.push_back(place[1]);
    x = matmul(a, x).eval();
  }
  return series;
}

}  // namespace

void eigenvectors(Notebook& notebook) {
  const Tensor growing = matrix({{4, 1}, {2, 3}}), turning = matrix({{0.8, -0.5}, {0.5, 0.8}});
  show_small_matrices(notebook, growing, turning);

  // Divided by the largest eigenvalue, powers leave what lies along its vector.
  report::Plot along{.title = "Powers of [[4, 1], [2, 3]] / 5",
                     .x = {.label = "first number", .low = -1.6, .high = 1.6},
                     .y = {.label = "second number", .low = -1.2, .high = 1.2},
                     .series = {{.name = "eigenvectors (1, 1) and (1, -2)",
                                 .x = {-2, 2, -1, 1},
                                 .y = {-2, 2, 2, -2},
                                 .mark = report::Mark::segments,
                                 .color = 8}},
                     .has_equal_scales = true};
  for (const Tensor& start :
       {vector({1, 0}), vector({0, 1}), vector({-1, 0.6}), vector({-1, -0.2})}) {
    along.series.push_back(powers_of(growing / 5.0, "", start, 8));
  }
  const report::Plot around{
      .title = "Powers of [[0.8, -0.5], [0.5, 0.8]]",
      .x = {.label = "first number", .low = -1.2, .high = 1.2},
      .y = {.label = "second number", .low = -0.9, .high = 0.9},
      .series = {powers_of(turning, "eigenvalues 0.8 + 0.5i and 0.8 - 0.5i", vector({1, 0}), 40)},
      .has_equal_scales = true};

  // A walker goes from flower to flower, rather to near ones.
  const data::LoadedDataSet iris = data::load("iris");
  const Tensor x = cast(iris.train.inputs(), DType::f64);
  const Tensor distances = linalg::distance(expand_dims(x, 1), x);
  const Tensor weights = exp(square(distances) * -2.0) * (1.0 - eye(150, 150, 0, DType::f64));
  const Tensor ways = sum(weights, {.axes = {1}, .keep_axes = true});
  const Tensor steps = weights / ways;  // probabilities: each row adds up to 1
  const linalg::ComplexParts of_walk = linalg::eigvals(steps);
  const auto values = of_walk.real.to_vector<double>();
  notebook.say(fmt::format(
      "\na walk among 150 iris flowers: eigenvalues {:.4f}, {:.4f}, {:.4f}, ...\n"
      "1 of what stays as it is; {:.4f} of what a step hardly changes: on which side one is",
      values[0], values[1], values[2], values[1]));
  // The same, of a symmetric matrix: D^-1/2 W D^-1/2 = D^1/2 (D^-1 W) D^-1/2.
  const Tensor roots = sqrt(ways);
  const linalg::SymmetricEigen symmetric = linalg::eigh(weights / roots / transpose(roots));
  const Tensor of_steps = symmetric.vectors / roots;
  const Tensor second = select(of_steps, 1, 148), third = select(of_steps, 1, 147);
  const auto side = second.to_vector<double>();
  const auto species = iris.train.targets().to_vector<std::int64_t>();
  int together = 0;
  for (std::size_t i = 0; i < side.size(); ++i) {
    together += (side[i] > 0) == (side[0] > 0) ? species[i] == 0 : species[i] != 0;
  }
  notebook.say(fmt::format("the sign of its eigenvector parts setosa from the others in {} of 150",
                           together));
  notebook.picture(
      "eigenvectors",
      {along,
       around,
       {.title = "Flowers by eigenvectors of the walk",
        .x = {.label = "second eigenvector"},
        .y = {.label = "third eigenvector"},
        .series = points_by_class(second, third, iris.train.targets(), iris.info.class_names)}},
      3);
}

}  // namespace gradus::lessons
