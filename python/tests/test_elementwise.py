"""Elementwise operations against NumPy: values, gradients and second gradients."""

from __future__ import annotations

from typing import Any

import numpy
import pytest
from elementwise_cases import CASES, COMPARISONS, LOGIC, TESTS_OF_ONE, Case
from support import NUMPY_TYPES, assert_close, finite_difference

import gradus

SHAPES = [
    ((3, 4), (3, 4)),
    ((3, 4), (4,)),
    ((2, 1, 3), (4, 1)),
    ((), (3,)),
    ((0, 3), (1, 3)),
    ((), ()),
]


def _arguments(case: Case, shapes: tuple[Any, ...], dtype: Any = numpy.float64) -> list[Any]:
    draw = numpy.random.default_rng(7)
    return [draw.uniform(*case.domain, shape).astype(dtype) for shape in shapes[: case.arguments]]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_values_are_those_of_numpy(case: Case) -> None:
    function = getattr(gradus, case.name)
    for shapes in SHAPES:
        for dtype, relative in ((numpy.float32, 2e-6), (numpy.float64, 1e-12)):
            arguments = _arguments(case, shapes, dtype)
            wanted = case.reference(*(argument.astype(numpy.float64) for argument in arguments))
            actual = function(*(gradus.tensor(argument) for argument in arguments))
            assert NUMPY_TYPES[actual.dtype] == dtype
            assert_close(actual, wanted, relative * 10, relative * 10)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_views_give_the_values_of_copies(case: Case) -> None:
    arguments = _arguments(case, ((6, 4), (6, 4)))
    views = [gradus.asarray(argument)[::-2].T for argument in arguments]
    wanted = case.reference(*(argument[::-2].T for argument in arguments))
    assert_close(getattr(gradus, case.name)(*views), wanted, 1e-11, 1e-11)


@pytest.mark.parametrize("case", [c for c in CASES if c.smooth], ids=lambda case: case.name)
@pytest.mark.parametrize("shapes", [((3, 4), (4,)), ((), ())], ids=str)
def test_gradients_are_finite_differences_of_numpy(case: Case, shapes: Any) -> None:
    arguments = _arguments(case, shapes)
    function = getattr(gradus, case.name)
    for which in range(case.arguments):
        gradient = gradus.grad(lambda *x: gradus.sum(function(*x)), which)
        actual = gradient(*(gradus.tensor(argument) for argument in arguments))
        wanted = finite_difference(case.reference, arguments, which)
        assert_close(actual, wanted, 1e-6, 1e-7)


@pytest.mark.parametrize("case", [c for c in CASES if c.smooth], ids=lambda case: case.name)
def test_second_gradients_are_second_differences_of_numpy(case: Case) -> None:
    arguments = _arguments(case, ((3,), (3,)))
    function = getattr(gradus, case.name)
    step = 1e-4

    def first(*x: Any) -> Any:
        return gradus.sum(gradus.grad(lambda *y: gradus.sum(function(*y)))(*x))

    actual = gradus.grad(first)(*(gradus.tensor(argument) for argument in arguments))
    rest = arguments[1:]
    x = arguments[0]
    wanted = (
        case.reference(x + step, *rest)
        - 2 * case.reference(x, *rest)
        + case.reference(x - step, *rest)
    ) / step**2
    assert_close(actual, wanted, 1e-4, 1e-4)


@pytest.mark.parametrize("name", COMPARISONS)
@pytest.mark.parametrize("dtype", [numpy.float32, numpy.int32, numpy.uint8, numpy.bool_])
def test_comparisons_are_those_of_numpy(name: str, dtype: Any) -> None:
    draw = numpy.random.default_rng(3)
    a, b = draw.integers(0, 3, (5, 6)).astype(dtype), draw.integers(0, 3, (6,)).astype(dtype)
    actual = getattr(gradus, name)(gradus.tensor(a), gradus.tensor(b))
    assert actual.dtype == gradus.boolean
    numpy.testing.assert_array_equal(numpy.asarray(actual), COMPARISONS[name](a, b))


@pytest.mark.parametrize("name", LOGIC)
def test_logic_is_that_of_numpy(name: str) -> None:
    a, b = numpy.array([0, 0, 2, 3]), numpy.array([0, 1, 0, 5])
    actual = getattr(gradus, name)(gradus.tensor(a), gradus.tensor(b))
    numpy.testing.assert_array_equal(numpy.asarray(actual), LOGIC[name](a, b))


@pytest.mark.parametrize("name", TESTS_OF_ONE)
def test_tests_of_special_values_are_those_of_numpy(name: str) -> None:
    x = numpy.array([0.0, -0.0, 1.5, -2.0, numpy.nan, numpy.inf, -numpy.inf])
    actual = getattr(gradus, name)(gradus.tensor(x))
    numpy.testing.assert_array_equal(numpy.asarray(actual), TESTS_OF_ONE[name](x))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_special_values_are_those_of_numpy(case: Case) -> None:
    special = numpy.array([numpy.nan, numpy.inf, -numpy.inf, 0.0, -0.0, 1.0])
    if case.arguments == 1:
        arguments = [special]
    else:
        arguments = [special[:, None] * numpy.ones(6), special * numpy.ones((6, 1))]
    if case.name in _SPECIAL_BY_FORMULA:
        pytest.skip(_SPECIAL_BY_FORMULA[case.name])
    with numpy.errstate(all="ignore"):
        wanted = case.reference(*arguments)
    actual = numpy.asarray(getattr(gradus, case.name)(*(gradus.tensor(a) for a in arguments)))
    numpy.testing.assert_allclose(actual, wanted, rtol=1e-12)


_SPECIAL_BY_FORMULA = {
    "silu": "x * sigmoid(x) at -inf: the formula of the reference gives NaN",
    "gelu": "x * Phi(x) at -inf: the formula of the reference gives NaN",
    "lgamma": "Python's lgamma raises at 0",
    "floor_divide": "NumPy's result of a division by 0 is NaN or infinity by cases",
    "remainder": "NumPy's remainder of an infinite divisor is by cases",
}
