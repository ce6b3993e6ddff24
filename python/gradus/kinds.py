"""What the library makes by name, as Python classes and functions: see ``nn`` and ``optim``."""

from __future__ import annotations

from typing import Any

_SPELLINGS = {
    "relu": "ReLU",
    "leaky_relu": "LeakyReLU",
    "prelu": "PReLU",
    "elu": "ELU",
    "selu": "SELU",
    "gelu": "GELU",
    "silu": "SiLU",
    "rnn": "RNN",
    "lstm": "LSTM",
    "gru": "GRU",
    "k_means": "KMeans",
    "mini_batch_k_means": "MiniBatchKMeans",
    "adamw": "AdamW",
    "adagrad": "AdaGrad",
    "rmsprop": "RmsProp",
}
"""Class names that are not their kind's words in capitals."""

Kind = dict[str, Any]
"""A row of a table of kinds: name, doc and options with their defaults."""


def class_name(kind: str) -> str:
    """The name of the class for a kind: "conv_transpose2d" is ConvTranspose2d."""
    return _SPELLINGS.get(kind) or "".join(word.capitalize() for word in kind.split("_"))


def options_of(kind: Kind, positional: tuple[Any, ...], named: dict[str, Any]) -> dict[str, Any]:
    """Options by name, of arguments in the order of the kind's options and by name.

    A trailing underscore is taken off, so that ``in_`` is the option ``in``.

    Raises:
        TypeError: if there are too many, or one is given twice.
    """
    names = list(kind["options"])
    if len(positional) > len(names):
        raise TypeError(f"{kind['name']} takes {len(names)} options at most, not {len(positional)}")
    chosen = dict(zip(names, positional))
    for name, value in named.items():
        option = name.rstrip("_")
        if option in chosen:
            raise TypeError(f"{kind['name']} got the option {option!r} twice")
        chosen[option] = value
    return chosen


def documentation(kind: Kind) -> str:
    """The docstring of a kind: its sentence and its options."""
    lines = [kind["doc"]]
    if kind["options"]:
        lines += ["", "Options (in this order, or by name), and their defaults:"]
        lines += [f"    {python_name(name)}: {value!r}" for name, value in kind["options"].items()]
    return "\n".join(lines)


def python_name(option: str) -> str:
    """The name of an option as a Python argument: "in" is a word of the language."""
    return f"{option}_" if option in ("in", "is", "for", "from") else option
