"""The exceptions of the library: each is an ``Error`` and the built-in exception that fits it."""

from __future__ import annotations


class Error(Exception):
    """What the library has to say against a call.

    Attributes:
        code: the kind of the error: "shape", "dtype", "index", ...
        operation: what was called: "softmax".
        shapes: the shapes that did not fit, where shapes are the matter.
    """

    code: str = "internal"
    operation: str = ""
    shapes: tuple[tuple[int, ...], ...] = ()


class InvalidArgumentError(Error, ValueError):
    """A value that no option or combination of options allows."""


class ShapeError(Error, ValueError):
    """Shapes that do not fit the operation or each other."""


class DTypeError(Error, TypeError):
    """An element type that the operation does not take."""


class OutOfRangeError(Error, IndexError):
    """An axis or index out of range."""


class NotFoundError(Error, LookupError):
    """A name, file or data set that does not exist."""


class FormatError(Error, ValueError):
    """A file that is not what it should be."""


class FileError(Error, OSError):
    """The operating system refused a read or write."""


class OutOfMemoryError(Error, MemoryError):
    """No memory for a tensor."""


class NumericError(Error, ArithmeticError):
    """A computation that has no meaningful result (singular, diverged)."""


class UnsupportedError(Error, NotImplementedError):
    """Valid, but beyond what this build or machine offers."""


class InterruptedTrainingError(Error):
    """Stopped on request."""


_CLASSES: dict[str, type[Error]] = {
    "invalid_argument": InvalidArgumentError,
    "shape": ShapeError,
    "dtype": DTypeError,
    "index": OutOfRangeError,
    "not_found": NotFoundError,
    "format": FormatError,
    "io": FileError,
    "disk_full": FileError,
    "out_of_memory": OutOfMemoryError,
    "numeric": NumericError,
    "unsupported": UnsupportedError,
    "interrupted": InterruptedTrainingError,
}


def make(code: str, message: str, operation: str, shapes: tuple[tuple[int, ...], ...]) -> Error:
    """The exception for an error of the C++ library; its binding calls this."""
    error = _CLASSES.get(code, Error)(message)
    error.code = code
    error.operation = operation
    error.shapes = shapes
    return error
