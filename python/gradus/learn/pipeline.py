"""Estimators one after the other."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .._core import Tensor, _learn, tensor
from ..kinds import Kind
from .estimator import _TAKE_MISSING, Estimator, _class_of_each, _share_found, _table


class Pipeline(Estimator):
    """Transformers one after the other, and an estimator behind them, as one estimator.

    Options of its parts are named ``part__option``.

    >>> from gradus import learn
    >>> model = Pipeline([("scale", learn.StandardScaler()), ("near", learn.KMeans(clusters=2))])
    >>> model.set_params(near__starts=3).fit([[0.0], [1.0], [9.0]]).predict([[8.0]]).shape
    (1,)
    """

    def __init__(self, steps: Iterable[tuple[str, Estimator]]) -> None:
        self.steps = list(steps)

    @property
    def _last(self) -> Estimator:
        if not self.steps:
            raise ValueError("the pipeline has no parts")
        return self.steps[-1][1]

    @property
    def _kind(self) -> Kind:  # type: ignore[override]
        return {**self._last._kind, "name": "pipeline", "options": {}}

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The parts, and with ``deep`` the options of each as ``part__option``."""
        options: dict[str, Any] = {"steps": self.steps}
        for name, part in self.steps if deep else []:
            options[name] = part
            options.update({f"{name}__{key}": value for key, value in part.get_params().items()})
        return options

    def set_params(self, **options: Any) -> Pipeline:
        """Gives options of parts new values; they act at the next ``fit``."""
        parts = dict(self.steps)
        for name, value in options.items():
            part, _, option = name.partition("__")
            if name == "steps":
                self.steps = list(value)
            elif part in parts and option:
                parts[part].set_params(**{option: value})
            elif part in parts:
                self.steps = [(key, value if key == part else old) for key, old in self.steps]
            else:
                raise ValueError(f"Invalid parameter {name!r} for estimator {self}.")
        return self

    def _make(self) -> _learn.Estimator:
        return _learn.make_pipeline([(name, part._make()) for name, part in self.steps])

    def _examples(self, X: Any, share: bool = True, check: bool = True) -> Tensor:
        # Not shared: one of its parts may keep them.
        return _table(X, missing=self.steps[0][1]._kind["name"] in _TAKE_MISSING)

    def _targets(self, y: Any) -> Tensor | None:
        targets = self._last._targets(y)
        if self._kind["is_classifier"]:
            self._classes = self._last.__dict__.pop("_classes")
        return targets

    def _keep(self, made: _learn.Estimator) -> None:
        self._core = made
        self.n_features_in_ = made.feature_count
        if "_classes" in self.__dict__:
            self.classes_ = self.__dict__.pop("_classes")

    def predict(self, X: Any) -> Any:
        """The class, number or cluster of each example."""
        if not self._kind["is_classifier"]:
            return self._asked("predict", X)
        classes = _class_of_each(self, X)
        return tensor(classes) if isinstance(X, Tensor) else classes

    def predict_proba(self, X: Any) -> Any:
        """The probability of each class or component: (examples, classes)."""
        return self._asked("predict_probabilities", X)

    def decision_function(self, X: Any) -> Any:
        """Of two classes above 0 for the second, else a score of each class."""
        return self._asked("decision", X)

    def transform(self, X: Any) -> Any:
        """(examples, features) -> (examples, new features)"""
        return self._asked("transform", X)

    def score(self, X: Any, y: Any = None) -> float:
        """What the last part measures itself by."""
        if self._kind["is_classifier"]:
            return _share_found(self, X, y)
        return self._fitted_core().score(self._like_fitted(X), self._last._targets(y))

    def __repr__(self) -> str:
        return f"Pipeline({self.steps!r})"
