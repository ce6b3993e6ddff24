#!/usr/bin/env python3
"""Writes special_values.h, beside this file: what NumPy and SciPy say of zeros, infinities and NaN.

    python3 -m pip install numpy scipy
    tests/ops/special_values.py
"""

import math
import pathlib

import numpy as np
import scipy
import scipy.special as sp

UNARY = [-np.inf, -3, -2.5, -1, -0.5, -0.0, 0.0, 0.5, 1, 2.5, 3, np.inf, np.nan]
BINARY = [-np.inf, -3, -1, -0.5, -0.0, 0.0, 0.5, 1, 2, np.inf, np.nan]
SLOPE, ALPHA = 0.25, 2.0

exp, nan = np.exp, np.isnan


def limits(function, low, high):
    """function(x), with its limits for -inf and inf, where the formula has inf times 0."""
    def at(x):
        return np.where(x == -np.inf, low, np.where(x == np.inf, high, function(x)))
    return at


@np.vectorize
def lgamma(x):
    """As in C: SciPy's gammaln(-inf) is -inf."""
    try:
        return math.lgamma(x)
    except ValueError:  # a pole
        return np.inf


def normal_density(x):
    return exp(-x * x / 2) / np.sqrt(2 * np.pi)


silu = limits(lambda x: x * sp.expit(x), -0.0, np.inf)
silu_slope = limits(lambda x: sp.expit(x) * (1 + x * sp.expit(-x)), 0.0, 1.0)
gelu = limits(lambda x: x * sp.ndtr(x), -0.0, np.inf)
gelu_slope = limits(lambda x: sp.ndtr(x) + x * normal_density(x), 0.0, 1.0)

UNARY_FUNCTIONS = {
    "negative": np.negative, "absolute": np.absolute, "sign": np.sign, "square": np.square,
    "reciprocal": np.reciprocal, "sqrt": np.sqrt, "rsqrt": lambda x: 1 / np.sqrt(x),
    "one_minus_square": lambda x: 1 - x * x,
    "is_nan": np.isnan, "is_infinite": np.isinf, "is_finite": np.isfinite,
    "sign_bit": np.signbit, "logical_not": np.logical_not, "stop_gradient": np.positive,
    "exp": np.exp, "exp2": np.exp2, "expm1": np.expm1, "log": np.log, "log2": np.log2,
    "log10": np.log10, "log1p": np.log1p, "cbrt": np.cbrt, "sin": np.sin, "cos": np.cos,
    "tan": np.tan, "asin": np.arcsin, "acos": np.arccos, "atan": np.arctan, "sinh": np.sinh,
    "cosh": np.cosh, "tanh": np.tanh, "asinh": np.arcsinh, "acosh": np.arccosh,
    "atanh": np.arctanh, "erf": sp.erf, "erfc": sp.erfc, "lgamma": lgamma,
    "digamma": sp.digamma, "floor": np.floor, "ceil": np.ceil, "round": np.rint,
    "truncate": np.trunc, "relu": lambda x: np.where(nan(x), x, np.where(x > 0, x, 0.0)),
    "sigmoid": sp.expit, "softplus": lambda x: np.logaddexp(0, x), "silu": silu, "gelu": gelu,
    "leaky_relu": lambda x: np.where(x > 0, x, SLOPE * x),
    "elu": lambda x: np.where(x > 0, x, ALPHA * np.expm1(x)),
}

# Those that end in _gradient: of the incoming gradient, and of the output or the input.
BINARY_FUNCTIONS = {
    "add": np.add, "subtract": np.subtract, "multiply": np.multiply, "divide": np.divide,
    "floor_divide": np.floor_divide, "remainder": np.mod, "maximum": np.maximum,
    "minimum": np.minimum, "copy_sign": np.copysign, "equal": np.equal,
    "not_equal": np.not_equal, "less": np.less, "less_equal": np.less_equal,
    "greater": np.greater, "greater_equal": np.greater_equal, "logical_and": np.logical_and,
    "logical_or": np.logical_or, "logical_xor": np.logical_xor, "power": np.power,
    "log_add_exp": np.logaddexp, "atan2": np.arctan2, "hypot": np.hypot,
    "relu_gradient": lambda g, x: np.where(x > 0, g, 0.0),
    "leaky_relu_gradient": lambda g, x: np.where(x > 0, g, SLOPE * g),
    "elu_gradient": lambda g, x: np.where(x > 0, g, ALPHA * g * exp(x)),
    "tanh_gradient": lambda g, y: g * (1 - y * y),
    "sigmoid_gradient": lambda g, y: g * y * (1 - y),
    "silu_gradient": lambda g, x: g * silu_slope(x),
    "gelu_gradient": lambda g, x: g * gelu_slope(x),
}


def text(value):
    if np.isnan(value):
        return "NAN"
    if np.isinf(value):
        return "INFINITY" if value > 0 else "-INFINITY"
    return repr(float(value)).removesuffix(".0") if value != 0 or not np.signbit(value) else "-0."


def row(name, values):
    return f'    {{"{name}", {{{", ".join(text(float(value)) for value in values.ravel())}}}}},\n'


def table(kind, points, rows):
    return (f"constexpr double k{kind}Points[] = {{{', '.join(text(x) for x in points)}}};\n"
            f"const SpecialValues k{kind}Values[] = {{\n{''.join(rows)}}};\n")


np.seterr(all="ignore")
x = np.array(UNARY, dtype=np.float64)
a, b = np.meshgrid(np.array(BINARY, dtype=np.float64), BINARY, indexing="ij")
lines = f"""#pragma once

#include <cmath>
#include <vector>

// Written by special_values.py with NumPy {np.__version__} and SciPy {scipy.__version__}, in float64.

namespace gradus::testing {{

struct SpecialValues {{
  const char* name;            // of an operation
  std::vector<double> values;  // at each point; of two operands (all second ones for each first)
}};

constexpr float kSlope = {SLOPE}f;  // of leaky_relu
constexpr float kAlpha = {ALPHA}f;  // of elu

// clang-format off
{table("Unary", UNARY, [row(name, f(x)) for name, f in UNARY_FUNCTIONS.items()])}
{table("Binary", BINARY, [row(name, f(a, b)) for name, f in BINARY_FUNCTIONS.items()])}// clang-format on

}}  // namespace gradus::testing
"""
pathlib.Path(__file__).with_name("special_values.h").write_text(lines)
