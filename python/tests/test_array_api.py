"""The array API namespace: the names of the standard, and what they compute beside NumPy."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import gradus.array_api as xp
import numpy
import pytest
from support import assert_close

import gradus

NAMES = [
    "e",
    "inf",
    "nan",
    "newaxis",
    "pi",
    "bool",
    "int32",
    "int64",
    "uint8",
    "float32",
    "float64",
    "astype",
    "can_cast",
    "finfo",
    "iinfo",
    "isdtype",
    "result_type",
    "arange",
    "asarray",
    "empty",
    "empty_like",
    "eye",
    "from_dlpack",
    "full",
    "full_like",
    "linspace",
    "meshgrid",
    "ones",
    "ones_like",
    "tril",
    "triu",
    "zeros",
    "zeros_like",
    "abs",
    "acos",
    "acosh",
    "add",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "ceil",
    "clip",
    "copysign",
    "cos",
    "cosh",
    "divide",
    "equal",
    "exp",
    "expm1",
    "floor",
    "floor_divide",
    "greater",
    "greater_equal",
    "hypot",
    "isfinite",
    "isinf",
    "isnan",
    "less",
    "less_equal",
    "log",
    "log1p",
    "log2",
    "log10",
    "logaddexp",
    "logical_and",
    "logical_not",
    "logical_or",
    "logical_xor",
    "maximum",
    "minimum",
    "multiply",
    "negative",
    "not_equal",
    "positive",
    "pow",
    "reciprocal",
    "remainder",
    "round",
    "sign",
    "signbit",
    "sin",
    "sinh",
    "sqrt",
    "square",
    "subtract",
    "tan",
    "tanh",
    "trunc",
    "take",
    "matmul",
    "matrix_transpose",
    "tensordot",
    "vecdot",
    "broadcast_arrays",
    "broadcast_to",
    "concat",
    "expand_dims",
    "flip",
    "moveaxis",
    "permute_dims",
    "repeat",
    "reshape",
    "roll",
    "squeeze",
    "stack",
    "tile",
    "unstack",
    "argmax",
    "argmin",
    "nonzero",
    "where",
    "argsort",
    "sort",
    "cumulative_sum",
    "max",
    "mean",
    "min",
    "prod",
    "std",
    "sum",
    "var",
    "all",
    "any",
    "__array_namespace_info__",
]
"""Of the standard's section "API specification", 2023.12, but for what the module says it lacks."""

X = numpy.random.default_rng(0).normal(size=(2, 3, 4)).astype(numpy.float32)
V = X[0, 0]


def test_every_name_of_the_standard_is_there() -> None:
    assert [name for name in NAMES if not hasattr(xp, name)] == []
    assert gradus.ones([2]).__array_namespace__() is xp
    assert xp.__array_api_version__ == "2023.12"


CASES: dict[str, Callable[[Any, Any], Any]] = {
    "sum": lambda m, x: m.sum(x, axis=1, keepdims=True),
    "std": lambda m, x: m.std(x, axis=(0, 2)),
    "var": lambda m, x: m.var(x, correction=1),
    "argmax": lambda m, x: m.argmax(x, axis=1, keepdims=True),
    "argmin of all": lambda m, x: m.argmin(x),
    "cumulative_sum": lambda m, x: m.cumulative_sum(x, axis=1, include_initial=True),
    "sort": lambda m, x: m.sort(x, axis=0),
    "roll": lambda m, x: m.roll(x, 2, axis=2),
    "roll of all": lambda m, x: m.roll(x, -5),
    "roll of two": lambda m, x: m.roll(x, (1, 2), axis=(0, 1)),
    "repeat": lambda m, x: m.repeat(x, 2, axis=1),
    "tile": lambda m, x: m.tile(x, (2, 1, 1, 3)),
    "moveaxis": lambda m, x: m.moveaxis(x, (0, 1), (2, 0)),
    "permute_dims": lambda m, x: m.permute_dims(x, (2, 0, 1)),
    "tensordot": lambda m, x: m.tensordot(x, x, axes=((1, 2), (1, 2))),
    "tensordot of one": lambda m, x: m.tensordot(x, m.permute_dims(x, (2, 0, 1)), axes=1),
    "vecdot": lambda m, x: m.vecdot(x, x, axis=1),
    "matrix_transpose": lambda m, x: m.matrix_transpose(x),
    "tril": lambda m, x: m.tril(x, k=-1),
    "triu": lambda m, x: m.triu(x, k=1),
    "clip": lambda m, x: m.clip(x, min=-0.5, max=0.5),
    "concat": lambda m, x: m.concat([x, x], axis=1),
    "flip": lambda m, x: m.flip(x, axis=(0, 2)),
    "meshgrid": lambda m, x: m.meshgrid(x[0, 0], x[0, :, 0])[1],
    "meshgrid ij": lambda m, x: m.meshgrid(x[0, 0], x[0, :, 0], indexing="ij")[0],
    "expand_dims": lambda m, x: m.expand_dims(x, axis=1),
    "full_like": lambda m, x: m.full_like(x, 2.5),
    "arange": lambda m, x: m.arange(5),
    "linspace": lambda m, x: m.linspace(0.0, 1.0, 5, endpoint=False),
    "unstack": lambda m, x: m.unstack(x, axis=1)[2],
}


@pytest.mark.parametrize("name", CASES)
def test_functions_are_those_of_numpy(name: str) -> None:
    try:
        wanted = CASES[name](numpy, X)
    except AttributeError as error:
        pytest.skip(f"this NumPy is older than the standard: {error}")
    assert_close(CASES[name](xp, gradus.tensor(X)), wanted)


def test_types_are_those_of_the_standard() -> None:
    assert xp.arange(3).dtype == xp.int64 and xp.zeros(2).dtype == xp.float32
    assert xp.result_type(xp.uint8, xp.int32) == xp.int32
    assert xp.result_type(xp.float32, xp.float64) == xp.float64
    assert xp.isdtype(xp.float32, ("real floating", "bool")) and not xp.isdtype(xp.uint8, "bool")
    assert xp.can_cast(xp.int32, xp.int64) and not xp.can_cast(xp.int64, xp.int32)
    assert xp.finfo(xp.float64).eps == numpy.finfo(numpy.float64).eps
    assert xp.finfo(xp.float32).max == float(numpy.finfo(numpy.float32).max)
    assert xp.iinfo(xp.int32).min == -(2**31) and xp.iinfo(xp.uint8).max == 255
    info = xp.__array_namespace_info__()
    assert info.default_device() == "cpu" and "float32" in info.dtypes(kind="real floating")


@pytest.mark.parametrize("dtype", [numpy.float32, numpy.int64, numpy.bool_])
def test_sets_and_searches_are_those_of_numpy(dtype: type) -> None:
    draws = numpy.random.default_rng(3).integers(0, 6, (4, 5))
    for values in (draws.astype(dtype), numpy.zeros(0, dtype), numpy.array(3).astype(dtype)):
        found = xp.unique_all(gradus.tensor(values))
        wanted = numpy.unique_all(values)
        for one, other in zip(found, wanted):
            assert numpy.array_equal(one.numpy(), other) and one.shape == other.shape
        assert numpy.array_equal(xp.unique_values(gradus.tensor(values)).numpy(), wanted.values)
        assert xp.unique_counts(gradus.tensor(values)).counts.tolist() == wanted.counts.tolist()
        inverse = xp.unique_inverse(gradus.tensor(values)).inverse_indices
        assert inverse.tolist() == wanted.inverse_indices.tolist()
    nan = xp.unique_counts(gradus.tensor([math.nan, 1.0, math.nan]))
    assert nan.counts.tolist() == [1, 1, 1]
    bins = numpy.sort(draws[0]).astype(numpy.float32)
    places = draws.astype(numpy.float32) + 0.5 * (draws % 2)
    for side in ("left", "right"):
        found = xp.searchsorted(gradus.tensor(bins), gradus.tensor(places), side=side)
        assert numpy.array_equal(found.numpy(), numpy.searchsorted(bins, places, side))
    order = numpy.array([2, 0, 1])
    found = xp.searchsorted(
        gradus.tensor([5.0, 9.0, 1.0]), gradus.tensor([6.0]), sorter=gradus.tensor(order)
    )
    assert found.tolist() == [2]
    with pytest.raises(ValueError):
        xp.searchsorted(gradus.tensor(bins), gradus.tensor(places), side="middle")


def test_the_linalg_extension_is_numpys() -> None:
    a = numpy.random.default_rng(4).normal(size=(2, 3, 3))
    x = gradus.tensor(a)
    with_spd = a @ a.swapaxes(-1, -2) + numpy.eye(3)
    s = gradus.tensor(with_spd)
    linalg = xp.linalg

    def close(found: gradus.Tensor, wanted: object) -> None:
        assert found.shape == numpy.shape(wanted)
        numpy.testing.assert_allclose(found.numpy(), wanted, rtol=1e-9, atol=1e-12)

    for keepdims in (False, True):
        for order in ("fro", "nuc", 1, -1, 2, -2, math.inf, -math.inf):
            close(
                linalg.matrix_norm(x, ord=order, keepdims=keepdims),
                numpy.linalg.matrix_norm(a, ord=order, keepdims=keepdims),
            )
        for order in (0, 1, 2, 3, 0.5, -1, math.inf, -math.inf):
            for axis in (None, 1, (0, 2)):
                close(
                    linalg.vector_norm(x, ord=order, axis=axis, keepdims=keepdims),
                    numpy.linalg.vector_norm(a, ord=order, axis=axis, keepdims=keepdims),
                )
    close(linalg.vector_norm(gradus.tensor([0.0, 0.0], gradus.f64), ord=3), 0)
    close(linalg.cholesky(s), numpy.linalg.cholesky(with_spd))
    close(linalg.cholesky(s, upper=True), numpy.linalg.cholesky(with_spd, upper=True))
    close(linalg.cross(x, s, axis=1), numpy.linalg.cross(a, with_spd, axis=1))
    close(linalg.det(x), numpy.linalg.det(a))
    close(linalg.inv(x), numpy.linalg.inv(a))
    close(linalg.pinv(x), numpy.linalg.pinv(a))
    close(linalg.eigvalsh(s), numpy.linalg.eigvalsh(with_spd))
    close(linalg.eigh(s).eigenvalues, numpy.linalg.eigvalsh(with_spd))
    close(linalg.svdvals(x), numpy.linalg.svdvals(a))
    close(linalg.slogdet(x).logabsdet, numpy.linalg.slogdet(a).logabsdet)
    close(linalg.solve(x, s), numpy.linalg.solve(a, with_spd))
    close(linalg.matrix_power(x, 3), numpy.linalg.matrix_power(a, 3))
    close(linalg.outer(x[0, 0], x[1, 1]), numpy.outer(a[0, 0], a[1, 1]))
    for offset in (-1, 0, 1):
        close(linalg.trace(x, offset=offset), numpy.linalg.trace(a, offset=offset))
        close(linalg.diagonal(x, offset=offset), numpy.linalg.diagonal(a, offset=offset))
    tolerances = numpy.array([0.9, 1e-9])
    close(linalg.pinv(x, rtol=gradus.tensor(tolerances)), numpy.linalg.pinv(a, rcond=tolerances))
    assert linalg.matrix_rank(x).tolist() == [3, 3]
    assert linalg.matrix_rank(x, rtol=gradus.tensor(tolerances)).tolist() == [
        int((numpy.linalg.svdvals(a[i]) > rtol * numpy.linalg.svdvals(a[i]).max()).sum())
        for i, rtol in enumerate(tolerances)
    ]
    whole = gradus.tensor([[1, 2]]).astype(xp.uint8)
    assert linalg.vecdot(whole, whole).dtype == xp.uint8
    assert xp.concat([x, x[0]], axis=None).shape == (27,)
    for correction in (1.0, 0.5):
        close(xp.var(x, correction=correction), numpy.var(a, ddof=correction))
        close(xp.std(x, axis=1, correction=correction), numpy.std(a, 1, ddof=correction))
    assert linalg.svd(x[:, :2]).Vh.shape == (2, 3, 3)
    q, r = linalg.qr(x)
    close(q @ r, a)
    for call in (
        lambda: linalg.cross(x[:, :, :2], x[:, :, :2]),
        lambda: linalg.outer(x, x),
        lambda: linalg.qr(x, mode="r"),
        lambda: xp.nonzero(gradus.tensor(1.0)),
    ):
        with pytest.raises(ValueError):
            call()


def test_integers_of_two_types_are_divided() -> None:
    a, b = gradus.tensor([-7, 7]).astype(xp.int32), gradus.tensor([2, 2]).astype(xp.uint8)
    found = xp.floor_divide(a, b)
    assert found.tolist() == [-4, 3] and found.dtype == xp.int32
    assert xp.remainder(a, b).tolist() == [1, 1]


def test_bits_are_of_booleans() -> None:
    a, b = gradus.tensor([True, True, False]), gradus.tensor([True, False, False])
    assert xp.bitwise_and(a, b).tolist() == [True, False, False]
    assert xp.bitwise_or(a, b).tolist() == [True, True, False]
    assert xp.bitwise_xor(a, b).tolist() == [False, True, False]
    assert xp.bitwise_invert(a).tolist() == [False, False, True]
    with pytest.raises(gradus.Error):
        xp.bitwise_and(gradus.tensor([1]), gradus.tensor([2]))


def test_sums_are_of_the_type_that_is_asked_for() -> None:
    x = numpy.array([[200, 100], [3, 4]], "uint8")
    for name in ("sum", "prod"):
        for dtype in ("uint8", "int32", "float64"):
            found = getattr(xp, name)(xp.asarray(x), axis=1, dtype=getattr(xp, dtype))
            wanted = getattr(numpy, name)(x, axis=1, dtype=dtype)
            assert found.dtype == getattr(xp, dtype) and found.tolist() == wanted.tolist()
    found = xp.cumulative_sum(xp.asarray(x), axis=1, dtype=xp.uint8)
    assert found.tolist() == numpy.cumsum(x, 1, "uint8").tolist()


@pytest.mark.parametrize(
    "name", ["sum", "mean", "prod", "max", "min", "any", "all", "var", "std_dev", "log_sum_exp"]
)
def test_reductions_over_no_axes_leave_the_shape(name: str) -> None:
    x = numpy.array([[0.5, 2.0, 1.0], [3.0, 4.0, 0.0]])
    options = {"correction": 0} if name in ("var", "std_dev") else {}
    found = getattr(gradus, name)(gradus.tensor(x), (), **options).numpy()
    wanted = x if name == "log_sum_exp" else getattr(numpy, name.replace("std_dev", "std"))(x, ())
    numpy.testing.assert_array_equal(found, wanted)
    kept = getattr(gradus, name)(gradus.tensor(x), (), True, **options)
    assert kept.shape == (2, 3)


def test_what_lies_at_the_edge_is_as_the_standard_says() -> None:
    assert math.copysign(1.0, float(xp.sign(xp.asarray(-0.0)))) == 1.0
    matrix = xp.ones((2, 3))
    assert xp.linalg.diagonal(matrix, offset=-7).shape == (0,)
    assert float(xp.linalg.trace(matrix, offset=3)) == 0.0
    assert float(xp.sum(xp.eye(3, k=-(10**30)))) == 0.0
    assert xp.repeat(matrix, xp.asarray([2]), axis=None).shape == (12,)
    with pytest.raises(ValueError, match="2 counts for 3 elements"):
        xp.repeat(matrix, xp.asarray([1, 2]), axis=1)
    assert xp.tensordot(xp.ones((2, 0)), xp.ones((0, 4, 0)), axes=1).shape == (2, 4, 0)
    with pytest.raises(ValueError, match="axis -1 has extents 1 and 3"):
        xp.vecdot(xp.ones((1,)), matrix)


def test_systems_of_two_types_are_solved_in_their_common_one() -> None:
    a = numpy.array([[4.0, 1.0], [1.0, 3.0]], "float32")
    for dtype in ("float64", "int32", "float32"):
        b = numpy.array([[1], [2]], dtype)
        wanted = numpy.linalg.solve(a.astype("float64"), b)
        common = "float64" if dtype == "float64" else "float32"
        for name in ("solve", "solve_positive_definite", "lstsq"):
            found = getattr(gradus.linalg, name)(gradus.tensor(a), gradus.tensor(b))
            found = (found if name != "lstsq" else found[0]).numpy()
            assert found.dtype == common
            numpy.testing.assert_allclose(found, wanted, rtol=1e-6)
