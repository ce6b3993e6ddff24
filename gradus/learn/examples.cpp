#include "gradus/learn/examples.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/base/parallel.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/indexing.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/select.h"

namespace gradus::learn {
namespace {

/// f32 holds every value of the small types; i32 and i64 need f64.
DType real_type(DType dtype) {
  return dtype == DType::f64 || dtype == DType::i32 || dtype == DType::i64 ? DType::f64
                                                                           : DType::f32;
}

/// The first value that is not finite (NaN may be allowed), or the end.
template <class T>
std::int64_t first_bad(std::span<const T> values, Missing missing) {
  constexpr std::size_t kBlock = 256, kLanes = 16;
  const auto is_bad = [&](T value) {
    return !std::isfinite(value) && !(missing == Missing::allowed && std::isnan(value));
  };
  for (std::size_t begin = 0; begin < values.size(); begin += kBlock) {
    const std::size_t end = std::min(begin + kBlock, values.size());
    // x - x is 0 of finite numbers and NaN of others; without branches and with sums of their own,
    // the lanes of a full block are one vector.
    if (end - begin == kBlock) {
      T sums[kLanes] = {};
      for (std::size_t i = begin; i < end; i += kLanes) {
        for (std::size_t lane = 0; lane < kLanes; ++lane) {
          sums[lane] += values[i + lane] - values[i + lane];
        }
      }
      if (std::accumulate(sums, sums + kLanes, T{0}) == 0) continue;
    }
    for (std::size_t i = begin; i < end; ++i) {
      if (is_bad(values[i])) return static_cast<std::int64_t>(i);
    }
  }
  return static_cast<std::int64_t>(values.size());
}

template <class T>
void require_finite_rows(const char* operation, const Tensor& x, Missing missing) {
  constexpr std::int64_t kFinitePiece = 1 << 18;
  const auto values = x.data<T>();
  const auto pieces = static_cast<std::size_t>((x.size() + kFinitePiece - 1) / kFinitePiece);
  std::vector<std::int64_t> bad(pieces);
  parallel_for(x.size(), kFinitePiece, [&](std::int64_t begin, std::int64_t end) {
    const auto piece =
        values.subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin));
    bad[static_cast<std::size_t>(begin / kFinitePiece)] = begin + first_bad(piece, missing);
  });
  for (std::size_t piece = 0; piece < pieces; ++piece) {
    const std::int64_t end =
        std::min(static_cast<std::int64_t>(piece + 1) * kFinitePiece, x.size());
    const std::int64_t place = bad[piece];
    if (place == end) continue;
    throw Error(ErrorCode::numeric, operation,
                fmt::format("feature {} of example {} is {}", place % x.dim(1), place / x.dim(1),
                            values[static_cast<std::size_t>(place)]),
                {x.shape()});
  }
}

}  // namespace

Tensor checked_examples(const char* operation, const Tensor& x, Missing missing) {
  if (!x.defined() || x.rank() != 2) {
    throw Error(
        ErrorCode::shape, operation,
        fmt::format("takes (examples, features), not {}", x.defined() ? x.signature() : "nothing"));
  }
  if (x.size() == 0) {
    throw Error(ErrorCode::shape, operation,
                fmt::format("there must be examples and features, not {}", x.signature()),
                {x.shape()});
  }
  const DType dtype = real_type(x.dtype());
  const Tensor real =
      Tensor::from_array(row_major_copy((x.dtype() == dtype ? x : cast(x, dtype)).eval().array()));
  if (dtype == DType::f64) {
    require_finite_rows<double>(operation, real, missing);
  } else {
    require_finite_rows<float>(operation, real, missing);
  }
  return real;
}

const Tensor& checked_result(const char* operation, const Tensor& result) {
  const auto check = [&](auto values) {
    const std::int64_t bad = first_bad(values, Missing::refused);
    if (bad == result.size()) return;
    throw Error(ErrorCode::numeric, operation,
                fmt::format("the result for example {} is {}: the examples are too large for {}",
                            bad / (result.size() / result.dim(0)),
                            values[static_cast<std::size_t>(bad)], name_of(result.dtype())),
                {result.shape()});
  };
  if (result.dtype() == DType::f32) check(result.data<float>());
  if (result.dtype() == DType::f64) check(result.data<double>());
  return result;
}

bool is_sound(const Tensor& fitted, Content content) {
  const auto is_finite = [&](auto values) {
    return first_bad(values, Missing::refused) == fitted.size();
  };
  if (content == Content::i64) return true;
  if (content == Content::limits) {
    const auto values = fitted.data<double>();
    return std::none_of(values.begin(), values.end(), [](double v) { return std::isnan(v); });
  }
  return fitted.dtype() == DType::f32 ? is_finite(fitted.data<float>())
                                      : is_finite(fitted.data<double>());
}

Tensor checked_labels(const char* operation, const Tensor& labels, std::int64_t count) {
  if (!labels.defined() || labels.rank() != 1 || is_floating(labels.dtype())) {
    throw Error(labels.defined() && labels.rank() == 1 ? ErrorCode::dtype : ErrorCode::shape,
                operation,
                fmt::format("takes integer classes (examples), not {}",
                            labels.defined() ? labels.signature() : "nothing"));
  }
  if (labels.dim(0) != count) {
    throw Error(ErrorCode::shape, operation,
                fmt::format("there are {} examples and {} classes", count, labels.dim(0)),
                {labels.shape()});
  }
  return Tensor::from(labels.to_vector<std::int64_t>());
}

Tensor checked_numbers(const char* operation, const Tensor& numbers, std::int64_t count) {
  const bool vector = numbers.defined() && numbers.rank() == 1;
  const bool column = numbers.defined() && numbers.rank() == 2 && numbers.dim(1) == 1;
  if (!vector && !column) {
    throw Error(ErrorCode::shape, operation,
                fmt::format("takes targets (examples) or (examples, 1), not {}",
                            numbers.defined() ? numbers.signature() : "nothing"));
  }
  if (numbers.dim(0) != count) {
    throw Error(ErrorCode::shape, operation,
                fmt::format("there are {} examples and {} targets", count, numbers.dim(0)),
                {numbers.shape()});
  }
  const auto values = numbers.to_vector<double>();
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!std::isfinite(values[i])) {
      throw Error(ErrorCode::numeric, operation, fmt::format("target {} is {}", i, values[i]));
    }
  }
  return Tensor::from(values);
}

Tensor checked_weights(const char* operation, const Tensor& weights, std::int64_t count) {
  if (!weights.defined()) return {};
  if (weights.rank() != 1 || weights.dim(0) != count) {
    throw Error(
        ErrorCode::shape, operation,
        fmt::format("takes a weight for each of {} examples, not {}", count, weights.signature()),
        {weights.shape()});
  }
  const auto values = weights.to_vector<double>();
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i] >= 0 && std::isfinite(values[i])) continue;
    throw Error(ErrorCode::invalid_argument, operation,
                fmt::format("weight {} must be finite and 0 or more, not {}", i, values[i]));
  }
  const double total = std::accumulate(values.begin(), values.end(), 0.0);
  if (!(total > 0)) throw Error(ErrorCode::invalid_argument, operation, "all weights are zero");
  if (!std::isfinite(total)) {
    throw Error(ErrorCode::numeric, operation, "the sum of the weights overflows");
  }
  return Tensor::from(values);
}

double total_weight(const Tensor& weights, std::int64_t count) {
  if (!weights.defined()) return static_cast<double>(count);
  const auto values = weights.data<double>();
  return std::accumulate(values.begin(), values.end(), 0.0);
}

Tensor shares_of(const Tensor& weights, std::int64_t count) {
  const double total = total_weight(weights, count);
  if (!weights.defined()) return full({count}, 1 / total, DType::f64);
  return Tensor((weights / total).eval());
}

Tensor distinct(const Tensor& labels) {
  auto values = labels.to_vector<std::int64_t>();
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
  return Tensor::from(values);
}

Tensor codes_of(const char* operation, const Tensor& labels, const Tensor& classes) {
  const auto known = classes.data<std::int64_t>();
  std::vector<std::int64_t> codes;
  codes.reserve(static_cast<std::size_t>(labels.size()));
  for (const std::int64_t label : labels.to_vector<std::int64_t>()) {
    const auto place = std::lower_bound(known.begin(), known.end(), label);
    if (place == known.end() || *place != label) {
      throw Error(ErrorCode::invalid_argument, operation,
                  fmt::format("{} is none of the classes", label));
    }
    codes.push_back(place - known.begin());
  }
  return Tensor::from(codes);
}

Tensor rows_of(const Tensor& x, std::span<const std::int64_t> numbers) {
  const Tensor indices = Tensor::from(numbers, Shape{static_cast<std::int64_t>(numbers.size())});
  return Tensor(take(x, indices).eval());
}

Tensor real_tensor(const std::vector<double>& values, const Shape& shape, DType dtype) {
  if (dtype == DType::f64) return Tensor::from(values, shape);
  return Tensor::from(std::vector<float>(values.begin(), values.end()), shape);
}

}  // namespace gradus::learn
