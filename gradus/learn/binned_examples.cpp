#include "gradus/learn/binned_examples.h"

#include <algorithm>

#include "gradus/base/parallel.h"

namespace gradus::learn {
namespace {

/// Above a and at most b, where a < b.
double between(double a, double b) {
  const double middle = a + (b - a) / 2;
  return middle < b ? middle : a;
}

/// values: sorted.
std::vector<double> edges_of(const std::vector<double>& values, std::size_t bins) {
  std::vector<double> distinct = values;
  distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
  std::vector<double> edges;
  if (distinct.size() <= bins) {
    for (std::size_t i = 1; i < distinct.size(); ++i) {
      edges.push_back(between(distinct[i - 1], distinct[i]));
    }
    return edges;
  }
  for (std::size_t i = 1; i < bins; ++i) {
    const double below = values[(values.size() * i - 1) / bins];
    const auto above = std::upper_bound(distinct.begin(), distinct.end(), below);
    if (above == distinct.end()) break;
    const double edge = between(below, *above);
    if (edges.empty() || edge > edges.back()) edges.push_back(edge);
  }
  return edges;
}

template <class T>
BinnedExamples bin_all(const Tensor& x, std::size_t bins) {
  BinnedExamples result;
  result.examples = static_cast<std::size_t>(x.dim(0));
  result.features = static_cast<std::size_t>(x.dim(1));
  result.bins.resize(result.examples * result.features);
  result.edges.resize(result.features);
  const auto values = x.data<T>();
  parallel_for(x.dim(1), 1, [&](std::int64_t feature, std::int64_t) {
    const auto f = static_cast<std::size_t>(feature);
    std::vector<T> column(result.examples);
    for (std::size_t i = 0; i < column.size(); ++i) column[i] = values[i * result.features + f];
    std::vector<T> sorted = column;
    std::sort(sorted.begin(), sorted.end());
    const std::vector<double>& edges = result.edges[f] =
        edges_of(std::vector<double>(sorted.begin(), sorted.end()), bins);
    std::uint8_t* to = result.bins.data() + f * result.examples;
    for (std::size_t i = 0; i < column.size(); ++i) {
      to[i] = static_cast<std::uint8_t>(std::lower_bound(edges.begin(), edges.end(), column[i]) -
                                        edges.begin());
    }
  });
  return result;
}

}  // namespace

BinnedExamples bin_examples(const Tensor& x, std::int64_t bins) {
  if (x.dtype() == DType::f64) return bin_all<double>(x, static_cast<std::size_t>(bins));
  return bin_all<float>(x, static_cast<std::size_t>(bins));
}

}  // namespace gradus::learn
