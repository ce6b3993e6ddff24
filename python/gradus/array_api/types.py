"""Element types of the array API standard, and what the namespace says of itself."""

from __future__ import annotations

import builtins
from types import SimpleNamespace
from typing import Any

from .. import _core
from .._core import DType, Tensor

bool = DType.boolean
uint8, int32, int64 = DType.u8, DType.i32, DType.i64
float32, float64 = DType.f32, DType.f64


def _require_cpu(device: Any) -> None:
    if device not in (None, "cpu"):
        raise ValueError('tensors are on the device "cpu"')


def astype(x: Tensor, dtype: DType, /, *, copy: builtins.bool = True, device: Any = None) -> Tensor:
    _require_cpu(device)
    return x.astype(dtype)


def result_type(*arrays_and_dtypes: Any) -> DType:
    dtypes = [value if isinstance(value, DType) else value.dtype for value in arrays_and_dtypes]
    found = dtypes[0]
    for dtype in dtypes[1:]:
        found = _core.promote(found, dtype)
    return found


def can_cast(from_: Any, to: DType, /) -> builtins.bool:
    source = from_ if isinstance(from_, DType) else from_.dtype
    return _core.promote(source, to) == to


_KINDS = {
    "bool": [bool],
    "signed integer": [int32, int64],
    "unsigned integer": [uint8],
    "integral": [uint8, int32, int64],
    "real floating": [float32, float64],
    "complex floating": [],
    "numeric": [uint8, int32, int64, float32, float64],
}


def isdtype(dtype: DType, kind: Any) -> builtins.bool:
    if isinstance(kind, tuple):
        return builtins.any(isdtype(dtype, part) for part in kind)
    return dtype in _KINDS[kind] if isinstance(kind, str) else dtype == kind


def finfo(type: Any, /) -> SimpleNamespace:
    dtype = type if isinstance(type, DType) else type.dtype
    digits, exponent = {float32: (23, 127), float64: (52, 1023)}[dtype]
    return SimpleNamespace(
        bits=32 if dtype == float32 else 64,
        eps=2.0**-digits,
        max=(2 - 2.0**-digits) * 2.0**exponent,
        min=-(2 - 2.0**-digits) * 2.0**exponent,
        smallest_normal=2.0 ** (1 - exponent),
        dtype=dtype,
    )


def iinfo(type: Any, /) -> SimpleNamespace:
    dtype = type if isinstance(type, DType) else type.dtype
    bits, is_signed = {uint8: (8, 0), int32: (32, 1), int64: (64, 1)}[dtype]
    return SimpleNamespace(
        bits=bits,
        max=2 ** (bits - is_signed) - 1,
        min=-(2 ** (bits - 1)) if is_signed else 0,
        dtype=dtype,
    )


def __array_namespace_info__() -> SimpleNamespace:
    """What this namespace has: devices, default types, types by kind."""
    dtypes = {
        "bool": bool,
        "uint8": uint8,
        "int32": int32,
        "int64": int64,
        "float32": float32,
        "float64": float64,
    }

    def of_kind(*, device: Any = None, kind: Any = None) -> dict[str, DType]:
        return {name: one for name, one in dtypes.items() if kind is None or isdtype(one, kind)}

    return SimpleNamespace(
        capabilities=lambda: {"boolean indexing": True, "data-dependent shapes": True},
        default_device=lambda: "cpu",
        devices=lambda: ["cpu"],
        default_dtypes=lambda *, device=None: {
            "real floating": float32,
            "integral": int64,
            "indexing": int64,
        },
        dtypes=of_kind,
    )
