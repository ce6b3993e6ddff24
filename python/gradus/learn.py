"""Estimators that learn from tables of examples, with scikit-learn's manners.

Options are given by name; ``fit`` finds what ends in an underscore. NumPy arrays give NumPy arrays,
tensors give tensors. Classes may be anything that NumPy can sort, names among them.

>>> model = KMeans(clusters=2).fit([[0.0], [1.0], [9.0], [10.0]])
>>> sorted(model.centers_.ravel().tolist())
[0.5, 9.5]
>>> model.predict([[8.0]]) == model.labels_[2:3]
array([ True])
"""

from __future__ import annotations

import inspect
import os
import tempfile
import warnings
from collections.abc import Iterable, Sequence
from typing import Any

import numpy

from ._core import Tensor, _learn, tensor
from ._core._learn import (  # noqa: F401
    OptionRange,
    accuracy,
    adjusted_rand,
    averaged_scores,
    class_scores,
    confusion_matrix,
    k_fold,
    log_loss,
    mean_absolute_error,
    mean_squared_error,
    r2,
    roc_auc,
    roc_curve,
    silhouette,
    stratified_k_fold,
)
from .errors import Error
from .kinds import Kind, class_name, documentation

_TAKE_MISSING = ("imputer",)
_TAKE_COUNTS = ("multinomial_naive_bayes",)


class NotFittedError(ValueError, AttributeError):
    """An estimator was asked before ``fit``."""


def _table(x: Any, missing: bool = False) -> Tensor:
    """Examples as a tensor of their own memory, f32 or f64; NaN only where it may be missing."""
    if isinstance(x, Tensor):
        return x
    if hasattr(x, "toarray"):
        raise TypeError("Sparse data is not supported; x.toarray() makes it dense.")
    array = numpy.asarray(x)
    if numpy.iscomplexobj(array):
        raise ValueError("Complex data not supported.")
    if array.ndim != 2:
        raise ValueError(
            f"Expected 2D array (examples, features), got {array.ndim}D array instead. "
            "Reshape your data with x.reshape(-1, 1) or x.reshape(1, -1)."
        )
    if array.shape[0] == 0 or array.shape[1] == 0:
        what = "sample" if array.shape[0] == 0 else "feature"
        raise ValueError(
            f"Found array with 0 {what}(s) (shape={array.shape}) while a minimum of 1 is required."
        )
    if array.dtype != numpy.float32:
        array = array.astype(numpy.float64)
    # One number shows that all are finite; the sum of large ones may overflow, so look again.
    with numpy.errstate(over="ignore", invalid="ignore"):
        doubtful = not numpy.isfinite(numpy.sum(array))
    if doubtful and (
        numpy.any(numpy.isinf(array)) or (not missing and numpy.any(numpy.isnan(array)))
    ):
        raise ValueError("Input X contains NaN or infinity.")
    return tensor(numpy.ascontiguousarray(array))


def _as_given(result: Tensor, x: Any) -> Any:
    return result if isinstance(x, Tensor) else numpy.array(result)


def _plain(value: Any) -> Any:
    """NumPy's scalars as Python's."""
    return value.item() if isinstance(value, numpy.generic) else value


class Estimator:
    """What learns from a table of examples; the classes of this module are made of it."""

    _kind: Kind

    def __init__(self, **options: Any) -> None:
        known = self._kind["options"]
        for name in options:
            if name not in known:
                raise TypeError(
                    f"{type(self).__name__} has no option {name!r}; it has {', '.join(known)}"
                )
        # As they were given: scikit-learn copies estimators by their options.
        for name, default in known.items():
            setattr(self, name, options.get(name, default))

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The options and their values."""
        return {name: getattr(self, name) for name in self._kind["options"]}

    def set_params(self, **options: Any) -> Estimator:
        """Gives options new values; they act at the next ``fit``."""
        for name, value in options.items():
            if name not in self._kind["options"]:
                raise ValueError(
                    f"Invalid parameter {name!r} for estimator {self}. Valid parameters are: "
                    f"{list(self._kind['options'])!r}."
                )
            setattr(self, name, value)
        return self

    def _make(self) -> _learn.Estimator:
        made = _learn.Estimator(self._kind["name"])
        made.set_options([(name, _plain(value)) for name, value in self.get_params().items()])
        return made

    def fit(self, X: Any, y: Any = None) -> Estimator:
        """Learns from examples (examples, features) and, if it needs them, their targets."""
        made = self._make()
        table = self._examples(X)
        targets = self._targets(y)
        try:
            made.fit(table, targets)
        except Error as error:
            if table.shape[0] == 1:
                raise ValueError(f"1 sample is not enough: {error}") from error
            raise
        self._keep(made)
        return self

    def _examples(self, X: Any) -> Tensor:
        table = _table(X, missing=self._kind["name"] in _TAKE_MISSING)
        counts = self._kind["name"] in _TAKE_COUNTS and not isinstance(X, Tensor)
        if counts and numpy.min(numpy.asarray(X)) < 0:
            raise ValueError(f"Negative values in data passed to {type(self).__name__}")
        return table

    def _like_fitted(self, X: Any) -> Tensor:
        """Examples with as many features as those of ``fit``."""
        self._fitted_core()
        table = self._examples(X)
        if table.shape[1] != self.n_features_in_:
            raise ValueError(
                f"X has {table.shape[1]} features, but {type(self).__name__} is expecting "
                f"{self.n_features_in_} features as input."
            )
        return table

    def _targets(self, y: Any) -> Tensor | None:
        return None

    def _keep(self, made: _learn.Estimator) -> None:
        self._core = made
        self.n_features_in_ = made.feature_count
        for name, value in made.fitted().items():
            array = numpy.array(value)
            setattr(self, name.replace(".", "__") + "_", array if array.ndim else array.item())
        if hasattr(self, "iterations_"):
            self.n_iter_ = self.iterations_

    def _asked(self, question: str, X: Any) -> Any:
        core = self._fitted_core()
        back = question == "inverse_transform"
        table = _table(X) if back else self._like_fitted(X)
        return _as_given(getattr(core, question)(table), X)

    def _fitted_core(self) -> _learn.Estimator:
        if "_core" not in self.__dict__:
            raise _not_fitted_class()(
                f"This {type(self).__name__} instance is not fitted yet. Call 'fit' first."
            )
        return self._core

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes what was learned as safetensors; ``load`` reads it."""
        self._fitted_core().save(os.fspath(path))

    def __getstate__(self) -> dict[str, Any]:
        state = {name: value for name, value in self.__dict__.items() if name != "_core"}
        if "_core" in self.__dict__:
            with tempfile.TemporaryDirectory() as folder:
                path = os.path.join(folder, "estimator")
                self._core.save(path)
                with open(path, "rb") as file:
                    state["_saved"] = file.read()
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        saved = state.pop("_saved", None)
        self.__dict__.update(state)
        if saved is not None:
            with tempfile.TemporaryDirectory() as folder:
                path = os.path.join(folder, "estimator")
                with open(path, "wb") as file:
                    file.write(saved)
                self._core = _learn.load(path)

    def __repr__(self) -> str:
        defaults = self._kind["options"]
        changed = [
            f"{name}={value!r}"
            for name, value in self.get_params(deep=False).items()
            if name not in defaults or value is not defaults[name] and value != defaults[name]
        ]
        return f"{type(self).__name__}({', '.join(changed)})"

    def __sklearn_is_fitted__(self) -> bool:
        return "_core" in self.__dict__

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import ClassifierTags, RegressorTags, Tags, TargetTags, TransformerTags

        kind = self._kind
        tags = Tags(
            estimator_type=getattr(self, "_estimator_type", None),
            target_tags=TargetTags(required=kind["is_classifier"] or kind["is_regressor"]),
        )
        if kind["is_classifier"]:
            tags.classifier_tags = ClassifierTags()
        if kind["is_regressor"]:
            tags.regressor_tags = RegressorTags()
        if kind["has_transform"]:
            tags.transformer_tags = TransformerTags(preserves_dtype=["float64", "float32"])
        tags.input_tags.allow_nan = kind["name"] in _TAKE_MISSING
        tags.input_tags.positive_only = kind["name"] in _TAKE_COUNTS
        if kind["name"] in ("bernoulli_naive_bayes", "multinomial_naive_bayes"):
            tags.classifier_tags.poor_score = True  # on the tables of scikit-learn's own checks
        tags.requires_fit = True
        return tags


def _conversion_warning_class() -> type[Warning]:
    try:
        from sklearn.exceptions import DataConversionWarning
    except ImportError:
        return UserWarning
    return DataConversionWarning


def _not_fitted_class() -> type[Exception]:
    """scikit-learn's own exception where it is there, which its tools look for."""
    try:
        from sklearn.exceptions import NotFittedError as Theirs
    except ImportError:
        return NotFittedError
    return Theirs


def _vector(estimator: Estimator, y: Any) -> Any:
    """Targets as a NumPy array of one axis."""
    if y is None:
        name = type(estimator).__name__
        raise ValueError(f"{name} requires y to be passed, but the target y is None")
    targets = numpy.asarray(y)
    if targets.ndim == 2 and targets.shape[1] == 1:
        warnings.warn(
            "A column-vector y was passed when a 1d array was expected.",
            _conversion_warning_class(),
            stacklevel=3,
        )
        targets = targets[:, 0]
    if targets.ndim != 1:
        raise ValueError(f"y should be a 1d array, got an array of shape {targets.shape}")
    return targets


class _Predicting(Estimator):
    def predict(self, X: Any) -> Any:
        """The class, number or cluster of each example."""
        return self._asked("predict", X)


class _Classifying(_Predicting):
    _estimator_type = "classifier"

    def _targets(self, y: Any) -> Tensor:
        labels = _vector(self, y)
        if labels.dtype.kind == "f":
            if not numpy.all(numpy.isfinite(labels)):
                raise ValueError("y holds NaN or infinity")
            if not numpy.all(labels == numpy.floor(labels)):
                raise ValueError("Unknown label type: continuous numbers are no classes")
        self._classes, codes = numpy.unique(labels, return_inverse=True)
        return tensor(codes.reshape(-1).astype(numpy.int64))

    def _keep(self, made: _learn.Estimator) -> None:
        super()._keep(made)
        self.classes_ = self.__dict__.pop("_classes")

    def predict(self, X: Any) -> Any:
        """The class of each example."""
        codes = numpy.asarray(self._asked("predict", X))
        classes = self.classes_[codes]
        return tensor(classes) if isinstance(X, Tensor) else classes

    def score(self, X: Any, y: Any) -> float:
        """The share of examples whose class is found."""
        return float(numpy.mean(numpy.asarray(self.predict(X)) == numpy.asarray(y).ravel()))


class _Regressing(_Predicting):
    _estimator_type = "regressor"

    def _targets(self, y: Any) -> Tensor:
        numbers = _vector(self, y).astype(numpy.float64)
        if not numpy.all(numpy.isfinite(numbers)):
            raise ValueError("Input y contains NaN, infinity or a value too large.")
        return tensor(numbers)

    def score(self, X: Any, y: Any) -> float:
        """The coefficient of determination."""
        return self._fitted_core().score(self._like_fitted(X), self._targets(y))


class _Probable(Estimator):
    def predict_proba(self, X: Any) -> Any:
        """The probability of each class or component: (examples, classes)."""
        return self._asked("predict_probabilities", X)


class _Deciding(Estimator):
    def decision_function(self, X: Any) -> Any:
        """Of two classes above 0 for the second, else a score of each class."""
        return self._asked("decision", X)


class _Transforming(Estimator):
    def transform(self, X: Any) -> Any:
        """(examples, features) -> (examples, new features)"""
        return self._asked("transform", X)

    def fit_transform(self, X: Any, y: Any = None) -> Any:
        """``fit``, then ``transform`` of the same examples."""
        return self.fit(X, y).transform(X)


class _Returning(_Transforming):
    def inverse_transform(self, X: Any) -> Any:
        """What ``transform`` was given, as far as it can be told."""
        return self._asked("inverse_transform", X)


class _Scoring(Estimator):
    def score(self, X: Any, y: Any = None) -> float:
        """How well examples are described, more being better."""
        return self._fitted_core().score(self._like_fitted(X), None)


class _Clustering(Estimator):
    _estimator_type = "clusterer"

    def fit_predict(self, X: Any, y: Any = None) -> Any:
        """``fit``, then the cluster of each example."""
        self.fit(X, y)
        return tensor(self.labels_) if isinstance(X, Tensor) else self.labels_


_MANNERS: dict[str, tuple[type, ...]] = {
    "gaussian_mixture": (_Scoring, _Predicting, _Probable),
    "hierarchical": (_Clustering,),
    "imputer": (_Transforming,),
    "k_means": (_Clustering, _Scoring, _Predicting, _Transforming),
    "mini_batch_k_means": (_Clustering, _Scoring, _Predicting, _Transforming),
    "polynomial_features": (_Transforming,),
    "logistic_regression": (_Classifying, _Probable, _Deciding),
    "support_vector_classifier": (_Classifying, _Deciding),
}
"""What an estimator can be asked where its kind alone does not say it."""


def _manners(kind: Kind) -> tuple[type, ...]:
    if kind["name"] in _MANNERS:
        return _MANNERS[kind["name"]]
    if kind["is_classifier"]:
        return (_Classifying, _Probable)
    return (_Regressing,) if kind["is_regressor"] else (_Returning,)


def _estimator_class(kind: Kind) -> type[Estimator]:
    def __init__(self: Estimator, **options: Any) -> None:
        Estimator.__init__(self, **options)

    parameters = [inspect.Parameter("self", inspect.Parameter.POSITIONAL_ONLY)]
    parameters += [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default)
        for name, default in kind["options"].items()
    ]
    __init__.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    members = {
        "__init__": __init__,
        "__doc__": documentation(kind),
        "__module__": __name__,
        "_kind": kind,
    }
    return type(class_name(kind["name"]), _manners(kind), members)


ESTIMATORS: dict[str, type[Estimator]] = {
    row["name"]: _estimator_class(row) for row in _learn.estimator_kinds()
}
"""Every estimator of the library, by the name of its kind."""

globals().update({estimator.__name__: estimator for estimator in ESTIMATORS.values()})


def load(path: str | os.PathLike[str]) -> Estimator:
    """The estimator that ``save`` wrote; the classes of a classifier are then numbers."""
    core = _learn.load(os.fspath(path))
    estimator = ESTIMATORS[core.kind](**core.options())
    if isinstance(estimator, _Classifying):
        estimator._classes = numpy.array(core.fitted()["classes"])
    estimator._keep(core)
    return estimator


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
        option,
        [_plain(value) for value in values],
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
    values = [(name, [_plain(value) for value in options]) for name, options in grid.items()]
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
        drawn.append(given if isinstance(given, OptionRange) else OptionRange(0, 1))
        if given is not drawn[-1]:
            drawn[-1].choices = [_plain(value) for value in given]
        drawn[-1].name = name
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


def _best(estimator: Estimator, result: Any, X: Any, y: Any) -> Any:
    rows, best = result
    found = [(dict(options), _as_given(scores, X)) for options, scores in rows]
    chosen = type(estimator)(**{**estimator.get_params(), **found[best][0]})
    return chosen.fit(X, y), found


def dendrogram(clustering: Estimator) -> Any:
    """Where the lines of a hierarchical clustering go.

    Returns:
        The order of the examples, and where each merge stands above them; its height is its
        distance (``distances_``).
    """
    order, position = _learn.dendrogram(clustering._fitted_core())
    return numpy.array(order), numpy.array(position)


def _folds(estimator: Estimator, X: Any, y: Any, folds: Any) -> list[tuple[list[int], list[int]]]:
    if isinstance(folds, int):
        if estimator._kind["is_classifier"]:
            folds = stratified_k_fold(estimator._targets(y), folds)
        else:
            folds = k_fold(len(numpy.asarray(X)), folds)
    return [(numpy.asarray(train).tolist(), numpy.asarray(test).tolist()) for train, test in folds]


__all__ = [
    name
    for name in globals()
    if not name.startswith("_")
    and name
    not in (
        "annotations",
        "inspect",
        "os",
        "tempfile",
        "warnings",
        "numpy",
        "Any",
        "Iterable",
        "Sequence",
        "Tensor",
        "tensor",
        "Error",
        "Kind",
        "class_name",
        "documentation",
    )
]
