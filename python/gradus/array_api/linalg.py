"""The ``linalg`` extension of the array API standard. Complex matrices are left out."""

from __future__ import annotations

import builtins
from math import inf
from typing import Any, Union

from .. import _core
from .. import linalg as _linalg
from .._core import DType, Tensor
from ..linalg import EighResult, QRResult, SlogdetResult, SVDResult
from . import matmul, matrix_transpose, tensordot, vecdot  # noqa: F401

Axes = Union[int, "tuple[int, ...]", None]


def cholesky(x: Tensor, /, *, upper: builtins.bool = False) -> Tensor:
    factor = _linalg.cholesky(x)
    return factor.mT if upper else factor


def cross(x1: Tensor, x2: Tensor, /, *, axis: int = -1) -> Tensor:
    """The product of vectors of three elements along an axis."""
    if x1.shape[axis] != 3 or x2.shape[axis] != 3:
        raise ValueError("vectors of a cross product have three elements")
    x1, x2 = (_core.swap_axes(x, axis, -1) for x in (x1, x2))
    a, b, c = (x1[..., place] for place in range(3))
    d, e, f = (x2[..., place] for place in range(3))
    product = _core.stack([b * f - c * e, c * d - a * f, a * e - b * d], -1)
    return _core.swap_axes(product, axis, -1)


def det(x: Tensor, /) -> Tensor:
    return _linalg.determinant(x)


def diagonal(x: Tensor, /, *, offset: int = 0) -> Tensor:
    """Of the last two axes; an offset past the last column or row gives none."""
    rows, columns = x.shape[-2:]
    if not -rows < offset < columns:
        return _core.zeros((*x.shape[:-2], 0), x.dtype)
    return _core.diagonal(x, offset)


def eigh(x: Tensor, /) -> EighResult:
    return _linalg.eigh(x)


def eigvalsh(x: Tensor, /) -> Tensor:
    return _linalg.eigvalsh(x)


def inv(x: Tensor, /) -> Tensor:
    return _linalg.inverse(x)


def matrix_norm(x: Tensor, /, *, keepdims: builtins.bool = False, ord: Any = "fro") -> Tensor:
    """By "fro", "nuc", 1, -1, 2, -2, inf or -inf."""
    if ord in (-1, -inf, 1, inf):
        sums = _core.sum(_core.absolute(x), -2 if ord in (1, -1) else -1)
        found = _core.max(sums, -1) if ord > 0 else _core.min(sums, -1)
    elif ord == -2:
        found = _core.min(_linalg.svdvals(x), -1)
    else:
        found = _linalg.matrix_norm(x, ord)
    return found[..., None, None] if keepdims else found


def matrix_power(x: Tensor, n: int, /) -> Tensor:
    return _linalg.matrix_power(x, n)


def matrix_rank(x: Tensor, /, *, rtol: float | Tensor | None = None) -> Tensor:
    if not isinstance(rtol, Tensor):
        return _linalg.matrix_rank(x, rtol)
    values = _linalg.svdvals(x)
    return _core.sum((values > _cutoff(values, rtol)).astype(DType.i64), -1)


def _cutoff(values: Tensor, rtol: Tensor) -> Tensor:
    """Of singular values (..., k) for a tolerance of each matrix."""
    return rtol[..., None] * _core.max(values, -1, True)


def outer(x1: Tensor, x2: Tensor, /) -> Tensor:
    if x1.ndim != 1 or x2.ndim != 1:
        raise ValueError("outer takes two vectors")
    return x1[:, None] * x2[None, :]


def pinv(x: Tensor, /, *, rtol: float | Tensor | None = None) -> Tensor:
    if not isinstance(rtol, Tensor):
        return _linalg.pinv(x, rtol)
    u, values, vh = _linalg.svd(x)
    is_kept = values > _cutoff(values, rtol)
    inverses = _core.where(is_kept, 1 / values, _core.zeros(values.shape, values.dtype))
    return (vh.mT * inverses[..., None, :]) @ u.mT


def qr(x: Tensor, /, *, mode: str = "reduced") -> QRResult:
    if mode not in ("reduced", "complete"):
        raise ValueError('mode is "reduced" or "complete"')
    return _linalg.qr(x, mode)


def slogdet(x: Tensor, /) -> SlogdetResult:
    return _linalg.log_determinant(x)


def solve(x1: Tensor, x2: Tensor, /) -> Tensor:
    return _linalg.solve(x1, x2)


def svd(x: Tensor, /, *, full_matrices: builtins.bool = True) -> SVDResult:
    return _linalg.svd(x, full_matrices)


def svdvals(x: Tensor, /) -> Tensor:
    return _linalg.svdvals(x)


def trace(x: Tensor, /, *, offset: int = 0, dtype: DType | None = None) -> Tensor:
    from . import sum

    return sum(diagonal(x, offset=offset), axis=-1, dtype=dtype)


def vector_norm(
    x: Tensor, /, *, axis: Axes = None, keepdims: builtins.bool = False, ord: float = 2
) -> Tensor:
    """Of all elements or along one axis or several, by any number."""
    size = _core.absolute(x)
    if ord == inf:
        return _core.max(size, axis, keepdims)
    if ord == -inf:
        return _core.min(size, axis, keepdims)
    if ord == 0:
        return _core.sum((x != 0).astype(x.dtype), axis, keepdims)
    if ord == 1:
        return _core.sum(size, axis, keepdims)
    if ord == 2 and (axis is None or isinstance(axis, int)):
        return _linalg.vector_norm(x, 2, axis, keepdims)
    # Scaled by the largest, so that powers neither overflow nor vanish.
    largest = _core.max(size, axis, True)
    scale = _core.where((largest > 0) & (largest < inf), largest, _core.tensor(1.0, x.dtype))
    powers = _core.sum((size / scale) ** ord, axis, keepdims) ** (1 / ord)
    return powers * (scale if keepdims else _core.reshape(scale, powers.shape))
