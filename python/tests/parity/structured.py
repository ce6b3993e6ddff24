"""Calls of operations with attributes beside the same calls of NumPy and PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from math import lgamma
from typing import Any

import numpy
from elementwise import TRIGAMMA_ERROR, gammainc, integral
from harness import Case
from peers import torch

import gradus

DRAW = numpy.random.default_rng(11)
X = DRAW.uniform(0.5, 2.0, (3, 4))
CUBE = DRAW.uniform(-1.0, 1.0, (2, 3, 4))
POSITIVE = DRAW.uniform(1.2, 3.0, (4,))
SHARES = DRAW.uniform(0.2, 0.8, (4,))
BIAS = DRAW.normal(size=5)
INDICES = numpy.array([2, 0, 2])
ALONG = numpy.array([[2, 0, 1, 1], [0, 0, 2, 1]])
LABELS = numpy.array([1, 3, 0])
ZERO = numpy.array([0.0, 1, 1, 1])
MASK = X > 1.2
EPSILON = float(numpy.float32(1e-5))  # options are single precision


def log_sum_exp(x: Any, axis: Any = None) -> Any:
    return numpy.log(numpy.sum(numpy.exp(x), axis=axis))


def softmax(x: Any, axis: int = -1) -> Any:
    shares = numpy.exp(x - numpy.max(x, axis=axis, keepdims=True))
    return shares / numpy.sum(shares, axis=axis, keepdims=True)


def _recurrence(decay: Any, value: Any) -> Any:
    states, state = numpy.zeros_like(value), numpy.zeros(value.shape[0])
    for step in range(value.shape[1]):
        state = decay[:, step] * state + value[:, step]
        states[:, step] = state
    return states


def _torch_recurrence(decay: Any, value: Any) -> Any:
    states = [torch.zeros_like(value[:, 0])]
    for step in range(value.shape[1]):
        states.append(decay[:, step] * states[-1] + value[:, step])
    return torch.stack(states[1:], 1)


def _correlation(x: Any, weight: Any, bias: Any = 0.0) -> Any:
    """(batch, in, length) with (out, in, kernel), a plain loop."""
    kernel = weight.shape[2]
    steps = [
        numpy.einsum("bik,oik->bo", x[:, :, step : step + kernel], weight) + bias
        for step in range(x.shape[2] - kernel + 1)
    ]
    return numpy.stack(steps, axis=2)


def _layer_norm(x: Any, scale: Any = 1.0, shift: Any = 0.0) -> Any:
    centered = x - x.mean(axis=-1, keepdims=True)
    variance = (centered**2).mean(axis=-1, keepdims=True)
    return centered / numpy.sqrt(variance + EPSILON) * scale + shift


def _batch_norm(x: Any, scale: Any, shift: Any) -> Any:
    mean, variance = x.mean((0, 2), keepdims=True), x.var((0, 2), keepdims=True)
    normal = (x - mean) / numpy.sqrt(variance + EPSILON)
    return normal * scale[:, None] + shift[:, None]


def _scattered(x: Any, updates: Any) -> Any:
    result = x.copy()
    numpy.add.at(result, INDICES, updates)
    return result


def _scattered_along(x: Any, updates: Any) -> Any:
    result = x.copy()
    numpy.add.at(result, (ALONG, numpy.arange(4)), updates)
    return result


def _cross_entropy(x: Any) -> Any:
    return _log_softmax(x)[numpy.arange(3), LABELS] * -1


def _log_softmax(x: Any) -> Any:
    return numpy.log(softmax(x))


def _beta(a: Any, b: Any) -> Any:
    return numpy.exp([lgamma(p) + lgamma(q) - lgamma(p + q) for p, q in zip(a, b)])


def _betainc(a: Any, b: Any, x: Any) -> Any:
    """For a > 1 and x < 1, by quadrature of t = u^4."""
    p, q = a[..., None], b[..., None]
    integrand = lambda u: 4 * u ** (4 * p - 1) * (1 - u**4) ** (q - 1)
    return integral(integrand, x**0.25) / _beta(a, b)


def _inverse(function: Callable[..., Any], high: float) -> Callable[..., Any]:
    """The inverse in the last argument of an increasing function from 0 to ``high``, elementwise."""

    def inverse(*arguments: Any) -> Any:
        *parameters, value = arguments
        left, right = numpy.zeros_like(value), numpy.full_like(value, high)
        for _ in range(60):
            middle = (left + right) / 2
            below = function(*parameters, middle) < value
            left, right = numpy.where(below, middle, left), numpy.where(below, right, middle)
        return (left + right) / 2

    return inverse


def _zeta(order: int) -> Callable[..., Any]:
    """polygamma, by 30 terms of its series and Euler's and Maclaurin's rule. Source: DLMF 5.15.1."""

    def function(x: Any) -> Any:
        s, y = order + 1, x + 30
        total = sum((x + step) ** -s for step in range(30)) + y ** (1 - s) / (s - 1) + y**-s / 2
        total += s / 12 * y ** (-s - 1) - s * (s + 1) * (s + 2) / 720 * y ** (-s - 3)
        total += s * (s + 1) * (s + 2) * (s + 3) * (s + 4) / 30240 * y ** (-s - 5)
        return (-1) ** (order + 1) * numpy.exp(lgamma(order + 1)) * total

    return function


def _strided(x: Any) -> Any:
    """Windows of three with a stride of two and a border of one of the last axis, 4 elements."""
    border = numpy.pad(x, ((0, 0), (0, 0), (1, 1)), constant_values=numpy.nan)
    return numpy.stack([border[..., 0:3], border[..., 2:5]], axis=-2)


CASES = [
    Case("identity", gradus.identity, lambda x: x, "clone", [X]),
    Case("require_finite", lambda x: gradus.require_finite(x, "x"), lambda x: x, "clone", [X]),
    Case("require_that", lambda x: gradus.require_that(x, x > 0.0, "test", "positive"), lambda x: x, "clone", [X]),
    Case("stop_gradient", lambda x: x * gradus.stop_gradient(x), None, lambda x: x * x.detach(), [X]),
    Case("where", lambda a, b: gradus.where(gradus.tensor(MASK), a, b * 2), lambda a, b: numpy.where(MASK, a, b * 2), lambda a, b: torch.where(torch.tensor(MASK), a, b * 2), [X, X[:1]]),
    Case("cast", lambda x: gradus.cast(gradus.cast(x, gradus.f64), gradus.f32), lambda x: x.astype(numpy.float32), lambda x: x.to(torch.float32), [X], 0),
    Case("cast to integers", lambda x: gradus.cast(x * 10, gradus.i32), lambda x: (x * 10).astype(numpy.int32), lambda x: (x * 10).to(torch.int32), [X], 0),
    Case("leaky_relu with slope", lambda x: gradus.leaky_relu(x, 0.25), lambda x: numpy.where(x > 0, x, x / 4), lambda x: torch.nn.functional.leaky_relu(x, 0.25), [CUBE]),
    Case("elu with alpha", lambda x: gradus.elu(x, 0.5), lambda x: numpy.where(x > 0, x, numpy.expm1(x) / 2), lambda x: torch.nn.functional.elu(x, 0.5), [CUBE]),
    Case("polygamma 1", lambda x: gradus.polygamma(1, x), _zeta(1), lambda x: torch.polygamma(1, x), [X], torch_error=TRIGAMMA_ERROR),
    Case("polygamma 3", lambda x: gradus.polygamma(3, x), _zeta(3), lambda x: torch.polygamma(3, x), [X], units=512),
    Case("gammainc in x", lambda x: gradus.gammainc(gradus.tensor(POSITIVE).astype(x.dtype), x), lambda x: gammainc(POSITIVE, x), lambda x: torch.special.gammainc(torch.tensor(POSITIVE).to(x.dtype), x), [X]),
    Case("gammaincc in x", lambda x: gradus.gammaincc(gradus.tensor(POSITIVE).astype(x.dtype), x), lambda x: 1 - gammainc(POSITIVE, x), lambda x: torch.special.gammaincc(torch.tensor(POSITIVE).to(x.dtype), x), [X]),
    Case("gammaincinv", gradus.gammaincinv, _inverse(gammainc, 60.0), None, [POSITIVE, SHARES], 1, 4096),
    Case("gammainccinv", gradus.gammainccinv, lambda a, q: _inverse(gammainc, 60.0)(a, 1 - q), None, [POSITIVE, SHARES], 1, 4096),
    Case("betainc", gradus.betainc, _betainc, None, [POSITIVE, POSITIVE[::-1].copy(), SHARES], 1),
    Case("betaincinv", gradus.betaincinv, _inverse(_betainc, 1.0), None, [POSITIVE, POSITIVE[::-1].copy(), SHARES], 1, 4096),
    Case("sum", gradus.sum, numpy.sum, "sum", [CUBE]),
    Case("sum over axes", lambda x: gradus.sum(x, (0, -1)), lambda x: x.sum((0, -1)), lambda x: x.sum((0, -1)), [CUBE]),
    Case("sum over no axes", lambda x: gradus.sum(x, ()), lambda x: x.sum(()), None, [CUBE]),
    Case("sum keeping axes", lambda x: gradus.sum(x, 1, True), lambda x: x.sum(1, keepdims=True), lambda x: x.sum(1, keepdim=True), [CUBE]),
    Case("sum of none", lambda x: gradus.sum(x, 0), lambda x: x.sum(0), lambda x: x.sum(0), [X[:0]]),
    Case("mean", lambda x: gradus.mean(x, 1), lambda x: x.mean(1), lambda x: x.mean(1), [CUBE]),
    Case("prod", lambda x: gradus.prod(x, 0), lambda x: x.prod(0), lambda x: x.prod(0), [X]),
    Case("prod with a zero", lambda x: gradus.prod(x * gradus.cast(gradus.tensor(ZERO), x.dtype), 1), lambda x: (x * ZERO).prod(1), lambda x: (x * torch.tensor(ZERO).to(x.dtype)).prod(1), [X]),
    Case("max", lambda x: gradus.max(x, -1), lambda x: x.max(-1), lambda x: torch.amax(x, -1), [X]),
    Case("max over axes", lambda x: gradus.max(x, (0, 2)), lambda x: x.max((0, 2)), lambda x: torch.amax(x, (0, 2)), [CUBE]),
    Case("min", gradus.min, numpy.min, "amin", [X]),
    Case("var", lambda x: gradus.var(x, 1), lambda x: x.var(1, ddof=1), lambda x: torch.var(x, 1), [X]),
    Case("std_dev", lambda x: gradus.std_dev(x, correction=0), lambda x: x.std(), lambda x: torch.std(x, correction=0), [X]),
    Case("log_sum_exp", lambda x: gradus.log_sum_exp(x, 0), lambda x: log_sum_exp(x, 0), lambda x: torch.logsumexp(x, 0), [X]),
    Case("any", lambda x: gradus.any(x > 1.5, 1), lambda x: (x > 1.5).any(1), lambda x: (x > 1.5).any(1), [X], 0),
    Case("all", lambda x: gradus.all(x > 0.8, 0), lambda x: (x > 0.8).all(0), lambda x: (x > 0.8).all(0), [X], 0),
    Case("argmax", lambda x: gradus.argmax(x, 0), lambda x: x.argmax(0), lambda x: x.argmax(0), [X], 0),
    Case("argmin", lambda x: gradus.argmin(x, -1), lambda x: x.argmin(-1), lambda x: x.argmin(-1), [X], 0),
    Case("cumulative_sum", lambda x: gradus.cumulative_sum(x, 0), lambda x: x.cumsum(0), lambda x: x.cumsum(0), [X]),
    Case("cumulative_prod", gradus.cumulative_prod, lambda x: x.cumprod(-1), lambda x: x.cumprod(-1), [X]),
    Case("linear_recurrence", gradus.linear_recurrence, _recurrence, _torch_recurrence, [X, X + 1]),
    Case("full", lambda: gradus.full([2, 2], 3), lambda: numpy.full((2, 2), 3.0), lambda: torch.full((2, 2), 3.0), [], 0),
    Case("arange", lambda: gradus.arange(1, 7, 2.5), lambda: numpy.arange(1, 7, 2.5), lambda: torch.arange(1, 7, 2.5), [], 0),
    Case("linspace", lambda: gradus.linspace(0, 1, 5), lambda: numpy.linspace(0, 1, 5), lambda: torch.linspace(0, 1, 5), [], 0),
    Case("eye", lambda: gradus.eye(2, 3, 1), lambda: numpy.eye(2, 3, 1), lambda: torch.eye(2, 4)[:, [2, 0, 1]], [], 0),
    Case("reshape", lambda x: gradus.reshape(x, (4, -1)), lambda x: x.reshape(4, -1), lambda x: x.reshape(4, -1), [CUBE]),
    Case("transpose", lambda x: gradus.transpose(x, (2, 0, 1)), lambda x: x.transpose(2, 0, 1), lambda x: x.permute(2, 0, 1), [CUBE]),
    Case("broadcast_to", lambda x: gradus.broadcast_to(x, (2, 3, 4)), lambda x: numpy.broadcast_to(x, (2, 3, 4)), lambda x: torch.broadcast_to(x, (2, 3, 4)), [X]),
    Case("slice", lambda x: x[:, 1:, ::2], lambda x: x[:, 1:, ::2], lambda x: x[:, 1:, ::2], [CUBE]),
    Case("slice backwards", lambda x: x[..., ::-2], lambda x: x[..., ::-2], lambda x: x.flip(-1)[..., ::2], [CUBE]),
    Case("flip", lambda x: gradus.flip(x, 1), lambda x: numpy.flip(x, 1), lambda x: torch.flip(x, (1,)), [CUBE]),
    Case("pad", lambda x: gradus.pad(x, (1, 0), (0, 2), 3.0), lambda x: numpy.pad(x, ((1, 0), (0, 2)), constant_values=3.0), lambda x: torch.nn.functional.pad(x, (0, 2, 1, 0), value=3.0), [X]),
    Case("concatenate", lambda a, b: gradus.concatenate([a, b], 1), lambda a, b: numpy.concatenate([a, b], 1), lambda a, b: torch.cat([a, b], 1), [X, X]),
    Case("stack", lambda a, b: gradus.stack([a, b], 1), lambda a, b: numpy.stack([a, b], 1), lambda a, b: torch.stack([a, b], 1), [X, X + 1]),
    Case("split", lambda x: gradus.split(x, 2, 1), lambda x: numpy.split(x, 2, 1), lambda x: torch.split(x, 2, 1), [X]),
    Case("split sizes", lambda x: gradus.split(x, (1, 3), 1), lambda x: (x[:, :1], x[:, 1:]), lambda x: torch.split(x, (1, 3), 1), [X]),
    Case("clip", lambda x: gradus.clip(x, 0.8, 1.5), lambda x: numpy.clip(x, 0.8, 1.5), lambda x: torch.clip(x, 0.8, 1.5), [X]),
    Case("take", lambda x: gradus.take(x, INDICES, 1), lambda x: numpy.take(x, INDICES, 1), lambda x: x[:, INDICES], [X]),
    Case("take_along_axis", lambda x: gradus.take_along_axis(x, ALONG, 0), lambda x: numpy.take_along_axis(x, ALONG, 0), lambda x: torch.take_along_dim(x, torch.tensor(ALONG), 0), [X]),
    Case("scatter_add", lambda x, u: gradus.scatter_add(x, INDICES, u), _scattered, lambda x, u: x.index_add(0, torch.tensor(INDICES), u), [X, X * 2]),
    Case("scatter_add_along_axis", lambda x, u: gradus.scatter_add_along_axis(x, ALONG, u, 0), _scattered_along, lambda x, u: x.scatter_add(0, torch.tensor(ALONG), u), [X, X[:2] * 2]),
    Case("sort", lambda x: gradus.sort(x, 0), lambda x: (numpy.sort(x, 0), numpy.argsort(x, 0, kind="stable")), lambda x: torch.sort(x, 0), [X]),
    Case("sort descending", lambda x: gradus.sort(x, 1, gradus.Order.descending), lambda x: (-numpy.sort(-x, 1), numpy.argsort(-x, 1, kind="stable")), lambda x: torch.sort(x, 1, descending=True), [X]),
    Case("argsort", lambda x: gradus.argsort(x, 0), lambda x: numpy.argsort(x, 0, kind="stable"), lambda x: torch.argsort(x, 0), [X], 0),
    Case("top_k", lambda x: gradus.top_k(x, 2), lambda x: (-numpy.sort(-x)[:, :2], numpy.argsort(-x)[:, :2]), lambda x: torch.topk(x, 2), [X]),
    Case("one_hot", lambda: gradus.one_hot(LABELS, 5), lambda: numpy.eye(5)[LABELS], lambda: torch.nn.functional.one_hot(torch.tensor(LABELS), 5).float(), [], 0),
    Case("matmul", gradus.matmul, numpy.matmul, "matmul", [CUBE, X.T]),
    Case("matmul of vectors", gradus.matmul, numpy.matmul, "matmul", [X[0], X[1]]),
    Case("matmul of batches", gradus.matmul, numpy.matmul, "matmul", [CUBE[:, None], X.T[None, :, :2]]),
    Case("matmul over nothing", gradus.matmul, numpy.matmul, "matmul", [X[:, :0], X.T[:0]]),
    Case("linear", gradus.linear, lambda x, w, b: x @ w.T + b, "nn.functional.linear", [CUBE, DRAW.normal(size=(5, 4)), BIAS]),
    Case("outer", gradus.outer, numpy.outer, "outer", [X[0], X[1]]),
    Case("gram", gradus.gram, lambda x: x.T @ x, lambda x: x.T @ x, [X]),
    Case("einsum", lambda a, b: gradus.einsum("bij,kj->bik", a, b), lambda a, b: numpy.einsum("bij,kj->bik", a, b), lambda a, b: torch.einsum("bij,kj->bik", a, b), [CUBE, X]),
    Case("softmax", lambda x: gradus.softmax(x, 0), lambda x: softmax(x, 0), lambda x: torch.softmax(x, 0), [X]),
    Case("log_softmax", gradus.log_softmax, _log_softmax, lambda x: torch.log_softmax(x, -1), [X]),
    Case("softmax_cross_entropy", lambda x: gradus.softmax_cross_entropy(x, gradus.tensor(LABELS)), _cross_entropy, lambda x: torch.nn.functional.cross_entropy(x, torch.tensor(LABELS), reduction="none"), [X]),
    Case("layer_norm", gradus.layer_norm, _layer_norm, lambda x: torch.nn.functional.layer_norm(x, (4,), eps=EPSILON), [X], units=512),
    Case("layer_norm with scale", gradus.layer_norm, _layer_norm, lambda x, w, b: torch.nn.functional.layer_norm(x, (4,), w, b, eps=EPSILON), [X, X[0], X[1]], units=512),
    Case("batch_norm", lambda *x: gradus.batch_norm(*x)[0], _batch_norm, lambda x, w, b: torch.nn.functional.batch_norm(x, None, None, w, b, True, eps=EPSILON), [CUBE, X[:, 0], X[:, 1]], units=512),
    Case("convolution", gradus.convolution, _correlation, "nn.functional.conv1d", [CUBE, DRAW.normal(size=(5, 3, 2))]),
    Case("convolution with bias", gradus.convolution, _correlation, "nn.functional.conv1d", [CUBE, DRAW.normal(size=(5, 3, 2)), BIAS]),
    Case("average_pool", lambda x: gradus.average_pool(x, 2), lambda x: x.reshape(2, 3, 2, 2).mean(-1), lambda x: torch.nn.functional.avg_pool1d(x, 2), [CUBE]),
    Case("average_pool overlapping", lambda x: gradus.average_pool(x, 3, 2, 1), lambda x: numpy.nanmean(_strided(x), -1), lambda x: torch.nn.functional.avg_pool1d(x, 3, 2, 1, count_include_pad=False), [CUBE]),
    Case("max_pool", lambda x: gradus.max_pool(x, 2), lambda x: x.reshape(2, 3, 2, 2).max(-1), lambda x: torch.nn.functional.max_pool1d(x, 2), [CUBE]),
    Case("max_pool overlapping", lambda x: gradus.max_pool(x, 3, 2, 1), lambda x: numpy.nanmax(_strided(x), -1), lambda x: torch.nn.functional.max_pool1d(x, 3, 2, 1), [CUBE]),
]  # fmt: skip
