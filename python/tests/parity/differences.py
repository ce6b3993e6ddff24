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


_LOGARITHMS, _SHARES = numpy.log([[0.1, 0.2, 0.3, 0.4]]), numpy.full((1, 4), 0.25)

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
        "softplus(25.0) - 25", "PyTorch", 1.3888e-11, 0.0,
        "PyTorch gives x from 20 on.",
        lambda: round(float(gradus.softplus(gradus.tensor(25.0, gradus.f64))) - 25, 15),
        lambda: float(_theirs("nn.functional.softplus", 25.0)()) - 25,
    ),
    Difference(
        "gelu(-10.0) * 1e22", "PyTorch", -0.762, -0.0,
        "1 + erf(x) is 0 in PyTorch where erfc(-x) is not.",
        lambda: round(float(gradus.gelu(gradus.tensor(-10.0, gradus.f64))) * 1e22, 3),
        lambda: float(_theirs("nn.functional.gelu", -10.0)()) * 1e22,
    ),
    Difference(
        "gradient of clip(x, 0, 1) at 1.0", "PyTorch", 0.5, 0.0,
        "clip is a minimum of a maximum, and equal arguments of these share the gradient.",
        lambda: gradus.grad(lambda x: gradus.clip(x, 0, 1))(gradus.tensor(1.0)),
        lambda: _gradient_of_clip(),
    ),
    Difference(
        "kl_divergence(log([[0.1, 0.2, 0.3, 0.4]]), [[0.25] * 4])",
        "PyTorch",
        0.121777,
        0.030444,
        "The mean is over examples, as of all losses of probabilities (PyTorch: 'batchmean').",
        lambda: round(float(gradus.nn.kl_divergence(_LOGARITHMS, _SHARES)), 6),
        lambda: round(
            float(torch.nn.functional.kl_div(torch.tensor(_LOGARITHMS), torch.tensor(_SHARES))), 6
        ),
    ),
    Difference(
        "multiclass_hinge([[0, 2, 2]], [0])", "PyTorch", 3.0, 2.0,
        "Of the worst class alone (Crammer and Singer 2001); PyTorch's multi_margin_loss adds all "
        "classes and divides by their number (Weston and Watkins 1999).",
        lambda: gradus.nn.multiclass_hinge([[0.0, 2.0, 2.0]], [0]),
        lambda: torch.nn.functional.multi_margin_loss(torch.tensor([[0.0, 2, 2]]), torch.tensor([0])),
    ),
    Difference(
        "nn.AveragePool(2, padding=1) of a one, its first element", "PyTorch", 1.0, 0.25,
        "Padding is not counted (PyTorch: count_include_pad=False).",
        lambda: gradus.nn.AveragePool(2, padding=1)(gradus.ones([1, 1, 2, 2]))[0, 0, 0, 0],
        lambda: torch.nn.AvgPool2d(2, padding=1)(torch.ones(1, 1, 2, 2))[0, 0, 0, 0],
    ),
    Difference(
        "optim.cosine(10)(15)", "PyTorch", 0.0, 0.5,
        "A schedule stays where it ends; PyTorch's cosine rises again.",
        lambda: gradus.optim.cosine(10)(15), lambda: _cosine_after_its_end(),
    ),
    Difference(
        "optim.clip_by_norm([1.0], 0.5)", "PyTorch", 0.5, 0.4999995,
        "PyTorch adds 1e-6 to the norm.",
        lambda: gradus.optim.clip_by_norm([gradus.ones([], gradus.f64)], 0.5)[0][0],
        lambda: _clipped(),
    ),
    Difference(
        "var([0.0, 2.0])", "NumPy", 2.0, 1.0,
        "Divided by n - 1, as in PyTorch (NumPy: ddof=0).",
        lambda: gradus.var(gradus.tensor([0.0, 2.0])), lambda: numpy.var([0.0, 2.0]),
    ),
    Difference(
        "argmax([[0.0, 1.0], [1.0, 0.0]]).size", "NumPy", 2.0, 1.0,
        "Along the last axis (NumPy and PyTorch: of the flattened array).",
        lambda: gradus.argmax(gradus.tensor([[0.0, 1.0], [1.0, 0.0]])).size,
        lambda: numpy.argmax([[0.0, 1.0], [1.0, 0.0]]).size,
    ),
    Difference(
        "len(split(zeros([6]), 2))", "PyTorch", 2, 3,
        "A number is how many parts, as in NumPy (PyTorch: how large).",
        lambda: len(gradus.split(gradus.zeros([6]), 2)), lambda: len(torch.zeros(6).split(2)),
    ),
    Difference(
        "svd(zeros([3, 2])).U.size", "NumPy and PyTorch", 6, 9,
        "Thin factors unless full_matrices is asked for.",
        lambda: gradus.linalg.svd(gradus.zeros([3, 2])).U.size,
        lambda: numpy.linalg.svd(numpy.zeros((3, 2))).U.size,
    ),
    Difference(
        "dtype of i32 + f32", "NumPy", "float32", "float64",
        "PyTorch's rule and the array API's.",
        lambda: str((_integers(1)[0] + gradus.tensor(1.0)).numpy().dtype),
        lambda: str((numpy.ones(1, numpy.int32) + numpy.ones(1, numpy.float32)).dtype),
    ),
]  # fmt: skip


def _gradient_of_clip() -> Any:
    x = torch.tensor(1.0, requires_grad=True)
    return torch.autograd.grad(torch.clip(x, 0, 1), x)[0]


def _cosine_after_its_end() -> float:
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], 1.0)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 10)
    for _ in range(15):
        optimizer.step()
        schedule.step()
    return round(optimizer.param_groups[0]["lr"], 12)


def _clipped() -> float:
    parameter = torch.nn.Parameter(torch.zeros((), dtype=torch.float64))
    parameter.grad = torch.ones_like(parameter)
    torch.nn.utils.clip_grad_norm_([parameter], 0.5)
    return round(float(parameter.grad), 10)


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
