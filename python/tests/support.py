"""Comparisons that several tests make."""

from __future__ import annotations

from typing import Any

import numpy

import gradus

NUMPY_TYPES = {
    gradus.f32: numpy.float32,
    gradus.f64: numpy.float64,
    gradus.i32: numpy.int32,
    gradus.i64: numpy.int64,
    gradus.u8: numpy.uint8,
    gradus.boolean: numpy.bool_,
}


def assert_close(actual: Any, wanted: Any, relative: float = 1e-5, absolute: float = 1e-6) -> None:
    """Fails where a tensor is not near an array, or has another shape."""
    found = numpy.asarray(actual)
    wanted = numpy.asarray(wanted)
    assert found.shape == wanted.shape
    numpy.testing.assert_allclose(
        found.astype(numpy.float64), wanted.astype(numpy.float64), rtol=relative, atol=absolute
    )
