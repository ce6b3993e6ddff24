#include "gradus/learn/search.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/base/parallel.h"
#include "gradus/learn/random_numbers.h"

namespace gradus::learn {
namespace {

constexpr std::size_t kMostCandidates = 1'000'000;

SearchResult searched(const Estimator& estimator, const std::vector<NamedOptions>& combinations,
                      const Tensor& x, const Tensor& y, const std::vector<Fold>& folds) {
  SearchResult result;
  std::vector<Owned<Estimator>> variants;
  for (const NamedOptions& options : combinations) {
    variants.push_back(estimator.clone());
    set_options(*variants.back(), options);
  }
  if (x.defined()) x.eval();
  if (y.defined()) y.eval();
  result.candidates.resize(variants.size());
  parallel_for(static_cast<std::int64_t>(variants.size()), 1, [&](std::int64_t i, std::int64_t) {
    const auto place = static_cast<std::size_t>(i);
    const FoldScores scores = cross_validate(*variants[place], x, y, folds);
    double sum = 0, squares = 0;
    const auto count = static_cast<double>(scores.test.size());
    for (const double score : scores.test.data<double>()) sum += score;
    for (const double score : scores.test.data<double>()) {
      squares += (score - sum / count) * (score - sum / count);
    }
    result.candidates[place] = {combinations[place], scores.test, sum / count,
                                std::sqrt(squares / count)};
  });
  for (std::size_t i = 1; i < result.candidates.size(); ++i) {
    if (result.candidates[i].mean > result.candidates[result.best].mean) result.best = i;
  }
  result.estimator = variants[result.best]->clone();
  result.estimator->fit(x, y);
  return result;
}

OptionValue draw(const OptionRange& range, RandomNumbers& random) {
  if (!range.choices.empty()) {
    const auto count = static_cast<std::int64_t>(range.choices.size());
    return range.choices[static_cast<std::size_t>(random.below(count))];
  }
  const bool logarithmic = range.scale == OptionRange::Scale::logarithmic;
  if (!(range.low <= range.high) || !std::isfinite(range.low) || !std::isfinite(range.high) ||
      (logarithmic && range.low <= 0)) {
    throw Error(ErrorCode::invalid_argument, "random_search",
                fmt::format("{}: there is no {}range from {} to {}", range.name,
                            logarithmic ? "logarithmic " : "", range.low, range.high));
  }
  // Whole numbers have an interval of length 1 each.
  const double high = range.whole ? range.high + 1 : range.high;
  const double share = random.uniform();
  const double drawn = logarithmic ? range.low * std::exp(share * std::log(high / range.low))
                                   : range.low + share * (high - range.low);
  if (!range.whole) return drawn;
  return static_cast<std::int64_t>(std::min(std::floor(drawn), range.high));
}

}  // namespace

SearchResult grid_search(const Estimator& estimator, const OptionGrid& grid, const Tensor& x,
                         const Tensor& y, const std::vector<Fold>& folds) {
  std::vector<NamedOptions> combinations = {{}};
  for (const auto& [name, values] : grid) {
    if (values.empty() || combinations.size() * values.size() > kMostCandidates) {
      throw Error(ErrorCode::invalid_argument, "grid_search",
                  fmt::format("{} has no values, or there are more than {} combinations", name,
                              kMostCandidates));
    }
    std::vector<NamedOptions> longer;
    for (const NamedOptions& shorter : combinations) {
      for (const OptionValue& value : values) {
        longer.push_back(shorter);
        longer.back().emplace_back(name, value);
      }
    }
    combinations = std::move(longer);
  }
  return searched(estimator, combinations, x, y, folds);
}

SearchResult random_search(const Estimator& estimator, const std::vector<OptionRange>& ranges,
                           const Tensor& x, const Tensor& y, const std::vector<Fold>& folds,
                           const RandomSearchOptions& options) {
  if (options.candidates < 1 || options.candidates > static_cast<std::int64_t>(kMostCandidates)) {
    throw Error(
        ErrorCode::invalid_argument, "random_search",
        fmt::format("candidates must be 1 to {}, not {}", kMostCandidates, options.candidates));
  }
  RandomNumbers random(static_cast<std::int64_t>(options.seed));
  std::vector<NamedOptions> combinations(static_cast<std::size_t>(options.candidates));
  for (NamedOptions& combination : combinations) {
    for (const OptionRange& range : ranges)
      combination.emplace_back(range.name, draw(range, random));
  }
  return searched(estimator, combinations, x, y, folds);
}

}  // namespace gradus::learn
