"""Every loss of gradus.nn beside its twin of torch.nn.functional, or its formula."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy
from peers import torch

DRAW = numpy.random.default_rng(3)
SCORES = DRAW.normal(size=(6, 4))
LABELS = numpy.array([0, 3, 1, 1, 2, 0])
VALUES = DRAW.uniform(0.1, 0.9, (6, 4))
SHARES = VALUES / VALUES.sum(-1, keepdims=True)
SIGNS = numpy.sign(DRAW.normal(size=(6, 4)))
IMAGE = DRAW.normal(size=(2, 4, 3))
PIXELS = DRAW.integers(0, 4, (2, 3))
CLASS_WEIGHTS = [1.0, 2.0, 0.5, 3.0]
LOGARITHMS = SCORES - numpy.log(numpy.exp(SCORES).sum(-1, keepdims=True))


@dataclass(frozen=True)
class LossCase:
    """A loss and its twin.

    Attributes:
        kind: of the loss.
        title: what is special about the case.
        twin: of prediction, target and the name of the reduction.
        prediction: float64.
        target: labels or float64.
        options: of the loss.
    """

    kind: str
    title: str
    twin: Callable[[Any, Any, str], Any]
    prediction: Any
    target: Any
    options: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.kind} {self.title}".rstrip()


def _named(name: str, **options: Any) -> Callable[[Any, Any, str], Any]:
    """A loss of torch.nn.functional with options."""

    def loss(prediction: Any, target: Any, reduction: str) -> Any:
        given = {
            key: torch.tensor(value, dtype=prediction.dtype) if key == "weight" else value
            for key, value in options.items()
        }
        function = getattr(torch.nn.functional, name)
        return function(prediction, target, reduction=reduction, **given)

    return loss


def _reduced(value: Any, reduction: str) -> Any:
    return {"none": lambda: value, "sum": value.sum, "mean": value.mean}[reduction]()


def _over_classes(name: str) -> Callable[[Any, Any, str], Any]:
    """A loss that PyTorch has for each class, summed over these: see differences.py."""

    def loss(prediction: Any, target: Any, reduction: str) -> Any:
        function = getattr(torch.nn.functional, name)
        return _reduced(function(prediction, target, reduction="none").sum(-1), reduction)

    return loss


def _positive_weight(prediction: Any, target: Any, reduction: str) -> Any:
    weight = torch.tensor(2.5, dtype=prediction.dtype)
    return torch.nn.functional.binary_cross_entropy_with_logits(
        prediction, target, pos_weight=weight, reduction=reduction
    )


def _hinge(margin: float) -> Callable[[Any, Any, str], Any]:
    def loss(prediction: Any, target: Any, reduction: str) -> Any:
        zero = torch.zeros_like(prediction)
        return torch.nn.functional.margin_ranking_loss(
            prediction, zero, target, margin, reduction=reduction
        )

    return loss


def _multiclass_hinge(prediction: Any, target: Any, reduction: str) -> Any:
    """Source: Crammer and Singer 2001."""
    own = prediction.gather(-1, target[:, None])
    others = prediction.scatter(-1, target[:, None], -torch.inf)
    return _reduced((1 + others.amax(-1) - own[:, 0]).clamp(min=0), reduction)


LOSSES = [
    LossCase("cross_entropy", "of labels", _named("cross_entropy"), SCORES, LABELS),
    LossCase("cross_entropy", "of probabilities", _named("cross_entropy"), SCORES, SHARES),
    LossCase("cross_entropy", "smoothed", _named("cross_entropy", label_smoothing=0.125), SCORES, LABELS, {"label_smoothing": 0.125}),
    LossCase("cross_entropy", "of probabilities, smoothed", _named("cross_entropy", label_smoothing=0.125), SCORES, SHARES, {"label_smoothing": 0.125}),
    LossCase("cross_entropy", "weighted", _named("cross_entropy", weight=CLASS_WEIGHTS), SCORES, LABELS, {"class_weights": CLASS_WEIGHTS}),
    LossCase("cross_entropy", "of probabilities, weighted", _named("cross_entropy", weight=CLASS_WEIGHTS), SCORES, SHARES, {"class_weights": CLASS_WEIGHTS}),
    LossCase("cross_entropy", "weighted and smoothed", _named("cross_entropy", weight=CLASS_WEIGHTS, label_smoothing=0.125), SCORES, LABELS, {"class_weights": CLASS_WEIGHTS, "label_smoothing": 0.125}),
    LossCase("cross_entropy", "of images", _named("cross_entropy"), IMAGE, PIXELS, {"axis": 1}),
    LossCase("binary_cross_entropy_with_logits", "", _named("binary_cross_entropy_with_logits"), SCORES, VALUES),
    LossCase("binary_cross_entropy_with_logits", "of large logits", _named("binary_cross_entropy_with_logits"), SCORES * 300, VALUES),
    LossCase("binary_cross_entropy_with_logits", "weighted", _positive_weight, SCORES, VALUES, {"positive_weight": 2.5}),
    LossCase("mean_squared_error", "", _named("mse_loss"), SCORES, VALUES),
    LossCase("mean_absolute_error", "", _named("l1_loss"), SCORES, VALUES),
    LossCase("huber", "", _named("huber_loss"), SCORES, VALUES),
    LossCase("huber", "with delta", _named("huber_loss", delta=0.5), SCORES, VALUES, {"delta": 0.5}),
    LossCase("hinge", "", _hinge(1.0), SCORES, SIGNS),
    LossCase("hinge", "with margin", _hinge(0.25), SCORES, SIGNS, {"margin": 0.25}),
    LossCase("multiclass_hinge", "", _multiclass_hinge, SCORES, LABELS),
    LossCase("kl_divergence", "", _over_classes("kl_div"), LOGARITHMS, SHARES),
    LossCase("negative_log_likelihood", "", _named("nll_loss"), LOGARITHMS, LABELS),
]  # fmt: skip
