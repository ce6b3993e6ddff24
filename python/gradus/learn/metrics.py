"""How good answers are.

What was predicted comes first, then what is so: scikit-learn has the reverse. Tensors give tensors;
with an array or a list among the arguments come NumPy arrays. Numbers are Python's. Labels may be
what classes may be, names among them.
"""

from __future__ import annotations

from typing import Any

import numpy

from .._core import Tensor, _learn, tensor
from .estimator import _table
from .labels import checked, kind_of


def accuracy(predicted: Any, actual: Any) -> float:
    """The share of labels (examples) that are equal.

    >>> accuracy(["red", "blue"], ["red", "green"])
    0.5
    """
    return _learn.accuracy(*_codes("accuracy", predicted, actual)[0])


def confusion_matrix(predicted: Any, actual: Any) -> tuple[Any, Any]:
    """The classes, and how often each (rows, actual) was taken for each (columns, predicted).

    The predicted labels come first, as everywhere here: scikit-learn has the reverse.

    >>> confusion_matrix([0, 0, 1], [0, 1, 1])[1]
    array([[1, 0],
           [1, 1]])
    """
    codes, names = _codes("confusion_matrix", predicted, actual)
    classes, counts = _learn.confusion_matrix(*codes)
    return (classes, counts) if names is None else (names, numpy.array(counts))


def class_scores(predicted: Any, actual: Any) -> dict[str, Any]:
    """Classes, and precision, recall, F1 and support (examples) of each.

    The predicted labels come first: scikit-learn has the reverse, which swaps precision and recall.
    """
    codes, names = _codes("class_scores", predicted, actual)
    scores = _learn.class_scores(*codes)
    if names is None:
        return scores
    return {**{name: numpy.array(value) for name, value in scores.items()}, "classes": names}


def averaged_scores(
    predicted: Any, actual: Any, averaging: str = "macro"
) -> tuple[float, float, float]:
    """Precision, recall and F1, averaged over classes: "macro", "weighted" or "micro".

    The predicted labels come first: scikit-learn has the reverse, which swaps precision and recall.
    """
    codes, _ = _codes("averaged_scores", predicted, actual)
    return _learn.averaged_scores(*codes, averaging)


def roc_curve(scores: Any, actual: Any) -> tuple[Any, Any, Any]:
    """False and true positive rates as the threshold falls, and the thresholds.

    Scores (examples) come first, then the classes, 0 and 1: scikit-learn has the reverse.
    """
    curve = _learn.roc_curve(_numbers(scores), _class_numbers("roc_curve", actual))
    if _are_tensors(scores, actual):
        return curve
    false_positive_rate, true_positive_rate, thresholds = (numpy.array(part) for part in curve)
    return false_positive_rate, true_positive_rate, thresholds


def roc_auc(scores: Any, actual: Any) -> float:
    """The area below the ROC curve.

    Scores (examples) come first, then the classes, 0 and 1: scikit-learn has the reverse.

    >>> roc_auc([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1])
    0.75
    """
    return _learn.roc_auc(_numbers(scores), _class_numbers("roc_auc", actual))


def log_loss(probabilities: Any, actual: Any) -> float:
    """Minus the mean log-probability of the actual classes.

    Probabilities (examples, classes) come first, then the number of each example's column, from 0:
    scikit-learn has the reverse.
    """
    table = _table(probabilities, share=True)
    return _learn.log_loss(table, _class_numbers("log_loss", actual))


def r2(predicted: Any, actual: Any) -> float:
    """The coefficient of determination.

    What was predicted comes first, then the targets: scikit-learn has the reverse.
    """
    return _learn.r2(_numbers(predicted), _numbers(actual))


def mean_squared_error(predicted: Any, actual: Any) -> float:
    """The mean of the squares of the errors (examples)."""
    return _learn.mean_squared_error(_numbers(predicted), _numbers(actual))


def mean_absolute_error(predicted: Any, actual: Any) -> float:
    """The mean of the sizes of the errors (examples)."""
    return _learn.mean_absolute_error(_numbers(predicted), _numbers(actual))


def adjusted_rand(a: Any, b: Any) -> float:
    """How well two clusterings (examples) agree, 0 being chance; labels need not be the same.

    >>> adjusted_rand([0, 0, 1, 1], ["b", "b", "a", "a"])
    1.0
    """
    return _learn.adjusted_rand(_own_codes("adjusted_rand", a), _own_codes("adjusted_rand", b))


def silhouette(x: Any, labels: Any) -> float:
    """How well examples (examples, features) lie in their clusters, from -1 to 1."""
    return _learn.silhouette(_table(x, share=True), _own_codes("silhouette", labels))


def _are_tensors(*given: Any) -> bool:
    return all(isinstance(one, Tensor) for one in given)


def _labels(metric: str, given: Any) -> numpy.ndarray[Any, Any]:
    labels = numpy.asarray(given)
    if labels.ndim != 1:
        raise ValueError(
            f"{metric}: labels should be a 1d array, got an array of shape {labels.shape}"
        )
    return checked(labels, f"{metric}: the array of labels")


def _codes(metric: str, predicted: Any, actual: Any) -> tuple[tuple[Tensor, Tensor], Any]:
    """Both as codes of the same classes, and these; tensors as they are, and nothing."""
    if _are_tensors(predicted, actual):
        return (predicted, actual), None
    answers, truth = _labels(metric, predicted), _labels(metric, actual)
    if len(answers) and len(truth) and kind_of(answers) != kind_of(truth):
        raise ValueError(
            f"{metric}: what was predicted is {kind_of(answers)}, the actual labels are "
            f"{kind_of(truth)}"
        )
    classes, codes = numpy.unique(numpy.concatenate([answers, truth]), return_inverse=True)
    codes = codes.reshape(-1).astype(numpy.int64)
    return (tensor(codes[: len(answers)]), tensor(codes[len(answers) :])), classes


def _own_codes(metric: str, labels: Any) -> Tensor:
    if isinstance(labels, Tensor):
        return labels
    _, codes = numpy.unique(_labels(metric, labels), return_inverse=True)
    return tensor(codes.reshape(-1).astype(numpy.int64))


def _class_numbers(metric: str, actual: Any) -> Tensor:
    if isinstance(actual, Tensor):
        return actual
    labels = _labels(metric, actual)
    if len(labels) and kind_of(labels) != "numbers":
        raise ValueError(f"{metric}: actual classes are numbers from 0 here, not {kind_of(labels)}")
    return tensor(labels.astype(numpy.int64))


def _numbers(given: Any) -> Tensor:
    if isinstance(given, Tensor):
        return given
    numbers = numpy.asarray(given)
    if numpy.iscomplexobj(numbers):
        raise ValueError("Complex data not supported.")
    return tensor(numpy.ascontiguousarray(numbers.astype(numpy.float64, copy=False)))
