"""Scores on examples that were not seen, and the choice of options by them."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence
from typing import Any

import numpy

from .._core import _learn
from .._core._learn import OptionRange, k_fold
from .estimator import Estimator, _as_given, _plain, _table
from .metrics import _own_codes


def stratified_k_fold(
    labels: Any, folds: int = 5, shuffle_seed: int | None = None
) -> list[tuple[Any, Any]]:
    """As ``k_fold``, and each class is spread evenly over the folds."""
    codes = _own_codes("stratified_k_fold", labels)
    pairs = _learn.stratified_k_fold(codes, folds, shuffle_seed)
    return [(_as_given(train, labels), _as_given(test, labels)) for train, test in pairs]


def cross_validate(
    estimator: Estimator, X: Any, y: Any = None, folds: Iterable[tuple[Any, Any]] | int = 5
) -> Any:
    """The scores of each fold on its training and on its test examples, fitted in parallel."""
    train, test = _learn.cross_validate(
        estimator._make(), _table(X), estimator._targets(y), _folds(estimator, X, y, folds)
    )
    return _as_given(train, X), _as_given(test, X)


def validation_curve(
    estimator: Estimator,
    option: str,
    values: Sequence[Any],
    X: Any,
    y: Any = None,
    folds: Iterable[tuple[Any, Any]] | int = 5,
) -> Any:
    """Scores (values, folds) on training and on test examples, with one option at these values."""
    train, test = _learn.validation_curve(
        estimator._make(),
        option.replace("__", "."),
        _values_for(option, values),
        _table(X),
        estimator._targets(y),
        _folds(estimator, X, y, folds),
    )
    return _as_given(train, X), _as_given(test, X)


def learning_curve(
    estimator: Estimator,
    shares: Sequence[float],
    X: Any,
    y: Any = None,
    folds: Iterable[tuple[Any, Any]] | int = 5,
    seed: int = 0,
) -> Any:
    """Scores (shares, folds) on training and on test examples, fitted to shares of the former."""
    train, test = _learn.learning_curve(
        estimator._make(),
        list(shares),
        _table(X),
        estimator._targets(y),
        _folds(estimator, X, y, folds),
        seed,
    )
    return _as_given(train, X), _as_given(test, X)


def grid_search(
    estimator: Estimator,
    grid: dict[str, Sequence[Any]],
    X: Any,
    y: Any = None,
    folds: Iterable[tuple[Any, Any]] | int = 5,
) -> tuple[Estimator, list[tuple[dict[str, Any], Any]]]:
    """Tries every combination of options on every fold, in parallel.

    Returns:
        The estimator with the best options, fitted to all examples, and of each combination the
        options and the scores of its folds.
    """
    values = [
        (name.replace("__", "."), _values_for(name, options)) for name, options in grid.items()
    ]
    result = _learn.grid_search(
        estimator._make(), values, _table(X), estimator._targets(y), _folds(estimator, X, y, folds)
    )
    return _best(estimator, result, X, y)


def random_search(
    estimator: Estimator,
    ranges: dict[str, OptionRange | Sequence[Any]],
    X: Any,
    y: Any = None,
    folds: Iterable[tuple[Any, Any]] | int = 5,
    candidates: int = 10,
    seed: int = 0,
) -> tuple[Estimator, list[tuple[dict[str, Any], Any]]]:
    """As ``grid_search``, with options drawn at random: from a range, or one of some values."""
    drawn = []
    for name, given in ranges.items():
        if isinstance(given, OptionRange):
            values = given
        else:
            values = OptionRange(0, 1)
            values.choices = _values_for(name, given)
        values.name = name.replace("__", ".")
        drawn.append(values)
    result = _learn.random_search(
        estimator._make(),
        drawn,
        _table(X),
        estimator._targets(y),
        _folds(estimator, X, y, folds),
        candidates,
        seed,
    )
    return _best(estimator, result, X, y)


def _values_for(option: str, values: Any) -> list[Any]:
    if not isinstance(values, (str, bytes)):
        try:
            return [_plain(value) for value in values]
        except TypeError:
            pass  # said below
    raise TypeError(f"the option {option!r} needs a list of values, not {values!r}")


def _best(estimator: Estimator, result: Any, X: Any, y: Any) -> Any:
    rows, best = result
    found = [
        ({name.replace(".", "__"): value for name, value in options}, _as_given(scores, X))
        for options, scores in rows
    ]
    chosen = copy.deepcopy(estimator).set_params(**found[best][0])
    return chosen.fit(X, y), found


def _folds(estimator: Estimator, X: Any, y: Any, folds: Any) -> list[tuple[list[int], list[int]]]:
    if isinstance(folds, int):
        labels = estimator._targets(y) if estimator._kind["is_classifier"] else None
        if labels is not None:
            folds = stratified_k_fold(labels, folds)
        else:
            folds = k_fold(len(numpy.asarray(X)), folds)
    return [(numpy.asarray(train).tolist(), numpy.asarray(test).tolist()) for train, test in folds]
