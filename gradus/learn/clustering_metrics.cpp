#include "gradus/learn/clustering_metrics.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/base/parallel.h"
#include "gradus/learn/classification_metrics.h"
#include "gradus/learn/examples.h"
#include "gradus/ops/select.h"

namespace gradus::learn {
namespace {

double pairs(double n) { return n * (n - 1) / 2; }

/// Distances from one example to all, by the definition: sums of squares of small differences do
/// not cancel.
void distances_from(std::span<const double> x, std::size_t features, std::size_t from,
                    std::vector<double>& distances) {
  for (std::size_t j = 0; j < distances.size(); ++j) {
    double sum = 0;
    for (std::size_t f = 0; f < features; ++f) {
      const double difference = x[from * features + f] - x[j * features + f];
      sum += difference * difference;
    }
    distances[j] = std::sqrt(sum);
  }
}

}  // namespace

double adjusted_rand(const Tensor& a, const Tensor& b) {
  const std::int64_t count = a.defined() && a.rank() > 0 ? a.dim(0) : 0;
  const Tensor first = checked_labels("adjusted_rand", a, count);
  const Tensor second = checked_labels("adjusted_rand", b, count);
  if (count == 0) throw Error(ErrorCode::shape, "adjusted_rand", "there are no labels");
  const Tensor names[] = {distinct(first), distinct(second)};
  const auto i = codes_of("adjusted_rand", first, names[0]).to_vector<std::int64_t>();
  const auto j = codes_of("adjusted_rand", second, names[1]).to_vector<std::int64_t>();
  // The table may be as large as examples squared; its cells that count are no more than examples.
  std::vector<std::pair<std::int64_t, std::int64_t>> cells;
  std::vector<double> rows(static_cast<std::size_t>(names[0].size()));
  std::vector<double> columns(static_cast<std::size_t>(names[1].size()));
  for (std::size_t e = 0; e < i.size(); ++e) {
    cells.emplace_back(i[e], j[e]);
    ++rows[static_cast<std::size_t>(i[e])];
    ++columns[static_cast<std::size_t>(j[e])];
  }
  std::sort(cells.begin(), cells.end());
  double together = 0, in_first = 0, in_second = 0;
  for (auto begin = cells.begin(); begin != cells.end();) {
    const auto end = std::upper_bound(begin, cells.end(), *begin);
    together += pairs(static_cast<double>(end - begin));
    begin = end;
  }
  for (const double n : rows) in_first += pairs(n);
  for (const double n : columns) in_second += pairs(n);
  const double all = pairs(static_cast<double>(count));
  const double expected = all > 0 ? in_first * in_second / all : 0;
  const double largest = (in_first + in_second) / 2;
  return largest == expected ? 1 : (together - expected) / (largest - expected);
}

double silhouette(const Tensor& x, const Tensor& labels) {
  const Tensor examples = cast(checked_examples("silhouette", x, Missing::refused), DType::f64);
  const Tensor checked = checked_labels("silhouette", labels, x.dim(0));
  const Tensor names = distinct(checked);
  if (names.size() < 2 || names.size() >= x.dim(0)) {
    throw Error(ErrorCode::invalid_argument, "silhouette",
                fmt::format("takes 2 to examples - 1 clusters, not {} of {} examples", names.size(),
                            x.dim(0)));
  }
  const auto codes = codes_of("silhouette", checked, names).to_vector<std::int64_t>();
  const auto values = examples.data<double>();
  const auto clusters = static_cast<std::size_t>(names.size());
  const auto features = static_cast<std::size_t>(x.dim(1));
  std::vector<double> sizes(clusters), widths(codes.size());
  for (const std::int64_t code : codes) ++sizes[static_cast<std::size_t>(code)];
  parallel_for(x.dim(0), 16, [&](std::int64_t begin, std::int64_t end) {
    std::vector<double> distances(codes.size());
    for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
      distances_from(values, features, i, distances);
      std::vector<double> sums(clusters);
      for (std::size_t j = 0; j < codes.size(); ++j) {
        sums[static_cast<std::size_t>(codes[j])] += distances[j];
      }
      const auto own = static_cast<std::size_t>(codes[i]);
      if (sizes[own] == 1) continue;
      const double a = sums[own] / (sizes[own] - 1);
      double b = INFINITY;
      for (std::size_t c = 0; c < clusters; ++c) {
        if (c != own) b = std::min(b, sums[c] / sizes[c]);
      }
      widths[i] = std::max(a, b) > 0 ? (b - a) / std::max(a, b) : 0;
    }
  });
  double sum = 0;
  for (const double width : widths) sum += width;
  return sum / static_cast<double>(widths.size());
}

}  // namespace gradus::learn
