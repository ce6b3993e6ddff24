"""Training runs: fit a model, evaluate it, predict with it, run a recipe, load a run's model.

>>> recipe = parse_recipe({"name": "xor", "data": {"name": "xor", "split": [1.0, 0.0]},
...                        "model": {"name": "mlp", "hidden": [8]}}, {"train.epochs": 3})
>>> recipe.name, "epochs = 3" in recipe.to_toml()
('xor', True)
>>> len(build_model(recipe))
3
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Union

from . import nn, recipes
from ._core import Key, _train
from ._core._nn import Loss, Module
from ._core._optim import Optimizer, Schedule
from ._core._train import (  # noqa: F401
    MetricSet,
    Recipe,
    RunResult,
    TrainedModel,
    differences,
    evaluate,
    load_run,
    predict,
    recipe_tables,
    sections_of,
    to_toml,
    write_model,
)
from .data import DataLoader
from .progress import progress_writer

RecipeLike = Union[Recipe, Mapping[str, Any], str, "os.PathLike[str]"]
"""A recipe, a dictionary of its tables, or the path of its TOML file."""


class Callback:
    """Is told how training goes. Subclasses define what they want to know."""

    def start_epoch(self, epoch: int, epochs: int, steps: int) -> None:
        """Before the first step of an epoch, counted from 1."""

    def after_step(self, record: dict[str, Any]) -> None:
        """epoch, step (from 1), steps and the loss of the step."""

    def end_epoch(self, record: dict[str, Any]) -> None:
        """The record of the epoch, as in the history."""


def fit(
    model: Module,
    loss: Loss | Callable[..., Any],
    optimizer: Optimizer,
    training: DataLoader,
    *,
    validation: DataLoader | None = None,
    epochs: int = 10,
    key: Key | None = None,
    metrics: MetricSet | str = MetricSet.none,
    clip_norm: float = 0.0,
    clip_value: float = 0.0,
    precision: str = "f32",
    compile: bool = True,
    schedule: Schedule | None = None,
    schedule_every: str = "step",
    plateau: dict[str, Any] | None = None,
    early_stopping: dict[str, Any] | None = None,
    after_epoch: Callable[[dict[str, Any]], None] | None = None,
    callbacks: Sequence[Callback] = (),
    progress: bool = True,
    checkpoint: str | os.PathLike[str] = "",
    checkpoint_steps: int = 0,
    checkpoint_seconds: float = 30.0,
    checkpoint_metadata: Mapping[str, str] | None = None,
    resume: bool = False,
) -> dict[str, Any]:
    """Trains a model: in each epoch, a step for every batch, then validation.

    Args:
        model: a layer, of the library or written in Python.
        loss: of prediction and target.
        training: a :class:`DataLoader` of batches (inputs, targets).
        key: of what layers draw; ``Key(0)`` if it is not given.
        metrics: measured beside the loss: "none", "classification" or "regression".
        clip_norm: limit of the gradients' global norm; 0: none.
        precision: of products and convolutions in training steps, ``"f32"`` or ``"bf16"``; all else
            is f32, and so is validation.
        compile: run steps as one compiled function; the bits are the same.
        schedule: of the learning rate; its time counts in epochs.
        schedule_every: "step": the rate changes after every step; "epoch": at epochs alone.
        plateau: lowers the learning rate when a metric has stopped improving: monitor
            ("validation_loss"), factor, patience, threshold, cooldown and minimum, as far as they
            are not to have their defaults.
        early_stopping: patience, monitor, minimum_change and restore_best, as far as they are not
            to have their defaults.
        after_epoch: is given the record of each epoch.
        callbacks: objects with any of the methods of :class:`Callback`.
        progress: draw a bar on a terminal or in a notebook, else a line for each epoch.
        checkpoint: a file to save to at the end, when Ctrl-C ends training, and after epochs (but
            not more often than each second); to go on from if ``resume`` is true.
        checkpoint_steps: save after so many steps of an epoch, too; 0: do not.
        checkpoint_seconds: save within an epoch when the last save is so old; 0: do not.
        checkpoint_metadata: texts by name that are kept with it.

    Returns:
        history (a dictionary for each epoch), reason and best_epoch.

    Raises:
        gradus.Error: if the options do not fit, or the loss is no longer finite.
        KeyboardInterrupt: on Ctrl-C, after the step under way and the checkpoint; at once on the
            second.
    """
    return _train.fit(
        model,
        loss,
        optimizer,
        _loader("training", training),
        None if validation is None else _loader("validation", validation),
        progress_writer() if progress else None,
        {
            "epochs": epochs,
            "key": key,
            "metrics": metrics,
            "clip_norm": clip_norm,
            "clip_value": clip_value,
            "precision": precision,
            "compile": compile,
            "schedule": schedule,
            "schedule_every": schedule_every,
            "plateau": plateau,
            "early_stopping": early_stopping,
            "after_epoch": after_epoch,
            "callbacks": list(callbacks),
            "checkpoint": os.fspath(checkpoint),
            "checkpoint_steps": checkpoint_steps,
            "checkpoint_seconds": checkpoint_seconds,
            "checkpoint_metadata": dict(checkpoint_metadata or {}),
            "resume": resume,
        },
    )


def _loader(name: str, loader: DataLoader) -> DataLoader:
    if not isinstance(loader, DataLoader):
        raise TypeError(
            f"{name} is a data.DataLoader, which says how large batches are, not a "
            f"{type(loader).__name__}: data.DataLoader((inputs, targets), 64, shuffle=True)"
        )
    return loader


def read_recipe(path: str | os.PathLike[str], overrides: recipes.Overrides = ()) -> Recipe:
    """The recipe of a TOML file, after overrides: ``{"train.epochs": 3}`` or ``["train.epochs=3"]``.

    Raises:
        gradus.Error: that lists all faults of the recipe.
    """
    return _train.read_recipe(os.fspath(path), recipes.override_texts(overrides))


def parse_recipe(
    recipe: str | Mapping[str, Any], overrides: recipes.Overrides = (), source: str = "recipe"
) -> Recipe:
    """The recipe of a text of TOML or a dictionary of tables; errors call it ``source``.

    Raises:
        gradus.Error: that lists all faults of the recipe.
    """
    text = recipes.to_toml(recipe) if isinstance(recipe, Mapping) else recipe
    return _train.parse_recipe(text, source, recipes.override_texts(overrides))


def build_model(recipe: RecipeLike) -> nn.Sequential:
    """The model of a recipe with its first weights."""
    return _sequential(*_train.build_model(_recipe(recipe)))


def run(
    recipe: RecipeLike,
    folder: str | os.PathLike[str] = "",
    *,
    overrides: recipes.Overrides = (),
    resume: bool = False,
    dry_run: bool = False,
    progress: bool = True,
    after_epoch: Callable[[dict[str, Any]], None] | None = None,
) -> RunResult:
    """Does what a recipe says, in a folder that then holds recipe, metrics, model and report.

    Args:
        recipe: a recipe, a dictionary of its tables, or the path of its TOML file.
        folder: new or empty; if it is not given, ``runs/<time>-<name>``.
        overrides: values by key path, unless ``recipe`` is a Recipe already.
        resume: go on in ``folder`` from where the run stopped.
        dry_run: take one batch through training, validation, checkpoint and report.
        progress: draw a bar on a terminal or in a notebook, else a line for each epoch.
        after_epoch: is given the record of each epoch.

    Raises:
        gradus.Error: if the recipe has faults or the folder is taken; nothing is trained then.
        KeyboardInterrupt: on Ctrl-C, after the step under way and a checkpoint, from which
            ``resume`` goes on to the same bits.
    """
    return _train.run(
        _recipe(recipe, overrides),
        os.fspath(folder),
        resume,
        dry_run,
        progress_writer() if progress else None,
        after_epoch,
    )


def _recipe(recipe: RecipeLike, overrides: recipes.Overrides = ()) -> Recipe:
    if isinstance(recipe, Recipe):
        if overrides:
            raise TypeError("overrides are for a path or a dictionary, not for a Recipe")
        return recipe
    if isinstance(recipe, Mapping):
        return parse_recipe(recipe, overrides)
    return read_recipe(recipe, overrides)


def _sequential(layers: list[tuple[str, dict[str, Any]]], state: dict[str, Any]) -> nn.Sequential:
    model = nn.Sequential()
    for kind, options in layers:
        layer = nn.LAYERS[kind]
        made = layer.__new__(layer)
        Module.__init__(made, kind, options)
        model.append(made)
    model.load_state(state)
    return model


def _model(trained: TrainedModel) -> nn.Sequential:
    return _sequential(*trained.parts())
