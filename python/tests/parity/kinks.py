"""Where derivatives of elementwise operations differ from PyTorch's: at kinks, at ends of domains and
at infinities. Part of differences.py.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy
from elementwise import ROWS
from peers import array, torch, twin

import gradus

INF, NAN = float("inf"), float("nan")


@dataclass(frozen=True)
class Kink:
    """A point where a derivative of an operation is another than PyTorch's.

    Attributes:
        name: of the operation.
        order: of the derivative, in the first argument unless ``which`` says otherwise.
        at: an example.
        here: the derivative there.
        elsewhere: PyTorch's.
        why: the reason.
        where: all such points, of arrays of the arguments.
        which: the argument.
    """

    name: str
    order: int
    at: tuple[float, ...]
    here: float
    elsewhere: float
    why: str
    where: Callable[..., Any]
    which: int = 0

    def __str__(self) -> str:
        """As "hypot'' at (0, 0)"."""
        marks = "'" * self.order + (" in the second argument" if self.which else "")
        return f"{self.name}{marks} at {', '.join(f'{x:g}' for x in self.at)}"


def _origin(a: Any, b: Any) -> Any:
    return (a == 0) & (b == 0)


def _has_nan(*x: Any) -> Any:
    return numpy.any([numpy.isnan(a) for a in x], 0)


def _infinite(*x: Any) -> Any:
    return numpy.any([numpy.isinf(a) for a in x], 0)


def _pole(x: Any) -> Any:
    return (x < 0) & (numpy.floor(x) == x)


_NAN = "Neither side of NaN is taken."
_LIMIT = "The limit; PyTorch's formula is infinity minus or times another."
_POLE = "A pole; PyTorch's trigamma is a large number there."
_SIDES = "A pole whose sides differ in sign; PyTorch takes the right one, at -0.0 too."

KINKS = [
    Kink("absolute", 1, (NAN,), NAN, 0.0, "NaN stays NaN, as sign(nan) does.", numpy.isnan),
    Kink("relu", 1, (NAN,), 0.0, 1.0, _NAN, numpy.isnan),
    Kink("maximum", 1, (NAN, 1.0), 0.0, 1.0, _NAN, _has_nan),
    Kink("minimum", 1, (NAN, 1.0), 0.0, 1.0, _NAN, _has_nan),
    Kink("elu", 1, (NAN,), NAN, 1.0, "NaN stays NaN.", numpy.isnan),
    Kink("silu", 1, (INF,), 1.0, NAN, _LIMIT, numpy.isinf),
    Kink("gelu", 1, (INF,), 1.0, NAN, _LIMIT, numpy.isinf),
    Kink("log_add_exp", 1, (INF, INF), 0.5, NAN, _LIMIT, lambda a, b: numpy.isinf(a) & (a == b)),
    Kink("log_add_exp", 2, (0.0, INF), 0.0, NAN, _LIMIT, _infinite),
    Kink("hypot", 1, (0.0, 0.0), 0.0, NAN, "A subgradient, as of a norm.", _origin),
    Kink("hypot", 2, (0.0, 0.0), 0.0, NAN, "A subgradient, as of a norm.", _origin),
    Kink("atan2", 1, (0.0, 0.0), NAN, 0.0, "There is no derivative, and no number is nearest to one.", _origin),
    Kink("copy_sign", 1, (0.0, 1.0), 1.0, 0.0, "The side that the sign of 0 is on; PyTorch divides by the number.", lambda a, b: (a == 0) | ~numpy.isfinite(a)),
    Kink("copy_sign", 2, (0.0, 1.0), 0.0, NAN, "The side that the sign of 0 is on; PyTorch divides by the number.", lambda a, b: (a == 0) | ~numpy.isfinite(a)),
    Kink("elu", 2, (0.0,), 1.0, 0.0, "A kink: the side below is taken here.", lambda x: ~(x != 0) | numpy.isnan(x)),
    Kink("power", 2, (0.0, 2.0), 0.0, NAN, "0 to a power is flat in the power.", lambda a, b: a == 0, 1),
    Kink("lgamma", 2, (-INF,), INF, NAN, _POLE, _pole),
    Kink("digamma", 1, (-INF,), INF, NAN, _POLE, _pole),
    Kink("digamma", 2, (-1.0,), NAN, -INF, _SIDES, lambda x: numpy.signbit(x) & (numpy.floor(x) == x)),
    Kink("digamma", 2, (INF,), 0.0, NAN, _LIMIT, lambda x: x == INF),
]  # fmt: skip


def differ(name: str, order: int, which: int, arguments: list[Any]) -> Any:
    """Where a derivative is not compared, because it is listed."""
    mask = numpy.zeros(arguments[0].shape, bool)
    for kink in KINKS:
        if kink.name == name and kink.order == order and which >= kink.which:
            mask |= kink.where(*arguments)
    return mask


def derivatives(name: str, which: int, arguments: list[Any]) -> list[Any]:
    """The first and the second derivative of an operation of ours by one argument."""
    given = list(map(gradus.tensor, arguments))
    operation = getattr(gradus, name)
    first = gradus.grad(lambda *x: gradus.sum(operation(*x)), which)
    second = gradus.grad(lambda *x: gradus.sum(first(*x)), which)
    return [array(first(*given)), array(second(*given))]


def torch_derivatives(name: str, which: int, arguments: list[Any]) -> list[Any]:
    """The same of its twin."""
    function = twin(next(row.torch for row in ROWS if row.name == name))
    given = [torch.tensor(x, requires_grad=True) for x in arguments]
    (first,) = torch.autograd.grad(function(*given).sum(), given[which], create_graph=True)
    if not first.requires_grad:
        return [array(first), numpy.zeros_like(array(first))]
    (second,) = torch.autograd.grad(first.sum(), given[which], materialize_grads=True)
    return [array(first), array(second)]
