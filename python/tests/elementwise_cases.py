"""Elementwise operations beside the same functions of NumPy and PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import erf, erfc, lgamma, sqrt
from typing import Any

import numpy

ANY = (-2.5, 2.5)
POSITIVE = (0.2, 3.0)
INSIDE_ONE = (-0.9, 0.9)
ABOVE_ONE = (1.1, 3.0)


@dataclass(frozen=True)
class Case:
    """An operation of Gradus and its twins.

    Attributes:
        name: in the namespace of Gradus.
        reference: NumPy's function, of float64 arrays.
        torch: the name of PyTorch's function, with its module.
        domain: where the arguments are drawn from.
        arguments: how many.
        smooth: whether it has a derivative that is not 0 everywhere.
    """

    name: str
    reference: Callable[..., Any]
    torch: str | None
    domain: tuple[float, float] = ANY
    arguments: int = 1
    smooth: bool = True


def _each(function: Callable[[float], float]) -> Callable[..., Any]:
    return numpy.vectorize(function, otypes=[numpy.float64])


def _sigmoid(x: Any) -> Any:
    return 1 / (1 + numpy.exp(-x))


_SLOPE = float(numpy.float32(0.01))  # options of layers are single precision

_normal_cdf = _each(lambda x: (1 + erf(x / sqrt(2))) / 2)

CASES = [
    Case("negative", numpy.negative, "neg"),
    Case("absolute", numpy.abs, "abs"),
    Case("sign", numpy.sign, "sign", smooth=False),
    Case("square", numpy.square, "square"),
    Case("reciprocal", numpy.reciprocal, "reciprocal", POSITIVE),
    Case("sqrt", numpy.sqrt, "sqrt", POSITIVE),
    Case("rsqrt", lambda x: 1 / numpy.sqrt(x), "rsqrt", POSITIVE),
    Case("cbrt", numpy.cbrt, None, POSITIVE),
    Case("exp", numpy.exp, "exp"),
    Case("exp2", numpy.exp2, "exp2"),
    Case("expm1", numpy.expm1, "expm1"),
    Case("log", numpy.log, "log", POSITIVE),
    Case("log2", numpy.log2, "log2", POSITIVE),
    Case("log10", numpy.log10, "log10", POSITIVE),
    Case("log1p", numpy.log1p, "log1p", POSITIVE),
    Case("sin", numpy.sin, "sin"),
    Case("cos", numpy.cos, "cos"),
    Case("tan", numpy.tan, "tan", (-1.2, 1.2)),
    Case("asin", numpy.arcsin, "asin", INSIDE_ONE),
    Case("acos", numpy.arccos, "acos", INSIDE_ONE),
    Case("atan", numpy.arctan, "atan"),
    Case("sinh", numpy.sinh, "sinh"),
    Case("cosh", numpy.cosh, "cosh"),
    Case("tanh", numpy.tanh, "tanh"),
    Case("asinh", numpy.arcsinh, "asinh"),
    Case("acosh", numpy.arccosh, "acosh", ABOVE_ONE),
    Case("atanh", numpy.arctanh, "atanh", INSIDE_ONE),
    Case("erf", _each(erf), "erf"),
    Case("erfc", _each(erfc), "erfc"),
    Case("lgamma", _each(lgamma), "lgamma", POSITIVE),
    Case("floor", numpy.floor, "floor", smooth=False),
    Case("ceil", numpy.ceil, "ceil", smooth=False),
    Case("round", numpy.rint, "round", smooth=False),
    Case("truncate", numpy.trunc, "trunc", smooth=False),
    Case("relu", lambda x: numpy.maximum(x, 0), "relu"),
    Case("sigmoid", _sigmoid, "sigmoid"),
    Case("softplus", lambda x: numpy.logaddexp(x, 0), "nn.functional.softplus"),
    Case("silu", lambda x: x * _sigmoid(x), "nn.functional.silu"),
    Case("gelu", lambda x: x * _normal_cdf(x), "nn.functional.gelu"),
    Case("leaky_relu", lambda x: numpy.where(x > 0, x, _SLOPE * x), "nn.functional.leaky_relu"),
    Case("elu", lambda x: numpy.where(x > 0, x, numpy.expm1(x)), "nn.functional.elu"),
    Case("add", numpy.add, "add", arguments=2),
    Case("subtract", numpy.subtract, "sub", arguments=2),
    Case("multiply", numpy.multiply, "mul", arguments=2),
    Case("divide", numpy.divide, "div", POSITIVE, arguments=2),
    Case("floor_divide", numpy.floor_divide, "floor_divide", POSITIVE, 2, smooth=False),
    Case("remainder", numpy.remainder, None, POSITIVE, 2, smooth=False),
    Case("power", numpy.power, "pow", POSITIVE, arguments=2),
    Case("maximum", numpy.maximum, "maximum", arguments=2),
    Case("minimum", numpy.minimum, "minimum", arguments=2),
    Case("hypot", numpy.hypot, "hypot", POSITIVE, arguments=2),
    Case("atan2", numpy.arctan2, "atan2", POSITIVE, arguments=2),
    Case("log_add_exp", numpy.logaddexp, "logaddexp", arguments=2),
    Case("copy_sign", numpy.copysign, "copysign", arguments=2, smooth=False),
]

COMPARISONS = {
    "equal": numpy.equal,
    "not_equal": numpy.not_equal,
    "less": numpy.less,
    "less_equal": numpy.less_equal,
    "greater": numpy.greater,
    "greater_equal": numpy.greater_equal,
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
