#include "gradus/data/input_scale.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "gradus/base/error.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/select.h"

namespace gradus::data {
namespace {

constexpr std::int64_t kPiece = 1024;  // examples looked at together

/// Count, mean and sum of squared differences from it, low and high, of each channel.
struct Moments {
  double count = 0;
  std::vector<double> mean, squares, low, high;

  /// Joins those of another part of the data. Source: Chan, Golub and LeVeque 1979, eq. 2.1.
  void join(const Moments& other) {
    if (count == 0) {
      *this = other;
      return;
    }
    const double total = count + other.count;
    for (std::size_t i = 0; i < mean.size(); ++i) {
      const double difference = other.mean[i] - mean[i];
      mean[i] += difference * other.count / total;
      squares[i] += other.squares[i] + difference * difference * count * other.count / total;
      low[i] = std::min(low[i], other.low[i]);
      high[i] = std::max(high[i], other.high[i]);
    }
    count = total;
  }
};

Moments moments_of(const Tensor& inputs) {
  const Tensor x = cast(inputs, DType::f64);
  Dims axes;
  for (std::int64_t axis = 0; axis < x.rank(); ++axis) {
    if (axis != 1) axes.push_back(axis);
  }
  const double count = static_cast<double>(x.size()) / static_cast<double>(x.shape()[1]);
  const Tensor variance = var(x, {.axes = axes, .correction = 0});
  return {count, mean(x, {.axes = axes}).to_vector<double>(),
          (variance * Tensor::scalar(count, DType::f64)).to_vector<double>(),
          min(x, {.axes = axes}).to_vector<double>(), max(x, {.axes = axes}).to_vector<double>()};
}

Moments moments_of(const Dataset& examples) {
  Moments all;
  for (std::int64_t first = 0; first < examples.size(); first += kPiece) {
    std::vector<std::int64_t> indices(
        static_cast<std::size_t>(std::min(kPiece, examples.size() - first)));
    std::iota(indices.begin(), indices.end(), first);
    all.join(moments_of(examples.get(indices).inputs));
  }
  return all;
}

/// Values of the channels as a tensor that broadcasts over (batch, channels, ...).
Tensor along_channels(const std::vector<double>& values, int rank, DType dtype) {
  Dims dims(static_cast<std::size_t>(rank), 1);
  dims[1] = static_cast<std::int64_t>(values.size());
  return cast(reshape(Tensor::from(values), dims), dtype);
}

}  // namespace

Tensor InputScale::operator()(const Tensor& inputs, DType dtype) const {
  const Tensor x = cast(inputs, dtype);
  if (offset.empty()) return x.eval();
  if (x.rank() < 2 || x.shape()[1] != static_cast<std::int64_t>(offset.size())) {
    throw Error(ErrorCode::shape, "normalize",
                "inputs of shape " + x.shape().to_string() + " do not have " +
                    std::to_string(offset.size()) + " channels or features on axis 1",
                {x.shape()});
  }
  std::vector<double> factors;
  for (const double value : divisor) factors.push_back(1 / value);
  return ((x - along_channels(offset, x.rank(), dtype)) * along_channels(factors, x.rank(), dtype))
      .eval();
}

InputScale fit_scale(const Dataset& examples, Normalization normalization, double pixel_maximum) {
  if (normalization == Normalization::none || examples.size() == 0) return {};
  const Moments moments = moments_of(examples);
  const std::size_t channels = moments.mean.size();
  InputScale scale;
  if (normalization == Normalization::standard) {
    scale.offset = moments.mean;
    for (const double squares : moments.squares) {
      scale.divisor.push_back(std::sqrt(squares / moments.count));
    }
  } else if (pixel_maximum > 0) {
    scale.offset.assign(channels, 0);
    scale.divisor.assign(channels, pixel_maximum);
  } else {
    scale.offset = moments.low;
    for (std::size_t i = 0; i < channels; ++i) {
      scale.divisor.push_back(moments.high[i] - moments.low[i]);
    }
  }
  for (double& divisor : scale.divisor) {
    if (!(divisor > 0)) divisor = 1;  // a constant feature
  }
  return scale;
}

}  // namespace gradus::data
