#include "gradus/learn/polynomial_features.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/learn/examples.h"

namespace gradus::learn {
namespace {

constexpr std::int64_t kMostDegree = 64;
constexpr std::size_t kMostNumbers = std::size_t{1} << 24;

/// The next combination of `features` things in ascending order, with or without repetition.
bool advance(std::vector<std::int64_t>& combination, std::int64_t features, bool repeated) {
  const auto size = static_cast<std::int64_t>(combination.size());
  for (std::int64_t i = size - 1; i >= 0; --i) {
    auto& place = combination[static_cast<std::size_t>(i)];
    const std::int64_t last = repeated ? features - 1 : features - size + i;
    if (place == last) continue;
    ++place;
    for (std::int64_t j = i + 1; j < size; ++j) {
      combination[static_cast<std::size_t>(j)] =
          combination[static_cast<std::size_t>(j - 1)] + (repeated ? 0 : 1);
    }
    return true;
  }
  return false;
}

}  // namespace

void PolynomialFeaturesOptions::fields(OptionVisitor& v) {
  v("degree", degree);
  v("interaction_only", interaction_only);
  v("bias", bias);
}

void PolynomialFeatures::fitted(FittedVisitor& v) {
  v("powers", powers, Content::i64, {kAnyExtent, feature_count()});
}

void PolynomialFeatures::finish_loading() {
  for (const std::int64_t power : powers.data<std::int64_t>()) {
    if (power < 0 || power > kMostDegree) {
      throw Error(ErrorCode::format, kKind,
                  fmt::format("powers are 0 to {}, not {}", kMostDegree, power));
    }
  }
}

void PolynomialFeatures::learn(const Tensor& x, const Tensor& /*y*/, const Tensor& /*weights*/) {
  if (options.degree < 0 || options.degree > kMostDegree) {
    throw Error(ErrorCode::invalid_argument, kKind,
                fmt::format("degree must be 0 to {}, not {}", kMostDegree, options.degree));
  }
  const std::int64_t features = x.dim(1);
  std::vector<std::int64_t> found;
  for (std::int64_t degree = options.bias ? 0 : 1; degree <= options.degree; ++degree) {
    if (options.interaction_only && degree > features) break;
    std::vector<std::int64_t> combination(static_cast<std::size_t>(degree));
    for (std::size_t i = 0; i < combination.size() && options.interaction_only; ++i) {
      combination[i] = static_cast<std::int64_t>(i);
    }
    do {
      const std::size_t row = found.size();
      if (row + static_cast<std::size_t>(features) > kMostNumbers) {
        throw Error(ErrorCode::invalid_argument, kKind,
                    fmt::format("degree {} of {} features gives too many products", options.degree,
                                features));
      }
      found.resize(row + static_cast<std::size_t>(features));
      for (const std::int64_t f : combination) ++found[row + static_cast<std::size_t>(f)];
    } while (advance(combination, features, !options.interaction_only));
  }
  const auto products = static_cast<std::int64_t>(found.size()) / features;
  if (products == 0) {
    throw Error(ErrorCode::invalid_argument, kKind, "degree 0 without bias gives no features");
  }
  powers = Tensor::from(found, {products, features});
}

Tensor PolynomialFeatures::do_transform(const Tensor& x) const {
  const auto values = x.to_vector<double>();
  const auto exponents = powers.data<std::int64_t>();
  const auto features = static_cast<std::size_t>(x.dim(1));
  std::vector<double> products;
  products.reserve(static_cast<std::size_t>(x.dim(0) * powers.dim(0)));
  for (std::size_t row = 0; row < values.size(); row += features) {
    for (std::size_t p = 0; p < exponents.size(); p += features) {
      double product = 1;
      for (std::size_t f = 0; f < features; ++f) {
        for (std::int64_t i = 0; i < exponents[p + f]; ++i) product *= values[row + f];
      }
      products.push_back(product);
    }
  }
  return real_tensor(products, {x.dim(0), powers.dim(0)}, x.dtype());
}

}  // namespace gradus::learn
