// Kinds of matrices that come up with data, and how a computer tells them.
#include <cmath>

#include <fmt/format.h>

#include "gradus/data/catalog.h"
#include "gradus/linalg/determinant.h"
#include "gradus/linalg/eigen.h"
#include "gradus/linalg/matrix_kind.h"
#include "gradus/linalg/rank.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/select.h"
#include "gradus/ops/triangle.h"
#include "gradus/stats/moments.h"
#include "lessons/lessons.h"
#include "lessons/pictures.h"
#include "lessons/tables.h"

namespace gradus::lessons {
namespace {

/// 1 / (i + j + 1)
Tensor hilbert(std::int64_t n) {
  const Tensor i = arange(0, static_cast<double>(n), 1, DType::f64);
  return 1.0 / (expand_dims(i, 1) + i + 1.0);
}

struct Example {
  const char* name;
  Tensor matrix;
};

/// As a power of 10: it may be too small for a number.
std::string determinant_of(const Tensor& a) {
  const linalg::SignedLogDeterminant found = linalg::log_determinant(a);
  const double logarithm = found.logarithm.item<double>() / std::log(10.0);
  if (!std::isfinite(logarithm)) return "0";
  return fmt::format("10^{:.1f}", std::round(10 * logarithm) / 10 + 0.0);  // never -0.0
}

}  // namespace

void kinds_of_matrices(Notebook& notebook) {
  const data::LoadedDataSet iris = data::load("iris");
  const Tensor x = cast(iris.train.inputs(), DType::f64);
  const Tensor covariance = stats::covariance(x);
  const linalg::SymmetricEigen axes = linalg::eigh(covariance);
  // A column that is the same for all flowers tells nothing.
  const Tensor more = concatenate({x, ones({150, 1}, DType::f64)}, 1);

  const Example examples[] = {
      {"covariance of iris", covariance},
      {"its eigenvectors", axes.vectors},
      {"its eigenvalues", diagonal_matrix(axes.values)},
      {"with a constant column", stats::covariance(more)},
      {"Hilbert's, order 5", hilbert(5)},
      {"Hilbert's, order 14", hilbert(14)},
      {"0.1 times the identity, order 100", eye(100, 100, 0, DType::f64) * 0.1},
      {"upper triangle of ones", upper_triangle(ones({5, 5}, DType::f64))},
  };
  Table table({Align::left, Align::left, Align::left, Align::left, Align::left, Align::left,
               Align::right, Align::right});
  table.row({"matrix", "diagonal", "symmetric", "orthogonal", "positive definite", "singular",
             "|determinant|", "condition"});
  const auto answer = [](bool is_so) { return is_so ? "yes" : "-"; };
  for (const auto& [name, a] : examples) {
    table.row({name, answer(linalg::is_diagonal(a)), answer(linalg::is_symmetric(a)),
               answer(linalg::is_orthogonal(a)), answer(linalg::is_positive_definite(a)),
               answer(linalg::is_singular(a)), determinant_of(a),
               fmt::format("{:.1e}", linalg::condition_number(a).item<double>())});
  }
  notebook.show(table);
  notebook.say(
      "What is singular shows in the condition, the largest singular value over the smallest;\n"
      "the determinant of 0.1 times the identity is 10^-100, and its inverse is 10 times it.");

  const auto& names = iris.info.feature_names;
  std::vector<std::string> short_names;
  for (const std::string& name : names)
    short_names.push_back(name.substr(0, 7) + ".");  // "sepal l."
  const auto map = [](const char* title, const Tensor& a, std::vector<std::string> labels,
                      int digits = 2) {
    return heat_map(
        {.title = title, .values = a, .rows = labels, .columns = labels, .digits = digits});
  };
  const std::vector<std::string> axis{"1", "2", "3", "4"};
  report::Plot vectors = map("Orthogonal: its eigenvectors", axes.vectors, short_names);
  vectors.x.names = axis;
  const std::vector<std::string> five{"1", "2", "3", "4", "5"};
  notebook.picture("kinds-of-matrices",
                   {map("Symmetric, positive definite: a covariance", covariance, short_names),
                    vectors, map("Diagonal: its eigenvalues", diagonal_matrix(axes.values), axis),
                    map("Nearly singular: Hilbert's, order 5", hilbert(5), five),
                    map("Upper triangular", upper_triangle(ones({5, 5}, DType::f64)), five, 0),
                    map("Identity", eye(5, 5, 0, DType::f64), five, 0)},
                   3);
}

}  // namespace gradus::lessons
