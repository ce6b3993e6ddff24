"""Larger sizes and wider grids of options: ``pytest -m large``."""

from __future__ import annotations

from typing import Any

import numpy
import pytest
from elementwise import ROWS, Row
from harness import Case, check_against_torch, check_values_of_numpy
from peers import needs_torch, torch

import gradus

pytestmark = pytest.mark.large

GROUP = "Large sizes"
LENGTHS = [1, 2, 7, 8, 15, 16, 17, 31, 33, 64, 127, 129, 1000]


def _draw(*shape: int) -> Any:
    return numpy.random.default_rng(sum(shape)).normal(size=shape)


def _case(name: str, ours: Any, twin: Any, *inputs: Any, units: float = 4096) -> Case:
    return Case(name, ours, None, twin, inputs, units=units, group=GROUP)


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_elementwise_operations_of_many_elements(row: Row) -> None:
    draw = numpy.random.default_rng(1)
    for shapes in (((257, 129), (129,)), ((33, 1, 65), (17, 1)), ((100003,), (100003,))):
        inputs = [draw.uniform(*row.domain, shape) for shape in shapes[: row.arguments]]
        if row.name in ("gammainc", "gammaincc", "erfinv", "erfcinv"):  # whose references are slow
            inputs = [x.reshape(-1)[:17] for x in inputs]
        case = Case(
            row.name,
            getattr(gradus, row.name),
            row.reference,
            None,
            inputs,
            derivatives=0,
            group=GROUP,
        )
        check_values_of_numpy(case)


REDUCTIONS = {
    "sum": "sum",
    "mean": "mean",
    "max": "amax",
    "log_sum_exp": "logsumexp",
    "softmax": "softmax",
    "log_softmax": "log_softmax",
    "cumulative_sum": "cumsum",
    "cumulative_prod": "cumprod",
}


@needs_torch
@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("name", REDUCTIONS)
def test_reductions_of_every_length(name: str, length: int) -> None:
    ours, twin = getattr(gradus, name), getattr(torch, REDUCTIONS[name])
    for x in (_draw(3, length), _draw(length, 3).T, _draw(2, length, 5)):
        check_against_torch(_case(name, lambda x: ours(x, 1), lambda x: twin(x, 1), x))


@needs_torch
@pytest.mark.parametrize("m", [1, 3, 16, 33, 65])
@pytest.mark.parametrize("k", [1, 8, 47])
@pytest.mark.parametrize("n", [1, 5, 64])
def test_products_of_every_size(m: int, k: int, n: int) -> None:
    check_against_torch(_case("matmul", gradus.matmul, torch.matmul, _draw(m, k), _draw(k, n)))
    linear = torch.nn.functional.linear
    check_against_torch(_case("linear", gradus.linear, linear, _draw(m, k), _draw(n, k), _draw(n)))


@needs_torch
@pytest.mark.parametrize("dilation", [1, 2])
@pytest.mark.parametrize("groups", [1, 2, 4])
@pytest.mark.parametrize("kernel", [1, 2, 3, 5])
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("padding", [0, 1, 2])
def test_convolutions_of_every_option(
    kernel: int, groups: int, dilation: int, stride: int, padding: int
) -> None:
    def ours(x: Any, weight: Any, bias: Any) -> Any:
        options = {"dilation": dilation, "groups": groups}
        return gradus.convolution(x, weight, bias, stride, padding, **options)

    def twin(x: Any, weight: Any, bias: Any) -> Any:
        return torch.nn.functional.conv2d(x, weight, bias, stride, padding, dilation, groups)

    inputs = [_draw(2, 4, 11, 10), _draw(8, 4 // groups, kernel, kernel), _draw(8)]
    check_against_torch(_case("convolution", ours, twin, *inputs))


@needs_torch
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize(("window", "padding"), [(2, 0), (2, 1), (3, 0), (3, 1), (5, 0), (5, 2)])
def test_pools_of_every_option(window: int, padding: int, stride: int) -> None:
    options = (window, stride, padding)
    functional, x = torch.nn.functional, _draw(2, 3, 11, 10)
    largest = lambda x: functional.max_pool2d(x, *options)
    mean = lambda x: functional.avg_pool2d(x, *options, count_include_pad=False)
    check_against_torch(_case("max_pool", lambda x: gradus.max_pool(x, *options), largest, x))
    check_against_torch(_case("average_pool", lambda x: gradus.average_pool(x, *options), mean, x))


@needs_torch
@pytest.mark.parametrize("size", [1, 2, 5, 16, 33, 64])
def test_matrices_of_every_size(size: int) -> None:
    a = _draw(size, size) + size * numpy.eye(size)
    b = _draw(size, 3)
    symmetric = a @ a.T
    linalg, theirs = gradus.linalg, torch.linalg
    for name, ours, twin, inputs in (
        ("inverse", linalg.inv, theirs.inv, [a]),
        ("log_determinant", linalg.slogdet, theirs.slogdet, [a]),
        ("solve", linalg.solve, theirs.solve, [a, b]),
        ("cholesky", linalg.cholesky, lambda x: theirs.cholesky((x + x.mT) / 2), [symmetric]),
        ("eigvalsh", linalg.eigvalsh, lambda x: theirs.eigvalsh((x + x.mT) / 2), [symmetric]),
        ("svdvals", linalg.svdvals, theirs.svdvals, [a]),
        ("pseudo_inverse", linalg.pinv, theirs.pinv, [b]),
    ):
        check_against_torch(_case(name, ours, twin, *inputs, units=2.0**16))
