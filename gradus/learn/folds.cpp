#include "gradus/learn/folds.h"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/learn/examples.h"
#include "gradus/ops/random.h"

namespace gradus::learn {
namespace {

std::vector<std::int64_t> order_of(std::int64_t count, const FoldOptions& options) {
  if (options.shuffle_seed) {
    return random_permutation(Key(*options.shuffle_seed), count).to_vector<std::int64_t>();
  }
  std::vector<std::int64_t> order(static_cast<std::size_t>(count));
  std::iota(order.begin(), order.end(), std::int64_t{0});
  return order;
}

void check_folds(const char* operation, std::int64_t folds, std::int64_t most, const char* what) {
  if (folds >= 2 && folds <= most) return;
  throw Error(ErrorCode::invalid_argument, operation,
              fmt::format("takes 2 or more folds and at most one for each {} ({}), not {}", what,
                          most, folds));
}

/// fold_of: of each example, the fold that tests on it.
std::vector<Fold> folds_of(const std::vector<std::int64_t>& fold_of, std::int64_t folds) {
  std::vector<Fold> result(static_cast<std::size_t>(folds));
  for (std::size_t i = 0; i < fold_of.size(); ++i) {
    for (std::int64_t f = 0; f < folds; ++f) {
      Fold& fold = result[static_cast<std::size_t>(f)];
      (f == fold_of[i] ? fold.test : fold.train).push_back(static_cast<std::int64_t>(i));
    }
  }
  return result;
}

}  // namespace

std::vector<Fold> k_fold(std::int64_t count, const FoldOptions& options) {
  check_folds("k_fold", options.folds, count, "example");
  const auto order = order_of(count, options);
  std::vector<std::int64_t> fold_of(order.size());
  // The first count % folds folds have one more, as scikit-learn has it.
  std::int64_t place = 0;
  for (std::int64_t f = 0; f < options.folds; ++f) {
    const std::int64_t size = count / options.folds + (f < count % options.folds);
    for (const std::int64_t end = place + size; place < end; ++place) {
      fold_of[static_cast<std::size_t>(order[static_cast<std::size_t>(place)])] = f;
    }
  }
  return folds_of(fold_of, options.folds);
}

std::vector<Fold> stratified_k_fold(const Tensor& labels, const FoldOptions& options) {
  constexpr const char* kOperation = "stratified_k_fold";
  const std::int64_t count = labels.defined() && labels.rank() > 0 ? labels.dim(0) : 0;
  const Tensor checked = checked_labels(kOperation, labels, count);
  const Tensor classes = distinct(checked);
  const auto codes = codes_of(kOperation, checked, classes).to_vector<std::int64_t>();
  std::vector<std::int64_t> sizes(static_cast<std::size_t>(classes.size()));
  for (const std::int64_t code : codes) ++sizes[static_cast<std::size_t>(code)];
  const std::int64_t fewest = sizes.empty() ? 0 : *std::min_element(sizes.begin(), sizes.end());
  check_folds(kOperation, options.folds, fewest, "example of the rarest class");

  // Examples sorted by class are dealt out like cards; what a class gets in a fold is handed to its
  // examples from the first fold to the last, so that unshuffled folds are runs.
  const auto folds = static_cast<std::size_t>(options.folds);
  std::vector<std::vector<std::int64_t>> allotted(sizes.size(), std::vector<std::int64_t>(folds));
  std::size_t card = 0;
  for (std::size_t c = 0; c < sizes.size(); ++c) {
    for (std::int64_t i = 0; i < sizes[c]; ++i, ++card) ++allotted[c][card % folds];
  }
  std::vector<std::int64_t> fold_of(codes.size());
  std::vector<std::size_t> current(sizes.size());
  for (const std::int64_t example : order_of(count, options)) {
    const auto c = static_cast<std::size_t>(codes[static_cast<std::size_t>(example)]);
    while (allotted[c][current[c]] == 0) ++current[c];
    --allotted[c][current[c]];
    fold_of[static_cast<std::size_t>(example)] = static_cast<std::int64_t>(current[c]);
  }
  return folds_of(fold_of, options.folds);
}

}  // namespace gradus::learn
