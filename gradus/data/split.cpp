#include "gradus/data/split.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "gradus/base/error.h"

namespace gradus::data {
namespace {

void check_shares(const char* operation, const SplitOptions& options) {
  const double shares[] = {options.train, options.validation, options.test};
  const bool negative =
      std::any_of(std::begin(shares), std::end(shares), [](double share) { return !(share >= 0); });
  if (negative || std::abs(shares[0] + shares[1] + shares[2] - 1) > 1e-6) {
    throw Error(ErrorCode::invalid_argument, operation,
                fmt::format("the shares {}, {} and {} are not parts of 1", shares[0], shares[1],
                            shares[2]));
  }
}

/// Deals the examples out in the order given, each to the part that lacks most, so that any run of
/// neighbours is shared out evenly (Tijdeman 1980, "The chairman assignment problem").
Split deal(const std::vector<std::int64_t>& order, const SplitOptions& options) {
  Split split;
  const std::array<double, 3> shares = {options.train, options.validation, options.test};
  const std::array<std::vector<std::int64_t>*, 3> parts = {&split.train, &split.validation,
                                                           &split.test};
  for (std::size_t i = 0; i < order.size(); ++i) {
    std::size_t chosen = 0;
    double most = -INFINITY;
    for (std::size_t part = 0; part < parts.size(); ++part) {
      const double lacking =
          shares[part] * static_cast<double>(i + 1) - static_cast<double>(parts[part]->size());
      if (shares[part] > 0 && lacking > most + 1e-9) {
        most = lacking;
        chosen = part;
      }
    }
    parts[chosen]->push_back(order[i]);
  }
  for (auto* part : parts) std::sort(part->begin(), part->end());
  return split;
}

std::vector<std::int64_t> shuffled(const Key& key, std::int64_t count) {
  return random_permutation(key, count).to_vector<std::int64_t>();
}

}  // namespace

Split split_at_random(std::int64_t count, const SplitOptions& options) {
  check_shares("split_at_random", options);
  return deal(shuffled(options.key, count), options);
}

Split split_by_class(const Tensor& labels, const SplitOptions& options) {
  check_shares("split_by_class", options);
  if (!labels.defined() || labels.rank() != 1 || is_floating(labels.dtype())) {
    throw Error(ErrorCode::shape, "split_by_class",
                "takes integer labels (examples), not " + labels.signature());
  }
  const auto classes = labels.to_vector<std::int64_t>();
  auto order = shuffled(options.key, labels.size());
  std::stable_sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) {
    return classes[static_cast<std::size_t>(a)] < classes[static_cast<std::size_t>(b)];
  });
  return deal(order, options);
}

}  // namespace gradus::data
