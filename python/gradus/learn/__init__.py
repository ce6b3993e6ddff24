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
from typing import Any

import numpy

from .._core import _io, _learn
from .._core._learn import OptionRange, k_fold  # noqa: F401
from ..kinds import Kind, class_name
from .estimator import (  # noqa: F401
    Estimator,
    NotFittedError,
    _classes_of,
    _Classifying,
    _Clustering,
    _Deciding,
    _Predicting,
    _Probable,
    _Regressing,
    _Returning,
    _Scoring,
    _Transforming,
    _Weighing,
)
from .labels import CLASSES_KEY, from_text
from .metrics import (  # noqa: F401
    accuracy,
    adjusted_rand,
    averaged_scores,
    class_scores,
    confusion_matrix,
    log_loss,
    mean_absolute_error,
    mean_squared_error,
    r2,
    roc_auc,
    roc_curve,
    silhouette,
)
from .pipeline import Pipeline
from .selection import (  # noqa: F401
    cross_validate,
    grid_search,
    learning_curve,
    random_search,
    stratified_k_fold,
    validation_curve,
)

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


def _documentation(kind: Kind) -> str:
    lines = [kind["doc"]]
    if kind["options"]:
        lines += ["", "Options (by name only), and their defaults:"]
        lines += [f"    {name}: {value!r}" for name, value in kind["options"].items()]
    return "\n".join(lines)


def _by_name(kind: Kind, positional: tuple[Any, ...]) -> str:
    """What to say to options that were given by their order."""
    name = class_name(kind["name"])
    plain = [repr(one) if isinstance(one, (bool, int, float, str)) else "..." for one in positional]
    options = ", ".join(f"{option}={one}" for option, one in zip(kind["options"], plain))
    return f"{name}() takes options by name: {name}({options})"


def _estimator_class(kind: Kind) -> type[Estimator]:
    def __init__(self: Estimator, *positional: Any, **options: Any) -> None:
        if positional:
            raise TypeError(_by_name(kind, positional))
        Estimator.__init__(self, **options)

    parameters = [inspect.Parameter("self", inspect.Parameter.POSITIONAL_ONLY)]
    parameters += [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default)
        for name, default in kind["options"].items()
    ]
    __init__.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    members = {
        "__init__": __init__,
        "__doc__": _documentation(kind),
        "__module__": __name__,
        "_kind": kind,
    }
    manners = ((_Weighing,) if kind["takes_weights"] else ()) + _manners(kind)
    return type(class_name(kind["name"]), manners, members)


ESTIMATORS: dict[str, type[Estimator]] = {
    row["name"]: _estimator_class(row) for row in _learn.estimator_kinds()
}
"""Every estimator of the library, by the name of its kind."""

globals().update({estimator.__name__: estimator for estimator in ESTIMATORS.values()})


def load(path: str | os.PathLike[str]) -> Estimator:
    """The estimator that ``save``, or the C++ library, wrote.

    Classes are those of ``fit``; a file of the C++ library has them as integers.
    """
    file = os.fspath(path)
    core = _learn.load(file)
    estimator = _unfitted(core)
    if estimator._kind["is_classifier"]:
        classes, (_, metadata) = _classes_of(core), _io.read_safetensors(file)
        if CLASSES_KEY in metadata:
            classes = from_text(metadata[CLASSES_KEY], len(classes), file)
        estimator._classes = classes
    estimator._keep(core)
    return estimator


def _unfitted(core: _learn.Estimator) -> Estimator:
    if core.kind == "pipeline":
        return Pipeline([(name, _unfitted(part)) for name, part in core.parts()])
    return ESTIMATORS[core.kind](**core.options())


def dendrogram(clustering: Estimator) -> Any:
    """Where the lines of a hierarchical clustering go.

    Returns:
        The order of the examples, and where each merge stands above them; its height is its
        distance (``distances_``).
    """
    order, position = _learn.dendrogram(clustering._fitted_core())
    return numpy.array(order), numpy.array(position)
