#include "gradus/learn/encoder.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/learn/examples.h"

namespace gradus::learn {
namespace {

constexpr const char* kUnknownNames[] = {"error", "ignore"};

}  // namespace

void OneHotEncoderOptions::fields(OptionVisitor& v) { v("unknown", unknown, kUnknownNames); }

void OneHotEncoder::fitted(FittedVisitor& v) {
  v("categories", categories, Content::f64, {kAnyExtent});
  v("sizes", sizes, Content::i64, {feature_count()});
}

void OneHotEncoder::finish_loading() {
  const auto known = categories.data<double>();
  std::int64_t begin = 0;
  bool sound = true;
  for (const std::int64_t size : sizes.data<std::int64_t>()) {
    sound = sound && size >= 1 && size <= categories.size() - begin;
    if (!sound) break;
    for (std::int64_t i = begin + 1; i < begin + size; ++i) {
      sound = sound && known[static_cast<std::size_t>(i - 1)] < known[static_cast<std::size_t>(i)];
    }
    begin += size;
  }
  if (!sound || begin != categories.size()) {
    throw Error(ErrorCode::format, kKind, "sizes do not part the categories");
  }
}

void OneHotEncoder::learn(const Tensor& x, const Tensor& /*y*/, const Tensor& /*weights*/) {
  const auto values = x.to_vector<double>();
  const auto features = static_cast<std::size_t>(x.dim(1));
  std::vector<double> all;
  std::vector<std::int64_t> counts;
  for (std::size_t f = 0; f < features; ++f) {
    std::vector<double> column;
    for (std::size_t i = f; i < values.size(); i += features) column.push_back(values[i]);
    std::sort(column.begin(), column.end());
    column.erase(std::unique(column.begin(), column.end()), column.end());
    counts.push_back(static_cast<std::int64_t>(column.size()));
    all.insert(all.end(), column.begin(), column.end());
  }
  categories = Tensor::from(all);
  sizes = Tensor::from(counts);
}

Tensor OneHotEncoder::do_transform(const Tensor& x) const {
  const auto values = x.to_vector<double>();
  const auto known = categories.data<double>();
  const auto counts = sizes.data<std::int64_t>();
  const auto width = static_cast<std::size_t>(categories.size());
  const auto features = counts.size();
  std::vector<double> columns(static_cast<std::size_t>(x.dim(0)) * width);
  for (std::size_t i = 0; i < static_cast<std::size_t>(x.dim(0)); ++i) {
    auto begin = known.begin();
    for (std::size_t f = 0; f < features; ++f) {
      const double value = values[i * features + f];
      const auto end = begin + counts[f];
      const auto place = std::lower_bound(begin, end, value);
      if (place != end && *place == value) {
        columns[i * width + static_cast<std::size_t>(place - known.begin())] = 1;
      } else if (options.unknown == OneHotEncoderOptions::Unknown::error) {
        throw Error(ErrorCode::invalid_argument, kKind,
                    fmt::format("feature {} of example {} is {}, which it did not see in fit()", f,
                                i, value));
      }
      begin = end;
    }
  }
  return real_tensor(columns, {x.dim(0), categories.size()}, x.dtype());
}

Tensor OneHotEncoder::do_inverse_transform(const Tensor& x) const {
  if (x.dim(1) != categories.size()) {
    throw Error(ErrorCode::shape, kKind,
                fmt::format("it makes {} columns, not {}", categories.size(), x.dim(1)),
                {x.shape()});
  }
  const auto columns = x.to_vector<double>();
  const auto known = categories.data<double>();
  std::vector<double> values;
  for (std::size_t begin = 0; begin < columns.size();) {
    std::size_t category = 0;
    for (const std::int64_t size : sizes.data<std::int64_t>()) {
      const auto first = columns.begin() + static_cast<std::ptrdiff_t>(begin);
      const auto largest = std::max_element(first, first + size);
      if (*largest <= 0) {
        throw Error(ErrorCode::invalid_argument, kKind, "an example has no category of a feature");
      }
      values.push_back(known[category + static_cast<std::size_t>(largest - first)]);
      begin += static_cast<std::size_t>(size);
      category += static_cast<std::size_t>(size);
    }
  }
  return real_tensor(values, {x.dim(0), sizes.size()}, x.dtype());
}

}  // namespace gradus::learn
