"""Layers, losses and modules.

Each layer of the library has its class here, with the options of its C++ struct, in the same order:
``nn.Linear(784, 128)`` or ``nn.Linear(in_=784, out=128, bias=False)``; ``key=`` draws the first
values anew. A subclass of ``Module`` is a layer of its own: tensors and modules that are assigned to
its members are found, trained and saved by their names.

>>> class Scale(Module):
...     def __init__(self, size):
...         super().__init__()
...         self.factor = gradus.ones([size])
...     def forward(self, x):
...         return x * self.factor
>>> Scale(2)(gradus.tensor([1.0, 2.0]))
Tensor(f32[2] [1, 2])
"""

from __future__ import annotations

from typing import Any

from .._core import Key, Tensor, _nn
from .._core._nn import (  # noqa: F401
    Context,
    Loss,
    Sequential,
    describe,
    hard_tanh,
    maxout,
    penalty,
    posterior_divergence,
    prelu,
    radial_basis,
    selu,
)
from ..kinds import Kind, class_name, documentation, options_of
from .gradients import value_and_grad  # noqa: F401
from .module import Module

_RECURRENT = ("rnn", "lstm", "gru")


def _layer_class(kind: Kind) -> type[Module]:
    def __init__(self: Module, *options: Any, key: Key | None = None, **named: Any) -> None:
        _nn.Module.__init__(self, kind["name"], options_of(kind, options, named), key)

    members: dict[str, Any] = {
        "__init__": __init__,
        "__doc__": documentation(kind),
        "__module__": __name__,
        "_kind": kind["name"],
    }
    if kind["name"] in _RECURRENT:
        members["run"] = _run
    return type(class_name(kind["name"]), (Module,), members)


def _run(
    self: Module,
    x: Tensor,
    context: Context | None = None,
    state: Tensor | tuple[Tensor, Tensor] | None = None,
    lengths: Tensor | None = None,
) -> tuple[Tensor, Tensor, Any]:
    """All that the layer computes: the states of all steps, the last ones, and those to go on from.

    Args:
        x: (batch, time, in).
        context: evaluation if it is not given.
        state: (layers * directions, batch, hidden_size); of an LSTM a pair of such, hidden and
            cell. Zeros if it is not given.
        lengths: i64 (batch), how many steps of each row count.
    """
    return _nn.run_recurrent(self, x, context or Context(), state, lengths)


_run.__name__ = _run.__qualname__ = "run"  # as a method is called


LAYERS: dict[str, type[Module]] = {row["name"]: _layer_class(row) for row in _nn.layer_kinds()}
"""Every layer of the library, by the name of its kind."""

LOSSES: dict[str, Loss] = {row["name"]: Loss(row["name"]) for row in _nn.loss_kinds()}
"""Every loss of the library, by name."""

globals().update({layer.__name__: layer for layer in LAYERS.values()})
globals().update(LOSSES)


def monte_carlo(model: Module, x: Tensor, samples: int, key: Key) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation (divided by n - 1) of so many runs of ``model`` with dropout
    acting and all else in evaluation. Source: Gal and Ghahramani 2016.
    """
    return _nn.monte_carlo(model, x, samples, key)


def initialize(model: Module, key: Key) -> None:
    """Draws all parameters anew: those of each module from ``key`` and the module's path."""
    model.initialize_all(key)
