#include "gradus/learn/nearest_center.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "gradus/base/parallel.h"
#include "gradus/learn/examples.h"
#include "gradus/learn/squared_distance.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/select.h"

namespace gradus::learn {
namespace {

constexpr std::int64_t kRowBlock = 256;

}  // namespace

CenterSearch::CenterSearch(const Tensor& centers, DType dtype)
    : centers_(cast(centers, dtype).eval()) {
  turned_ = (centers_ * -2.0).eval();
  const std::vector<double> lengths = squared_lengths(centers_);
  longest_ = *std::max_element(lengths.begin(), lengths.end());
  lengths_ = real_tensor(lengths, {centers.dim(0)}, dtype);
}

void CenterSearch::find(const Tensor& rows, const double* lengths, NearestCenter* found) const {
  if (rows.dtype() == DType::f64) {
    find_of<double>(rows, lengths, found);
  } else {
    find_of<float>(rows, lengths, found);
  }
}

template <class T>
void CenterSearch::find_of(const Tensor& rows, const double* lengths, NearestCenter* found) const {
  // |x - c|^2 = |x|^2 + |c|^2 - 2 x c; the rounding of the last two is bounded as in Higham,
  // Accuracy and Stability of Numerical Algorithms, 2002, section 3.1.
  const Tensor products = linear(rows, turned_, lengths_).eval();
  const auto features = static_cast<std::size_t>(rows.dim(1));
  const auto count = static_cast<std::size_t>(centers_.dim(0));
  const T* distances = products.data<T>().data();
  const double unit = (static_cast<double>(features) + 4) *
                      static_cast<double>(std::numeric_limits<T>::epsilon()) / 2;
  for (std::int64_t i = 0; i < rows.dim(0); ++i, distances += count) {
    std::size_t best = 0;
    T first = distances[0], second = std::numeric_limits<T>::infinity();
    for (std::size_t c = 1; c < count; ++c) {
      if (distances[c] < first) {
        second = first;
        first = distances[c];
        best = c;
      } else {
        second = std::min(second, distances[c]);
      }
    }
    const double length = lengths[i];
    const double slack = unit * (2 * std::sqrt(length * longest_) + longest_);
    found[i] = {static_cast<std::int32_t>(best),
                std::sqrt(std::max(0.0, static_cast<double>(first) + length + slack)),
                std::sqrt(std::max(0.0, static_cast<double>(second) + length - slack))};
  }
}

std::vector<double> squared_lengths(const Tensor& x) {
  std::vector<double> lengths(static_cast<std::size_t>(x.dim(0)));
  const auto features = static_cast<std::size_t>(x.dim(1));
  const auto measure = [&]<class T>(const T* rows) {
    parallel_for(x.dim(0), kRowBlock, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        lengths[static_cast<std::size_t>(i)] = squared_length(rows + i * x.dim(1), features);
      }
    });
  };
  if (x.dtype() == DType::f64) {
    measure(x.data<double>().data());
  } else {
    measure(x.data<float>().data());
  }
  return lengths;
}

Tensor nearest_centers(const Tensor& x, const Tensor& centers) {
  const CenterSearch search(centers, x.dtype());
  const std::vector<double> lengths = squared_lengths(x);
  std::vector<std::int64_t> labels(static_cast<std::size_t>(x.dim(0)));
  parallel_for(x.dim(0), kRowBlock, [&](std::int64_t begin, std::int64_t end) {
    std::vector<NearestCenter> found(static_cast<std::size_t>(end - begin));
    search.find(slice(x, 0, {.start = begin, .stop = end}).eval(), lengths.data() + begin,
                found.data());
    for (std::int64_t i = begin; i < end; ++i) {
      labels[static_cast<std::size_t>(i)] = found[static_cast<std::size_t>(i - begin)].center;
    }
  });
  return Tensor::from(labels);
}

Tensor center_distances(const Tensor& x, const Tensor& centers) {
  const auto features = static_cast<std::size_t>(x.dim(1));
  const auto count = centers.dim(0);
  const Tensor wide = cast(x, DType::f64).eval();
  const double* rows = wide.data<double>().data();
  const double* all = centers.data<double>().data();
  std::vector<double> distances(static_cast<std::size_t>(x.dim(0) * count));
  parallel_for(x.dim(0), kRowBlock, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      for (std::int64_t c = 0; c < count; ++c) {
        distances[static_cast<std::size_t>(i * count + c)] =
            std::sqrt(squared_distance(rows + i * x.dim(1), all + c * x.dim(1), features));
      }
    }
  });
  return real_tensor(distances, {x.dim(0), count}, x.dtype());
}

double inertia_of(const Tensor& x, const Tensor& centers, const Tensor& labels,
                  const Tensor& weights) {
  const auto features = static_cast<std::size_t>(x.dim(1));
  const auto own = labels.data<std::int64_t>();
  const double* all = centers.data<double>().data();
  std::vector<double> sums(static_cast<std::size_t>((x.dim(0) + kRowBlock - 1) / kRowBlock));
  const auto add = [&]<class T>(const T* rows) {
    parallel_for(x.dim(0), kRowBlock, [&](std::int64_t begin, std::int64_t end) {
      double sum = 0;
      std::vector<double> row(features);
      for (std::int64_t i = begin; i < end; ++i) {
        std::copy_n(rows + i * x.dim(1), features, row.begin());
        const auto place = static_cast<std::size_t>(i);
        const double square = squared_distance(row.data(), all + own[place] * x.dim(1), features);
        sum += weights.defined() ? weights.data<double>()[place] * square : square;
      }
      sums[static_cast<std::size_t>(begin / kRowBlock)] = sum;
    });
  };
  if (x.dtype() == DType::f64) {
    add(x.data<double>().data());
  } else {
    add(x.data<float>().data());
  }
  double total = 0;
  for (const double sum : sums) total += sum;
  return total;
}

}  // namespace gradus::learn
