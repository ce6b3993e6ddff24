// Norms of a matrix: by how much it lengthens vectors at most, and what that says of a photograph.
#include <cmath>
#include <numbers>

#include <fmt/format.h>

#include "gradus/linalg/norm.h"
#include "gradus/linalg/svd.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/random.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "lessons/lessons.h"
#include "lessons/tables.h"

namespace gradus::lessons {
namespace {

using linalg::MatrixNorm;

/// Vectors of length 1 by a norm, where a sends them, and the smallest circle that holds these.
report::Plot stretched(const char* title, const Tensor& a, double order, MatrixNorm norm) {
  const double factor = linalg::matrix_norm(a, norm).item<double>();
  report::PlotSeries circle{.name = "x of length 1", .color = 0}, image{.name = "A x", .color = 1},
      holds{.name = fmt::format("length {:.4f}", factor), .mark = report::Mark::dashed, .color = 8};
  for (const double angle : spaced(0, 2 * std::numbers::pi, 361)) {
    const Tensor direction = vector({std::cos(angle), std::sin(angle)});
    const Tensor x = direction / linalg::vector_norm(direction, {.order = order});
    const auto from = x.to_vector<double>(), to = matmul(a, x).to_vector<double>();
    circle.x.push_back(from[0]);
    circle.y.push_back(from[1]);
    image.x.push_back(to[0]);
    image.y.push_back(to[1]);
    holds.x.push_back(factor * from[0]);
    holds.y.push_back(factor * from[1]);
  }
  return {.title = title,
          .x = {.label = "first number"},
          .y = {.label = "second number", .low = -7.5, .high = 7.5},
          .series = {circle, image, holds},
          .has_equal_scales = true};
}

}  // namespace

void matrix_norms(Notebook& notebook) {
  const Tensor a = matrix({{1, 2}, {3, 4}});
  const Tensor photograph = camera();
  const Tensor noise = random_normal(Key(1), photograph.shape(), 0, 1, DType::f64);
  // Of the photograph's size, by the root of the sum of squares.
  const Tensor as_large = noise * (linalg::matrix_norm(photograph) / linalg::matrix_norm(noise));

  Table table({Align::left, Align::right, Align::right, Align::right});
  table.row({"norm", "of " + in_brackets(a), "of a photograph", "of noise"});
  struct Named {
    const char* name;
    MatrixNorm norm;
  };
  for (const auto& [name, norm] :
       {Named{"Frobenius: root of the sum of squares", MatrixNorm::frobenius},
        Named{"1: largest column sum", MatrixNorm::one},
        Named{"infinity: largest row sum", MatrixNorm::infinity},
        Named{"spectral: largest singular value", MatrixNorm::spectral},
        Named{"nuclear: sum of singular values", MatrixNorm::nuclear}}) {
    const auto of = [&](const Tensor& m) { return linalg::matrix_norm(m, norm).item<double>(); };
    table.row({name, fmt::format("{:.6f}", of(a)), fmt::format("{:.2f}", of(photograph)),
               fmt::format("{:.2f}", of(as_large))});
  }
  notebook.show(table);
  notebook.say(
      "The noise has as large squares as the photograph, in many directions instead of few:\n"
      "its spectral norm is small, its nuclear norm large.");

  const auto singular_values = [](const char* name, const Tensor& m) {
    const auto values = linalg::svdvals(m).to_vector<double>();
    return report::PlotSeries{.name = name, .x = counted(values.size()), .y = values};
  };
  notebook.picture(
      "matrix-norms",
      {stretched("The 1-norm: lengths by L1", a, 1, MatrixNorm::one),
       stretched("The spectral norm: lengths by L2", a, 2, MatrixNorm::spectral),
       stretched("The infinity norm: lengths by L infinity", a, linalg::kInfinityNorm,
                 MatrixNorm::infinity),
       {.title = "Singular values of equal sums of squares",
        .x = {.label = "number"},
        .y = {.label = "value", .scale = report::AxisScale::logarithmic, .low = 1e-2, .high = 1e3},
        .series = {singular_values("photograph", photograph), singular_values("noise", as_large)}}},
      2);
}

}  // namespace gradus::lessons
