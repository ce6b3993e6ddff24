"""Tensors go to PyTorch and back, where it is installed; parity/ compares what is computed."""

from __future__ import annotations

import pytest

import gradus

torch = pytest.importorskip("torch")


def test_tensors_go_both_ways_without_copying() -> None:
    theirs = torch.arange(6.0).reshape(2, 3)
    ours = gradus.from_dlpack(theirs)
    assert ours.numpy().ctypes.data == theirs.data_ptr()
    assert torch.from_dlpack(ours).data_ptr() == theirs.data_ptr()
    half = gradus.from_dlpack(torch.ones(3, dtype=torch.bfloat16))
    assert half.dtype == gradus.bf16 and torch.from_dlpack(half).dtype == torch.bfloat16
