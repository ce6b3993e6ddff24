"""Where Gradus differs from NumPy or PyTorch by more than rounding, and why.

Each difference is a call that shows it: a test makes the call on both sides and compares it with
what stands here, and docs/parity.md is written from it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy
from peers import torch

import gradus

INF, NAN = float("inf"), float("nan")


@dataclass(frozen=True)
class Difference:
    """A call with another result here than elsewhere.

    Attributes:
        call: as a user would write it here.
        peer: who differs.
        here: the result.
        elsewhere: the peer's result.
        why: the reason.
        ours: makes the call.
        theirs: makes the peer's.
    """

    call: str
    peer: str
    here: Any
    elsewhere: Any
    why: str
    ours: Callable[[], Any]
    theirs: Callable[[], Any]

    def __str__(self) -> str:
        return f"{self.call} beside {self.peer}"


def _ours(function: Any, *values: float) -> Callable[[], Any]:
    return lambda: function(*(gradus.tensor(value, gradus.f64) for value in values))


def _theirs(name: str, *values: float) -> Callable[[], Any]:
    def call() -> Any:
        function = torch
        for part in name.split("."):
            function = getattr(function, part)
        return function(*(torch.tensor(value, dtype=torch.float64) for value in values))

    return call


def _integers(*values: int) -> list[Any]:
    return [gradus.tensor(value, gradus.i32) for value in values]


DIFFERENCES = [
    Difference(
        "sign(nan)", "PyTorch", NAN, 0.0,
        "NaN stays NaN, as in NumPy: a lost NaN hides a mistake.",
        _ours(gradus.sign, NAN), _theirs("sign", NAN),
    ),
    Difference(
        "1 / sign(-0.0)", "NumPy", -INF, INF,
        "The sign of zero is kept, as copy_sign and round keep it.",
        lambda: 1.0 / gradus.sign(gradus.tensor(-0.0, gradus.f64)),
        lambda: numpy.divide(1.0, numpy.sign(-0.0)),
    ),
    Difference(
        "silu(-inf)", "PyTorch", -0.0, NAN,
        "The limit; PyTorch multiplies -inf by 0.",
        _ours(gradus.silu, -INF), _theirs("nn.functional.silu", -INF),
    ),
    Difference(
        "gelu(-inf)", "PyTorch", -0.0, NAN,
        "The limit; PyTorch multiplies -inf by 0.",
        _ours(gradus.gelu, -INF), _theirs("nn.functional.gelu", -INF),
    ),
    Difference(
        "polygamma(1, 1.0) - pi^2 / 6, to 1e-11", "PyTorch", 0.0, 7.9e-10,
        "PyTorch's series for trigamma ends early, with errors up to 1e-9. It stands in the second "
        "derivative of lgamma and the first of digamma, too.",
        lambda: _residue(gradus.polygamma(1, gradus.tensor(1.0, gradus.f64))),
        lambda: _residue(torch.polygamma(1, torch.tensor(1.0, dtype=torch.float64))),
    ),
    Difference(
        "nn.LeakyReLU()(-1.0) of f64",
        "PyTorch",
        -float(numpy.float32(0.01)),
        -0.01,
        "Options of layers are single precision: slopes, epsilons, momenta. Those of operations "
        "(leaky_relu, elu) are double.",
        _ours(gradus.nn.LeakyReLU(), -1.0),
        _theirs("nn.functional.leaky_relu", -1.0),
    ),
    Difference(
        "floor_divide(1, 0) of i32", "PyTorch", 0, "RuntimeError",
        "Evaluation is later than the call, and elements do not raise; documented in "
        "ops/arithmetic.h.",
        lambda: gradus.floor_divide(*_integers(1, 0)),
        lambda: torch.floor_divide(torch.tensor(1), torch.tensor(0)),
    ),
    Difference(
        "exp(0.0) of bf16",
        "PyTorch",
        "DTypeError",
        1.0,
        "Half precision is for storage and matrix products; cast to f32 to compute.",
        lambda: gradus.exp(gradus.cast(gradus.tensor(0.0), gradus.bf16)),
        lambda: torch.exp(torch.tensor(0.0, dtype=torch.bfloat16)),
    ),
    Difference(
        "dtype of i32 + f32", "NumPy", "float32", "float64",
        "PyTorch's rule and the array API's.",
        lambda: str((_integers(1)[0] + gradus.tensor(1.0)).numpy().dtype),
        lambda: str((numpy.ones(1, numpy.int32) + numpy.ones(1, numpy.float32)).dtype),
    ),
]  # fmt: skip


def _residue(value: Any) -> float:
    return round(float(value) - numpy.pi**2 / 6, 11) + 0.0  # which has no sign if it is zero


def outcome(call: Callable[[], Any]) -> Any:
    """A number or a string: the result, or the name of the exception."""
    try:
        with numpy.errstate(divide="ignore"):
            value = call()
        return value if isinstance(value, str) else float(value)
    except (RuntimeError, ValueError, TypeError) as error:
        return type(error).__name__
