"""Derivatives with respect to the parameters of a module."""

from __future__ import annotations

from collections.abc import Callable

from .._core import Tensor, _nn
from .module import Module


def value_and_grad(model: Module, function: Callable[[], Tensor]) -> tuple[Tensor, list[Tensor]]:
    """Calls ``function``, which uses ``model`` and returns one number, and differentiates it.

    Returns:
        The value (0-d) and one gradient per parameter, in the order of ``model.parameters()``;
        zeros for a parameter without influence. Buffers keep what the call made of them.

    Raises:
        gradus.Error: if the value is not one floating element.

    >>> model = gradus.nn.Linear(2, 1)
    >>> loss, gradients = value_and_grad(model, lambda: gradus.sum(model(gradus.ones([3, 2]))))
    >>> gradients[0]
    Tensor(f32[1, 2]
    [[3, 3]])
    """
    return _nn.module_value_and_grad(model, function)
