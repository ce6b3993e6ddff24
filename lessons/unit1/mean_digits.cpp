// Tensors at work: handwritten digits as vectors that are added, scaled and multiplied.
#include <fmt/format.h>

#include "gradus/learn/classification_metrics.h"
#include "gradus/linalg/norm.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/indexing.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "lessons/lessons.h"
#include "lessons/pictures.h"
#include "lessons/tables.h"

namespace gradus::lessons {
namespace {

/// Rows of length 1.
Tensor unit_rows(const Tensor& x) {
  return x / linalg::vector_norm(x, {.axes = {-1}, .keep_axes = true});
}

void show_small_vectors(Notebook& notebook) {
  const Tensor a = vector({1, 2, 3}), b = vector({4, 5, 6});
  Table table({Align::left, Align::left});
  table.row({"a", in_brackets(a)});
  table.row({"b", in_brackets(b)});
  table.row({"a + b", in_brackets(a + b)});
  table.row({"2 a", in_brackets(a * 2.0)});
  table.row({"dot product", in_brackets(dot(a, b))});
  table.row({"outer product", in_brackets(outer(a, b))});
  notebook.show(table);
}

}  // namespace

void mean_digits(Notebook& notebook) {
  show_small_vectors(notebook);

  // A picture is a tensor (8, 8), its pixels a vector (64), all pictures a matrix (1797, 64).
  const Digits digits = digit_rows();
  const std::int64_t half = 898;
  const auto part = [&](const Tensor& x, bool is_first) {
    return slice(x, 0, is_first ? Range{.stop = half} : Range{.start = half});
  };
  const Tensor x = part(digits.x, true), labels = part(digits.labels, true);
  const Tensor member = one_hot(labels, 10, DType::f64);  // (examples, 10)
  // The sum of the vectors of each class, and 1/n of it.
  const Tensor sums = matmul(transpose(member), x);
  const Tensor means = sums / expand_dims(sum(member, {.axes = {0}}), 1);

  // Dot products of vectors of length 1 say how alike they are: the largest wins.
  const Tensor likeness = matmul(unit_rows(part(digits.x, false)), transpose(unit_rows(means)));
  const double right = learn::accuracy(argmax(likeness), part(digits.labels, false));
  notebook.say(
      fmt::format("\n{} digits are added up by class; of the other {}, {:.2f} % have their largest "
                  "dot product\n"
                  "with the mean of their own class (both of length 1)",
                  half, digits.x.dim(0) - half, 100 * right));

  // What an outer product can say of a picture: the ink of its rows times that of its columns.
  const Tensor zero = reshape(select(means, 0, 0), Dims{8, 8});
  const Tensor rows = sum(zero, {.axes = {1}}), columns = sum(zero, {.axes = {0}});
  const Tensor product = outer(rows, columns) / sum(zero);
  const double missed =
      (linalg::vector_norm(zero - product, {.axes = {}}) / linalg::vector_norm(zero, {.axes = {}}))
          .item<double>();
  notebook.say(
      fmt::format("an outer product of its rows' and columns' sums misses {:.1f} % of the "
                  "mean 0: it has no hole",
                  100 * missed));

  std::vector<std::string> names;
  for (int digit = 0; digit < 10; ++digit) names.push_back(std::to_string(digit));
  notebook.picture("mean-digits",
                   {tiles("Sums of vectors, times 1/n", reshape(means, Dims{10, 8, 8}), 4),
                    heat_map({.title = "Dot products of the means, of length 1",
                              .values = matmul(unit_rows(means), transpose(unit_rows(means))),
                              .rows = names,
                              .columns = names,
                              .x_label = "digit",
                              .y_label = "digit",
                              .white = 0.5}),
                    tiles("The mean 0, and an outer product", stack({zero, product}), 2)},
                   3);
}

}  // namespace gradus::lessons
