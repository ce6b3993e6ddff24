"""Measures of answers, of arrays, lists and tensors; expected values are worked out by hand or stand
in scikit-learn's documentation."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from typing import Any

import numpy
import pytest

import gradus
from gradus import learn

FORMS = [list, numpy.array, gradus.tensor]
NUMBERS = [
    (learn.accuracy, [0, 2, 1, 3], [0, 1, 2, 3], 0.5),
    (learn.adjusted_rand, [0, 0, 1, 1], [0, 0, 1, 2], 4 / 7),
    (learn.roc_auc, [0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1], 0.75),
    (
        learn.log_loss,
        [[0.75, 0.25], [0.5, 0.5]],
        [0, 1],
        -(math.log(0.75) + math.log(0.5)) / 2,
    ),
    (learn.r2, [2.5, 0.0, 2, 8], [3, -0.5, 2, 7], 1 - 1.5 / 29.1875),
    (learn.mean_squared_error, [2.5, 0.0, 2, 8], [3, -0.5, 2, 7], 0.375),
    (learn.mean_absolute_error, [2.5, 0.0, 2, 8], [3, -0.5, 2, 7], 0.5),
    (learn.silhouette, [[0.0], [1], [10], [11]], [0, 0, 1, 1], (9.5 / 10.5 + 8.5 / 9.5) / 2),
]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("metric", "first", "second", "wanted"), NUMBERS)
def test_numbers_are_those_of_the_definitions(
    metric: Callable[..., Any], first: Any, second: Any, wanted: float, form: Any
) -> None:
    for result in (metric(form(first), form(second)), metric(form(first), second)):
        assert type(result) is float
        assert result == pytest.approx(wanted, rel=1e-6)


def test_names_are_labels() -> None:
    actual = ["cat", "ant", "cat", "cat", "ant", "bird"]
    predicted = ["ant", "ant", "cat", "cat", "ant", "cat"]
    assert learn.accuracy(predicted, numpy.array(actual)) == 4 / 6
    classes, counts = learn.confusion_matrix(predicted, actual)
    assert classes.tolist() == ["ant", "bird", "cat"]
    assert counts.tolist() == [[2, 0, 0], [0, 0, 1], [1, 0, 2]]
    scores = learn.class_scores(predicted, actual)
    assert scores["classes"].tolist() == ["ant", "bird", "cat"]
    assert scores["precision"].tolist() == [2 / 3, 0, 2 / 3]
    assert scores["recall"].tolist() == [1, 0, 2 / 3]
    assert scores["support"].tolist() == [2, 1, 3]
    assert learn.adjusted_rand(["x", "x", "y", "y"], [3, 3, 1, 1]) == 1
    assert learn.silhouette([[0], [1], [10], [11]], ["a", "a", "b", "b"]) > 0.8


def test_the_predicted_labels_come_first() -> None:
    predicted, actual = [0, 2, 1, 0, 0, 1], [0, 1, 2, 0, 1, 2]
    wanted = (2 / 9, 1 / 3, 4 / 15)
    assert learn.averaged_scores(predicted, actual) == pytest.approx(wanted)
    assert learn.averaged_scores(predicted, actual, averaging="micro") == pytest.approx(
        (1 / 3,) * 3
    )
    swapped = learn.averaged_scores(actual, predicted)
    assert swapped[:2] == pytest.approx(wanted[1::-1])
    for metric in (
        learn.confusion_matrix, learn.class_scores, learn.averaged_scores, learn.roc_curve,
        learn.roc_auc, learn.log_loss, learn.r2,
    ):  # fmt: skip
        assert "scikit-learn has the reverse" in (metric.__doc__ or "")
        assert list(inspect.signature(metric).parameters)[1] == "actual"


def test_arrays_give_arrays_and_tensors_give_tensors() -> None:
    for form, wanted in zip(FORMS, (numpy.ndarray, numpy.ndarray, gradus.Tensor)):
        labels = form([0, 1, 1])
        results = [
            *learn.confusion_matrix(labels, labels),
            *learn.class_scores(labels, labels).values(),
            *learn.roc_curve(form([0.1, 0.9, 0.5]), labels),
        ]
        assert {type(result) for result in results} == {wanted}
        pairs = learn.stratified_k_fold(form([0, 1, 0, 1]), 2)
        assert numpy.asarray(pairs[0][1]).tolist() == [0, 1]
        assert type(pairs[0][0]) is wanted
    model = learn.KMeans(clusters=2).fit([[0.0], [1.0], [9.0], [10.0]])
    assert learn.adjusted_rand(numpy.array(["a", "a", "b", "b"]), model.labels_) == 1


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="there are 3 examples and 2 classes"):
        learn.accuracy([0, 1], [0, 1, 1])
    with pytest.raises(ValueError, match="predicted is strings, the actual labels are numbers"):
        learn.accuracy(["a", "b"], [0, 1])
    with pytest.raises(ValueError, match="1d array"):
        learn.accuracy([[0], [1]], [0, 1])
    with pytest.raises(ValueError, match="continuous"):
        learn.accuracy([0.5, 1.0], [0, 1])
    with pytest.raises(ValueError, match="there are no labels"):
        learn.accuracy([], [])
    with pytest.raises(ValueError, match="classes are numbers from 0 here, not strings"):
        learn.log_loss([[0.5, 0.5]], ["a"])
    with pytest.raises(ValueError, match="Complex"):
        learn.r2([1j, 2], [1, 2])
