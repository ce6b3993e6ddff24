"""PyTorch where it is installed, and arrays of its tensors and of ours."""

from __future__ import annotations

import importlib
from functools import reduce
from typing import Any

import numpy
import pytest

import gradus

try:
    torch: Any = importlib.import_module("torch")
    torch.set_num_threads(1)
except ImportError:
    torch = None

needs_torch = pytest.mark.skipif(torch is None, reason="PyTorch is not installed")


def versions() -> str:
    """What is compared with what."""
    against = f"NumPy {numpy.__version__}"
    if torch is not None:
        against += f", PyTorch {torch.__version__.split('+')[0]}"
    return against


def twin(name_or_function: Any) -> Any:
    """A function of PyTorch by its path ("nn.functional.silu"), or the function that it is."""
    if isinstance(name_or_function, str):
        return reduce(getattr, name_or_function.split("."), torch)
    return name_or_function


def array(value: Any) -> Any:
    """A tensor of any library as an array of its own."""
    if torch is not None and isinstance(value, torch.Tensor):
        return value.numpy(force=True)
    return numpy.asarray(value)


def listed(values: Any) -> list[Any]:
    """One result or several, as a list."""
    return list(values) if isinstance(values, (tuple, list)) else [values]


def is_floating(value: Any) -> bool:
    """Whether a value has derivatives."""
    if isinstance(value, gradus.Tensor):
        return gradus.is_floating(value.dtype)
    if torch is not None and isinstance(value, torch.Tensor):
        return bool(value.is_floating_point())
    return bool(numpy.issubdtype(numpy.asarray(value).dtype, numpy.floating))
