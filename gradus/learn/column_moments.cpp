#include "gradus/learn/column_moments.h"

#include "gradus/base/parallel.h"

namespace gradus::learn {
namespace {

constexpr std::int64_t kMomentRows = 2048;

/// Sums over examples of term(value, feature), of each feature: pieces of rows in parallel, then
/// the pieces in order.
template <class T, class Term>
std::vector<double> column_sums(const Tensor& x, Term term) {
  const auto features = static_cast<std::size_t>(x.dim(1));
  const auto pieces = static_cast<std::size_t>((x.dim(0) + kMomentRows - 1) / kMomentRows);
  std::vector<std::vector<double>> partial(pieces);
  const T* values = x.data<T>().data();
  parallel_for(x.dim(0), kMomentRows, [&](std::int64_t begin, std::int64_t end) {
    std::vector<double> sums(features);
    for (std::int64_t i = begin; i < end; ++i) {
      const T* row = values + i * x.dim(1);
      std::size_t f = 0;
      for (; f + 4 <= features; f += 4) {
        for (std::size_t lane = f; lane < f + 4; ++lane) {
          sums[lane] += term(static_cast<double>(row[lane]), lane);
        }
      }
      for (; f < features; ++f) sums[f] += term(static_cast<double>(row[f]), f);
    }
    partial[static_cast<std::size_t>(begin / kMomentRows)] = std::move(sums);
  });
  std::vector<double> total(features);
  for (const auto& piece : partial) {
    for (std::size_t f = 0; f < features; ++f) total[f] += piece[f];
  }
  return total;
}

template <class T>
ColumnMoments moments_of(const Tensor& x) {
  const auto count = static_cast<double>(x.dim(0));
  ColumnMoments result;
  result.mean = column_sums<T>(x, [](double value, std::size_t) { return value; });
  for (double& mean : result.mean) mean /= count;
  const double* mean = result.mean.data();
  result.variance = column_sums<T>(
      x, [mean](double value, std::size_t f) { return (value - mean[f]) * (value - mean[f]); });
  for (double& variance : result.variance) variance /= count;
  return result;
}

}  // namespace

ColumnMoments column_moments(const Tensor& x) {
  return x.dtype() == DType::f64 ? moments_of<double>(x) : moments_of<float>(x);
}

}  // namespace gradus::learn
