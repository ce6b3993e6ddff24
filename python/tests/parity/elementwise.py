"""Elementwise operations beside the same functions of NumPy and PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import erf, erfc, lgamma, sqrt
from typing import Any

import numpy
from harness import Case

import gradus

ANY = (-2.5, 2.5)
POSITIVE = (0.2, 3.0)
INSIDE_ONE = (-0.9, 0.9)
ABOVE_ONE = (1.1, 3.0)
TRIGAMMA_ERROR = 1e-8
"""Of PyTorch's trigamma, whose series ends early: "trigamma" in differences.py."""


@dataclass(frozen=True)
class Row:
    """An elementwise operation and its twins.

    Attributes:
        name: in the namespace of Gradus.
        reference: NumPy's function, of float64 arrays.
        torch: the path of PyTorch's function.
        domain: where the arguments are drawn from.
        arguments: how many.
        derivatives: how many are compared: 0 where they are 0 everywhere.
        torch_error: as of a Case.
        special: whether the reference is right for NaN and infinities.
    """

    name: str
    reference: Callable[..., Any]
    torch: str | None
    domain: tuple[float, float] = ANY
    arguments: int = 1
    derivatives: int = 2
    torch_error: float = 0.0
    special: bool = True

    def __str__(self) -> str:
        return self.name


def _each(function: Callable[[float], float]) -> Callable[..., Any]:
    return numpy.vectorize(function, otypes=[numpy.float64])


def _increasing(function: Callable[[float], float], low: float, high: float) -> Callable[..., Any]:
    """The inverse of an increasing function between two numbers, by bisection."""

    def inverse(value: float) -> float:
        left, right = low, high
        while (middle := (left + right) / 2) not in (left, right):
            left, right = (middle, right) if function(middle) < value else (left, middle)
        return middle

    return _each(inverse)


def _sigmoid(x: Any) -> Any:
    return 1 / (1 + numpy.exp(-x))


_NODES, _WEIGHTS = numpy.polynomial.legendre.leggauss(64)


def integral(function: Callable[..., Any], end: Any) -> Any:
    """The integral from 0, by Gauss and Legendre's rule: of smooth functions to rounding."""
    places = (_NODES + 1) / 2 * numpy.asarray(end)[..., None]
    return numpy.sum(_WEIGHTS * function(places), axis=-1) * end / 2


def _digamma(x: Any) -> Any:
    """By recurrence to x + 20 and the asymptotic series. Source: Abramowitz and Stegun 6.3.18."""
    x = numpy.asarray(x)
    shift = sum(1 / (x + step) for step in range(20))
    y = x + 20
    series = 1 / (12 * y**2) - 1 / (120 * y**4) + 1 / (252 * y**6) - 1 / (240 * y**8)
    return numpy.log(y) - 1 / (2 * y) - series - shift


def gammainc(a: Any, x: Any) -> Any:
    """The regularised lower incomplete gamma function for a > 1, by quadrature of t = u^4."""
    a, x = numpy.broadcast_arrays(a, x)
    b = a[..., None]
    integrand = lambda u: 4 * u ** (4 * b - 1) * numpy.exp(-(u**4))
    return integral(integrand, x**0.25) / numpy.exp(_each(lgamma)(a))


_normal_cdf = _each(lambda x: (1 + erf(x / sqrt(2))) / 2)

ROWS = [
    Row("negative", numpy.negative, "neg"),
    Row("absolute", numpy.abs, "abs"),
    Row("sign", numpy.sign, "sign", derivatives=0),
    Row("square", numpy.square, "square"),
    Row("reciprocal", numpy.reciprocal, "reciprocal", POSITIVE),
    Row("sqrt", numpy.sqrt, "sqrt", POSITIVE),
    Row("rsqrt", lambda x: 1 / numpy.sqrt(x), "rsqrt", POSITIVE),
    Row("one_minus_square", lambda x: (1 - x) * (1 + x), None),
    Row("cbrt", numpy.cbrt, None, POSITIVE),
    Row("exp", numpy.exp, "exp"),
    Row("exp2", numpy.exp2, "exp2"),
    Row("expm1", numpy.expm1, "expm1"),
    Row("log", numpy.log, "log", POSITIVE),
    Row("log2", numpy.log2, "log2", POSITIVE),
    Row("log10", numpy.log10, "log10", POSITIVE),
    Row("log1p", numpy.log1p, "log1p", POSITIVE),
    Row("sin", numpy.sin, "sin"),
    Row("cos", numpy.cos, "cos"),
    Row("tan", numpy.tan, "tan", (-1.2, 1.2)),
    Row("asin", numpy.arcsin, "asin", INSIDE_ONE),
    Row("acos", numpy.arccos, "acos", INSIDE_ONE),
    Row("atan", numpy.arctan, "atan"),
    Row("sinh", numpy.sinh, "sinh"),
    Row("cosh", numpy.cosh, "cosh"),
    Row("tanh", numpy.tanh, "tanh"),
    Row("asinh", numpy.arcsinh, "asinh"),
    Row("acosh", numpy.arccosh, "acosh", ABOVE_ONE),
    Row("atanh", numpy.arctanh, "atanh", INSIDE_ONE),
    Row("erf", _each(erf), "erf"),
    Row("erfc", _each(erfc), "erfc"),
    Row("lgamma", _each(lgamma), "lgamma", POSITIVE, torch_error=TRIGAMMA_ERROR, special=False),
    Row("digamma", _digamma, "digamma", POSITIVE, torch_error=TRIGAMMA_ERROR, special=False),
    Row("erfinv", _increasing(erf, -6, 6), "erfinv", INSIDE_ONE, special=False),
    Row("erfcinv", lambda x: _increasing(erf, -6, 6)(1 - x), None, (0.1, 1.9), special=False),
    Row("gammainc", gammainc, None, ABOVE_ONE, 2, derivatives=1, special=False),
    Row(
        "gammaincc",
        lambda a, x: 1 - gammainc(a, x),
        None,
        ABOVE_ONE,
        2,
        derivatives=1,
        special=False,
    ),
    Row("floor", numpy.floor, "floor", derivatives=0),
    Row("ceil", numpy.ceil, "ceil", derivatives=0),
    Row("round", numpy.rint, "round", derivatives=0),
    Row("truncate", numpy.trunc, "trunc", derivatives=0),
    Row("relu", lambda x: numpy.maximum(x, 0), "relu"),
    Row("sigmoid", _sigmoid, "sigmoid"),
    Row("softplus", lambda x: numpy.logaddexp(x, 0), "nn.functional.softplus"),
    Row("silu", lambda x: x * _sigmoid(x), "nn.functional.silu", special=False),
    Row("gelu", lambda x: x * _normal_cdf(x), "nn.functional.gelu", special=False),
    Row("leaky_relu", lambda x: numpy.where(x > 0, x, 0.01 * x), "nn.functional.leaky_relu"),
    Row("elu", lambda x: numpy.where(x > 0, x, numpy.expm1(x)), "nn.functional.elu"),
    Row("add", numpy.add, "add", arguments=2),
    Row("subtract", numpy.subtract, "sub", arguments=2),
    Row("multiply", numpy.multiply, "mul", arguments=2),
    Row("divide", numpy.divide, "div", POSITIVE, arguments=2),
    Row(
        "floor_divide",
        numpy.floor_divide,
        "floor_divide",
        POSITIVE,
        2,
        derivatives=0,
        special=False,
    ),
    Row("remainder", numpy.remainder, None, POSITIVE, 2, derivatives=0, special=False),
    Row("power", numpy.power, "pow", POSITIVE, arguments=2),
    Row("maximum", numpy.maximum, "maximum", arguments=2),
    Row("minimum", numpy.minimum, "minimum", arguments=2),
    Row("hypot", numpy.hypot, "hypot", POSITIVE, arguments=2),
    Row("atan2", numpy.arctan2, "atan2", POSITIVE, arguments=2),
    Row("log_add_exp", numpy.logaddexp, "logaddexp", arguments=2),
    Row("copy_sign", numpy.copysign, "copysign", arguments=2, derivatives=0),
]

COMPARISONS = {
    "equal": numpy.equal,
    "not_equal": numpy.not_equal,
    "less": numpy.less,
    "less_equal": numpy.less_equal,
    "greater": numpy.greater,
    "greater_equal": numpy.greater_equal,
}

OF_INTEGERS = {
    "add": (numpy.add, 2),
    "subtract": (numpy.subtract, 2),
    "multiply": (numpy.multiply, 2),
    "floor_divide": (numpy.floor_divide, 2),
    "remainder": (numpy.remainder, 2),
    "maximum": (numpy.maximum, 2),
    "minimum": (numpy.minimum, 2),
    "negative": (numpy.negative, 1),
    "absolute": (numpy.absolute, 1),
    "sign": (numpy.sign, 1),
    "square": (numpy.square, 1),
    "floor": (numpy.floor, 1),
}

LOGIC = {
    "logical_and": numpy.logical_and,
    "logical_or": numpy.logical_or,
    "logical_xor": numpy.logical_xor,
}

TESTS_OF_ONE = {
    "is_nan": numpy.isnan,
    "is_infinite": numpy.isinf,
    "is_finite": numpy.isfinite,
    "sign_bit": numpy.signbit,
    "logical_not": numpy.logical_not,
}

SHAPES = [
    ((3, 4), (3, 4)),
    ((3, 4), (4,)),
    ((2, 1, 3), (4, 1)),
    ((), (3,)),
    ((0, 3), (1, 3)),
    ((), ()),
]


def _case(row: Row, shapes: tuple[Any, ...]) -> Case:
    draw = numpy.random.default_rng(7)
    inputs = [draw.uniform(*row.domain, shape) for shape in shapes[: row.arguments]]
    return Case(
        f"{row.name} of {' and '.join(str(x.shape) for x in inputs)}",
        getattr(gradus, row.name),
        row.reference,
        row.torch,
        inputs,
        row.derivatives,
        torch_error=row.torch_error,
        group="Elementwise operations",
    )


def cases() -> list[Case]:
    """Every row with arguments of every shape."""
    found: dict[str, Case] = {}
    for row in ROWS:
        for shapes in SHAPES:
            case = _case(row, shapes)
            found.setdefault(case.name, case)
    return list(found.values())
