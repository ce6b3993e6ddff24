"""Operands of two types: every binary function takes them, in the type that the standard says."""

from __future__ import annotations

import itertools
from typing import Any

import numpy
import pytest

import gradus

NAMES = ["bool", "uint8", "int32", "int64", "float32", "float64"]
"""Each holds the ones before it: the array API's table, and PyTorch's where kinds meet."""

COMPARISONS = ["equal", "not_equal", "less", "less_equal", "greater", "greater_equal"]
LOGICAL = ["logical_and", "logical_or", "logical_xor"]
NO_BOOLEANS = ["floor_divide", "remainder", "subtract", "power"]
OF_INTEGERS = [*NO_BOOLEANS, "add", "multiply", "maximum", "minimum"]

BINARY = [
    str(row["name"])
    for row in gradus.operations()
    if row["elementwise"] and row["for_users"]
    and row["minimum_inputs"] == row["maximum_inputs"] == 2
] + ["gammainc", "gammaincc", "gammaincinv", "gammainccinv"]  # fmt: skip


def _wanted(name: str, pair: tuple[str, str]) -> str:
    if name in COMPARISONS + LOGICAL:
        return "bool"
    common = max(pair, key=NAMES.index)
    return common if name in OF_INTEGERS or common == "float64" else "float32"


@pytest.mark.parametrize("name", BINARY)
def test_operands_of_two_types_have_their_common_one(name: str) -> None:
    function = getattr(gradus, name)
    for pair in itertools.product(NAMES, NAMES):
        if pair == ("bool", "bool") and name in NO_BOOLEANS:
            continue
        operands = [gradus.tensor(numpy.array([1, 1, 0], kind)) for kind in pair]
        result = function(*operands)
        assert result.numpy().dtype == _wanted(name, pair), pair


NUMPYS: dict[str, Any] = {
    "copy_sign": numpy.copysign, "atan2": numpy.arctan2, "log_add_exp": numpy.logaddexp,
}  # fmt: skip


@pytest.mark.parametrize("name", [name for name in BINARY if not name.startswith("gammainc")])
def test_their_values_are_those_of_numpy(name: str) -> None:
    reference = NUMPYS.get(name) or getattr(numpy, name)
    for pair in itertools.product(NAMES[1:], NAMES[1:]):
        a, b = numpy.array([7, 3, 200], pair[0]), numpy.array([2, 5, 3], pair[1])
        wanted = reference(a.astype("float64"), b.astype("float64"))
        found = getattr(gradus, name)(gradus.tensor(a), gradus.tensor(b)).numpy()
        if found.dtype == "uint8":
            wanted = wanted % 256  # integers wrap
        numpy.testing.assert_allclose(found, wanted, rtol=1e-6)


UNARY = [
    str(row["name"])
    for row in gradus.operations()
    if row["elementwise"] and row["for_users"]
    and row["minimum_inputs"] == row["maximum_inputs"] == 1 and not row["takes_attributes"]
]  # fmt: skip


@pytest.mark.parametrize("name", [*UNARY, "erfinv", "erfcinv"])
def test_functions_of_one_tensor_take_integers(name: str) -> None:
    values = gradus.tensor(numpy.array([1, 0], "int32"))
    result = getattr(gradus, name)(values).numpy()
    wanted = getattr(gradus, name)(values.astype(gradus.f32)).numpy()
    numpy.testing.assert_array_equal(result, wanted)


def test_special_functions_of_three_tensors_are_promoted() -> None:
    half = gradus.tensor(numpy.array([0.5]))
    assert gradus.betainc(gradus.tensor([2]), gradus.tensor([3.0]), half).dtype == gradus.f64
    assert float(gradus.betainc(2, 3, half)) == pytest.approx(11 / 16, abs=1e-15)
    assert float(gradus.betaincinv(2, 3, gradus.tensor(11 / 16, gradus.f64))) == pytest.approx(0.5)
