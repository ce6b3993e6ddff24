"""Sets and searches of the array API standard, made of sorting. NaNs differ from each other."""

from __future__ import annotations

from typing import NamedTuple

from .. import _core
from .._core import Tensor


class UniqueAllResult(NamedTuple):
    values: Tensor
    indices: Tensor
    inverse_indices: Tensor
    counts: Tensor


class UniqueCountsResult(NamedTuple):
    values: Tensor
    counts: Tensor


class UniqueInverseResult(NamedTuple):
    values: Tensor
    inverse_indices: Tensor


def unique_all(x: Tensor, /) -> UniqueAllResult:
    """The different values, ascending; where each comes first; which each element is; how often."""
    elements = _core.reshape(x, [-1])
    count = elements.shape[0]
    order = _core.argsort(elements, 0, _core.Order.ascending)  # stable
    ascending = _core.take(elements, order, 0)
    starts = _core.concatenate([_core.full([min(count, 1)], True), ascending[1:] != ascending[:-1]])
    places = _core.nonzero(starts)[0]
    ends = _core.concatenate([places[1:], _core.full([min(count, 1)], count, _core.DType.i64)])
    rank = _core.cumulative_sum(starts.astype(_core.DType.i64), 0) - 1
    inverse = _core.take(rank, _core.argsort(order, 0, _core.Order.ascending), 0)
    return UniqueAllResult(
        _core.take(ascending, places, 0),
        _core.take(order, places, 0),
        _core.reshape(inverse, x.shape),
        ends - places,
    )


def unique_counts(x: Tensor, /) -> UniqueCountsResult:
    """The different values and how often each comes."""
    found = unique_all(x)
    return UniqueCountsResult(found.values, found.counts)


def unique_inverse(x: Tensor, /) -> UniqueInverseResult:
    """The different values and which of them each element is."""
    found = unique_all(x)
    return UniqueInverseResult(found.values, found.inverse_indices)


def unique_values(x: Tensor, /) -> Tensor:
    """The different values, ascending."""
    return unique_all(x).values


def searchsorted(
    x1: Tensor, x2: Tensor, /, *, side: str = "left", sorter: Tensor | None = None
) -> Tensor:
    """Where elements of x2 belong in the ascending vector x1: before what is equal, or after it."""
    if side not in ("left", "right"):
        raise ValueError('side is "left" or "right"')
    if x1.ndim != 1:
        raise ValueError("searchsorted looks in a vector")
    if sorter is not None:
        x1 = _core.take(x1, sorter, 0)
    wanted = _core.reshape(x2, [-1])
    count = wanted.shape[0]
    # Equal elements keep their order as all are sorted, so what stands first comes before.
    parts = [wanted, x1] if side == "left" else [x1, wanted]
    order = _core.argsort(_core.concatenate(parts), 0, _core.Order.ascending)
    rank = _core.argsort(order, 0, _core.Order.ascending)
    rank = rank[:count] if side == "left" else rank[x1.shape[0] :]
    among = _core.argsort(_core.argsort(wanted, 0, _core.Order.ascending), 0, _core.Order.ascending)
    return _core.reshape(rank - among, x2.shape)
