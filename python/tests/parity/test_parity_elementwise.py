"""Elementwise operations on what their cases leave out: types, views and special values."""

from __future__ import annotations

from typing import Any

import numpy
import pytest
from elementwise import COMPARISONS, LOGIC, OF_INTEGERS, ROWS, TESTS_OF_ONE, Row
from kinks import INF, KINKS, NAN, Kink, derivatives, differ, torch_derivatives
from peers import array, needs_torch, torch, twin
from record import compare

import gradus

GROUP = "Elementwise operations"
DIFFERENT_AT = {"sign": numpy.nan, "silu": -numpy.inf, "gelu": -numpy.inf}
"""Where PyTorch differs, as differences.py says."""
SPECIAL = numpy.array([numpy.nan, numpy.inf, -numpy.inf, 0.0, -0.0, 1.0, -1.0, 0.5, -2.5])


def _arguments(row: Row, dtype: Any = numpy.float64) -> list[Any]:
    draw = numpy.random.default_rng(7)
    return [draw.uniform(*row.domain, (6, 4)).astype(dtype) for _ in range(row.arguments)]


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_views_give_the_values_of_copies(row: Row) -> None:
    arguments = _arguments(row)
    views = [gradus.asarray(argument)[::-2].T for argument in arguments]
    wanted = row.reference(*(argument[::-2].T for argument in arguments))
    compare((GROUP, "NumPy", "views, f64"), getattr(gradus, row.name)(*views), wanted, 1e-13)


@pytest.mark.parametrize("dtype", [gradus.bf16, gradus.f16], ids=str)
@pytest.mark.parametrize("row", ROWS, ids=str)
def test_half_precision_is_for_storage(row: Row, dtype: Any) -> None:
    """What was stored in half precision is computed with in single precision, and stored again."""
    stored = [gradus.cast(gradus.tensor(x), dtype) for x in _arguments(row, numpy.float32)]
    given = [gradus.cast(x, gradus.f32) for x in stored]
    label = "bf16" if dtype == gradus.bf16 else "f16"
    with pytest.raises(gradus.Error, match=label):
        getattr(gradus, row.name)(*stored)
    result = gradus.cast(getattr(gradus, row.name)(*given), dtype)
    wanted = row.reference(*(numpy.asarray(x, dtype=float) for x in given))
    unit = 2.0**-8 if dtype == gradus.bf16 else 2.0**-11
    place = (GROUP, "NumPy", f"values, stored as {label}")
    compare(place, gradus.cast(result, gradus.f32), wanted, 1.01 * unit, 2.0**-14)


@pytest.mark.parametrize("dtype", [numpy.int32, numpy.int64, numpy.uint8])
@pytest.mark.parametrize("name", OF_INTEGERS)
def test_arithmetic_of_integers_is_that_of_numpy(name: str, dtype: Any) -> None:
    reference, arguments = OF_INTEGERS[name]
    low = 0 if dtype == numpy.uint8 else -7
    draw = numpy.random.default_rng(3)
    a, b = draw.integers(low, 8, (5, 6)).astype(dtype), draw.integers(1, 8, (6,)).astype(dtype)
    given = [a, b][:arguments]
    wanted = reference(*given)
    actual = getattr(gradus, name)(*map(gradus.tensor, given))
    assert array(actual).dtype == dtype
    compare((GROUP, "NumPy", "values, integers"), actual, wanted, 0.0)


@pytest.mark.parametrize("name", COMPARISONS)
@pytest.mark.parametrize("dtype", [numpy.float32, numpy.int32, numpy.uint8, numpy.bool_])
def test_comparisons_are_those_of_numpy(name: str, dtype: Any) -> None:
    draw = numpy.random.default_rng(3)
    a, b = draw.integers(0, 3, (5, 6)).astype(dtype), draw.integers(0, 3, (6,)).astype(dtype)
    actual = getattr(gradus, name)(gradus.tensor(a), gradus.tensor(b))
    assert actual.dtype == gradus.boolean
    compare((GROUP, "NumPy", "values, exact"), actual, COMPARISONS[name](a, b), 0.0)


@pytest.mark.parametrize("name", COMPARISONS)
def test_comparisons_of_special_values_are_those_of_numpy(name: str) -> None:
    actual = getattr(gradus, name)(gradus.tensor(SPECIAL[:, None]), gradus.tensor(SPECIAL))
    wanted = COMPARISONS[name](SPECIAL[:, None], SPECIAL)
    compare((GROUP, "NumPy", "special values"), actual, wanted, 0.0)


@pytest.mark.parametrize("name", LOGIC)
def test_logic_is_that_of_numpy(name: str) -> None:
    for a, b in (
        (numpy.array([0, 0, 2, 3]), numpy.array([0, 1, 0, 5])),
        (SPECIAL[:, None], SPECIAL),
        (numpy.array([[True], [False]]), numpy.array([True, False])),
    ):
        actual = getattr(gradus, name)(gradus.tensor(a), gradus.tensor(b))
        compare((GROUP, "NumPy", "values, exact"), actual, LOGIC[name](a, b), 0.0)


@pytest.mark.parametrize("name", TESTS_OF_ONE)
def test_tests_of_special_values_are_those_of_numpy(name: str) -> None:
    actual = getattr(gradus, name)(gradus.tensor(SPECIAL))
    compare((GROUP, "NumPy", "special values"), actual, TESTS_OF_ONE[name](SPECIAL), 0.0)


def _special_arguments(row: Row) -> list[Any]:
    if row.arguments == 1:
        return [SPECIAL]
    return [array(x).copy() for x in numpy.broadcast_arrays(SPECIAL[:, None], SPECIAL)]


@pytest.mark.parametrize("row", [row for row in ROWS if row.special], ids=str)
def test_special_values_are_those_of_numpy(row: Row) -> None:
    arguments = _special_arguments(row)
    with numpy.errstate(all="ignore"):
        wanted = row.reference(*arguments)
    actual = getattr(gradus, row.name)(*map(gradus.tensor, arguments))
    compare((GROUP, "NumPy", "special values"), actual, wanted, 1e-13)


@needs_torch
@pytest.mark.parametrize("row", [row for row in ROWS if row.torch], ids=str)
def test_special_values_are_those_of_pytorch(row: Row) -> None:
    arguments = _special_arguments(row)
    if row.name in DIFFERENT_AT:
        arguments = [
            x[~numpy.isclose(x, DIFFERENT_AT[row.name], equal_nan=True)] for x in arguments
        ]
    wanted = twin(row.torch)(*map(torch.tensor, arguments))
    actual = getattr(gradus, row.name)(*map(gradus.tensor, arguments))
    compare((GROUP, "PyTorch", "special values"), actual, array(wanted), 1e-13)


POINTS = numpy.array([0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -2.0, 30.0, -30.0, INF, -INF, NAN])
HAVE_DERIVATIVES = [row for row in ROWS if row.torch and row.name != "floor_divide"]


@needs_torch
@pytest.mark.parametrize("row", HAVE_DERIVATIVES, ids=str)
def test_derivatives_at_special_points_are_those_of_pytorch(row: Row) -> None:
    arguments = [POINTS]
    if row.arguments == 2:
        arguments = [x.ravel() for x in numpy.meshgrid(POINTS, POINTS)]
    for which in range(row.arguments):
        ours = derivatives(row.name, which, arguments)
        theirs = torch_derivatives(row.name, which, arguments)
        for order, (one, other) in enumerate(zip(ours, theirs), start=1):
            same = ~differ(row.name, order, which, arguments)
            place = (GROUP, "PyTorch", f"derivatives at special points, order {order}")
            compare(place, one[same], other[same], max(1e-11, row.torch_error))


@needs_torch
@pytest.mark.parametrize("kink", KINKS, ids=str)
def test_derivatives_that_differ_are_those_listed(kink: Kink) -> None:
    at = [numpy.array([x]) for x in kink.at]
    assert differ(kink.name, kink.order, kink.which, at).all()
    (here,) = derivatives(kink.name, kink.which, at)[kink.order - 1]
    (elsewhere,) = torch_derivatives(kink.name, kink.which, at)[kink.order - 1]
    numpy.testing.assert_equal([here, elsewhere], [kink.here, kink.elsewhere])
