"""The Python array API standard, 2023.12, over Gradus.

What is left out, because the engine has no such thing: int8, int16, uint16, uint32, uint64 and
complex types with real and imag; shifts, and bits of integers (``bitwise_and`` and its like
take booleans); ``fft``. Tensors are immutable, so there is no assignment to elements. docs/python.md
has the counts of the standard's test suite, and python/tests/array_api the reasons of what differs.
"""

from __future__ import annotations

import builtins
import math
from collections.abc import Callable, Sequence
from math import e, inf, nan, pi  # noqa: F401
from typing import Any

from .. import _core
from .._core import (  # noqa: F401
    DType,
    Tensor,
    acos,
    acosh,
    add,
    asarray,
    asin,
    asinh,
    atan,
    atan2,
    atanh,
    ceil,
    cos,
    cosh,
    divide,
    equal,
    exp,
    expm1,
    floor,
    floor_divide,
    greater,
    greater_equal,
    hypot,
    less,
    less_equal,
    log,
    log1p,
    log2,
    log10,
    logical_and,
    logical_not,
    logical_or,
    logical_xor,
    matmul,
    maximum,
    minimum,
    multiply,
    negative,
    not_equal,
    reciprocal,
    remainder,
    round,
    sin,
    sinh,
    sqrt,
    square,
    subtract,
    tan,
    tanh,
    where,
)
from .._core import (
    expand_dims as _expand_dims,
)
from .._core import (
    reshape as _reshape,
)
from .sets import (  # noqa: F401
    searchsorted,
    unique_all,
    unique_counts,
    unique_inverse,
    unique_values,
)
from .types import (  # noqa: F401
    __array_namespace_info__,
    _require_cpu,
    astype,
    bool,
    can_cast,
    finfo,
    float32,
    float64,
    iinfo,
    int32,
    int64,
    isdtype,
    result_type,
    uint8,
)

__array_api_version__ = "2023.12"

newaxis = None

abs = _core.absolute
copysign = _core.copy_sign
isfinite = _core.is_finite
isinf = _core.is_infinite
isnan = _core.is_nan
logaddexp = _core.log_add_exp
pow = _core.power
signbit = _core.sign_bit
stack = _core.stack
trunc = _core.truncate


def sign(x: Tensor, /) -> Tensor:
    """-1, 0 or 1; of -0.0 it is 0.0, where gradus.sign keeps the sign of zero."""
    return _core.sign(x) + 0


def bitwise_and(x1: Tensor, x2: Tensor, /) -> Tensor:
    """Of booleans."""
    return x1 & x2


def bitwise_or(x1: Tensor, x2: Tensor, /) -> Tensor:
    """Of booleans."""
    return x1 | x2


def bitwise_xor(x1: Tensor, x2: Tensor, /) -> Tensor:
    """Of booleans."""
    return x1 ^ x2


def bitwise_invert(x: Tensor, /) -> Tensor:
    """Of booleans."""
    return ~x


def conj(x: Tensor, /) -> Tensor:
    """x itself: there are no complex tensors."""
    return x


def positive(x: Tensor, /) -> Tensor:
    """x itself."""
    return x


def clip(x: Tensor, /, min: Any = None, max: Any = None) -> Tensor:
    """min(max(x, min), max), of the type of x; a bound that is None does not bind."""
    result = x if min is None else maximum(x, _beside(min, x))
    return result if max is None else minimum(result, _beside(max, x))


# Creation


def _default(dtype: DType | None) -> DType:
    return float32 if dtype is None else dtype


def _beside(value: Any, x: Tensor) -> Tensor:
    return value if isinstance(value, Tensor) else _core.tensor(value, x.dtype)


def zeros(shape: Any, *, dtype: DType | None = None, device: Any = None) -> Tensor:
    _require_cpu(device)
    return _core.zeros(shape, _default(dtype))


def ones(shape: Any, *, dtype: DType | None = None, device: Any = None) -> Tensor:
    _require_cpu(device)
    return _core.ones(shape, _default(dtype))


empty = zeros


def from_dlpack(x: Any, /, *, device: Any = None, copy: builtins.bool | None = None) -> Tensor:
    """A tensor over the memory of an array, or of a copy of it."""
    _require_cpu(device)
    return _core.tensor(x) if copy else _core.from_dlpack(x)


def full(shape: Any, fill_value: Any, *, dtype: DType | None = None, device: Any = None) -> Tensor:
    _require_cpu(device)
    return _core.broadcast_to(_core.tensor(fill_value, dtype), shape)


def zeros_like(x: Tensor, /, *, dtype: DType | None = None, device: Any = None) -> Tensor:
    return zeros(x.shape, dtype=dtype or x.dtype, device=device)


def ones_like(x: Tensor, /, *, dtype: DType | None = None, device: Any = None) -> Tensor:
    return ones(x.shape, dtype=dtype or x.dtype, device=device)


empty_like = zeros_like


def full_like(
    x: Tensor, /, fill_value: Any, *, dtype: DType | None = None, device: Any = None
) -> Tensor:
    return full(x.shape, fill_value, dtype=dtype or x.dtype, device=device)


def arange(
    start: float,
    /,
    stop: float | None = None,
    step: float = 1,
    *,
    dtype: DType | None = None,
    device: Any = None,
) -> Tensor:
    """start, start + step, ... short of stop; int64 if all three are integers."""
    _require_cpu(device)
    begin, end = (0, start) if stop is None else (start, stop)
    if dtype is None:
        whole = builtins.all(isinstance(value, int) for value in (begin, end, step))
        dtype = int64 if whole else float32
    return _core.arange(begin, end, step, dtype)


def linspace(
    start: float,
    stop: float,
    /,
    num: int,
    *,
    dtype: DType | None = None,
    device: Any = None,
    endpoint: builtins.bool = True,
) -> Tensor:
    _require_cpu(device)
    if endpoint:
        return _core.linspace(start, stop, num, _default(dtype))
    return _core.linspace(start, stop, num + 1, _default(dtype))[:num]


def eye(
    n_rows: int,
    n_cols: int | None = None,
    /,
    *,
    k: int = 0,
    dtype: DType | None = None,
    device: Any = None,
) -> Tensor:
    _require_cpu(device)
    columns = n_rows if n_cols is None else n_cols
    return _core.eye(
        n_rows, columns, builtins.min(builtins.max(k, -n_rows), columns), _default(dtype)
    )


def tril(x: Tensor, /, *, k: int = 0) -> Tensor:
    rows, columns = _places(x)
    return where(columns - rows <= k, x, zeros_like(x))


def triu(x: Tensor, /, *, k: int = 0) -> Tensor:
    rows, columns = _places(x)
    return where(columns - rows >= k, x, zeros_like(x))


def _places(x: Tensor) -> tuple[Tensor, Tensor]:
    """Row and column numbers of the matrices of x."""
    if x.ndim < 2:
        raise ValueError("takes tensors of two axes or more")
    return arange(x.shape[-2])[:, None], arange(x.shape[-1])[None, :]


def meshgrid(*arrays: Tensor, indexing: str = "xy") -> list[Tensor]:
    if indexing not in ("xy", "ij"):
        raise ValueError('indexing is "xy" or "ij"')
    order = list(arrays)
    if indexing == "xy" and len(order) > 1:
        order[:2] = order[1], order[0]
    shape = tuple(array.size for array in order)
    grids = [
        _core.broadcast_to(_reshape(array, [-1] + [1] * (len(order) - place - 1)), shape)
        for place, array in enumerate(order)
    ]
    if indexing == "xy" and len(grids) > 1:
        grids[:2] = grids[1], grids[0]
    return grids


# Manipulation


def concat(arrays: Sequence[Tensor], /, *, axis: int | None = 0) -> Tensor:
    if axis is None:
        return _core.concatenate([_reshape(x, [-1]) for x in arrays], 0)
    return _core.concatenate(arrays, axis)


def broadcast_to(x: Tensor, /, shape: tuple[int, ...]) -> Tensor:
    return _core.broadcast_to(x, shape)


def broadcast_arrays(*arrays: Tensor) -> list[Tensor]:
    shape: tuple[int, ...] = ()
    for array in arrays:
        shape = _common_shape(shape, array.shape)
    return [_core.broadcast_to(array, shape) for array in arrays]


def _common_shape(a: tuple[int, ...], b: tuple[int, ...]) -> tuple[int, ...]:
    return (_core.zeros(a) + _core.zeros(b)).shape


def expand_dims(x: Tensor, /, axis: int) -> Tensor:
    return _expand_dims(x, axis)


def squeeze(x: Tensor, /, axis: int | tuple[int, ...]) -> Tensor:
    return _core.squeeze(x, axis)


def flip(x: Tensor, /, *, axis: Any = None) -> Tensor:
    return x if axis == () else _core.flip(x, axis)


def permute_dims(x: Tensor, /, axes: tuple[int, ...]) -> Tensor:
    return _core.transpose(x, axes) if x.ndim else x


def moveaxis(x: Tensor, source: Any, destination: Any, /) -> Tensor:
    sources = _axes(source, x.ndim)
    targets = _axes(destination, x.ndim)
    order = [axis for axis in range(x.ndim) if axis not in sources]
    for target, axis in sorted(zip(targets, sources)):
        order.insert(target, axis)
    return permute_dims(x, tuple(order))


def reshape(x: Tensor, /, shape: tuple[int, ...], *, copy: builtins.bool | None = None) -> Tensor:
    return _reshape(x, shape)


def roll(x: Tensor, /, shift: Any, *, axis: Any = None) -> Tensor:
    if axis is None:
        return _reshape(roll(_reshape(x, [-1]), shift, axis=0), x.shape)
    shifts = shift if isinstance(shift, tuple) else (shift,) * len(_axes(axis, x.ndim))
    for by, along in zip(shifts, _axes(axis, x.ndim)):
        extent = x.shape[along]
        if extent == 0:
            continue
        x = _core.take(x, (arange(extent) - by) % extent, along)
    return x


def repeat(x: Tensor, repeats: Any, /, *, axis: int | None = None) -> Tensor:
    if axis is None:
        x, axis = _reshape(x, [-1]), 0
    given: Any = repeats.tolist() if isinstance(repeats, Tensor) else repeats
    counts = [given] if isinstance(given, int) else list(given)
    if len(counts) == 1:
        counts *= x.shape[axis]
    if len(counts) != x.shape[axis]:
        raise ValueError(f"{len(counts)} counts for {x.shape[axis]} elements")
    places = [_core.full([count], place, int64) for place, count in enumerate(counts)]
    return _core.take(x, _core.concatenate(places) if places else arange(0), axis)


def tile(x: Tensor, repetitions: tuple[int, ...], /) -> Tensor:
    rank = builtins.max(x.ndim, len(repetitions))
    counts = (1,) * (rank - len(repetitions)) + tuple(repetitions)
    x = _reshape(x, (1,) * (rank - x.ndim) + x.shape)
    for axis, count in enumerate(counts):
        x = _core.concatenate([x] * count, axis) if count else _core.take(x, arange(0), axis)
    return x


def unstack(x: Tensor, /, *, axis: int = 0) -> tuple[Tensor, ...]:
    return tuple(_core.select(x, axis, place) for place in range(x.shape[axis]))


def take(x: Tensor, indices: Tensor, /, *, axis: int = 0) -> Tensor:
    return _core.take(x, indices, axis)


def _axes(axis: Any, rank: int) -> list[int]:
    axes = axis if isinstance(axis, tuple) else (axis,)
    return [one + rank if one < 0 else one for one in axes]


# Statistics and searching


def _accumulated(
    function: Callable[..., Tensor], x: Tensor, dtype: DType | None, *options: Any
) -> Tensor:
    """function(x, ...), computed and returned in the type that is asked for."""
    return (
        function(x, *options)
        if dtype is None
        else function(x.astype(dtype), *options).astype(dtype)
    )


def sum(
    x: Tensor, /, *, axis: Any = None, dtype: DType | None = None, keepdims: builtins.bool = False
) -> Tensor:
    return _accumulated(_core.sum, x, dtype, axis, keepdims)


def prod(
    x: Tensor, /, *, axis: Any = None, dtype: DType | None = None, keepdims: builtins.bool = False
) -> Tensor:
    return _accumulated(_core.prod, x, dtype, axis, keepdims)


def mean(x: Tensor, /, *, axis: Any = None, keepdims: builtins.bool = False) -> Tensor:
    return _core.mean(x, axis, keepdims)


def max(x: Tensor, /, *, axis: Any = None, keepdims: builtins.bool = False) -> Tensor:
    return _core.max(x, axis, keepdims)


def min(x: Tensor, /, *, axis: Any = None, keepdims: builtins.bool = False) -> Tensor:
    return _core.min(x, axis, keepdims)


def all(x: Tensor, /, *, axis: Any = None, keepdims: builtins.bool = False) -> Tensor:
    return _core.all(x, axis, keepdims)


def any(x: Tensor, /, *, axis: Any = None, keepdims: builtins.bool = False) -> Tensor:
    return _core.any(x, axis, keepdims)


def var(
    x: Tensor, /, *, axis: Any = None, correction: float = 0, keepdims: builtins.bool = False
) -> Tensor:
    if correction == int(correction):
        return _core.var(x, axis, keepdims, int(correction))
    along = range(x.ndim) if axis is None else _axes(axis, x.ndim)
    count = math.prod(x.shape[one] for one in along)
    return _core.var(x, axis, keepdims, 0) * (count / (count - correction))


def std(
    x: Tensor, /, *, axis: Any = None, correction: float = 0, keepdims: builtins.bool = False
) -> Tensor:
    if correction == int(correction):
        return _core.std_dev(x, axis, keepdims, int(correction))
    return sqrt(var(x, axis=axis, correction=correction, keepdims=keepdims))


def cumulative_sum(
    x: Tensor,
    /,
    *,
    axis: int | None = None,
    dtype: DType | None = None,
    include_initial: builtins.bool = False,
) -> Tensor:
    if axis is None:
        if x.ndim > 1:
            raise ValueError("axis must be given for tensors of several axes")
        axis = 0
    result = _accumulated(_core.cumulative_sum, x, dtype, axis)
    if not include_initial:
        return result
    shape = tuple(1 if place == axis % x.ndim else extent for place, extent in enumerate(x.shape))
    return _core.concatenate([_core.zeros(shape, result.dtype), result], axis)


def argmax(x: Tensor, /, *, axis: int | None = None, keepdims: builtins.bool = False) -> Tensor:
    return _argument(_core.argmax, x, axis, keepdims)


def argmin(x: Tensor, /, *, axis: int | None = None, keepdims: builtins.bool = False) -> Tensor:
    return _argument(_core.argmin, x, axis, keepdims)


def _argument(function: Any, x: Tensor, axis: int | None, keepdims: builtins.bool) -> Tensor:
    found = function(_reshape(x, [-1]), 0) if axis is None else function(x, axis)
    if not keepdims:
        return found
    return _reshape(found, (1,) * x.ndim) if axis is None else _expand_dims(found, axis)


def nonzero(x: Tensor, /) -> tuple[Tensor, ...]:
    """The indices along each axis of elements that are not 0."""
    if x.ndim == 0:
        raise ValueError("nonzero takes tensors of one axis or more")
    return tuple(_core.nonzero(x))


def sort(
    x: Tensor,
    /,
    *,
    axis: int = -1,
    descending: builtins.bool = False,
    stable: builtins.bool = True,
) -> Tensor:
    return _core.sort(x, axis, _order(descending))[0]


def argsort(
    x: Tensor,
    /,
    *,
    axis: int = -1,
    descending: builtins.bool = False,
    stable: builtins.bool = True,
) -> Tensor:
    return _core.argsort(x, axis, _order(descending))


def _order(descending: builtins.bool) -> _core.Order:
    return _core.Order.descending if descending else _core.Order.ascending


# Linear algebra


def matrix_transpose(x: Tensor, /) -> Tensor:
    return x.mT


def tensordot(x1: Tensor, x2: Tensor, /, *, axes: int | tuple[Sequence[int], ...] = 2) -> Tensor:
    if isinstance(axes, int):
        first, second = list(range(x1.ndim - axes, x1.ndim)), list(range(axes))
    else:
        first, second = _axes(tuple(axes[0]), x1.ndim), _axes(tuple(axes[1]), x2.ndim)
    rest1 = [axis for axis in range(x1.ndim) if axis not in first]
    rest2 = [axis for axis in range(x2.ndim) if axis not in second]
    shape1, shape2 = [x1.shape[axis] for axis in rest1], [x2.shape[axis] for axis in rest2]
    inner = math.prod(x1.shape[axis] for axis in first)
    rows = _reshape(permute_dims(x1, tuple(rest1 + first)), [math.prod(shape1), inner])
    columns = _reshape(permute_dims(x2, tuple(second + rest2)), [inner, math.prod(shape2)])
    return _reshape(matmul(rows, columns), shape1 + shape2)


def vecdot(x1: Tensor, x2: Tensor, /, *, axis: int = -1) -> Tensor:
    """sum(x1 * x2, axis), which has one extent in both."""
    if x1.shape[axis] != x2.shape[axis]:
        raise ValueError(f"axis {axis} has extents {x1.shape[axis]} and {x2.shape[axis]}")
    return _core.sum(x1 * x2, axis).astype(result_type(x1, x2))


from . import linalg  # noqa: F401
