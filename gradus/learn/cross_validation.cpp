#include "gradus/learn/cross_validation.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/base/parallel.h"
#include "gradus/learn/examples.h"
#include "gradus/learn/random_numbers.h"

namespace gradus::learn {
namespace {

/// One fit: what to fit, to which examples, and on which to try it.
struct Trial {
  const Estimator* estimator;
  std::vector<std::int64_t> train, test;
};

struct TrialScore {
  double train, test;
};

void check_numbers(const std::vector<std::int64_t>& numbers, std::int64_t count) {
  const bool fine =
      !numbers.empty() && std::all_of(numbers.begin(), numbers.end(),
                                      [&](std::int64_t i) { return i >= 0 && i < count; });
  if (fine) return;
  throw Error(ErrorCode::index, "cross_validate",
              fmt::format("a fold is empty or names examples that are none of the {}", count));
}

std::vector<TrialScore> run(const std::vector<Trial>& trials, const Tensor& x, const Tensor& y) {
  const Tensor examples = checked_examples("cross_validate", x, Missing::allowed);
  if (y.defined() && (y.rank() == 0 || y.dim(0) != examples.dim(0))) {
    throw Error(ErrorCode::shape, "cross_validate",
                fmt::format("there are {} examples, and the targets are {}", examples.dim(0),
                            y.signature()),
                {x.shape(), y.shape()});
  }
  if (y.defined()) y.eval();
  for (const Trial& trial : trials) {
    check_numbers(trial.train, examples.dim(0));
    check_numbers(trial.test, examples.dim(0));
  }
  std::vector<TrialScore> scores(trials.size());
  parallel_for(static_cast<std::int64_t>(trials.size()), 1, [&](std::int64_t i, std::int64_t) {
    const Trial& trial = trials[static_cast<std::size_t>(i)];
    const auto targets = [&](const std::vector<std::int64_t>& numbers) {
      return y.defined() ? rows_of(y, numbers) : Tensor();
    };
    const Tensor train = rows_of(examples, trial.train), test = rows_of(examples, trial.test);
    const auto model = trial.estimator->clone();
    model->fit(train, targets(trial.train));
    scores[static_cast<std::size_t>(i)] = {model->score(train, targets(trial.train)),
                                           model->score(test, targets(trial.test))};
  });
  return scores;
}

ScoreCurve curve_of(const std::vector<TrialScore>& scores, std::size_t points) {
  std::vector<double> train, test;
  for (const TrialScore& score : scores) {
    train.push_back(score.train);
    test.push_back(score.test);
  }
  const auto rows = static_cast<std::int64_t>(points);
  const Shape shape{rows, rows == 0 ? 0 : static_cast<std::int64_t>(scores.size()) / rows};
  return {Tensor::from(train, shape), Tensor::from(test, shape)};
}

}  // namespace

std::vector<Fold> folds_for(const Estimator& estimator, const Tensor& x, const Tensor& y,
                            const FoldOptions& options) {
  if (estimator.is_classifier()) return stratified_k_fold(y, options);
  return k_fold(x.defined() && x.rank() > 0 ? x.dim(0) : 0, options);
}

FoldScores cross_validate(const Estimator& estimator, const Tensor& x, const Tensor& y,
                          const std::vector<Fold>& folds) {
  std::vector<Trial> trials;
  for (const Fold& fold : folds) trials.push_back({&estimator, fold.train, fold.test});
  std::vector<double> train, test;
  for (const TrialScore& score : run(trials, x, y)) {
    train.push_back(score.train);
    test.push_back(score.test);
  }
  return {Tensor::from(train), Tensor::from(test)};
}

ScoreCurve validation_curve(const Estimator& estimator, const std::string& option,
                            const std::vector<OptionValue>& values, const Tensor& x,
                            const Tensor& y, const std::vector<Fold>& folds) {
  std::vector<Owned<Estimator>> variants;
  std::vector<Trial> trials;
  for (const OptionValue& value : values) {
    variants.push_back(estimator.clone());
    set_options(*variants.back(), {{option, value}});
    for (const Fold& fold : folds) trials.push_back({variants.back().get(), fold.train, fold.test});
  }
  return curve_of(run(trials, x, y), values.size());
}

ScoreCurve learning_curve(const Estimator& estimator, const std::vector<double>& shares,
                          const Tensor& x, const Tensor& y, const std::vector<Fold>& folds,
                          std::uint64_t seed) {
  std::vector<Trial> trials;
  for (const double share : shares) {
    if (!(share > 0 && share <= 1)) {
      throw Error(ErrorCode::invalid_argument, "learning_curve",
                  fmt::format("a share must be above 0 and at most 1, not {}", share));
    }
    for (std::size_t f = 0; f < folds.size(); ++f) {
      // The same order for every share, so that larger sets hold the smaller ones.
      RandomNumbers random(static_cast<std::int64_t>(seed), f);
      const auto count = static_cast<std::int64_t>(folds[f].train.size());
      auto order = random.permutation(count);
      const double wanted = std::ceil(share * static_cast<double>(count));
      order.resize(static_cast<std::size_t>(std::max(1.0, wanted)));
      std::sort(order.begin(), order.end());
      for (std::int64_t& place : order) place = folds[f].train[static_cast<std::size_t>(place)];
      trials.push_back({&estimator, std::move(order), folds[f].test});
    }
  }
  return curve_of(run(trials, x, y), shares.size());
}

}  // namespace gradus::learn
