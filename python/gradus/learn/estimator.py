"""What the estimators of ``gradus.learn`` have in common: scikit-learn's manners."""

from __future__ import annotations

import os
import tempfile
import warnings
from typing import Any

import numpy

from .._core import Tensor, _io, _learn, asarray, tensor
from ..errors import Error, make
from ..kinds import Kind
from .labels import CLASSES_KEY, checked, kind_of, to_text

_TAKE_MISSING = ("imputer",)
_TAKE_COUNTS = ("multinomial_naive_bayes",)
_KEEP_EXAMPLES = ("k_neighbors_classifier", "k_neighbors_regressor")


class NotFittedError(ValueError, AttributeError):
    """An estimator was asked before ``fit``."""


def _table(x: Any, missing: bool = False, share: bool = False, check: bool = True) -> Tensor:
    """Examples as a tensor, f32 or f64; NaN only where it may be missing.

    Of their own memory, or of the array's if they are read during this call alone. Not checked if
    whoever takes them looks at every number anyway."""
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
        array = _as_numbers(array)
    if check:
        _require_finite(array, missing)
    return (asarray if share else tensor)(numpy.ascontiguousarray(array))


def _as_numbers(array: numpy.ndarray[Any, Any]) -> numpy.ndarray[Any, Any]:
    try:
        return array.astype(numpy.float64, copy=False)
    except ValueError as error:
        raise ValueError(
            f"Estimators, encoders among them, take numbers: {error}; "
            "numpy.unique(column, return_inverse=True) numbers names."
        ) from error


def _require_finite(array: numpy.ndarray[Any, Any], missing: bool) -> None:
    # One number shows that all are finite; the sum of large ones may overflow, so look again.
    with numpy.errstate(over="ignore", invalid="ignore"):
        doubtful = not numpy.isfinite(numpy.sum(array))
    if doubtful and (
        numpy.any(numpy.isinf(array)) or (not missing and numpy.any(numpy.isnan(array)))
    ):
        raise ValueError("Input X contains NaN or infinity.")


def _weights(sample_weight: Any, count: int) -> Tensor | None:
    """How much each example counts; a number is the same for all."""
    if sample_weight is None:
        return None
    weights = numpy.asarray(sample_weight, dtype=numpy.float64)
    if weights.ndim == 0:
        weights = numpy.full(count, weights)
    if weights.ndim != 1:
        raise ValueError(
            f"Sample weights must be 1D array or scalar, got {weights.ndim}D array instead."
        )
    return tensor(numpy.ascontiguousarray(weights))


def _as_given(result: Tensor, x: Any) -> Any:
    return result if isinstance(x, Tensor) else numpy.array(result)


def _plain(value: Any) -> Any:
    """NumPy's scalars as Python's."""
    return value.item() if isinstance(value, numpy.generic) else value


class Estimator:
    """What learns from a table of examples; the classes of this module are made of it."""

    _kind: Kind
    classes_: Any

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
        return self._learn(X, y, None)

    def _learn(self, X: Any, y: Any, sample_weight: Any) -> Estimator:
        made = self._make()
        table = self._examples(X, self._kind["name"] not in _KEEP_EXAMPLES, check=False)
        targets = self._targets(y)
        weights = _weights(sample_weight, table.shape[0])
        try:
            made.fit(table, targets, weights)
        except Error as error:
            self._examples(X)
            if table.shape[0] == 1:
                raise ValueError(f"1 sample is not enough: {error}") from error
            raise
        self._keep(made)
        return self

    def _examples(self, X: Any, share: bool = True, check: bool = True) -> Tensor:
        table = _table(X, self._kind["name"] in _TAKE_MISSING, share, check)
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
        """Writes what was learned as safetensors, beside the file and renamed; ``load`` reads it.

        Classes are kept, be they numbers, booleans or strings.
        """
        core = self._fitted_core()
        if not self._kind["is_classifier"]:
            core.save(os.fspath(path))
            return
        classes = to_text(self.classes_)
        with tempfile.TemporaryDirectory() as folder:
            bare = os.path.join(folder, "estimator")
            core.save(bare)
            tensors, metadata = _io.read_safetensors(bare)
            _io.write_safetensors(os.fspath(path), tensors, {**metadata, CLASSES_KEY: classes})

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


def _classes_of(core: _learn.Estimator) -> numpy.ndarray[Any, Any]:
    """What a classifier's core answers: 0, 1, ..., or the classes of a file of the C++ library."""
    found = core.fitted()
    name = next(name for name in reversed(found) if name.rpartition(".")[2] == "classes")
    return numpy.array(found[name])


def _class_of_each(classifier: Estimator, X: Any) -> numpy.ndarray[Any, Any]:
    answers = numpy.asarray(classifier._asked("predict", X))
    return classifier.classes_[numpy.searchsorted(_classes_of(classifier._core), answers)]


def _share_found(classifier: Estimator, X: Any, y: Any) -> float:
    """The share of examples whose class is found."""
    answers = _class_of_each(classifier, X)
    labels = checked(_vector(classifier, y))
    name = type(classifier).__name__
    if len(labels) != len(answers):
        counts = f"there are {len(answers)} examples and {len(labels)} targets"
        raise make("shape", f"{name}: {counts}", name, (answers.shape, labels.shape))
    if kind_of(labels) != kind_of(classifier.classes_):
        raise ValueError(
            f"{name} learned classes that are {kind_of(classifier.classes_)}, and y holds "
            f"{kind_of(labels)}"
        )
    return float(numpy.mean(answers == labels))


class _Predicting(Estimator):
    def predict(self, X: Any) -> Any:
        """The class, number or cluster of each example."""
        return self._asked("predict", X)


class _Classifying(_Predicting):
    _estimator_type = "classifier"

    def _targets(self, y: Any) -> Tensor:
        labels = checked(_vector(self, y))
        self._classes, codes = numpy.unique(labels, return_inverse=True)
        return tensor(codes.reshape(-1).astype(numpy.int64))

    def _keep(self, made: _learn.Estimator) -> None:
        super()._keep(made)
        self.classes_ = self.__dict__.pop("_classes")

    def predict(self, X: Any) -> Any:
        """The class of each example."""
        classes = _class_of_each(self, X)
        return tensor(classes) if isinstance(X, Tensor) else classes

    def score(self, X: Any, y: Any) -> float:
        """The share of examples whose class is found."""
        return _share_found(self, X, y)


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


class _Weighing(Estimator):
    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Estimator:
        """Learns from examples (examples, features) and, if it needs them, their targets.

        ``sample_weight`` says how much each example counts, 0 or more.
        """
        return self._learn(X, y, sample_weight)


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

    def fit_transform(self, X: Any, y: Any = None, **weights: Any) -> Any:
        """``fit``, which ``sample_weight`` is for, then ``transform`` of the same examples."""
        self.fit(X, y, **weights)
        return self.transform(X)


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
    labels_: Any

    def fit_predict(self, X: Any, y: Any = None, **weights: Any) -> Any:
        """``fit``, which ``sample_weight`` is for, then the cluster of each example."""
        self.fit(X, y, **weights)
        return tensor(self.labels_) if isinstance(X, Tensor) else self.labels_
