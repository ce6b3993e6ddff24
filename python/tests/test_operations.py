"""Operations with attributes against NumPy, with gradients by finite differences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
import pytest
from support import assert_close, finite_difference

import gradus

DRAW = numpy.random.default_rng(11)
X = DRAW.uniform(0.5, 2.0, (3, 4))
CUBE = DRAW.uniform(-1.0, 1.0, (2, 3, 4))


def _log_sum_exp(x: Any, axis: Any = None) -> Any:
    return numpy.log(numpy.sum(numpy.exp(x), axis=axis))


def _softmax(x: Any, axis: int = -1) -> Any:
    shares = numpy.exp(x - numpy.max(x, axis=axis, keepdims=True))
    return shares / numpy.sum(shares, axis=axis, keepdims=True)


def _recurrence(decay: Any, value: Any) -> Any:
    states, state = numpy.zeros_like(value), numpy.zeros(value.shape[0])
    for step in range(value.shape[1]):
        state = decay[:, step] * state + value[:, step]
        states[:, step] = state
    return states


def _correlation(x: Any, weight: Any) -> Any:
    """(batch, in, length) with (out, in, kernel), a plain loop."""
    kernel = weight.shape[2]
    steps = [
        numpy.einsum("bik,oik->bo", x[:, :, step : step + kernel], weight)
        for step in range(x.shape[2] - kernel + 1)
    ]
    return numpy.stack(steps, axis=2)


def _layer_norm(x: Any) -> Any:
    centered = x - x.mean(axis=-1, keepdims=True)
    return centered / numpy.sqrt(
        (centered**2).mean(axis=-1, keepdims=True) + float(numpy.float32(1e-5))
    )


CASES: dict[str, tuple[Callable[..., Any], Callable[..., Any], list[Any]]] = {
    "sum": (lambda x: gradus.sum(x), numpy.sum, [CUBE]),
    "sum over axes": (lambda x: gradus.sum(x, (0, -1)), lambda x: x.sum((0, -1)), [CUBE]),
    "sum over no axes": (lambda x: gradus.sum(x, ()), lambda x: x.sum(()), [CUBE]),
    "sum keeping axes": (lambda x: gradus.sum(x, 1, True), lambda x: x.sum(1, keepdims=True), [CUBE]),
    "mean": (lambda x: gradus.mean(x, 1), lambda x: x.mean(1), [CUBE]),
    "prod": (lambda x: gradus.prod(x, 0), lambda x: x.prod(0), [X]),
    "max": (lambda x: gradus.max(x, -1), lambda x: x.max(-1), [X]),
    "min": (lambda x: gradus.min(x), lambda x: x.min(), [X]),
    "var": (lambda x: gradus.var(x, 1), lambda x: x.var(1, ddof=1), [X]),
    "std_dev": (lambda x: gradus.std_dev(x, correction=0), lambda x: x.std(), [X]),
    "log_sum_exp": (lambda x: gradus.log_sum_exp(x, 0), lambda x: _log_sum_exp(x, 0), [X]),
    "cumulative_sum": (lambda x: gradus.cumulative_sum(x, 0), lambda x: x.cumsum(0), [X]),
    "cumulative_prod": (lambda x: gradus.cumulative_prod(x), lambda x: x.cumprod(-1), [X]),
    "linear_recurrence": (gradus.linear_recurrence, _recurrence, [X, X + 1]),
    "reshape": (lambda x: gradus.reshape(x, (4, -1)), lambda x: x.reshape(4, -1), [CUBE]),
    "transpose": (lambda x: gradus.transpose(x, (2, 0, 1)), lambda x: x.transpose(2, 0, 1), [CUBE]),
    "flip": (lambda x: gradus.flip(x, 1), lambda x: numpy.flip(x, 1), [CUBE]),
    "pad": (
        lambda x: gradus.pad(x, (1, 0), (0, 2), 3.0),
        lambda x: numpy.pad(x, ((1, 0), (0, 2)), constant_values=3.0),
        [X],
    ),
    "concatenate": (lambda a, b: gradus.concatenate([a, b], 1), lambda a, b: numpy.concatenate([a, b], 1), [X, X]),
    "stack": (lambda a, b: gradus.stack([a, b], 1), lambda a, b: numpy.stack([a, b], 1), [X, X + 1]),
    "split": (lambda x: gradus.split(x, 2, 1)[1], lambda x: numpy.split(x, 2, 1)[1], [X]),
    "split sizes": (lambda x: gradus.split(x, (1, 3), 1)[1], lambda x: x[:, 1:], [X]),
    "broadcast_to": (lambda x: gradus.broadcast_to(x, (2, 3, 4)), lambda x: numpy.broadcast_to(x, (2, 3, 4)), [X]),
    "where": (lambda a, b: gradus.where(a > b, a, b * 2), lambda a, b: numpy.where(a > b, a, b * 2), [X, X[::-1] + 0.05]),
    "clip": (lambda x: gradus.clip(x, 0.8, 1.5), lambda x: numpy.clip(x, 0.8, 1.5), [X]),
    "take": (lambda x: gradus.take(x, [2, 0, 2], 1), lambda x: numpy.take(x, [2, 0, 2], 1), [X]),
    "matmul": (gradus.matmul, numpy.matmul, [CUBE, X.T]),
    "matmul of vectors": (gradus.matmul, numpy.matmul, [X[0], X[1]]),
    "linear": (gradus.linear, lambda x, w, b: x @ w.T + b, [CUBE, DRAW.normal(size=(5, 4)), DRAW.normal(size=5)]),
    "outer": (gradus.outer, numpy.outer, [X[0], X[1]]),
    "einsum": (lambda a, b: gradus.einsum("bij,kj->bik", a, b), lambda a, b: numpy.einsum("bij,kj->bik", a, b), [CUBE, X]),
    "softmax": (lambda x: gradus.softmax(x, 0) ** 2.0, lambda x: _softmax(x, 0) ** 2, [X]),
    "log_softmax": (gradus.log_softmax, lambda x: numpy.log(_softmax(x)), [X]),
    "layer_norm": (lambda x: gradus.layer_norm(x) ** 2.0, lambda x: _layer_norm(x) ** 2, [X]),
    "convolution": (gradus.convolution, _correlation, [CUBE, DRAW.normal(size=(5, 3, 2))]),
    "average_pool": (
        lambda x: gradus.average_pool(x, 2),
        lambda x: x.reshape(2, 3, 2, 2).mean(-1),
        [CUBE],
    ),
    "max_pool": (lambda x: gradus.max_pool(x, 2), lambda x: x.reshape(2, 3, 2, 2).max(-1), [CUBE]),
    "sort": (lambda x: gradus.sort(x, 0)[0], lambda x: numpy.sort(x, 0), [X]),
    "top_k": (lambda x: gradus.top_k(x, 2)[0], lambda x: -numpy.sort(-x)[:, :2], [X]),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_values_are_those_of_numpy(name: str) -> None:
    function, reference, arguments = CASES[name]
    for dtype, error in ((numpy.float64, 1e-12), (numpy.float32, 2e-5)):
        actual = function(*(gradus.tensor(argument.astype(dtype)) for argument in arguments))
        assert_close(actual, reference(*arguments), error, error)


@pytest.mark.parametrize("name", CASES)
def test_gradients_are_finite_differences_of_numpy(name: str) -> None:
    function, reference, arguments = CASES[name]
    for which in range(len(arguments)):
        gradient = gradus.grad(lambda *x: gradus.sum(function(*x)), which)
        actual = gradient(*(gradus.tensor(argument) for argument in arguments))
        assert_close(actual, finite_difference(reference, arguments, which), 1e-6, 1e-7)


@pytest.mark.parametrize("name", ["argmax", "argmin", "argsort"])
def test_indices_are_those_of_numpy(name: str) -> None:
    for axis in (0, -1):
        actual = getattr(gradus, name)(gradus.tensor(X), axis)
        numpy.testing.assert_array_equal(
            numpy.asarray(actual), getattr(numpy, name)(X, axis=axis, **_stable(name))
        )


def _stable(name: str) -> dict[str, str]:
    return {"kind": "stable"} if name == "argsort" else {}


def test_creation_is_that_of_numpy() -> None:
    assert_close(gradus.arange(1, 7, 2.5), numpy.arange(1, 7, 2.5))
    assert_close(gradus.linspace(0, 1, 5), numpy.linspace(0, 1, 5))
    assert_close(gradus.eye(2, 3, 1), numpy.eye(2, 3, 1))
    assert_close(gradus.full([2, 2], 3), numpy.full((2, 2), 3.0))


def test_random_numbers_follow_from_the_key_alone() -> None:
    first, second = gradus.Key(3).split(2)
    draws = [gradus.random_normal(key, [1000]) for key in (first, first, second)]
    assert draws[0].tolist() == draws[1].tolist() != draws[2].tolist()
    assert abs(float(gradus.mean(draws[0]))) < 0.15
    assert sorted(gradus.random_permutation(first, 10).tolist()) == list(range(10))
