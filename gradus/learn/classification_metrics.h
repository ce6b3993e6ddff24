#pragma once

#include "gradus/core/tensor.h"

// Measures of predicted classes. Labels are integers (examples); sums are in double precision.

namespace gradus::learn {

/// The share of labels that are equal.
double accuracy(const Tensor& predicted, const Tensor& actual);

/// How often class i was taken for class j. `classes` are all labels of either, ascending.
struct Confusion {
  Tensor classes;  // i64 (classes)
  Tensor counts;   // i64 (classes, classes): actual, predicted
};
Confusion confusion_matrix(const Tensor& predicted, const Tensor& actual);

/// Of each class, in the order of `classes`; 0 where there is nothing to divide by.
struct ClassScores {
  Tensor classes;    // i64 (classes)
  Tensor precision;  // f64: of those taken for the class, the share that is of it
  Tensor recall;     // f64: of those of the class, the share that was found
  Tensor f1;         // f64: the harmonic mean of the two
  Tensor support;    // i64: how many there are
};
ClassScores class_scores(const Tensor& predicted, const Tensor& actual);

enum class Averaging {
  macro,     ///< the plain mean over classes
  weighted,  ///< the mean by support
  micro,     ///< of the summed counts
};
struct AveragedScores {
  double precision, recall, f1;
};
AveragedScores averaged_scores(const Tensor& predicted, const Tensor& actual,
                               Averaging averaging = Averaging::macro);

/// The rates of a detector as its threshold falls.
struct RocCurve {
  Tensor false_positive_rate;  // f64 (points), from 0 to 1
  Tensor true_positive_rate;   // f64 (points), from 0 to 1
  Tensor thresholds;           // f64 (points), descending, from infinity
};
/// `scores` (examples), larger for what is rather positive; `actual` (examples), bool or 0 and 1.
/// Throws Error unless both classes are there.
RocCurve roc_curve(const Tensor& scores, const Tensor& actual);
/// The area below that curve: the chance that a positive example has the larger score.
double roc_auc(const Tensor& scores, const Tensor& actual);

/// Minus the mean log-probability of the actual classes, in nats. probabilities (examples,
/// classes); `actual` are places among its columns.
double log_loss(const Tensor& probabilities, const Tensor& actual);

}  // namespace gradus::learn
