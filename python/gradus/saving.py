"""Tensors as bytes of safetensors, for pickle and copy."""

from __future__ import annotations

from ._core import DType, Key, Tensor, _io, key_of

_NAMES = {
    DType.boolean: "BOOL",
    DType.u8: "U8",
    DType.i32: "I32",
    DType.i64: "I64",
    DType.f16: "F16",
    DType.bf16: "BF16",
    DType.f32: "F32",
    DType.f64: "F64",
}


def to_bytes(tensor: Tensor) -> bytes:
    """A safetensors file that holds one tensor, named "tensor"."""
    import json  # here, so that importing gradus does not wait for it

    data = tensor.tobytes()
    description = {
        "dtype": _NAMES[tensor.dtype],
        "shape": list(tensor.shape),
        "data_offsets": [0, len(data)],
    }
    header = json.dumps({"tensor": description}).encode()
    header += b" " * (-len(header) % 8)
    return len(header).to_bytes(8, "little") + header + data


def from_bytes(data: bytes) -> Tensor:
    """The tensor of to_bytes()."""
    return _io.parse_safetensors(data)[0]["tensor"]


def _reduce(tensor: Tensor) -> tuple[object, tuple[bytes]]:
    return from_bytes, (to_bytes(tensor),)


def _copy(tensor: Tensor) -> Tensor:
    return tensor  # it never changes


def _deepcopy(tensor: Tensor, _memo: object) -> Tensor:
    return tensor


def _key_from(data: Tensor) -> Key:
    return key_of(data)


def _reduce_key(key: Key) -> tuple[object, tuple[Tensor]]:
    return _key_from, (key.data,)


Tensor.__reduce__ = _reduce
Tensor.__copy__ = _copy
Tensor.__deepcopy__ = _deepcopy
Key.__reduce__ = _reduce_key
