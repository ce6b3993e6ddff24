#include "gradus/learn/classification_metrics.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/learn/examples.h"

namespace gradus::learn {
namespace {

struct Labels {
  std::vector<std::int64_t> predicted, actual;
};

Labels checked_pair(const char* operation, const Tensor& predicted, const Tensor& actual) {
  const std::int64_t count = actual.defined() && actual.rank() > 0 ? actual.dim(0) : 0;
  if (count == 0) throw Error(ErrorCode::shape, operation, "there are no labels");
  return {checked_labels(operation, predicted, count).to_vector<std::int64_t>(),
          checked_labels(operation, actual, count).to_vector<std::int64_t>()};
}

double ratio(double a, double b) { return b > 0 ? a / b : 0; }

/// What F1 is of counts: 2 TP / (2 TP + FP + FN).
double f1_of(double hits, double taken, double there) { return ratio(2 * hits, taken + there); }

struct Scored {
  std::vector<std::size_t> order;  // by falling score
  std::vector<double> scores;
  std::vector<std::int64_t> positive;
  double positives, negatives;
};

Scored checked_scores(const char* operation, const Tensor& scores, const Tensor& actual) {
  const std::int64_t count = actual.defined() && actual.rank() > 0 ? actual.dim(0) : 0;
  Scored result;
  result.scores = checked_numbers(operation, scores, count).to_vector<double>();
  result.positive = checked_labels(operation, actual, count).to_vector<std::int64_t>();
  for (const std::int64_t label : result.positive) {
    if (label != 0 && label != 1) {
      throw Error(ErrorCode::invalid_argument, operation,
                  fmt::format("classes are 0 and 1, not {}", label));
    }
  }
  result.positives = static_cast<double>(
      std::accumulate(result.positive.begin(), result.positive.end(), std::int64_t{0}));
  result.negatives = static_cast<double>(count) - result.positives;
  if (result.positives == 0 || result.negatives == 0) {
    throw Error(ErrorCode::invalid_argument, operation, "both classes must be among the examples");
  }
  result.order.resize(static_cast<std::size_t>(count));
  std::iota(result.order.begin(), result.order.end(), std::size_t{0});
  std::stable_sort(result.order.begin(), result.order.end(), [&](std::size_t a, std::size_t b) {
    return result.scores[a] > result.scores[b];
  });
  return result;
}

/// Throws Error unless every row is not negative and adds up to 1, but for what rounding in f32
/// makes of it.
void require_distributions(const char* metric, const std::vector<double>& values,
                           std::size_t classes) {
  constexpr double kRounding = 1e-4;
  for (std::size_t row = 0; row * classes < values.size(); ++row) {
    double sum = 0;
    for (std::size_t c = 0; c < classes; ++c) {
      const double p = values[row * classes + c];
      if (p < 0) {
        throw Error(ErrorCode::invalid_argument, metric,
                    fmt::format("the probability of class {} of example {} is {}", c, row, p));
      }
      sum += p;
    }
    if (std::abs(sum - 1) > kRounding) {
      throw Error(ErrorCode::invalid_argument, metric,
                  fmt::format("the probabilities of example {} add up to {}, not 1", row, sum));
    }
  }
}

}  // namespace

double accuracy(const Tensor& predicted, const Tensor& actual) {
  const Labels labels = checked_pair("accuracy", predicted, actual);
  std::int64_t equal = 0;
  for (std::size_t i = 0; i < labels.actual.size(); ++i) {
    equal += labels.predicted[i] == labels.actual[i];
  }
  return static_cast<double>(equal) / static_cast<double>(labels.actual.size());
}

Confusion confusion_matrix(const Tensor& predicted, const Tensor& actual) {
  const Labels labels = checked_pair("confusion_matrix", predicted, actual);
  std::vector<std::int64_t> both = labels.actual;
  both.insert(both.end(), labels.predicted.begin(), labels.predicted.end());
  const Tensor classes = distinct(Tensor::from(both));
  const auto known = classes.data<std::int64_t>();
  const auto place = [&](std::int64_t label) {
    return std::lower_bound(known.begin(), known.end(), label) - known.begin();
  };
  const std::int64_t n = classes.size();
  std::vector<std::int64_t> counts(static_cast<std::size_t>(n * n));
  for (std::size_t i = 0; i < labels.actual.size(); ++i) {
    ++counts[static_cast<std::size_t>(place(labels.actual[i]) * n + place(labels.predicted[i]))];
  }
  return {classes, Tensor::from(counts, {n, n})};
}

ClassScores class_scores(const Tensor& predicted, const Tensor& actual) {
  const Confusion confusion = confusion_matrix(predicted, actual);
  const auto counts = confusion.counts.data<std::int64_t>();
  const auto n = static_cast<std::size_t>(confusion.classes.size());
  std::vector<double> precision(n), recall(n), f1(n);
  std::vector<std::int64_t> support(n);
  for (std::size_t i = 0; i < n; ++i) {
    std::int64_t taken = 0;
    for (std::size_t j = 0; j < n; ++j) {
      support[i] += counts[i * n + j];
      taken += counts[j * n + i];
    }
    const auto hits = static_cast<double>(counts[i * n + i]);
    precision[i] = ratio(hits, static_cast<double>(taken));
    recall[i] = ratio(hits, static_cast<double>(support[i]));
    f1[i] = f1_of(hits, static_cast<double>(taken), static_cast<double>(support[i]));
  }
  return {confusion.classes, Tensor::from(precision), Tensor::from(recall), Tensor::from(f1),
          Tensor::from(support)};
}

AveragedScores averaged_scores(const Tensor& predicted, const Tensor& actual, Averaging averaging) {
  if (averaging == Averaging::micro) {
    // Every mistake is one too many of one class and one too few of another.
    const double share = accuracy(predicted, actual);
    return {share, share, share};
  }
  const ClassScores scores = class_scores(predicted, actual);
  const auto support = scores.support.to_vector<double>();
  AveragedScores mean{0, 0, 0};
  double total = 0;
  for (std::size_t i = 0; i < support.size(); ++i) {
    const double weight = averaging == Averaging::weighted ? support[i] : 1;
    mean.precision += weight * scores.precision.data<double>()[i];
    mean.recall += weight * scores.recall.data<double>()[i];
    mean.f1 += weight * scores.f1.data<double>()[i];
    total += weight;
  }
  return {mean.precision / total, mean.recall / total, mean.f1 / total};
}

RocCurve roc_curve(const Tensor& scores, const Tensor& actual) {
  const Scored scored = checked_scores("roc_curve", scores, actual);
  std::vector<double> false_rate = {0}, true_rate = {0};
  std::vector<double> thresholds = {std::numeric_limits<double>::infinity()};
  double hits = 0, misses = 0;
  for (std::size_t i = 0; i < scored.order.size(); ++i) {
    const std::size_t example = scored.order[i];
    (scored.positive[example] ? hits : misses) += 1;
    const bool last_of_ties = i + 1 == scored.order.size() ||
                              scored.scores[scored.order[i + 1]] != scored.scores[example];
    if (!last_of_ties) continue;
    false_rate.push_back(misses / scored.negatives);
    true_rate.push_back(hits / scored.positives);
    thresholds.push_back(scored.scores[example]);
  }
  return {Tensor::from(false_rate), Tensor::from(true_rate), Tensor::from(thresholds)};
}

double roc_auc(const Tensor& scores, const Tensor& actual) {
  const RocCurve curve = roc_curve(scores, actual);
  const auto x = curve.false_positive_rate.data<double>();
  const auto y = curve.true_positive_rate.data<double>();
  double area = 0;
  for (std::size_t i = 1; i < x.size(); ++i) area += (x[i] - x[i - 1]) * (y[i] + y[i - 1]) / 2;
  return area;
}

double log_loss(const Tensor& probabilities, const Tensor& actual) {
  const Tensor p = checked_examples("log_loss", probabilities, Missing::refused);
  const auto codes = checked_labels("log_loss", actual, p.dim(0)).to_vector<std::int64_t>();
  const auto values = p.to_vector<double>();
  require_distributions("log_loss", values, static_cast<std::size_t>(p.dim(1)));
  double sum = 0;
  for (std::size_t i = 0; i < codes.size(); ++i) {
    if (codes[i] < 0 || codes[i] >= p.dim(1)) {
      throw Error(
          ErrorCode::index, "log_loss",
          fmt::format("class {} of example {} is none of {} columns", codes[i], i, p.dim(1)));
    }
    sum -= std::log(
        values[i * static_cast<std::size_t>(p.dim(1)) + static_cast<std::size_t>(codes[i])]);
  }
  return sum / static_cast<double>(codes.size());
}

}  // namespace gradus::learn
