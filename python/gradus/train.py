"""Training runs: fit a model, evaluate it, predict with it, load the model of a finished run."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from ._core import Key, _train
from ._core._nn import Loss, Module
from ._core._optim import Optimizer, Schedule
from ._core._train import (  # noqa: F401
    MetricSet,
    TrainedModel,
    evaluate,
    load_run,
    predict,
)
from .data import DataLoader


def fit(
    model: Module,
    loss: Loss | Callable[..., Any],
    optimizer: Optimizer,
    training: DataLoader,
    *,
    validation: DataLoader | None = None,
    epochs: int = 10,
    key: Key | None = None,
    metrics: MetricSet = MetricSet.none,
    clip_norm: float = 0.0,
    clip_value: float = 0.0,
    compile: bool = True,
    schedule: Schedule | None = None,
    early_stopping: dict[str, Any] | None = None,
    after_epoch: Callable[[dict[str, Any]], None] | None = None,
    progress: bool = True,
    checkpoint: str = "",
    resume: bool = False,
) -> dict[str, Any]:
    """Trains a model: in each epoch, a step for every batch, then validation.

    Args:
        model: a layer, of the library or written in Python.
        loss: of prediction and target.
        training: batches (inputs, targets).
        key: of what layers draw; ``Key(0)`` if it is not given.
        metrics: measured beside the loss.
        clip_norm: limit of the gradients' global norm; 0: none.
        compile: run steps as one compiled function; the bits are the same.
        schedule: of the learning rate, by epochs.
        early_stopping: patience, monitor, minimum_change and restore_best, as far as they are not
            to have their defaults.
        after_epoch: is given the record of each epoch.
        progress: draw a bar on a terminal or in a notebook, else a line for each epoch.
        checkpoint: a file to save to, and to go on from if ``resume`` is true.

    Returns:
        history (a dictionary for each epoch), reason and best_epoch.

    Raises:
        gradus.Error: if the options do not fit, or the loss is no longer finite.
        KeyboardInterrupt: on Ctrl-C, after the step under way.
    """
    return _train.fit(
        model,
        loss,
        optimizer,
        training,
        validation,
        epochs,
        key,
        metrics,
        clip_norm,
        clip_value,
        compile,
        schedule,
        early_stopping,
        after_epoch,
        _write if progress else None,
        sys.stderr.isatty() or _is_notebook(),
        checkpoint,
        resume,
    )


def _write(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()


def _is_notebook() -> bool:
    """Jupyter's output draws over a line as a terminal does, and says that it is none."""
    return "ipykernel" in sys.modules
