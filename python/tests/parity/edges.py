"""Calls at the edges: integers and booleans, nothing at all, one number, NaN and infinities."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
from harness import Case
from peers import torch
from structured import log_sum_exp, softmax

import gradus
from gradus import linalg

INF, NAN = numpy.inf, numpy.nan
WHOLE = numpy.array([[3, -1, 4, 1], [-5, 9, 2, -6], [5, 3, -5, 8]], numpy.int32)
LONG = WHOLE.astype(numpy.int64)
BYTES = numpy.abs(WHOLE).astype(numpy.uint8)
TRUTH = WHOLE > 2
SPECIAL = numpy.array([[1.0, NAN, 2.0, -1.0], [INF, 1.0, -INF, 0.0], [-0.0, 0.0, INF, INF]])
NOTHING = numpy.zeros((0, 3))
NO_COLUMNS = numpy.zeros((3, 0))
NUMBER = numpy.array(1.5)


def _case(
    name: str, ours: Any, reference: Any, twin: Any, *inputs: Any, derivatives: int = 0
) -> Case:
    return Case(name, ours, reference, twin, inputs, derivatives, group="Edges")


def _of_types(name: str, ours: Callable[..., Any], reference: Any, twin: Any) -> list[Case]:
    """One call on every type that is not floating."""
    types = {"i32": WHOLE, "i64": LONG, "u8": BYTES, "bool": TRUTH}
    return [_case(f"{name} of {label}", ours, reference, twin, x) for label, x in types.items()]


INTEGERS = [
    *_of_types("sum", lambda x: gradus.sum(x, 0), lambda x: x.sum(0), lambda x: x.sum(0)),
    *_of_types("prod", lambda x: gradus.prod(x, 0), lambda x: x.prod(0), lambda x: x.prod(0)),
    *_of_types("any", lambda x: gradus.any(x, 1), lambda x: x.any(1), lambda x: x.bool().any(1)),
    *_of_types("all", lambda x: gradus.all(x, 1), lambda x: x.all(1), lambda x: x.bool().all(1)),
    *_of_types("cumulative_sum", lambda x: gradus.cumulative_sum(x, 0), lambda x: x.cumsum(0), lambda x: x.cumsum(0)),
    *_of_types("reshape", lambda x: gradus.reshape(x, (2, 6)), lambda x: x.reshape(2, 6), lambda x: x.reshape(2, 6)),
    *_of_types("transpose", gradus.transpose, numpy.transpose, "t"),
    *_of_types("flip", gradus.flip, numpy.flip, lambda x: x.flip((0, 1))),
    *_of_types("slice", lambda x: x[1:, ::2], lambda x: x[1:, ::2], lambda x: x[1:, ::2]),
    *_of_types("concatenate", lambda x: gradus.concatenate([x, x]), lambda x: numpy.concatenate([x, x]), lambda x: torch.cat([x, x])),
    *_of_types("broadcast_to", lambda x: gradus.broadcast_to(x, (2, 3, 4)), lambda x: numpy.broadcast_to(x, (2, 3, 4)), lambda x: x.expand(2, 3, 4)),
    *_of_types("take", lambda x: gradus.take(x, [2, 0]), lambda x: x.take([2, 0], 0), lambda x: x[[2, 0]]),
    *_of_types("where", lambda x: gradus.where(x > 0, x, x), lambda x: numpy.where(x > 0, x, x), lambda x: torch.where(x > 0, x, x)),
    *_of_types("cast", lambda x: gradus.cast(x, gradus.f32), lambda x: x.astype(numpy.float32), lambda x: x.float()),
    *_of_types("logical_not", gradus.logical_not, numpy.logical_not, "logical_not"),
]  # fmt: skip
INTEGERS += [
    case
    for name, ours, reference, twin in [
        ("max", lambda x: gradus.max(x, 1), lambda x: x.max(1), lambda x: x.amax(1)),
        ("min", lambda x: gradus.min(x, 0), lambda x: x.min(0), lambda x: x.amin(0)),
        ("argmax", lambda x: gradus.argmax(x, 1), lambda x: x.argmax(1), lambda x: x.argmax(1)),
        ("argmin", lambda x: gradus.argmin(x, 0), lambda x: x.argmin(0), lambda x: x.argmin(0)),
        ("clip", lambda x: gradus.clip(x, 1, 4), lambda x: x.clip(1, 4), lambda x: x.clip(1, 4)),
        ("sort", lambda x: gradus.sort(x, 1), lambda x: (numpy.sort(x, 1), numpy.argsort(x, 1, kind="stable")), lambda x: tuple(torch.sort(x, dim=1, stable=True))),
        ("matmul", lambda x: gradus.matmul(x, gradus.transpose(x)), lambda x: x @ x.T, lambda x: x @ x.T),
        ("power", lambda x: gradus.power(x, gradus.full_like(x, 3)), lambda x: x**3, lambda x: x**3),
        ("pad", lambda x: gradus.pad(x, (1, 0), (0, 2), 3), lambda x: numpy.pad(x, ((1, 0), (0, 2)), constant_values=3), lambda x: torch.nn.functional.pad(x, (0, 2, 1, 0), value=3)),
    ]
    for case in _of_types(name, ours, reference, twin)[:3]
]  # fmt: skip

NOTHINGS = [
    _case("sum of nothing", gradus.sum, numpy.sum, "sum", NOTHING, derivatives=2),
    _case("prod of nothing", gradus.prod, numpy.prod, "prod", NOTHING, derivatives=2),
    _case("mean of nothing", gradus.mean, None, "mean", NOTHING),
    _case("max along rows of nothing", lambda x: gradus.max(x, 1), lambda x: x.max(1), lambda x: x.amax(1), NOTHING, derivatives=2),
    _case("log_sum_exp of nothing", lambda x: gradus.log_sum_exp(x, 0), None, lambda x: torch.logsumexp(x, 0), NOTHING),
    _case("any of nothing", gradus.any, numpy.any, "any", NOTHING),
    _case("all of nothing", gradus.all, numpy.all, "all", NOTHING),
    _case("cumulative_sum of nothing", lambda x: gradus.cumulative_sum(x, 0), lambda x: x.cumsum(0), lambda x: x.cumsum(0), NOTHING, derivatives=2),
    _case("cumulative_prod of nothing", lambda x: gradus.cumulative_prod(x, 0), lambda x: x.cumprod(0), lambda x: x.cumprod(0), NOTHING, derivatives=2),
    _case("sort of nothing", lambda x: gradus.sort(x, 0)[0], lambda x: numpy.sort(x, 0), lambda x: x.sort(0)[0], NOTHING, derivatives=2),
    _case("softmax of nothing", lambda x: gradus.softmax(x, 1), lambda x: softmax(x, 1), lambda x: x.softmax(1), NOTHING, derivatives=2),
    _case("concatenate with nothing", lambda x: gradus.concatenate([x, x + 1]), lambda x: numpy.concatenate([x, x + 1]), lambda x: torch.cat([x, x + 1]), NOTHING, derivatives=2),
    _case("take of no indices", lambda x: gradus.take(x, gradus.zeros([0], gradus.i64)), lambda x: x.take(numpy.zeros(0, int), 0), lambda x: x[torch.zeros(0, dtype=torch.int64)], numpy.ones((2, 3)), derivatives=2),
    _case("scatter_add of nothing", lambda x: gradus.scatter_add(x, gradus.zeros([0], gradus.i64), gradus.zeros([0, 3], x.dtype)), lambda x: x, lambda x: x.clone(), numpy.ones((2, 3)), derivatives=2),
    _case("matmul of nothing", gradus.matmul, numpy.matmul, "matmul", NOTHING, numpy.ones((3, 2)), derivatives=2),
    _case("matmul over an axis of nothing", gradus.matmul, numpy.matmul, "matmul", NO_COLUMNS, NOTHING, derivatives=2),
    _case("linear of nothing", gradus.linear, lambda x, w: x @ w.T, "nn.functional.linear", NOTHING, numpy.ones((2, 3)), derivatives=2),
    _case("convolution of nothing", gradus.convolution, None, "nn.functional.conv1d", numpy.zeros((0, 2, 5)), numpy.ones((3, 2, 2)), derivatives=2),
    _case("max_pool of nothing", lambda x: gradus.max_pool(x, 2), None, lambda x: torch.nn.functional.max_pool1d(x, 2), numpy.zeros((0, 2, 4)), derivatives=2),
    _case("average_pool of nothing", lambda x: gradus.average_pool(x, 2), None, lambda x: torch.nn.functional.avg_pool1d(x, 2), numpy.zeros((0, 2, 4)), derivatives=2),
    _case("inverse of nothing", linalg.inv, numpy.linalg.inv, "linalg.inv", numpy.zeros((0, 0)), derivatives=2),
    _case("determinant of nothing", linalg.det, numpy.linalg.det, "linalg.det", numpy.zeros((0, 0)), derivatives=2),
    _case("solve of nothing", linalg.solve, numpy.linalg.solve, "linalg.solve", numpy.zeros((0, 0)), numpy.zeros((0, 2)), derivatives=2),
    _case("cholesky of no matrices", linalg.cholesky, numpy.linalg.cholesky, "linalg.cholesky", numpy.zeros((0, 2, 2)), derivatives=2),
    _case("svdvals of nothing", linalg.svdvals, numpy.linalg.svdvals, "linalg.svdvals", NOTHING, derivatives=2),
    _case("eigvalsh of nothing", linalg.eigvalsh, numpy.linalg.eigvalsh, "linalg.eigvalsh", numpy.zeros((0, 0)), derivatives=2),
]  # fmt: skip

NUMBERS = [
    _case("sum of a number", gradus.sum, numpy.sum, "sum", NUMBER, derivatives=2),
    _case("mean of a number", gradus.mean, numpy.mean, "mean", NUMBER, derivatives=2),
    _case("prod of a number", gradus.prod, numpy.prod, "prod", NUMBER, derivatives=2),
    _case("max of a number", gradus.max, numpy.max, "amax", NUMBER, derivatives=2),
    _case("log_sum_exp of a number", gradus.log_sum_exp, lambda x: log_sum_exp(x), lambda x: torch.logsumexp(x, ()), NUMBER, derivatives=2),
    _case("reshape of a number", lambda x: gradus.reshape(x, (1, 1)), lambda x: x.reshape(1, 1), lambda x: x.reshape(1, 1), NUMBER, derivatives=2),
    _case("broadcast_to of a number", lambda x: gradus.broadcast_to(x, (2, 2)), lambda x: numpy.broadcast_to(x, (2, 2)), lambda x: x.expand(2, 2), NUMBER, derivatives=2),
    _case("transpose of a number", gradus.transpose, numpy.transpose, "t", NUMBER, derivatives=2),
    _case("stack of numbers", lambda x: gradus.stack([x, x * x]), lambda x: numpy.stack([x, x * x]), lambda x: torch.stack([x, x * x]), NUMBER, derivatives=2),
    _case("where of numbers", lambda x: gradus.where(x > 0, x * x, x), lambda x: numpy.where(x > 0, x * x, x), lambda x: torch.where(x > 0, x * x, x), NUMBER, derivatives=2),
    _case("clip of a number", lambda x: gradus.clip(x, 0, 1), lambda x: numpy.clip(x, 0, 1), lambda x: x.clip(0, 1), NUMBER, derivatives=2),
]  # fmt: skip

SPECIALS = [
    _case("sum of special values", lambda x: gradus.sum(x, 1), lambda x: x.sum(1), lambda x: x.sum(1), SPECIAL),
    _case("mean of special values", lambda x: gradus.mean(x, 1), lambda x: x.mean(1), lambda x: x.mean(1), SPECIAL),
    _case("prod of special values", lambda x: gradus.prod(x, 1), lambda x: x.prod(1), lambda x: x.prod(1), SPECIAL),
    _case("var of special values", lambda x: gradus.var(x, 1), lambda x: x.var(1, ddof=1), lambda x: x.var(1), SPECIAL),
    _case("max of special values", lambda x: gradus.max(x, 1), lambda x: x.max(1), lambda x: x.amax(1), SPECIAL),
    _case("min of special values", lambda x: gradus.min(x, 1), lambda x: x.min(1), lambda x: x.amin(1), SPECIAL),
    _case("argmax of special values", lambda x: gradus.argmax(x, 1), lambda x: x.argmax(1), lambda x: x.argmax(1), SPECIAL),
    _case("argmin of special values", lambda x: gradus.argmin(x, 1), lambda x: x.argmin(1), lambda x: x.argmin(1), SPECIAL),
    _case("any of special values", lambda x: gradus.any(x, 0), lambda x: x.any(0), lambda x: x.any(0), SPECIAL),
    _case("all of special values", lambda x: gradus.all(x, 0), lambda x: x.all(0), lambda x: x.all(0), SPECIAL),
    _case("log_sum_exp of special values", lambda x: gradus.log_sum_exp(x, 1), None, lambda x: torch.logsumexp(x, 1), SPECIAL),
    _case("cumulative_sum of special values", lambda x: gradus.cumulative_sum(x, 1), lambda x: x.cumsum(1), lambda x: x.cumsum(1), SPECIAL),
    _case("cumulative_prod of special values", lambda x: gradus.cumulative_prod(x, 1), lambda x: x.cumprod(1), lambda x: x.cumprod(1), SPECIAL),
    _case("sort of special values", lambda x: gradus.sort(x, 1), lambda x: (numpy.sort(x, 1), numpy.argsort(x, 1, kind="stable")), lambda x: tuple(torch.sort(x, dim=1, stable=True)), SPECIAL),
    _case("top_k of special values", lambda x: gradus.top_k(x, 2)[0], None, lambda x: torch.topk(x, 2)[0], SPECIAL),
    _case("clip of special values", lambda x: gradus.clip(x, -1, 1), lambda x: x.clip(-1, 1), lambda x: x.clip(-1, 1), SPECIAL),
    _case("softmax of special values", lambda x: gradus.softmax(x, 0), None, lambda x: x.softmax(0), SPECIAL),
    _case("softmax of -inf beside numbers", gradus.softmax, None, lambda x: x.softmax(-1), numpy.array([[-INF, 1.0, 2.0], [-INF, -INF, 3.0]]), derivatives=2),
    _case("log_softmax of -inf beside numbers", gradus.log_softmax, None, lambda x: x.log_softmax(-1), numpy.array([[-INF, 1.0, 2.0], [-INF, -INF, 3.0]])),
    _case("log_softmax of large numbers", gradus.log_softmax, None, lambda x: x.log_softmax(-1), numpy.array([[1e4, 0.0, -1e4]]), derivatives=2),
    _case("matmul of special values", lambda x: gradus.matmul(x, gradus.transpose(x)), lambda x: x @ x.T, lambda x: x @ x.T, SPECIAL),
    _case("where of special values", lambda x: gradus.where(x > 0, x, -x), lambda x: numpy.where(x > 0, x, -x), lambda x: torch.where(x > 0, x, -x), SPECIAL),
    _case("max_pool of special values", lambda x: gradus.max_pool(x[None], 2), None, lambda x: torch.nn.functional.max_pool1d(x[None], 2), SPECIAL),
    _case("average_pool of special values", lambda x: gradus.average_pool(x[None], 2), None, lambda x: torch.nn.functional.avg_pool1d(x[None], 2), SPECIAL),
    _case("layer_norm of equal values", gradus.layer_norm, None, lambda x: torch.nn.functional.layer_norm(x, (4,), eps=1e-5), numpy.ones((2, 4))),
    _case("std_dev of equal values", gradus.std_dev, lambda x: x.std(ddof=1), "std", numpy.ones(4), derivatives=0),
    _case("norm of special values", lambda x: linalg.norm(x, axis=1), lambda x: numpy.linalg.norm(x, axis=1), lambda x: torch.linalg.vector_norm(x, dim=1), SPECIAL),
]  # fmt: skip

CASES = [*INTEGERS, *NOTHINGS, *NUMBERS, *SPECIALS]
