"""Optimisers, schedules of the learning rate, and steps of training.

>>> model = gradus.nn.Linear(2, 1)
>>> step = TrainStep(model, Sgd(0.1), gradus.nn.mean_squared_error)
>>> loss = step(gradus.ones([4, 2]), gradus.zeros([4, 1]))
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ._core import _optim
from ._core._optim import (  # noqa: F401
    Optimizer,
    ParameterGroup,
    Plateau,
    Schedule,
    TrainStep,
    clip_by_norm,
    clip_by_value,
    global_norm,
    warm_up,
    without_decay,
)
from .kinds import Kind, class_name, documentation, options_of


def _optimizer_class(kind: Kind) -> type[Optimizer]:
    def __init__(self: Optimizer, *options: Any, groups: Any = (), **named: Any) -> None:
        Optimizer.__init__(self, kind["name"], options_of(kind, options, named), list(groups))

    name = class_name(kind["name"])
    members = {"__init__": __init__, "__doc__": documentation(kind), "__module__": __name__}
    return type(name, (Optimizer,), members)


def _schedule_function(kind: Kind) -> Callable[..., Schedule]:
    def schedule(*options: Any, **named: Any) -> Schedule:
        return Schedule(kind["name"], options_of(kind, options, named))

    schedule.__name__ = schedule.__qualname__ = kind["name"]
    schedule.__doc__ = documentation(kind)
    return schedule


OPTIMIZERS: dict[str, type[Optimizer]] = {
    row["name"]: _optimizer_class(row) for row in _optim.optimizer_kinds()
}
"""Every optimiser of the library, by the name of its kind."""

SCHEDULES: dict[str, Callable[..., Schedule]] = {
    row["name"]: _schedule_function(row)
    for row in _optim.schedule_kinds()
    if row["name"] != "warm_up"  # which can be followed by another one, and has its own function
}
"""Every schedule of the library but ``warm_up``, by name."""

globals().update({optimizer.__name__: optimizer for optimizer in OPTIMIZERS.values()})
globals().update(SCHEDULES)
step_decay = SCHEDULES["step"]
train_step = TrainStep
