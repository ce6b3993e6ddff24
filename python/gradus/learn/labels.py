"""Labels of examples: what may be a class, which kinds can be compared, and how files keep them."""

from __future__ import annotations

import json
import re
from typing import Any

import numpy

from ..errors import make

CLASSES_KEY = "gradus.classes"
"""Where the metadata of a saved classifier have its classes."""

_KEPT = re.compile(r"[<>|](b1|[iu][1248]|f[248]|U\d{1,9})|\|O")
"""The types of classes that files keep, as NumPy spells them."""

_USUAL_WIDTH = 1024


def checked(labels: numpy.ndarray[Any, Any], name: str = "y") -> numpy.ndarray[Any, Any]:
    """The labels; floating-point numbers among them must be whole."""
    if labels.dtype.kind == "f":
        if not numpy.all(numpy.isfinite(labels)):
            raise ValueError(f"{name} holds NaN or infinity")
        if not numpy.all(labels == numpy.floor(labels)):
            raise ValueError("Unknown label type: continuous numbers are no classes")
    return labels


def kind_of(labels: numpy.ndarray[Any, Any]) -> str:
    """What labels are: "numbers" (or booleans), "strings", or the name of another type."""
    if labels.dtype.kind in "biuf":
        return "numbers"
    if labels.dtype.kind in "UT":
        return "strings"
    if labels.dtype.kind != "O":
        return labels.dtype.type.__name__
    return " and ".join(sorted({_kind_of_one(label) for label in labels}))


def _kind_of_one(label: Any) -> str:
    if isinstance(label, str):
        return "strings"
    number = isinstance(label, (int, float, numpy.number, numpy.bool_))
    return "numbers" if number else type(label).__name__


def to_text(classes: numpy.ndarray[Any, Any]) -> str:
    """Classes and their type as JSON."""
    values = [v.item() if isinstance(v, numpy.generic) else v for v in classes.tolist()]
    plain = all(isinstance(value, (bool, int, float, str)) for value in values)
    if not plain or not _KEPT.fullmatch(classes.dtype.str):
        kind = kind_of(classes) if classes.dtype == object else classes.dtype
        raise ValueError(
            f"classes of type {kind} cannot be saved; numbers, booleans and strings can "
            "(y.astype(str) makes strings)"
        )
    return json.dumps({"dtype": classes.dtype.str, "values": values})


def from_text(text: str, count: int, path: str) -> numpy.ndarray[Any, Any]:
    """The classes that ``to_text`` wrote; ``path`` is the file, which is not trusted."""
    try:
        return _classes_in(json.loads(text), count)
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError) as error:
        message = f"load: {path}: {CLASSES_KEY} is not what it should be: {error}"
        raise make("format", message, "load", ()) from error


def _classes_in(stored: Any, count: int) -> numpy.ndarray[Any, Any]:
    dtype, values = stored["dtype"], stored["values"]
    if not isinstance(values, list) or len(values) != count:
        raise ValueError(f"a list of {count} classes is wanted")
    if not all(isinstance(value, (bool, int, float, str)) for value in values):
        raise ValueError("classes are numbers, booleans or strings")
    if len(set(values)) != count:
        raise ValueError("a class is there twice")
    if not _KEPT.fullmatch(dtype):
        raise ValueError(f"classes have no type {dtype!r}")
    if "U" in dtype:
        # A width that no class needs would take memory at the file's will.
        longest = max(len(str(value)) for value in values)
        order, width = dtype.split("U")
        dtype = f"{order}U{min(int(width), max(longest, _USUAL_WIDTH))}"
    classes = numpy.array(values, dtype=numpy.dtype(dtype))
    if classes.tolist() != values:
        raise ValueError(f"classes do not fit the type {dtype}")
    return classes
