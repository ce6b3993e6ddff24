"""What was compared, for docs/parity.md: the largest error of each kind of comparison."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy


@dataclass
class Line:
    """Comparisons of one kind."""

    cases: int = 0
    error: float = 0.0


LINES: dict[tuple[str, str, str], Line] = {}
"""By group ("Operations"), peer ("PyTorch") and kind ("gradients, f64")."""


def compare(
    place: tuple[str, str, str], actual: Any, wanted: Any, tolerance: float, scale: float = 1.0
) -> None:
    """Fails where an array is not near another, or has another shape; notes the largest error.

    An error is relative to the wanted value, and to ``scale`` where that is smaller.
    """
    actual, wanted = numpy.asarray(actual), numpy.asarray(wanted)
    assert actual.shape == wanted.shape, f"{place}: shape {actual.shape}, not {wanted.shape}"
    found, right = actual.astype(numpy.float64), wanted.astype(numpy.float64)
    numpy.testing.assert_array_equal(numpy.isnan(found), numpy.isnan(right), str(place))
    finite = numpy.isfinite(right)
    numpy.testing.assert_array_equal(found[~finite], right[~finite], str(place))
    found, right = found[finite], right[finite]
    error = numpy.abs(found - right) / numpy.maximum(numpy.abs(right), scale)
    largest = float(error.max(initial=0.0))
    assert largest <= tolerance, f"{place}: {_worst(found, right, error)}"
    line = LINES.setdefault(place, Line())
    line.cases += 1
    line.error = max(line.error, largest)


def _worst(found: Any, right: Any, error: Any) -> str:
    place = int(error.argmax())
    return f"error {error[place]:.2e}: {found[place]!r} is not {right[place]!r}"


def rows() -> Iterator[tuple[str, str, str, Line]]:
    """All lines in order."""
    for (group, peer, kind), line in sorted(LINES.items()):
        yield group, peer, kind, line
